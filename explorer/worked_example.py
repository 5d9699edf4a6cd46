"""A worked example of attention, made from plain values: a seed, sizes, a mask, positions, edits.

The same recipe gives the same numbers here, on the page, and in the Python that is taken home.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer import positions
from explorer.arrays import Array, Integers, Mask
from explorer.attention_math import (
    AttentionSteps,
    attend,
    check_attention,
    concatenate_heads,
    split_heads,
    torchs_output,
)
from explorer.checks import Check, closest
from explorer.draws import Draws
from explorer.errors import ExplorerError
from explorer.masks import causal_mask, padding_mask
from explorer.recipe import MAX_POSITIONS, Matrix, Recipe
from explorer.whole_numbers import check_whole

ROWS: tuple[Matrix, ...] = ("Q", "K", "V")

Given = Mapping[Matrix, Array]
"""Rows of a model in place of random ones, and its mask and bias where it has such."""


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


def before_edits(recipe: Recipe, given: Given | None = None) -> dict[Matrix, Array]:
    """What edits can change, as it is without them and without positions.

    Returns:
        Q, K and V: (position, head · d_k). The mask and the bias as they begin where they are
        drawn by hand: (query, key); in the mask 0 hides a cell.
    """
    begun = _draw(recipe) if given is None else given
    size = (recipe.queries, recipe.keys)
    return {
        "Q": begun["Q"],
        "K": begun["K"],
        "V": begun["V"],
        "mask": np.asarray(begun.get("mask", np.ones(size)), dtype=np.float64),
        "bias": np.asarray(begun.get("bias", np.zeros(size)), dtype=np.float64),
    }


def work(recipe: Recipe, given: Given | None = None) -> WorkedExample:
    """Compute an example.

    Args:
        recipe: what to compute.
        given: Q, K and V, (position, head · d_k), in place of random ones, and, where there are
            such, a mask and a bias, (query, key). There is no W^O then.

    Raises:
        ExplorerError: what `attend` refuses, such as a query that may look at no key, a NaN in an
            edited cell, or an edit of a cell that is not there; more random rows than
            MAX_POSITIONS; given rows that do not fit the recipe.
    """
    if given is None:
        drawn = _draw(recipe)
    else:
        _check_given(recipe, given)
        drawn = {}
    begun = before_edits(recipe, drawn if given is None else given)
    rows = {name: _with_edits(begun[name], name, recipe) for name in ROWS}
    if recipe.positions in ("learned", "sinusoidal"):
        places = position_rows(recipe, drawn.get("table"))
        rows = {name: array + places[: len(array)] for name, array in rows.items()}
    bias, buckets = _bias(recipe, begun["bias"], drawn.get("table"))
    steps = attend(
        split_heads(rows["Q"], recipe.heads),
        split_heads(rows["K"], recipe.heads),
        split_heads(rows["V"], recipe.heads),
        mask=_mask(recipe, begun["mask"]),
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


def _check_given(recipe: Recipe, given: Given) -> None:
    if recipe.positions in ("relative", "learned"):
        raise ExplorerError(
            f"positions is {recipe.positions!r}, whose table is drawn together with random rows; "
            "choose none or sinusoidal for given ones."
        )
    sizes = {
        "Q": (recipe.queries, recipe.width),
        "K": (recipe.keys, recipe.width),
        "V": (recipe.keys, recipe.width),
        "mask": (recipe.queries, recipe.keys),
        "bias": (recipe.queries, recipe.keys),
    }
    for name, array in given.items():
        if array.shape != sizes[name]:
            raise ExplorerError(
                f"{name} has the shape {array.shape}; by the recipe it must be {sizes[name]}."
            )


def position_rows(recipe: Recipe, table: Array | None = None) -> Array:
    """(position, head · d_k): what is added for each position."""
    count = max(recipe.queries, recipe.keys)
    if recipe.positions == "sinusoidal":
        return positions.sinusoidal(count, recipe.width)
    return positions.learned(_draw(recipe)["table"] if table is None else table, count)


def _draw(recipe: Recipe) -> dict[Any, Array]:
    """Everything random, in the order in which the Python to take home draws it."""
    for name, count in (("queries", recipe.queries), ("keys", recipe.keys)):
        check_whole(name, count, 1, MAX_POSITIONS)
    draws, width = Draws(recipe.seed), recipe.width
    sizes = {"Q": (recipe.queries, width), "K": (recipe.keys, width), "V": (recipe.keys, width)}
    if recipe.heads > 1:
        sizes["W_O"] = (width, width)
    if recipe.positions == "relative":
        sizes["table"] = (positions.BUCKETS, recipe.heads)
    elif recipe.positions == "learned":
        sizes["table"] = (MAX_POSITIONS + positions.BART_OFFSET, width)
    drawn: dict[Any, Array] = {
        name: draws.normal(*size).astype(np.float64) for name, size in sizes.items()
    }
    if "W_O" in drawn:
        # So that the result is about as large as what goes in.
        drawn["W_O"] = drawn["W_O"] / math.sqrt(width)
    return drawn


def _with_edits(array: Array, matrix: Matrix, recipe: Recipe) -> Array:
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


def _mask(recipe: Recipe, begun: Array) -> Mask | None:
    """(query, key); None where a given mask hides nothing."""
    size = (recipe.queries, recipe.keys)
    if recipe.mask == "causal":
        return causal_mask(*size)
    if recipe.mask == "padding":
        return padding_mask(*size, recipe.padded)
    if recipe.mask == "drawn":
        drawn: Mask = _with_edits(begun, "mask", recipe) != 0
        return drawn
    if recipe.mask == "given" and not begun.all():
        given: Mask = begun != 0
        return given
    return None


def _bias(
    recipe: Recipe, begun: Array, table: Array | None
) -> tuple[Array | None, Integers | None]:
    """(head, query, key) to add to the scores, and T5's buckets where they have a part in it."""
    size = (recipe.queries, recipe.keys)
    parts, buckets = [], None
    if recipe.bias == "distance":
        parts.append(positions.distance_bias(*size, recipe.slope))
    elif recipe.bias == "drawn":
        parts.append(_with_edits(begun, "bias", recipe)[None])
    elif recipe.bias == "given" and begun.any():
        parts.append(begun[None])
    if recipe.positions == "relative" and table is not None:
        offsets = positions.distances(*size)
        buckets = positions.relative_buckets(offsets, recipe.both_ways)
        parts.append(positions.relative_bias(table, buckets))
    if not parts:
        return None, None
    total: Array = sum(parts[1:], parts[0])
    return total, buckets


def check_example(example: WorkedExample) -> Check:
    """The output beside torch's, and so what becomes of it: side by side, and times W^O."""
    import torch

    output = check_attention(example.steps)
    if len(example.steps.weights) == 1:
        return output
    with torch.inference_mode():
        joined = torchs_output(example.steps).double().permute(1, 0, 2).flatten(1)
    checks = [output, _beside(joined, example.concatenated, output.tolerance)]
    what = "The output, and the heads side by side"
    if example.result is not None and example.projection is not None:
        with torch.inference_mode():
            result = torch.matmul(joined, torch.tensor(example.projection).double())
        # Each number of the result gathers the rounding of a whole column.
        room = output.tolerance * max(1.0, float(np.abs(example.projection).sum(0).max()))
        checks.append(_beside(result, example.result, room))
        what += ", and the result after W^O"
    return closest(checks, f"{what}, against torch's attention of the same Q, K and V.")


def _beside(theirs: Any, ours: Array, tolerance: float) -> Check:
    return Check("", float(np.abs(theirs.numpy() - ours).max()), tolerance)
