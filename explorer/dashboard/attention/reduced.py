"""Which map is on screen: one head or many, pieces or words, with special ones or not."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from explorer.alignment import Rows
from explorer.attention import AttentionMaps, Floats, Stack
from explorer.attention_reduction import (
    Unit,
    combine,
    cross_rollout,
    merge,
    pieces_of,
    rollout,
    without,
    words_of,
)

How = Literal["One head", "Mean", "Largest", "Rollout"]
HOWS: tuple[How, ...] = ("One head", "Mean", "Largest", "Rollout")


@dataclass(frozen=True)
class Choice:
    """What the person chose to see.

    Attributes:
        stack: which attention.
        how: one head, or how many become one.
        layer, head: the one head.
        layers, heads: those that become one; empty for all.
        words: pieces are merged to words.
        special: special pieces are shown.
        rows: whether a row is named by the piece that its step predicts or reads.
    """

    stack: Stack
    how: How
    layer: int
    head: int
    layers: tuple[int, ...]
    heads: tuple[int, ...]
    words: bool
    special: bool
    rows: Rows

    @property
    def title(self) -> str:
        """The map in a few words."""
        name = (
            "Cross-attention" if self.stack == "cross" else f"{self.stack.capitalize()} attention"
        )
        if self.how == "One head":
            return f"{name}, layer {self.layer}, head {self.head}"
        layers, heads = (
            f"{what} {', '.join(map(str, chosen))}" if chosen else f"all {what}"
            for what, chosen in (("layers", self.layers), ("heads", self.heads))
        )
        over = "over" if self.how == "Rollout" else "of"
        return f"{name}, {self.how.lower()} {over} {layers} and {heads}"


@dataclass(frozen=True)
class Reduced:
    """One map: (query, key), with the units of its rows and columns.

    Law: each row sums to 1, unless the largest of many heads is shown, where it sums to 1 or more
    and no weight is above 1, or a head was left nothing by hiding special pieces, whose row is 0.
    """

    weights: Floats
    rows: tuple[Unit, ...]
    columns: tuple[Unit, ...]

    @property
    def row_names(self) -> tuple[str, ...]:
        """What stands beside each row."""
        return tuple(unit.text for unit in self.rows)

    @property
    def column_names(self) -> tuple[str, ...]:
        """What stands below each column."""
        return tuple(unit.text for unit in self.columns)


def units(maps: AttentionMaps, choice: Choice) -> tuple[tuple[Unit, ...], tuple[Unit, ...]]:
    """The rows and the columns of the chosen map."""
    split = words_of if choice.words else pieces_of
    reads = choice.rows == "read" and choice.stack != "encoder"
    rows = split(maps.read if reads else maps.queries(choice.stack))
    columns = split(maps.keys(choice.stack))
    if choice.special:
        return rows, columns
    # A map keeps its rows where all are special, such as an answer of the end token alone.
    plain = tuple(unit for unit in rows if not unit.special)
    return plain or rows, columns


def for_units(
    weights: Floats, rows: tuple[Unit, ...], columns: tuple[Unit, ...], special: bool
) -> tuple[Floats, tuple[Unit, ...]]:
    """Weights (..., query, key) over pieces as weights over units, and the columns that stay.

    Raises:
        ExplorerError: every column is special, and those are hidden.
    """
    merged = merge(weights, rows, columns)
    if special:
        return merged, columns
    hidden = [unit.special for unit in columns]
    return without(merged, hidden), tuple(unit for unit in columns if not unit.special)


def chosen(maps: AttentionMaps, choice: Choice) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The layers and the heads that become one map."""
    if choice.how == "One head":
        return (choice.layer,), (choice.head,)
    layers, heads = maps.of(choice.stack).shape[:2]
    return choice.layers or tuple(range(layers)), choice.heads or tuple(range(heads))


def picked(maps: AttentionMaps, choice: Choice) -> Floats:
    """The chosen heads over pieces: (layer, head, query, key)."""
    layers, heads = chosen(maps, choice)
    return np.asarray(maps.of(choice.stack)[list(layers)][:, list(heads)])


def rolled(maps: AttentionMaps, choice: Choice) -> Floats:
    """The rollout over the chosen layers and heads, over pieces: (query, key)."""
    weights = picked(maps, choice)
    if choice.stack != "cross":
        return np.asarray(rollout(weights)[-1])
    return np.asarray(cross_rollout(replace(maps, cross=weights)).mean(0, dtype=np.float64))


def reduced(maps: AttentionMaps, choice: Choice) -> Reduced:
    """The map on screen.

    Raises:
        ExplorerError: every column is special, and those are hidden.
    """
    rows, columns = units(maps, choice)
    if choice.how == "Rollout":
        weights, stay = for_units(rolled(maps, choice), rows, columns, choice.special)
        return Reduced(weights, rows, stay)
    # Merged and hidden head by head: the largest of sums is a weight that some head has, the sum
    # of largest ones is not.
    each, stay = for_units(picked(maps, choice), rows, columns, choice.special)
    return Reduced(combine(each, how="max" if choice.how == "Largest" else "mean"), rows, stay)
