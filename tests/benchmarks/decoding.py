"""What the engine adds to the cost of `transformers`' own `generate`."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import explorer
from tests.benchmarks.table import Figure

TOKENS = 50
ROUNDS = 15


def figures() -> list[Figure]:
    """Greedy decoding of a bundled model and of a model of t5-small's shape."""
    with tempfile.TemporaryDirectory() as folder:
        small = _t5_small_shape(Path(folder))
        return [_against_plain("miniature-t5"), _against_plain(small, "t5-small's shape")]


def _t5_small_shape(folder: Path, vocabulary_size: int | None = None) -> str:
    """A T5 of t5-small's width and depth with random weights and the bundled tokenizer."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    bundled = explorer.load("miniature-t5")
    card = explorer.catalog.find("t5-small")
    assert card is not None
    torch.manual_seed(0)
    size = vocabulary_size or bundled.facts.vocabulary_size
    configuration = {**card.configuration, "vocab_size": size}
    T5ForConditionalGeneration(T5Config(**configuration)).save_pretrained(folder)
    bundled.tokenizer.save_pretrained(folder)
    return str(folder)


def _against_plain(name: str, label: str = "") -> Figure:
    import torch

    model = explorer.load(name)
    text = explorer.catalog.MODELS[0].tasks[0].compose(explorer.catalog.MODELS[0].tasks[0].example)
    decoding = explorer.Decoding(max_new_tokens=TOKENS, min_new_tokens=TOKENS)
    ids = torch.tensor([model.tokenize(text).ids], device=model.module.device)
    settings = {"max_new_tokens": TOKENS, "min_new_tokens": TOKENS, "num_beams": 1}

    def plain() -> None:
        with torch.inference_mode():
            model.module.generate(input_ids=ids, do_sample=False, **settings)

    ours, peer = _side_by_side(lambda: model.generate(text, decoding), plain)
    return Figure(
        name=f"{TOKENS} greedy tokens, {label or name}",
        ours=ours,
        peer=peer,
        peer_name="transformers",
        unit="s",
        target=1.05,
    )


def _side_by_side(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    """Median seconds of two functions run in turn, so that both see the same machine."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS + 2):
        order = (0, 1) if turn % 2 else (1, 0)
        for which in order:
            start = time.perf_counter()
            (first, second)[which]()
            if turn >= 2:
                seconds[which].append(time.perf_counter() - start)
    return statistics.median(seconds[0]), statistics.median(seconds[1])
