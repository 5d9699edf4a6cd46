"""The models that come with the explorer."""

import json
from pathlib import Path

from explorer.cards import ModelCard, Task
from explorer.families import count_parameters, read_shape

MINIATURES_FOLDER = Path(__file__).parent / "miniatures"
MINIATURES = ("miniature-t5", "miniature-bart", "miniature-bart-summary")


PLANNED: dict[str, dict[str, object]] = {
    "t5": {
        "model_type": "t5",
        "vocab_size": 576,
        "d_model": 128,
        "d_kv": 32,
        "d_ff": 512,
        "num_layers": 3,
        "num_heads": 4,
        "n_positions": 128,
    },
    "bart": {
        "model_type": "bart",
        "vocab_size": 1000,
        "d_model": 128,
        "encoder_layers": 3,
        "decoder_layers": 3,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 512,
        "decoder_ffn_dim": 512,
        "max_position_embeddings": 128,
    },
}
"""The shape of a bundled model whose folder is empty, while it is being trained."""

_BUNDLED: dict[str, dict[str, object]] = {
    "miniature-t5": {
        "family": "t5",
        "title": "Miniature T5",
        "languages": ("a small English", "a small German"),
        "summary": "A real T5 of about a million parameters that speaks a small rule-made English "
        "and German.",
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
        "summary": "A real BART of about a million parameters, trained to repair damaged text.",
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


def _configuration(folder: Path) -> dict[str, object]:
    """The shipped configuration, or what is planned while a model is being trained anew."""
    path = folder / "config.json"
    if not path.is_file():
        return PLANNED["t5" if folder.name.endswith("t5") else "bart"]
    values: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return values


def bundled_models() -> tuple[ModelCard, ...]:
    """The cards of the models that come with the explorer, sizes read from their files."""
    cards = []
    for name in MINIATURES:
        folder = MINIATURES_FOLDER / name
        configuration = _configuration(folder)
        weights = folder / "model.safetensors"
        cards.append(
            ModelCard(
                name=name,
                hub_id=None,
                licence="Apache 2.0",
                download_bytes=weights.stat().st_size if weights.exists() else 0,
                parameters=count_parameters(read_shape(configuration)),
                bundled=True,
                configuration=configuration,
                folder=str(folder),
                **_BUNDLED[name],  # type: ignore[arg-type]
            )
        )
    return tuple(cards)
