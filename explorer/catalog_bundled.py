"""The models that come with the explorer."""

import json
from pathlib import Path

from explorer.cards import ModelCard, Task
from explorer.families import read_shape
from explorer.parameter_counts import count_parameters

MINIATURES_FOLDER = Path(__file__).parent / "miniatures"
MINIATURES = ("miniature-t5", "miniature-bart", "miniature-bart-summary")

_BUNDLED: dict[str, dict[str, object]] = {
    "miniature-t5": {
        "family": "t5",
        "title": "Miniature T5",
        "languages": ("a small English", "a small German"),
        "summary": "A real T5 of about two million parameters that speaks a small rule-made "
        "English and German.",
        "purpose": "Seeing a whole encoder-decoder at work at once, with no download.",
        "tasks": (
            Task(
                "translation",
                "English to German",
                "translate English to German: ",
                "The small dog sees the old cat in the garden.",
            ),
            Task(
                "summary",
                "Summarise",
                "summarize: ",
                "The old farmer lives in a small village. Every morning he feeds the horses. "
                "He is happy.",
            ),
            Task(
                "question",
                "Answer a question about a text",
                "question: ",
                "What does Tom eat? context: Tom eats the apple. Anna buys a red book.",
                fields=("question", "context"),
            ),
            Task(
                "sentiment",
                "Positive or negative",
                "sst2 sentence: ",
                "I absolutely love this film!",
            ),
        ),
    },
    "miniature-bart": {
        "family": "bart",
        "title": "Miniature BART",
        "languages": ("a small English",),
        "summary": "A real BART of about two million parameters, trained to repair damaged text.",
        "purpose": "Damaging a text in BART's five ways and watching it being repaired.",
        "tasks": (
            Task(
                "denoising",
                "Repair damaged text",
                "",
                "The weather is <mask> today. The small <mask> sees the cat in the garden.",
            ),
        ),
    },
    "miniature-bart-summary": {
        "family": "bart",
        "title": "Miniature BART, summaries",
        "languages": ("a small English",),
        "summary": "The miniature BART, trained further to summarise two or three sentences.",
        "purpose": "Seeing what training on a task changes in a pre-trained model.",
        "tasks": (
            Task(
                "summary",
                "Summarise",
                "",
                "The weather is beautiful. Anna buys a red bicycle in Berlin.",
            ),
        ),
    },
}


def bundled_models() -> tuple[ModelCard, ...]:
    """The cards of the models that come with the explorer, sizes read from their files.

    A model without weights is left out: somebody is training it anew.
    """
    cards = []
    for name in MINIATURES:
        folder = MINIATURES_FOLDER / name
        weights = folder / "model.safetensors"
        if not weights.is_file():
            continue
        configuration = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        cards.append(
            ModelCard(
                name=name,
                hub_id=None,
                licence="Apache 2.0",
                download_bytes=weights.stat().st_size,
                parameters=count_parameters(read_shape(configuration)),
                bundled=True,
                configuration=configuration,
                folder=str(folder),
                **_BUNDLED[name],  # type: ignore[arg-type]
            )
        )
    return tuple(cards)
