"""bertviz of one stack, narrowed visibly where a browser could not draw it whole."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import streamlit as st

from explorer.attention import AttentionMaps
from explorer.bertviz_page import View
from explorer.bertviz_view import MAX_CELLS, MAX_DRAWN_CELLS, BertvizView, bertviz_view
from explorer.dashboard import exports, links, messages
from explorer.dashboard.attention.asking import Asked
from explorer.dashboard.attention.reduced import Choice, for_units, units

VIEWS: dict[str, View] = {"Head view": "head", "Model view": "model"}
MOST_PIXELS = 900


@dataclass(frozen=True)
class Part:
    """What is left of a stack so that a browser draws it well.

    Attributes:
        layers: the numbers of those that stay.
        rows, columns: how many stay, from the beginning.
        sentence: what is left out; "" for nothing.
    """

    layers: tuple[int, ...]
    rows: int
    columns: int
    sentence: str


def narrowed(shape: tuple[int, int, int, int], view: View, layer: int) -> Part:
    """Leave out layers first and then the ends of the texts, as far as it must be.

    Args:
        shape: (layer, head, query, key)
        view: the head view draws one layer at a time, the model view all.
        layer: one that stays.
    """
    count, heads, rows, columns = shape
    one = heads * rows * columns
    most = MAX_DRAWN_CELLS if view == "model" else MAX_CELLS
    stay = min(count, max(1, most // one))
    first = min(max(layer - stay + 1, 0), count - stay)
    layers = tuple(range(first, first + stay))
    kept_rows, kept_columns = rows, columns
    while heads * kept_rows * kept_columns > MAX_DRAWN_CELLS:
        if kept_rows >= kept_columns:
            kept_rows -= 1
        else:
            kept_columns -= 1
    parts = []
    if stay < count:
        parts.append(f"{stay} of {count} layers ({layers[0]} to {layers[-1]})")
    if (kept_rows, kept_columns) != (rows, columns):
        parts.append(
            f"the first {kept_rows} of {rows} rows and {kept_columns} of {columns} columns"
        )
    sentence = f"Drawn: {' and '.join(parts)}; a browser can't draw more well." if parts else ""
    return Part(layers, kept_rows, kept_columns, sentence)


def show(asked: Asked, maps: AttentionMaps, choice: Choice, dark: bool) -> None:
    """The view, and the same as one file."""
    view = VIEWS[links.view("bertviz", VIEWS, key="draw")]
    part, drawn = drawing(maps, choice, view, dark)
    if part.sentence:
        st.info(part.sentence, icon=":material/content_cut:")
    st.iframe(drawn.html, height=min(drawn.height, MOST_PIXELS))
    st.caption(
        "bertviz (Vig 2019) draws a line for each weight, from the row on the left to what it "
        "looks at on the right. "
        + (
            "Point at a word to see its lines alone; click a colour to hide or show a head."
            if view == "head"
            else "Each square is one head, each line of squares one layer; click one to enlarge it."
        )
        + f" {drawn.cells:,} weights, {messages.bytes_text(drawn.size_bytes)}."
    )
    exports.take_home(
        f"{asked.model.card.name}-{choice.stack}-{view}-view",
        html=lambda: drawn.html,
        key="bertviz",
    )


def drawing(
    maps: AttentionMaps, choice: Choice, view: View, dark: bool
) -> tuple[Part, BertvizView]:
    """One stack as bertviz draws it, and which part of it."""
    rows, columns = units(maps, choice)
    weights = maps.of(choice.stack)
    part = narrowed(
        cast(
            "tuple[int, int, int, int]",
            (*weights.shape[:2], len(rows), sum(choice.special or not u.special for u in columns)),
        ),
        view,
        choice.layer,
    )
    some, columns = for_units(weights[list(part.layers)], rows, columns, choice.special)
    return part, bertviz_view(
        np.ascontiguousarray(some[..., : part.rows, : part.columns]),
        [unit.text for unit in rows[: part.rows]],
        [unit.text for unit in columns[: part.columns]],
        view=view,
        theme="dark" if dark else "light",
        layers=part.layers,
        layer=choice.layer,
        shown_heads=[choice.head] if choice.how == "One head" and view == "head" else None,
        title=f"{choice.stack.capitalize()} attention",
    )
