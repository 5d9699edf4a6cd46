"""What kind of head it is, in numbers: sharp or wide, on special pieces, along the diagonal."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.attention import AttentionMaps, Floats, Stack
from explorer.attention_math import entropy_bits


@dataclass(frozen=True)
class HeadStatistics:
    """One number for each head of a stack, each (layer, head): means over the rows of its map.

    Attributes:
        stack: whose heads.
        entropy_bits: of a row; 0 when all weight is on one piece, log2 of the number of pieces
            when it is even.
        confidence: the largest weight of a row, from 0 to 1.
        special_share: the weight on special pieces (the sink many heads rest on), from 0 to 1.
        diagonal_distance: how far from the diagonal a row looks, in pieces of the key side; 0 for
            a head that goes through both texts in step.
        coverage: how evenly the pieces of the key side are looked at over all rows: the effective
            number of pieces looked at divided by their number, above 0 and at most 1.
    """

    stack: Stack
    entropy_bits: Floats
    confidence: Floats
    special_share: Floats
    diagonal_distance: Floats
    coverage: Floats


def head_statistics(maps: AttentionMaps, stack: Stack) -> HeadStatistics:
    """The statistics of every head of a stack, layer by layer: all at once need several copies."""
    special = maps.keys(stack).special
    layers = [_layer_statistics(weights, special) for weights in maps.of(stack)]
    return HeadStatistics(stack, *(np.stack(each) for each in zip(*layers, strict=True)))


def _layer_statistics(weights: Floats, special: Sequence[bool]) -> tuple[Floats, ...]:
    """Of (head, query, key): the fields of `HeadStatistics` in their order, each (head,)."""
    return (
        _mean(entropy_bits(weights)),
        _mean(weights.max(-1)),
        _mean(special_share(weights, special)),
        _mean(diagonal_distance(weights)),
        even_coverage(weights),
    )


def special_share(weights: Floats, special: Sequence[bool]) -> Floats:
    """The weight that each row puts on special pieces: (..., query, key) gives (..., query)."""
    chosen = np.asarray(special, dtype=np.bool_)
    return np.asarray(weights[..., chosen].sum(-1, dtype=np.float64), dtype=np.float32)


def diagonal_distance(weights: Floats) -> Floats:
    """How far each row looks from the diagonal, in columns: (..., query, key) gives (..., query).

    The diagonal goes from the first row and column to the last of both, also where one side is
    longer; in self-attention it is the piece itself.
    """
    queries, keys = weights.shape[-2:]
    step = (keys - 1) / max(queries - 1, 1)
    distance: NDArray[np.float64] = np.abs(
        np.arange(keys)[None] - step * np.arange(queries)[:, None]
    )
    return np.asarray((weights * distance).sum(-1), dtype=np.float32)


def coverage(weights: Floats) -> Floats:
    """How much attention each key gets from all rows: (..., query, key) gives (..., key).

    The sum over the keys is the number of rows. See Tu et al., "Modeling Coverage for Neural
    Machine Translation" (2016), arXiv 1601.04811.
    """
    return np.asarray(weights.sum(-2, dtype=np.float64), dtype=np.float32)


def even_coverage(weights: Floats) -> Floats:
    """The effective number of keys looked at over the number of keys: (..., query, key) to (...).

    The effective number is 2 to the entropy of the mean row: 1 when one key gets everything, all
    of them when each gets the same.
    """
    queries, keys = weights.shape[-2:]
    return np.asarray(2 ** entropy_bits(coverage(weights) / queries) / keys, dtype=np.float32)


def _mean(rows: Floats) -> Floats:
    return np.asarray(rows.mean(-1, dtype=np.float64), dtype=np.float32)
