"""Heat maps of attention, step by step: a number in every cell where it fits.

A chart's colours, numbers and names travel as data, not in its specification: when only these
change, a browser redraws the cells in place instead of building the chart anew.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from explorer.charts import colours
from explorer.charts.cells import Kind, coloured

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
TOP_ONLY = ("$schema", "config", "padding")
"""What only a whole chart may have, and no part of a sheet."""

SELECTION = "cell"
"""The name of the selection that a click on a cell makes; it holds a row and a column."""

CELL_PIXELS = 34
SMALL_CELL_PIXELS = 17
"""The height of a cell, and of one in a large map, where there is no room for numbers."""

SMALL_FROM = 17
"""From so many rows on the cells are small."""

EXPORT_CELL_PIXELS = 56
LABEL_CHARACTERS = 12
ROW, COLUMN = "row key", "column key"
NAME_ALONE = r"replace(datum.value, / \(\d+\)$/, '')"
"""Of a name with its number, as it stands in the data, what is shown beside the map."""

# In a cell of this many pixels' width there is no room for a number.
FONT = "bandwidth('x') < 27 || bandwidth('y') < 16 ? 0 : clamp(bandwidth('x') / 3, 9, 14)"
# Numbers from 0 to 1 have no sign, and in a narrow cell the zero before their point goes.
SHARE_FONT = FONT.replace("27", "17")
SHARE_TEXT = "bandwidth('x') < 27 ? replace(datum.text, /^0[.]/, '.') : datum.text"


@dataclass(frozen=True)
class HeatMap:
    """A Vega-Lite chart in two parts: what to draw, and the cells.

    Attributes:
        specification: without data. It stays the same while only numbers change.
        cells: a row for each cell: its place, number and colours.
    """

    specification: dict[str, Any]
    cells: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """The whole chart, with its cells inside."""
        rows = self.cells.to_dict("records")
        return {"$schema": SCHEMA, **self.specification, "data": {"values": rows}}


@dataclass(frozen=True)
class Sheet:
    """Several heat maps on one sheet, each below its title, with cells of one size.

    Attributes:
        maps: a title and a heat map for each.
        columns: how many stand side by side.
        cell_pixels: the width of a cell.
    """

    maps: Sequence[tuple[str, HeatMap]]
    columns: int = 2
    cell_pixels: int = EXPORT_CELL_PIXELS

    def altair(self) -> alt.VConcatChart:
        """The whole sheet as an Altair chart."""
        charts = []
        for title, each in self.maps:
            chart = {k: v for k, v in each.to_dict().items() if k not in TOP_ONLY}
            # On paper nobody clicks, and a name may stand once only.
            layers = [{k: v for k, v in layer.items() if k != "params"} for layer in chart["layer"]]
            layers = _sized(layers, self.cell_pixels, chart["height"]["step"])
            size = {"width": {"step": self.cell_pixels}, "title": title}
            charts.append({**chart, **size, "layer": layers})
        lines = [
            {"hconcat": charts[at : at + self.columns]}
            for at in range(0, len(charts), self.columns)
        ]
        config = {"view": {"stroke": None}, "background": "white"}
        whole: alt.VConcatChart = alt.VConcatChart.from_dict(
            {"$schema": SCHEMA, "vconcat": lines, "padding": 12, "config": config}
        )
        return whole


def _sized(layers: list[dict[str, Any]], width: int, height: int) -> list[dict[str, Any]]:
    """Layers that know how large a cell is: on a sheet no scale has the name that they ask for."""
    text = json.dumps(layers).replace("bandwidth('x')", str(width))
    sized: list[dict[str, Any]] = json.loads(text.replace("bandwidth('y')", str(height)))
    return sized


def heat_map(
    matrix: colours.Numbers,
    kind: Kind = "diverging",
    *,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    row_title: str = "query",
    column_title: str = "key",
    visible: npt.NDArray[np.bool_] | None = None,
    largest: float | None = None,
    picked: tuple[int | None, int | None] = (None, None),
    dark: bool = False,
    title: str = "",
    row_pixels: int | None = None,
    column_angle: int = -45,
) -> HeatMap:
    """One matrix as coloured cells.

    Args:
        matrix: (row, column); minus infinity is drawn as hidden.
        kind: "diverging" colours around zero, "sequential" from zero to the largest.
        rows, columns: what stands beside the rows and below the columns; their numbers if None.
        row_title, column_title: what the rows and the columns are.
        visible: False where a mask hides a cell: it is grey.
        largest: the number with the strongest colour; the matrix's own if None.
        picked: the row and column to be framed; None for a whole row or column, or for nothing.
        dark: for a dark page.
        title: what stands above it.
        row_pixels: the height of a cell; CELL_PIXELS or SMALL_CELL_PIXELS if None.
        column_angle: of the columns' names, in degrees.
    """
    height, width = matrix.shape
    row_names, column_names = _names(rows, height), _names(columns, width)
    cells = {
        **coloured(matrix, kind, visible, largest, picked, dark),
        "row name": [name for name in row_names for _ in range(width)],
        "column name": column_names * height,
    }
    if rows is not None:
        cells[ROW] = [key for key in _keys(row_names) for _ in range(width)]
    if columns is not None:
        cells[COLUMN] = _keys(column_names) * height
    named = (rows is not None, columns is not None)
    if row_pixels is None:
        row_pixels = SMALL_CELL_PIXELS if len(matrix) >= SMALL_FROM else CELL_PIXELS
    shares = kind == "sequential"
    specification = _specification(
        title, row_title, column_title, *named, row_pixels, column_angle, shares
    )
    return HeatMap(specification, pd.DataFrame(cells))


# 8 kB each.
@lru_cache(maxsize=64)
def _specification(
    title: str,
    row_title: str,
    column_title: str,
    rows: bool,
    columns: bool,
    row_pixels: int,
    column_angle: int,
    shares: bool,
) -> dict[str, Any]:
    """Written out, not built with Altair: that takes thirty milliseconds a chart."""
    x = _axis_of("column", COLUMN if columns else None, column_title)
    y = _axis_of("row", ROW if rows else None, row_title)
    if columns:
        x["axis"]["labelAngle"] = column_angle
    titles = {"row name": row_title, "column name": column_title, "exact": "value"}
    cells = {
        "mark": {"type": "rect", "strokeWidth": 2, "cornerRadius": 2},
        "params": [
            {"name": SELECTION, "select": {"type": "point", "fields": ["row", "column"],
                                           "toggle": False}},
        ],
        "encoding": {
            "fill": {"field": "fill", "type": "nominal", "scale": None},
            "stroke": {"field": "stroke", "type": "nominal", "scale": None},
            "tooltip": [
                {"field": field, "type": "nominal", "title": title}
                for field, title in titles.items()
            ],
        },
    }  # fmt: skip
    mark = {"type": "text", "baseline": "middle", "fontSize": {"expr": FONT}}
    ink = {"color": {"field": "ink", "type": "nominal", "scale": None}}
    numbers: dict[str, Any] = {
        "mark": mark,
        "encoding": {"text": {"field": "text", "type": "nominal"}, **ink},
    }
    if shares:
        mark |= {"fontSize": {"expr": SHARE_FONT}, "text": {"expr": SHARE_TEXT}}
        numbers["encoding"] = ink
    heading = {"title": {"text": title, "anchor": "start", "frame": "bounds"}} if title else {}
    return {
        **heading,
        "layer": [cells, numbers],
        "encoding": {"x": x, "y": y},
        "height": {"step": row_pixels},
        "width": "container",
        "padding": {"bottom": 4},
        "config": {"view": {"stroke": None}},
    }


def _names(names: Sequence[str] | None, count: int) -> list[str]:
    return [str(at) for at in range(count)] if names is None else list(names[:count])


def _keys(names: Sequence[str]) -> list[str]:
    """What tells rows or columns apart: two may have one name, and must not become one."""
    return [f"{_short(name)} ({at})" for at, name in enumerate(names)]


def _axis_of(numbers: str, names: str | None, title: str) -> dict[str, Any]:
    """An axis with numbers, or with names out of the data: each piece's, however close they are."""
    axis: dict[str, Any] = {"ticks": False, "domain": False, "labelAngle": 0, "labelOverlap": True,
                            "labelFlush": False}  # fmt: skip
    found: dict[str, Any] = {"field": numbers, "type": "ordinal", "title": title, "axis": axis}
    if names is not None:
        # Not the order of the data: where only names change, those that stay would come first.
        found |= {"field": names, "sort": {"field": numbers, "op": "min"}}
        axis |= {"labelOverlap": False, "labelExpr": NAME_ALONE}
    return found


def _short(name: str) -> str:
    return name if len(name) <= LABEL_CHARACTERS else name[: LABEL_CHARACTERS - 1] + "…"
