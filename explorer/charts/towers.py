"""Depth and width of models as two towers each: layers high, and as wide as d_model."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from explorer.cards import ModelFacts
from explorer.charts import colours
from explorer.charts.attention_steps import SCHEMA
from explorer.charts.palette import DARK, LIGHT

HEIGHT_PIXELS = 250
EXPORT_WIDTH_PIXELS = 900
HALF = 0.46
"""The most that one tower takes of its model's place, which is 1 wide."""
FONT = "clamp(width / {count} / 5.5, 10, 15)"


def towers(
    models: Sequence[ModelFacts], labels: Sequence[str], dark: bool = False
) -> alt.LayerChart:
    """An encoder and a decoder side by side for each model.

    Args:
        models: their facts.
        labels: what stands below each.
        dark: for a dark page.
    """
    palette = DARK if dark else LIGHT
    widest = max(each.d_model for each in models)
    boxes: list[dict[str, Any]] = []
    for place, (facts, label) in enumerate(zip(models, labels, strict=True)):
        share = HALF * facts.d_model / widest
        for part, layers, sign, fill in (
            ("encoder", facts.encoder_layers, -1, palette.encoder),
            ("decoder", facts.decoder_layers, 1, palette.decoder),
        ):
            ends = sorted((place + sign * 0.01, place + sign * (0.01 + share)))
            boxes.append(
                {"model": label, "stack": part, "layers": layers, "width": facts.d_model,
                 "x": ends[0], "x2": ends[1], "middle": sum(ends) / 2, "fill": fill, "zero": 0}
            )  # fmt: skip
    ink = colours.INK_LIGHT if dark else colours.INK_DARK
    size = FONT.format(count=len(models))
    count = len(models)
    x = {"type": "quantitative", "scale": {"domain": [-0.5, count - 0.5], "nice": False},
         "axis": {"values": list(range(count)), "grid": False, "ticks": False, "domain": False,
                  "title": None, "labelColor": ink, "labelFontSize": {"expr": size},
                  "labelLimit": {"expr": f"width / {count}"}, "labelOverlap": False,
                  "labelExpr": f"{list(labels)!r}[datum.value]"}}  # fmt: skip
    y = {"type": "quantitative", "axis": {"title": "layers", "tickMinStep": 1, "labelColor": ink,
                                          "titleColor": ink, "grid": True}}  # fmt: skip
    given = {"type": "nominal", "scale": None}
    chart: alt.LayerChart = alt.LayerChart.from_dict(
        {
            "$schema": SCHEMA,
            "data": {"values": boxes},
            "layer": [
                {
                    "mark": {"type": "rect", "cornerRadius": 3},
                    "encoding": {
                        "x": {"field": "x", **x},
                        "x2": {"field": "x2"},
                        "y": {"field": "zero", **y},
                        "y2": {"field": "layers"},
                        "fill": {"field": "fill", **given},
                        "tooltip": [{"field": f, "type": "nominal"}
                                    for f in ("model", "stack", "layers", "width")],
                    },
                },
                {
                    "mark": {"type": "text", "dy": -9, "fontWeight": "bold", "color": ink,
                             "fontSize": {"expr": size}},
                    "encoding": {
                        "x": {"field": "middle", **x},
                        "y": {"field": "layers", **y},
                        "text": {"field": "layers", "type": "nominal"},
                    },
                },
            ],
            "width": "container",
            "height": HEIGHT_PIXELS,
            "padding": {"bottom": 4},
            "config": {"view": {"stroke": None}},
        }
    )  # fmt: skip
    return chart


def on_paper(chart: alt.LayerChart) -> alt.LayerChart:
    """The same with a width of its own, for a file."""
    return chart.properties(width=EXPORT_WIDTH_PIXELS)
