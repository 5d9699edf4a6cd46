"""Attention maps and the steps of one head, from one pass over a text and a target."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from explorer.attention import (
    STACKS,
    AttentionMaps,
    Floats,
    ForcedRow,
    HeadRef,
    HeadSteps,
    Stack,
    check_forced,
    check_heads,
    layers_and_heads,
)
from explorer.attention_math import attend
from explorer.checks import Check
from explorer.errors import ExplorerError
from explorer.observation import Observer, Place, Seen
from explorer.teacher_forcing import Target, answer, forward, read_source, read_target, reading
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

MAX_WEIGHTS = 64_000_000
"""Weights that one result may hold: 256 MB."""

TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-6}
"""How far weights may differ from those computed in float64, for scores of a usual size."""

USUAL_SCORE = 30.0
"""Scores up to this size are usual; rounding, and with it the tolerance, grows with larger ones."""

COARSE_TOLERANCE = 0.02
"""The same for the 16-bit formats."""


def attention(
    model: "Seq2SeqModel",
    text: str,
    target: Target = None,
    ablate: Sequence[HeadRef] = (),
    force: Sequence[ForcedRow] = (),
    stacks: Iterable[Stack] = STACKS,
) -> AttentionMaps:
    """The attention maps of a text and a target; see `Seq2SeqModel.attention`."""
    stacks = tuple(stacks)
    for stack in stacks:
        if stack not in STACKS:
            raise ExplorerError(
                f"There is no attention {stack!r}; choose among {', '.join(STACKS)}, as a tuple."
            )
    check_heads(model.facts, [*ablate, *(row.head for row in force)])
    source = read_source(model, text)
    if target is None and force:
        raise ExplorerError(
            "A row can be forced only where the target is known; give the target as well."
        )
    tokens = answer(model, text, ablate) if target is None else read_target(model, target)
    read = reading(model, tokens)
    sizes = {stack: _size(model, stack, source, tokens) for stack in STACKS}
    count = sum(int(np.prod(sizes[stack])) for stack in stacks)
    if count > MAX_WEIGHTS:
        fewer = " or choose fewer stacks" if len(stacks) > 1 else ""
        raise ExplorerError(
            f"{len(source):,} source and {len(tokens):,} target pieces give {count / 1e6:,.0f} "
            f"million attention weights, and the limit is {MAX_WEIGHTS / 1e6:,.0f} million; "
            f"shorten the text{fewer}."
        )
    for row in force:
        check_forced(row, *sizes[row.head.stack][2:])
    observer = Observer(model.module, stacks, ablate=[tuple(ablate)], forced=force)
    forward(model, source, tokens, observer)
    maps = {stack: _stacked(observer, stack, sizes[stack]) for stack in STACKS}
    return AttentionMaps(
        text, source, tokens, read, **maps, ablated=tuple(ablate), forced=tuple(force)
    )


def _size(
    model: "Seq2SeqModel", stack: Stack, source: Tokens, target: Tokens
) -> tuple[int, int, int, int]:
    layers, heads = layers_and_heads(model.facts, stack)
    queries = len(source) if stack == "encoder" else len(target)
    return layers, heads, queries, len(target) if stack == "decoder" else len(source)


def _stacked(observer: Observer, stack: Stack, size: tuple[int, int, int, int]) -> Floats:
    found = np.empty((size[0] if observer.weights[stack, 0] else 0, *size[1:]), dtype=np.float32)
    for layer in range(len(found)):
        found[layer] = observer.weights[stack, layer][0][0].float().cpu().numpy()
    return found


def head_steps(
    model: "Seq2SeqModel", text: str, target: Target, stack: Stack, layer: int, head: int
) -> HeadSteps:
    """Every intermediate of one head; see `Seq2SeqModel.head_steps`."""
    chosen = HeadRef(stack, layer, head)
    check_heads(model.facts, [chosen])
    source = read_source(model, text)
    if target is None and stack == "encoder":
        # It hears nothing of what the decoder says: any piece will do, and none is decoded.
        tokens = model.reader.written([model.rules.start])
    else:
        tokens = answer(model, text) if target is None else read_target(model, target)
    observer = Observer(model.module, steps=[(stack, layer)])
    forward(model, source, tokens, observer)
    seen = observer.steps[stack, layer][0]
    decoding = stack != "encoder"
    key_tokens = reading(model, tokens) if stack == "decoder" else source
    queries, keys = len(tokens if decoding else source), len(key_tokens)
    mask = np.ones((queries, keys), dtype=np.bool_)
    if seen.mask is not None:
        mask = seen.mask[0, 0].expand(queries, keys).cpu().numpy().copy()
    return HeadSteps(
        head=chosen,
        query_tokens=tokens if decoding else source,
        key_tokens=key_tokens,
        queries=_array(seen.query[0, head]),
        keys=_array(seen.key[0, head]),
        values=_array(seen.value[0, head]),
        scale=float(seen.scale),
        bias=None if seen.bias is None else _array(seen.bias[0, head]),
        mask=mask,
        scores=_array(seen.scores[0, head]),
        weights=_array(seen.weights[0, head]),
        output=_array(seen.output[0, :, head]),
    )


def _array(tensor: torch.Tensor) -> Floats:
    return tensor.float().cpu().numpy().copy()


def check_attention(model: "Seq2SeqModel", maps: AttentionMaps) -> Check:
    """The weights beside the textbook's, from the model's queries, keys and biases, in float64.

    What a query may see is taken from the design, not from the model: all of the source, and of
    the target what was read so far. Each row must sum to 1 as well.
    """
    comparison = _Comparison(model, maps)
    tolerance = TOLERANCE.get(model.module.dtype, COARSE_TOLERANCE)
    forward(model, maps.source, maps.target, comparison)
    return Check(
        what="attention weights: the model's own, and the softmax of its queries times its keys "
        "computed again in float64; and each row's sum beside 1",
        # `max` would pass over a value that is not a number.
        difference=float(np.max(comparison.distances, initial=0.0)),
        tolerance=tolerance * max(1.0, comparison.largest_score / USUAL_SCORE),
    )


class _Comparison(Observer):
    """Compares layer by layer, because the queries and keys of all would not fit at once."""

    def __init__(self, model: "Seq2SeqModel", maps: AttentionMaps) -> None:
        places = [(stack, layer) for stack in STACKS for layer in range(len(maps.of(stack)))]
        super().__init__(model.module, (), places, [maps.ablated], maps.forced)
        self.maps = maps
        self.scale = 1.0 if model.facts.attention_scale == "1" else None
        self.distances: list[float] = []
        self.largest_score = 0.0

    def keep(self, place: Place, seen: Seen) -> None:
        """Compare one layer."""
        stack, layer = place
        if layer >= len(self.maps.of(stack)):
            return  # nobody asked for this stack
        weights = self.maps.of(stack)[layer]  # (head, query, key)
        own = attend(
            seen.query[0].double().cpu().numpy(),
            seen.key[0].double().cpu().numpy(),
            seen.value[0].double().cpu().numpy(),
            mask=np.tri(*weights.shape[1:], dtype=np.bool_) if stack == "decoder" else None,
            scale=self.scale,
            bias=None if seen.bias is None else seen.bias[0].double().cpu().numpy(),
        ).weights.copy()
        for row in self.maps.forced:
            if (row.head.stack, row.head.layer) == place:
                own[row.head.head, row.query] = row.weights
        self.largest_score = max(self.largest_score, seen.scores.abs().max().item())
        self.distances.append(float(np.abs(own - weights).max()))
        self.distances.append(float(np.abs(weights.sum(-1) - 1).max()))
