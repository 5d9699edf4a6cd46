"""From many weights to few: words for pieces, no special pieces, one map for many heads, rollout.

Every function takes and gives plain arrays whose last two axes are (query, key), and keeps the law
of attention: each row sums to 1. Only the largest over several heads does not; it says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.attention import AttentionMaps, Floats
from explorer.errors import ExplorerError
from explorer.tokens import Tokens


@dataclass(frozen=True)
class Unit:
    """A row or a column of a map: a word, or a piece that belongs to no word.

    Attributes:
        text: the word as it stands in the text, or the piece as people read it.
        pieces: the places of its pieces.
        word: the number of the word; None for a piece without one.
        special: whether it stands for no text (an end token, a language).
    """

    text: str
    pieces: tuple[int, ...]
    word: int | None
    special: bool


def words_of(tokens: Tokens) -> tuple[Unit, ...]:
    """The words of a text in order; each piece that belongs to no word stands alone."""

    def key(place: int) -> tuple[bool, int]:
        word = tokens.words[place]
        return (True, place) if word is None else (False, word)

    units = []
    for (alone, number), places in groupby(range(len(tokens)), key):
        pieces = tuple(places)
        text = tokens.display[number] if alone else tokens.word_texts[number]
        special = all(tokens.special[place] for place in pieces)
        units.append(Unit(text, pieces, None if alone else number, special))
    return tuple(units)


def pieces_of(tokens: Tokens) -> tuple[Unit, ...]:
    """Each piece by itself, for a map that is not merged."""
    return tuple(
        Unit(text, (place,), word, special)
        for place, (text, word, special) in enumerate(
            zip(tokens.display, tokens.words, tokens.special, strict=True)
        )
    )


def merge(weights: Floats, queries: Sequence[Unit], keys: Sequence[Unit]) -> Floats:
    """Pieces become units: rows are averaged, columns summed, so that each row still sums to 1.

    Args:
        weights: (..., query, key) over pieces.
        queries, keys: the units of the rows and of the columns.

    Returns:
        (..., query unit, key unit)
    """
    mean = _membership(queries, weights.shape[-2])  # (query unit, query)
    mean /= mean.sum(-1, keepdims=True)
    merged = mean @ weights.astype(np.float64) @ _membership(keys, weights.shape[-1]).T
    return np.asarray(merged, dtype=np.float32)


def _membership(units: Sequence[Unit], pieces: int) -> NDArray[np.float64]:
    member = np.zeros((len(units), pieces))
    for number, unit in enumerate(units):
        member[number, list(unit.pieces)] = 1
    return member


def without(weights: Floats, hidden: Sequence[bool] | NDArray[np.bool_]) -> Floats:
    """The map without some columns, each row scaled to sum to 1 again.

    A row that looked at nothing else becomes all 0: there is nothing left to share out.

    Args:
        weights: (..., query, key)
        hidden: for each column, whether it goes; at least one must stay.

    Returns:
        (..., query, key that stays)

    Raises:
        ExplorerError: no column would stay.
    """
    stays = ~np.asarray(hidden, dtype=np.bool_)
    if not stays.any():
        raise ExplorerError(
            f"All {stays.size} columns are special pieces, so hiding them leaves nothing; "
            "show them, or give a longer text."
        )
    kept = weights[..., stays].astype(np.float64)
    sums = kept.sum(-1, keepdims=True)
    return np.asarray(np.divide(kept, sums, out=np.zeros_like(kept), where=sums > 0), np.float32)


def combine(
    weights: Floats,
    layers: Sequence[int] | None = None,
    heads: Sequence[int] | None = None,
    how: Literal["mean", "max"] = "mean",
) -> Floats:
    """One map (query, key) for the chosen layers and heads of (layer, head, query, key).

    The rows of the mean sum to 1. Those of the maximum sum to 1 or more: it shows where any of the
    heads looks, not a distribution.

    Raises:
        ExplorerError: nothing is chosen, or a layer or head that is not there.
    """
    for name, chosen, count in (
        ("layer", layers, weights.shape[0]),
        ("head", heads, weights.shape[1]),
    ):
        if chosen is not None and not all(0 <= number < count for number in chosen):
            raise ExplorerError(
                f"The {name}s {list(chosen)} are not all there; choose from 0 to {count - 1}."
            )
        if count == 0 or (chosen is not None and not len(chosen)):
            raise ExplorerError(f"No {name} is chosen; choose at least one.")
    picked = weights if layers is None else weights[list(layers)]
    picked = picked if heads is None else picked[:, list(heads)]
    if how == "max":
        return np.asarray(picked.max((0, 1)))
    return np.asarray(picked.mean((0, 1), dtype=np.float64), dtype=np.float32)


def rollout(weights: Floats, residual: float = 0.5) -> Floats:
    """How much of each input piece is in each position after each layer of self-attention.

    Abnar and Zuidema, "Quantifying Attention Flow in Transformers" (2020), arXiv 2005.00928: the
    heads are averaged, the residual connection is an equal share of the position itself, and the
    layers are multiplied.

    Args:
        weights: (layer, head, query, key) of self-attention.
        residual: the share of the position itself, from 0 to 1.

    Returns:
        (layer, query, key): after each layer; the last one is the paper's.
    """
    _check_residual(residual)
    layers, _, queries, _ = weights.shape
    so_far = np.eye(queries)
    found = np.empty((layers, queries, queries), dtype=np.float32)
    for layer in range(layers):
        mean = weights[layer].mean(0, dtype=np.float64)  # (query, key)
        so_far = (residual * np.eye(queries) + (1 - residual) * mean) @ so_far
        found[layer] = so_far
    return found


def cross_rollout(maps: AttentionMaps, residual: float = 0.5) -> Floats:
    """The cross-attention of each decoder layer, carried through the encoder to the source pieces.

    The decoder looks at positions of the encoder's output, in which all source pieces are mixed:
    the mean cross-attention times the encoder's rollout tells which pieces are looked at.

    Returns:
        (layer, query, key): one map for each decoder layer.
    """
    through = rollout(maps.encoder, residual)[-1].astype(np.float64)  # (source, source)
    mean: NDArray[Any] = maps.cross.mean(1, dtype=np.float64)  # (layer, target, source)
    return np.asarray(mean @ through, dtype=np.float32)


def _check_residual(residual: float) -> None:
    if not 0 <= residual <= 1:
        raise ExplorerError(f"The residual share is {residual}; choose a number from 0 to 1.")
