"""A worked example of attention, made from plain values: a seed, sizes, a mask, positions, edits.

The same recipe gives the same numbers here, on the page, and in the Python that is taken home.
"""

import math
from dataclasses import dataclass

import numpy as np

from explorer import positions
from explorer.arrays import Array, Integers, Mask
from explorer.attention_math import AttentionSteps, attend, concatenate_heads, split_heads
from explorer.draws import Draws
from explorer.errors import ExplorerError
from explorer.masks import causal_mask, padding_mask
from explorer.recipe import MAX_POSITIONS, Matrix, Recipe


@dataclass(frozen=True)
class WorkedExample:
    """An example and everything on its way.

    Attributes:
        recipe: what it was made from.
        query, key, value: (position, head · d_k), edits and positions included.
        buckets: (query, key) T5's buckets, where they are used.
        steps: attention, head by head.
        concatenated: (query, head · d_k), the heads' outputs side by side.
        projection: W^O, (head · d_k, head · d_k); None with one head.
        result: (query, head · d_k), concatenated times W^O; None with one head.
    """

    recipe: Recipe
    query: Array
    key: Array
    value: Array
    buckets: Integers | None
    steps: AttentionSteps
    concatenated: Array
    projection: Array | None
    result: Array | None


def drawn_rows(recipe: Recipe) -> dict[str, Array]:
    """Q, K and V as the seed draws them, with no edit and no position: (position, head · d_k)."""
    return {name: array for name, array in _draw(recipe).items() if name in ("Q", "K", "V")}


def work(recipe: Recipe, rows: dict[str, Array] | None = None) -> WorkedExample:
    """Compute an example.

    Args:
        recipe: what to compute.
        rows: Q, K and V, (position, head · d_k), to be taken in place of random ones; then there
            is no W^O.

    Raises:
        ExplorerError: what `attend` refuses, such as a query that may look at no key, a NaN in an
            edited cell, or an edit of a cell that is not there.
    """
    drawn = _draw(recipe)
    if rows is not None:
        drawn = {**drawn, **rows}
        drawn.pop("W_O", None)
    rows = {name: _with_edits(drawn[name], name, recipe) for name in ("Q", "K", "V")}
    if recipe.positions in ("learned", "sinusoidal"):
        places = position_rows(recipe, drawn.get("table"))
        rows = {name: array + places[: len(array)] for name, array in rows.items()}
    bias, buckets = _bias(recipe, drawn.get("table"))
    steps = attend(
        split_heads(rows["Q"], recipe.heads),
        split_heads(rows["K"], recipe.heads),
        split_heads(rows["V"], recipe.heads),
        mask=_mask(recipe),
        scale=recipe.scale,
        bias=bias,
        temperature=recipe.temperature,
    )
    joined = concatenate_heads(steps.output)
    projection = drawn.get("W_O")
    result = None if projection is None else joined @ projection
    return WorkedExample(
        recipe, rows["Q"], rows["K"], rows["V"], buckets, steps, joined, projection, result
    )


def position_rows(recipe: Recipe, table: Array | None = None) -> Array:
    """(position, head · d_k): what is added for each position."""
    count = max(recipe.queries, recipe.keys)
    if recipe.positions == "sinusoidal":
        return positions.sinusoidal(count, recipe.width)
    return positions.learned(_draw(recipe)["table"] if table is None else table, count)


def _draw(recipe: Recipe) -> dict[str, Array]:
    """Everything random, in the order in which the Python to take home draws it."""
    draws, width = Draws(recipe.seed), recipe.width
    sizes = {"Q": (recipe.queries, width), "K": (recipe.keys, width), "V": (recipe.keys, width)}
    if recipe.heads > 1:
        sizes["W_O"] = (width, width)
    if recipe.positions == "relative":
        sizes["table"] = (positions.BUCKETS, recipe.heads)
    elif recipe.positions == "learned":
        sizes["table"] = (MAX_POSITIONS + positions.BART_OFFSET, width)
    drawn: dict[str, Array] = {
        name: draws.normal(*size).astype(np.float64) for name, size in sizes.items()
    }
    if "W_O" in drawn:
        # So that the result is about as large as what goes in.
        drawn["W_O"] = drawn["W_O"] / math.sqrt(width)
    return drawn


def _with_edits(array: Array, matrix: Matrix | str, recipe: Recipe) -> Array:
    edited = array.copy()
    for edit in recipe.edits:
        if edit.matrix == matrix:
            if not (0 <= edit.row < array.shape[0] and 0 <= edit.column < array.shape[1]):
                raise ExplorerError(
                    f"{matrix} has {array.shape[0]} rows and {array.shape[1]} columns, so there "
                    f"is no cell {edit.row}, {edit.column} to edit; undo that edit."
                )
            edited[edit.row, edit.column] = edit.value
    return edited


def _mask(recipe: Recipe) -> Mask | None:
    size = (recipe.queries, recipe.keys)
    if recipe.mask == "causal":
        return causal_mask(*size)
    if recipe.mask == "padding":
        return padding_mask(*size, recipe.padded)
    if recipe.mask == "drawn":
        drawn: Mask = _with_edits(np.ones(size), "mask", recipe) != 0
        return drawn
    return None


def _bias(recipe: Recipe, table: Array | None) -> tuple[Array | None, Integers | None]:
    """(head, query, key) to add to the scores, and T5's buckets where they have a part in it."""
    size = (recipe.queries, recipe.keys)
    parts, buckets = [], None
    if recipe.bias == "distance":
        parts.append(positions.distance_bias(*size, recipe.slope))
    elif recipe.bias == "drawn":
        parts.append(_with_edits(np.zeros(size), "bias", recipe)[None])
    if recipe.positions == "relative" and table is not None:
        offsets = positions.distances(*size)
        buckets = positions.relative_buckets(offsets, recipe.both_ways)
        parts.append(positions.relative_bias(table, buckets))
    if not parts:
        return None, None
    total: Array = sum(parts[1:], parts[0])
    return total, buckets
