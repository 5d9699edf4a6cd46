"""Fourteen tasks and three architectures: a square of colour and a word for each pair."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from explorer.charts import colours
from explorer.charts.attention_steps import SCHEMA
from explorer.guide_architectures import ARCHITECTURES
from explorer.guide_tasks import SuitedTask

ROW_PIXELS = 30
EXPORT_WIDTH_PIXELS = 760
SHARES = {"best": 1.0, "good": 0.7, "possible": 0.42, "overkill": 0.2, "poor": 0.1, "no": 0.0}
"""How strong the colour of a verdict is."""
FONT = "clamp(width / 34, 11.5, 16)"


def suitability(tasks: Sequence[SuitedTask], dark: bool = False) -> alt.LayerChart:
    """A row for each task, a column for each architecture."""
    names = [each.name for each in ARCHITECTURES]
    pairs = [(each, name) for each in tasks for name in names]
    shares = np.array([SHARES[each.verdict(name)] for each, name in pairs])
    fills = colours.sequential(shares, dark)
    values: list[dict[str, Any]] = [
        {"task": each.name, "architecture": name, "verdict": each.verdict(name), "why": each.why,
         "fill": fill, "ink": colours.ink(fill)}
        for (each, name), fill in zip(pairs, fills, strict=True)
    ]  # fmt: skip
    ink = colours.INK_LIGHT if dark else colours.INK_DARK
    label = {"labelColor": ink, "labelFontSize": {"expr": FONT}, "ticks": False, "domain": False,
             "title": None}  # fmt: skip
    given = {"type": "nominal", "scale": None}
    # On a phone a name takes two lines.
    name = "width < 330 ? split(datum.label, /[-–]/) : datum.label"
    x = {"field": "architecture", "type": "nominal", "sort": names,
         "axis": {**label, "orient": "top", "labelAngle": 0, "labelLimit": 140,
                  "labelExpr": name}}  # fmt: skip
    y = {"field": "task", "type": "nominal", "sort": [each.name for each in tasks],
         "axis": {**label, "labelLimit": 200, "labelFlush": False}}  # fmt: skip
    chart: alt.LayerChart = alt.LayerChart.from_dict(
        {
            "$schema": SCHEMA,
            "data": {"values": values},
            "layer": [
                {
                    "mark": {"type": "rect", "cornerRadius": 4, "stroke": colours.hidden(dark),
                             "strokeWidth": 0.5},
                    "encoding": {
                        "fill": {"field": "fill", **given},
                        "tooltip": [{"field": f, "type": "nominal"}
                                    for f in ("task", "architecture", "verdict", "why")],
                    },
                },
                {
                    "mark": {"type": "text", "fontSize": {"expr": FONT}},
                    "encoding": {"text": {"field": "verdict", "type": "nominal"},
                                 "color": {"field": "ink", **given}},
                },
            ],
            "encoding": {"x": x, "y": y},
            "width": "container",
            "height": {"step": ROW_PIXELS},
            "padding": {"bottom": 4},
            "config": {"view": {"stroke": None}, "scale": {"bandPaddingInner": 0.06}},
        }
    )  # fmt: skip
    return chart


def on_paper(chart: alt.LayerChart) -> alt.LayerChart:
    """The same with a width of its own, for a file."""
    return chart.properties(width=EXPORT_WIDTH_PIXELS)
