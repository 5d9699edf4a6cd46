"""What observation costs: nothing while nobody looks, little more when somebody does."""

import tempfile
from collections import deque
from pathlib import Path
from typing import Any

import explorer
from explorer.ablation import ablation_map
from explorer.observation import IMPLEMENTATION
from tests.benchmarks.decoding import TOKENS, _side_by_side, _t5_small_shape
from tests.benchmarks.table import Figure

TEXT = "translate English to German: The small dog sees the old cat in the garden."
TARGET = "Der kleine Hund sieht die alte Katze im Garten."
DECODING = explorer.Decoding(max_new_tokens=TOKENS, min_new_tokens=TOKENS)


def figures() -> list[Figure]:
    """At t5-small's shape with random weights; the ablation map of the bundled model as well."""
    with tempfile.TemporaryDirectory() as folder:
        small = explorer.load(_t5_small_shape(Path(folder)))
        return [
            _against_sdpa(small),
            _then_observing(small),
            _ablation(small, "t5-small's shape"),
            _ablation(explorer.load("miniature-t5"), "miniature-t5"),
        ]


def _against_sdpa(model: Any) -> Figure:
    def with_sdpa() -> None:
        model.module.set_attn_implementation("sdpa")
        try:
            model.generate(TEXT, DECODING)
        finally:
            model.module.set_attn_implementation(IMPLEMENTATION)

    ours, peer = _side_by_side(lambda: model.generate(TEXT, DECODING), with_sdpa)
    name = f"{TOKENS} greedy tokens, nobody observing"
    return Figure(name, ours, peer, "sdpa", "s", 1.05)


def _then_observing(model: Any) -> Figure:
    def decode_and_observe() -> None:
        model.attention(TEXT, model.generate(TEXT, DECODING).tokens)

    ours, peer = _side_by_side(decode_and_observe, lambda: model.generate(TEXT, DECODING))
    name = f"{TOKENS} greedy tokens, then all attention weights"
    return Figure(name, ours, peer, "decoding alone", "s", 1.3)


def _ablation(model: Any, label: str) -> Figure:
    def one_by_one() -> None:
        target = model.tokenize_target(TARGET)
        for head in explorer.attention.heads_of(model.facts, "cross"):
            model.attention(TEXT, target, ablate=[head], stacks=())

    def in_batches() -> None:
        deque(ablation_map(model, TEXT, TARGET), maxlen=0)

    ours, peer = _side_by_side(in_batches, one_by_one)
    return Figure(f"ablation map, {label}", ours, peer, "one pass a head", "s", 1 / 3)
