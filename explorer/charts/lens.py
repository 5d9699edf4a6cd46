"""What each layer would have said, as pictures: a grid of pieces, and the best pieces of a cell."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import colours
from explorer.charts.attention_steps import SMALL_FROM, HeatMap, heat_map
from explorer.lens import Lens
from explorer.probabilities import percent
from explorer.tokens import named

MOST_STEPS = 24
"""Steps that are drawn side by side; more could not be read."""

CELL_WIDTH = 62
"""Pixels of a cell's width, so that a word stands in it."""

CELL_HEIGHT = 40
"""Pixels of a cell's height, where there are few layers."""

LABEL_PIXELS = 14
"""The size of the numbers beside the rows and below the columns."""

SAID_LIGHT, SAID_DARK = colours.DIVERGING_LIGHT[1], colours.DIVERGING_DARK[1]
"""The colour of what the answer says: an orange that no violet is taken for."""

STAR = "★"
"""Stands in the first layer that has the answer's piece on top."""

# A long piece is written smaller, and cut where even that does not help.
FONT = "clamp(1.75 * (bandwidth('x') - 8) / max(length(datum.text), 3), 8, 15)"
ROOM = "bandwidth('x') - 6"


def window(steps: int, at: int) -> range:
    """The steps that are drawn: all, or `MOST_STEPS` with the chosen one among them."""
    first = min(max(at - MOST_STEPS // 2, 0), max(steps - MOST_STEPS, 0))
    return range(first, min(first + MOST_STEPS, steps))


def said_colour(dark: bool) -> str:
    """The colour of what the answer says."""
    return SAID_DARK if dark else SAID_LIGHT


def lens_grid(
    found: Lens,
    steps: range | None = None,
    picked: tuple[int, int] | None = None,
    dark: bool = False,
) -> HeatMap:
    """The top piece of each layer and step, the more probable the stronger the colour.

    The first layer is the lowest row. Where the answer's piece is on top its cell is framed, and
    the first such layer of a step has a star.

    Args:
        found: what every layer would have said.
        steps: which steps are drawn; all if None.
        picked: the layer and the step whose cell has the frame of what was clicked.
        dark: for a dark page.
    """
    drawn = range(len(found.target)) if steps is None else steps
    layers = range(found.layers - 1, -1, -1)
    plain = heat_map(
        np.array([[found.top_probabilities[layer, step, 0] for step in drawn] for layer in layers]),
        "sequential",
        rows=[str(layer) for layer in layers],
        columns=[str(step) for step in drawn],
        row_title=f"{found.stack} layer",
        column_title="step",
        largest=1.0,
        dark=dark,
    )
    places = [(layer, step) for layer in layers for step in drawn]
    first = found.first_on_top
    on_top = [bool(found.rank[place] == 1) for place in places]
    cells = plain.cells.assign(
        text=[found.top_display[layer][step][0] for layer, step in places],
        said=on_top,
        star=[STAR if first[step] == layer else "" for layer, step in places],
        stroke=[_stroke(at == picked, said, dark) for at, said in zip(places, on_top, strict=True)],
        thick=[4 if place == picked else 2 for place in places],
        **_hover(found, places),
    )  # fmt: skip
    return HeatMap(
        _specification(plain.specification, found.top_ids.shape[-1], found.layers < SMALL_FROM),
        cells,
    )


def _stroke(picked: bool, said: bool, dark: bool) -> str:
    if picked:
        return colours.INK_LIGHT if dark else colours.INK_DARK
    return said_colour(dark) if said else "transparent"


def _hover(found: Lens, places: Sequence[tuple[int, int]]) -> dict[str, list[Any]]:
    """What a cell tells when it is pointed at."""
    columns: dict[str, list[Any]] = {
        "answer": [found.target.display[step] for _, step in places],
        "probability": [percent(found.probability[place]) for place in places],
        "rank": [f"{found.rank[place]:,}" for place in places],
        "entropy": [f"{found.entropy_bits[place]:.2f} bits" for place in places],
    }
    for best in range(found.top_ids.shape[-1]):
        columns[f"top{best + 1}"] = [
            f"{_name(found, *place, best)}  {percent(found.top_probabilities[*place, best])}"
            for place in places
        ]
    return columns


def _name(found: Lens, layer: int, step: int, place: int) -> str:
    """One of the most probable pieces, told from the same one without a space before it."""
    return named(found.top_pieces[layer][step][place], found.top_display[layer][step][place])


def _specification(plain: dict[str, Any], top: int, few: bool) -> dict[str, Any]:
    """A heat map's, with pieces in the cells, stars, and the numbers of a cell on hover."""
    cells, texts = plain["layer"]
    titles = {
        "row name": plain["encoding"]["y"]["title"],
        "column name": "step",
        **{f"top{best + 1}": f"{best + 1}." for best in range(top)},
        "answer": "the answer says",
        "probability": "its probability here",
        "rank": "its place here",
        "entropy": "entropy",
    }
    cells = {
        **cells,
        "encoding": {
            **cells["encoding"],
            "strokeWidth": {"field": "thick", "type": "quantitative", "scale": None},
            "tooltip": [
                {"field": field, "type": "nominal", "title": title}
                for field, title in titles.items()
            ],
        },
    }
    cells["mark"] = {**cells["mark"], "cursor": "pointer"}
    texts = {
        **texts,
        "mark": {
            **texts["mark"],
            "fontSize": {"expr": FONT},
            "limit": {"expr": ROOM},
            "fontWeight": {"expr": "datum.said ? 700 : 400"},
        },
    }
    stars = {
        "mark": {"type": "text", "fontSize": 10, "align": "left", "baseline": "top"},
        "encoding": {
            "x": {**plain["encoding"]["x"], "bandPosition": 0.06},
            "y": {**plain["encoding"]["y"], "bandPosition": 0.08},
            "text": {"field": "star", "type": "nominal"},
            "color": {"field": "ink", "type": "nominal", "scale": None},
        },
    }
    large = {"labelAngle": 0, "labelFontSize": LABEL_PIXELS, "titleFontSize": LABEL_PIXELS}
    axes = {
        name: {**channel, "axis": {**channel["axis"], **large}}
        for name, channel in plain["encoding"].items()
    }
    # In a grid that scrolls the middle of the axis may be out of sight.
    axes["x"]["axis"]["titleAnchor"] = "start"
    return {
        **plain,
        "layer": [cells, texts, stars],
        "encoding": axes,
        "width": {"step": CELL_WIDTH},
        "height": {"step": CELL_HEIGHT} if few else plain["height"],
    }


def top_bars(found: Lens, layer: int, step: int, dark: bool = False) -> alt.LayerChart:
    """The most probable pieces of one layer and step as bars; the answer's own piece is orange."""
    answer = found.target.ids[step]
    count = found.top_ids.shape[-1]
    pieces = [f"{place + 1}. {_name(found, layer, step, place)}" for place in range(count)]
    fill = colours.SEQUENTIAL_DARK[3] if dark else colours.SEQUENTIAL_LIGHT[3]
    table = pd.DataFrame(
        {
            "piece": pieces,
            "probability": found.top_probabilities[layer, step].astype(float),
            "text": [percent(value) for value in found.top_probabilities[layer, step]],
            "colour": [
                said_colour(dark) if number == answer else fill
                for number in found.top_ids[layer, step].tolist()
            ],
        }
    )
    rows = alt.Chart(table).encode(
        y=alt.Y("piece:N", sort=None, title=None, axis=alt.Axis(labelLimit=160, labelFontSize=14)),
        x=alt.X("probability:Q", title="probability", scale=alt.Scale(domain=[0, 1.12]),
                axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format="%")),
    )  # fmt: skip
    bars = rows.mark_bar(cornerRadius=2).encode(
        color=alt.Color("colour:N", scale=None), tooltip=["piece:N", "text:N"]
    )
    ink = colours.INK_LIGHT if dark else colours.INK_DARK
    numbers = rows.mark_text(align="left", dx=4, fontSize=13, color=ink).encode(text="text:N")
    return alt.LayerChart(layer=[bars, numbers]).properties(height=alt.Step(28))
