"""What leaving words out costs in batches, beside one pass for each word."""

import tempfile
from pathlib import Path
from typing import Any

import explorer
from explorer.attention_reduction import words_of
from explorer.attribution import removed_sets
from explorer.attribution_passes import Removing
from tests.benchmarks.decoding import _side_by_side, _t5_small_shape
from tests.benchmarks.observation import TARGET, TEXT
from tests.benchmarks.table import Figure

STEP = 5


def figures() -> list[Figure]:
    """Of the bundled model, and at t5-small's shape with random weights."""
    with tempfile.TemporaryDirectory() as folder:
        small = explorer.load(_t5_small_shape(Path(folder)))
        bundled = explorer.load("miniature-t5")
        return [
            _left_out(bundled, "miniature-t5"),
            _left_out(small, "t5-small's shape"),
            _whole(bundled, "miniature-t5"),
            _whole(small, "t5-small's shape"),
        ]


def _left_out(model: Any, label: str) -> Figure:
    source, target = model.tokenize(TEXT), model.tokenize_target(TARGET)
    words = [unit for unit in words_of(source) if unit.word is not None]
    sets = removed_sets(len(words), [])

    def in_batches() -> None:
        Removing(model, source, target, STEP, words).read(sets, len(sets))

    def one_by_one() -> None:
        reading = Removing(model, source, target, STEP, words)
        for gone in sets:
            reading.read([gone], len(sets))

    ours, peer = _side_by_side(in_batches, one_by_one)
    name = f"each of {len(words)} words left out, {label}"
    return Figure(name, ours, peer, "one pass a word", "s", 1 / 2)


def _whole(model: Any, label: str) -> Figure:
    target = model.tokenize_target(TARGET)

    def three_methods() -> None:
        model.attribution(TEXT, target, STEP)

    ours, peer = _side_by_side(three_methods, lambda: model.attention(TEXT, target))
    name = f"attribution with 20 random orders, {label}"
    return Figure(name, ours, peer, "one observed pass", "s", None)
