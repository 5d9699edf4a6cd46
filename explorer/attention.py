"""What attention looks like from outside: heads by name, maps, and the steps of one head.

Plain NumPy and tokens, so that a result can be cached, pickled and compared. The work is done in
`explorer.attention_maps`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ExplorerError
from explorer.tokens import Tokens
from explorer.whole_numbers import is_whole

if TYPE_CHECKING:
    from explorer.catalog import ModelFacts

Floats = NDArray[np.float32]
Stack = Literal["encoder", "decoder", "cross"]

STACKS: tuple[Stack, ...] = ("encoder", "decoder", "cross")
"""Self-attention of the encoder, self-attention of the decoder, and the decoder's look back."""

SUM_TOLERANCE = 1e-3
"""How far the weights of a forced row may be from summing to 1: people round."""


@dataclass(frozen=True, order=True)
class HeadRef:
    """One head; layers and heads count from 0, cross-attention by the decoder's layers."""

    stack: Stack
    layer: int
    head: int


@dataclass(frozen=True)
class ForcedRow:
    """One row of one head's weights, set by hand.

    Attributes:
        head: whose row.
        query: which row: the step of the decoder, or the source piece for the encoder.
        weights: one for each key, none negative, summing to 1.
    """

    head: HeadRef
    query: int
    weights: tuple[float, ...]


@dataclass(frozen=True)
class AttentionMaps:
    """All attention weights of one pass over a text and a target.

    Row i of `decoder` and `cross` is the step that READS target piece i-1 (the start token for
    i = 0) and PREDICTS target piece i. Column j of `cross` and `encoder` is source piece j; column
    j of `decoder` is what step j reads: piece j of `read`.

    Laws: each row sums to 1; what a decoder step may not see yet is exactly 0.

    Attributes:
        text: what was asked.
        source: the pieces that the encoder read.
        target: the pieces that the decoder predicts, end token included.
        read: the pieces that the decoder reads: the start token, then `target` without its last.
        encoder, decoder, cross: (layer, head, query, key); a stack not asked for has no layers.
        ablated: the heads whose output was zero; their own weights are shown all the same.
        forced: the rows of weights that were set by hand.
    """

    text: str
    source: Tokens
    target: Tokens
    read: Tokens
    encoder: Floats
    decoder: Floats
    cross: Floats
    ablated: tuple[HeadRef, ...] = ()
    forced: tuple[ForcedRow, ...] = ()

    def of(self, stack: Stack) -> Floats:
        """The weights of one stack: (layer, head, query, key)."""
        return {"encoder": self.encoder, "decoder": self.decoder, "cross": self.cross}[stack]

    def queries(self, stack: Stack) -> Tokens:
        """The piece of each row: what is predicted in the decoder, what is read in the encoder."""
        return self.source if stack == "encoder" else self.target

    def keys(self, stack: Stack) -> Tokens:
        """The piece of each column."""
        return self.read if stack == "decoder" else self.source


@dataclass(frozen=True)
class HeadSteps:
    """Every intermediate of one head in one pass.

    Law: `weights` is the softmax over the keys of `scores` where `mask` is true, and exactly 0
    elsewhere; `output` is `weights` times `values`.

    Attributes:
        head: which head.
        query_tokens, key_tokens: the piece of each row and of each column.
        queries, keys, values: (query, d_head), (key, d_head), (key, d_head).
        scale: what the products of queries and keys are multiplied by; 1 for the T5 design.
        bias: T5's relative position bias (query, key); None where the design has none.
        mask: (query, key), true where the query may look.
        scores: (query, key): products times scale, plus bias; not masked yet.
        weights: (query, key).
        output: (query, d_head).
    """

    head: HeadRef
    query_tokens: Tokens
    key_tokens: Tokens
    queries: Floats
    keys: Floats
    values: Floats
    scale: float
    bias: Floats | None
    mask: NDArray[np.bool_]
    scores: Floats
    weights: Floats
    output: Floats


def layers_and_heads(facts: "ModelFacts", stack: Stack) -> tuple[int, int]:
    """How many layers a stack has, and heads in each.

    Raises:
        ExplorerError: there is no such stack.
    """
    if stack == "encoder":
        return facts.encoder_layers, facts.encoder_heads
    if stack in STACKS:
        return facts.decoder_layers, facts.decoder_heads
    raise ExplorerError(f"There is no stack {stack!r}; choose one of {', '.join(STACKS)}.")


def heads_of(facts: "ModelFacts", stack: Stack, layer: int | None = None) -> tuple[HeadRef, ...]:
    """All heads of a stack, or of one layer of it, in order."""
    layers, heads = layers_and_heads(facts, stack)
    chosen = range(layers) if layer is None else [layer]
    found = tuple(HeadRef(stack, number, head) for number in chosen for head in range(heads))
    check_heads(facts, found)
    return found


def check_heads(facts: "ModelFacts", heads: Iterable[HeadRef]) -> None:
    """Refuse a head that the model does not have.

    Raises:
        ExplorerError: the stack, the layer or the head does not exist.
    """
    for head in heads:
        layers, count = layers_and_heads(facts, head.stack)
        where = "cross-attention" if head.stack == "cross" else f"the {head.stack}"
        _check_number(f"Layer {head.layer!r} of {where}", head.layer, layers, facts.name)
        _check_number(f"Head {head.head!r} of {where}", head.head, count, facts.name)


def _check_number(what: str, value: Any, count: int, name: str) -> None:
    if not is_whole(value, 0, count - 1):
        raise ExplorerError(
            f"{what} does not exist: {name} has {count} there; choose a number from 0 to "
            f"{count - 1}."
        )


def check_forced(row: ForcedRow, queries: int, keys: int) -> None:
    """Refuse weights that no softmax could give.

    Raises:
        ExplorerError: the row is not there, looks ahead, or its weights are not shares of 1.
    """
    try:
        weights = np.asarray(row.weights, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ExplorerError("A forced weight is no number; use shares from 0 to 1.") from error
    if not is_whole(row.query, 0, queries - 1):
        raise ExplorerError(
            f"Row {row.query!r} cannot be forced: the map has the rows 0 to {queries - 1}; "
            "choose one of them."
        )
    if weights.shape != (keys,):
        raise ExplorerError(
            f"The forced row has {weights.size} weights and the map has {keys} columns; "
            "give one weight for each."
        )
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ExplorerError("A forced weight is negative or no number; use shares from 0 to 1.")
    if abs(weights.sum() - 1) > SUM_TOLERANCE:
        raise ExplorerError(
            f"The forced weights sum to {weights.sum():.4g} and must sum to 1; scale them."
        )
    if row.head.stack == "decoder" and weights[row.query + 1 :].any():
        raise ExplorerError(
            f"Step {row.query} of the decoder cannot look at later steps; give 0 to all columns "
            f"after {row.query}."
        )
