"""Three ways to tell an attention where a piece stands.

Without one, attention is blind to order: shuffle the keys together with their values, and the
output stays the same.
"""

import math

import numpy as np
import numpy.typing as npt

from explorer.arrays import Array, Integers
from explorer.errors import ExplorerError

BUCKETS = 32
"""How many buckets T5 sorts distances into."""

MAX_DISTANCE = 128
"""The distance in pieces from which on all fall into T5's last bucket."""

WAVELENGTH_BASE = 10_000.0
"""The sinusoids' wavelengths grow from 2π to 2π times this."""

BART_OFFSET = 2
"""BART keeps the first two rows of its table for padding, so position p takes row p + 2."""


def distances(queries: int, keys: int) -> Integers:
    """(query, key): how many pieces the key stands after the query; negative before it."""
    offsets: Integers = np.arange(keys)[None, :] - np.arange(queries)[:, None]
    return offsets


def relative_buckets(
    offsets: npt.ArrayLike,
    both_ways: bool = True,
    buckets: int = BUCKETS,
    max_distance: int = MAX_DISTANCE,
) -> Integers:
    """T5's bucket of each distance: near ones have their own, far ones share, ever more of them.

    From Raffel et al., "Exploring the Limits of Transfer Learning with a Unified Text-to-Text
    Transformer" (2020), section 2.1.

    Args:
        offsets: key position minus query position, any shape.
        both_ways: True in the encoder, where half of the buckets are for keys after the query;
            False in the decoder, where every key after the query shares bucket 0 with its own.
        buckets: how many there are.
        max_distance: in pieces; from there on all share the last bucket.

    Returns:
        Buckets from 0 to `buckets` - 1, in the shape of `offsets`.
    """
    after = np.asarray(offsets, dtype=np.int64)
    each_way = buckets // 2 if both_ways else buckets
    exact = each_way // 2
    if exact < 1 or max_distance <= exact:
        raise ExplorerError(
            f"{buckets} buckets up to a distance of {max_distance} leave nothing to share; "
            f"use 4 buckets at least and a distance above {max(exact, 1)}."
        )
    start = np.where(after > 0, each_way, 0) if both_ways else np.zeros_like(after)
    far = np.abs(after) if both_ways else np.maximum(-after, 0)
    # Single precision, as T5 computes it: at a bucket's edge the last digit decides.
    share = np.log(np.maximum(far, 1).astype(np.float32) / np.float32(exact)) / np.float32(
        math.log(max_distance / exact)
    )
    shared = exact + (share * np.float32(each_way - exact)).astype(np.int64)
    bucket: Integers = start + np.where(far < exact, far, np.minimum(shared, each_way - 1))
    return bucket


def relative_bias(table: Array, buckets: Integers) -> Array:
    """T5's bias: the number that each head has learned for each bucket.

    Args:
        table: (bucket, head)
        buckets: (query, key)

    Returns:
        (head, query, key), to be added to the scores.
    """
    bias: Array = np.moveaxis(table[buckets], -1, 0)
    return bias


def distance_bias(queries: int, keys: int, slope: float) -> Array:
    """(1, query, key): minus `slope` for every piece of distance, alike before and after.

    The idea of Press et al., "Train Short, Test Long" (2022), without its mask.
    """
    bias: Array = -slope * np.abs(distances(queries, keys))[None].astype(np.float64)
    return bias


def sinusoidal(positions: int, width: int) -> Array:
    """(position, width): sines in the even columns and cosines in the odd ones.

    From Vaswani et al., "Attention Is All You Need" (2017), section 3.5. Law: what position p + k
    has is a rotation of what position p has, the same rotation for every p.
    """
    columns = np.arange(width) // 2 * 2
    turns = np.arange(positions)[:, None] / WAVELENGTH_BASE ** (columns / width)
    angles: Array = np.where(np.arange(width) % 2 == 0, np.sin(turns), np.cos(turns))
    return angles


def learned(table: Array, positions: int) -> Array:
    """(position, width): BART's rows for the first positions, of a table that training fills.

    Args:
        table: (position + 2, width); see BART_OFFSET.
        positions: how many.
    """
    room = len(table) - BART_OFFSET
    if positions > room:
        raise ExplorerError(
            f"The table has rows for {room} positions, and there are {positions}; "
            f"learned positions end where their table ends, so choose {room} at most."
        )
    return table[BART_OFFSET : BART_OFFSET + positions]
