"""bertviz of one stack, narrowed visibly where a browser could not draw it whole."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.attention import AttentionMaps, Floats
from explorer.attention_reduction import Unit
from explorer.bertviz_page import View
from explorer.bertviz_view import MAX_CELLS, MAX_DRAWN_CELLS, BertvizView, bertviz_view
from explorer.dashboard import exports, links, messages
from explorer.dashboard.attention import choosing
from explorer.dashboard.attention.asking import Asked
from explorer.dashboard.attention.reduced import Choice, for_units, units
from explorer.dashboard.attention.script import map_script

VIEWS: dict[str, View] = {"Head view": "head", "Model view": "model"}
MOST_PIXELS = 900


@dataclass(frozen=True)
class Part:
    """What of a stack is drawn.

    Attributes:
        layers: the numbers of its layers.
        rows, columns: the first one, and the one after the last.
        sentence: why it is less than what was asked for; "" where it is not.
    """

    layers: tuple[int, ...]
    rows: tuple[int, int]
    columns: tuple[int, int]
    sentence: str = ""


def narrowed(asked: Part, heads: int, view: View, layer: int) -> Part:
    """Leave out layers first and then the ends of the texts, as far as it must be.

    Args:
        asked: what the person wants to see.
        heads: how many of each layer.
        view: the head view draws one layer at a time, the model view all.
        layer: one that stays, if it is among those asked for.
    """
    rows, columns = asked.rows[1] - asked.rows[0], asked.columns[1] - asked.columns[0]
    count = len(asked.layers)
    one = heads * rows * columns
    drawn, held = one * (count if view == "model" else 1), one * count
    if drawn <= MAX_DRAWN_CELLS and held <= MAX_CELLS:
        return asked
    kept_rows, kept_columns = rows, columns
    # One layer must fit, whatever the view.
    while heads * kept_rows * kept_columns > MAX_DRAWN_CELLS:
        if kept_rows >= kept_columns:
            kept_rows -= 1
        else:
            kept_columns -= 1
    most = MAX_DRAWN_CELLS if view == "model" else MAX_CELLS
    stay = min(count, most // (heads * kept_rows * kept_columns))
    at = asked.layers.index(layer) if layer in asked.layers else 0
    first = min(max(at - stay + 1, 0), count - stay)
    layers = asked.layers[first : first + stay]
    if drawn > MAX_DRAWN_CELLS:
        too_many = (
            f"This would be {drawn:,} lines, and a browser draws at most {MAX_DRAWN_CELLS:,} well"
        )
    else:
        too_many = f"This would be {held:,} weights, and a page holds at most {MAX_CELLS:,}"
    left = []
    if stay < count:
        left.append(f"{stay} of {count} layers ({', '.join(map(str, layers))})")
    if (kept_rows, kept_columns) != (rows, columns):
        left.append(f"the first {kept_rows} of {rows} rows and {kept_columns} of {columns} columns")
    return Part(
        layers,
        (asked.rows[0], asked.rows[0] + kept_rows),
        (asked.columns[0], asked.columns[0] + kept_columns),
        f"{too_many}. So {' and '.join(left)} are drawn: choose fewer layers or heads, or shorter "
        "ranges of rows and columns, to see others.",
    )


def show(
    asked: Asked, maps: AttentionMaps, choice: Choice, controls: DeltaGenerator, dark: bool
) -> None:
    """The view, and the same as one file.

    Args:
        asked: the text and the target.
        maps: with the chosen stack.
        choice: which layers and heads, and what a row and a column is.
        controls: where the ranges of rows and columns are chosen.
        dark: for a dark page.
    """
    view = VIEWS[links.view("bertviz", VIEWS, key="lines")]
    rows, columns = units(maps, choice)
    counts = len(rows), sum(choice.special or not each.special for each in columns)
    with controls:
        some_rows = choosing.part("Rows drawn", counts[0], "row_range")
        some_columns = choosing.part("Columns drawn", counts[1], "column_range")
    layers = choice.layers or tuple(range(len(maps.of(choice.stack))))
    wanted = Part(layers, some_rows, some_columns)
    part, drawn = drawing(maps, choice, view, wanted, dark)
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
        table=lambda: table(maps, choice, part),
        data=lambda: {
            "choice": choice,
            "drawn": part,
            "source": maps.source,
            "target": maps.target,
            "weights": maps.of(choice.stack),
        },
        script=lambda: map_script(asked.model, maps, choice, reduced=False),
        key="bertviz",
    )


def table(maps: AttentionMaps, choice: Choice, part: Part) -> list[dict[str, Any]]:
    """A row for each line that is drawn."""
    heads = heads_of(maps, choice)
    some, rows, columns = weights_of(maps, choice, part)
    return [
        {
            "layer": part.layers[layer],
            "head": heads[head],
            "row": f"{row} {rows[row].text}",
            "looks at": f"{column} {columns[column].text}",
            "weight": float(weight),
        }
        for (layer, head, row, column), weight in np.ndenumerate(some)
    ]


def heads_of(maps: AttentionMaps, choice: Choice) -> tuple[int, ...]:
    """The heads of each layer that are drawn: those that were chosen, or all."""
    return choice.heads or tuple(range(maps.of(choice.stack).shape[1]))


def weights_of(
    maps: AttentionMaps, choice: Choice, part: Part
) -> tuple[Floats, tuple[Unit, ...], tuple[Unit, ...]]:
    """The weights that are drawn (layer, head, row, column), and their rows and columns."""
    rows, columns = units(maps, choice)
    weights = maps.of(choice.stack)[list(part.layers)][:, list(heads_of(maps, choice))]
    some, columns = for_units(weights, rows, columns, choice.special)
    (top, bottom), (first, last) = part.rows, part.columns
    return some[..., top:bottom, first:last], rows[top:bottom], columns[first:last]


def drawing(
    maps: AttentionMaps, choice: Choice, view: View, wanted: Part, dark: bool
) -> tuple[Part, BertvizView]:
    """One stack as bertviz draws it, and which part of it."""
    heads = heads_of(maps, choice)
    part = narrowed(wanted, len(heads), view, choice.layer)
    some, rows, columns = weights_of(maps, choice, part)
    alone = not choice.heads and view == "head"
    return part, bertviz_view(
        np.ascontiguousarray(some),
        [unit.text for unit in rows],
        [unit.text for unit in columns],
        view=view,
        theme="dark" if dark else "light",
        layers=part.layers,
        heads=heads,
        layer=choice.layer if choice.layer in part.layers else None,
        shown_heads=[choice.head] if alone else None,
        title=f"{choice.stack.capitalize()} attention",
    )
