"""Curves over d_k: with the scale and without it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import altair as alt
import pandas as pd

from explorer.charts.attention_steps import SCHEMA
from explorer.saturation import KEYS, Saturation

WITH, WITHOUT = "÷ √d_k", "not scaled"
HEIGHT_PIXELS = 260
EXPORT_WIDTH_PIXELS = 320
MEASURES = (
    ("deviation", "Size of the scores", "Their standard deviation: √d_k, or 1 with the scale."),
    ("largest_weight", "Largest weight", f"1 is all on one key; 1/{KEYS} is all {KEYS} alike."),
    ("entropy_bits", "Entropy, bits", "How spread out a row is; at 0 it sees one key."),
    ("gradient", "Gradient", "How much the weights still move with the scores; at 0, not at all."),
)


def curves(found: Sequence[Saturation], measure: str, title: str, dark: bool) -> dict[str, Any]:
    """One measure as two curves, told apart by colour, dash and shape.

    Args:
        found: what was measured.
        measure: a field of `Saturation`.
        title: of the vertical axis.
        dark: for a dark page.
    """
    rows = pd.DataFrame(
        {
            "d_k": [each.d_k for each in found],
            "value": [asdict(each)[measure] for each in found],
            "scale": [WITH if each.is_scaled else WITHOUT for each in found],
        }
    )
    colours = ["#a593f5", "#f0a04b"] if dark else ["#5b3fc4", "#b35806"]
    domain = [WITH, WITHOUT]
    legend = {"title": None, "orient": "top", "symbolType": "stroke"}
    widths = sorted(set(rows["d_k"]))
    return {
        "$schema": SCHEMA,
        "data": {"values": rows.to_dict("records")},
        "mark": {"type": "line", "point": {"filled": True, "size": 45}, "strokeWidth": 2.5},
        "encoding": {
            "x": {
                "field": "d_k",
                "type": "quantitative",
                "scale": {"type": "log", "base": 2},
                "axis": {"values": widths, "grid": False, "labelOverlap": True},
                "title": "d_k",
            },
            "y": {"field": "value", "type": "quantitative", "title": title},
            "color": {
                "field": "scale",
                "type": "nominal",
                "scale": {"domain": domain, "range": colours},
                "legend": legend,
            },
            "strokeDash": {
                "field": "scale",
                "type": "nominal",
                "scale": {"domain": domain, "range": [[1, 0], [6, 4]]},
                "legend": None,
            },
            "tooltip": [
                {"field": "d_k", "type": "quantitative"},
                {"field": "scale", "type": "nominal"},
                {"field": "value", "type": "quantitative", "format": ".4f", "title": title},
            ],
        },
        "height": HEIGHT_PIXELS,
        "width": "container",
    }


def sheet(found: Sequence[Saturation]) -> alt.VConcatChart:
    """All measures on one sheet."""
    charts = []
    for measure, title, _ in MEASURES:
        chart = curves(found, measure, title, False)
        del chart["$schema"]
        charts.append({**chart, "width": EXPORT_WIDTH_PIXELS, "title": title})
    lines = [{"hconcat": charts[at : at + 2]} for at in range(0, len(charts), 2)]
    whole: alt.VConcatChart = alt.VConcatChart.from_dict(
        {"$schema": SCHEMA, "vconcat": lines, "background": "white"}
    )
    return whole
