"""Curves over d_k: with the scale and without it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import altair as alt

from explorer.charts import lines
from explorer.saturation import KEYS, Saturation

WITH, WITHOUT = "÷ √d_k", "not scaled"
HEIGHT_PIXELS = 260
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
    rows = [
        {
            "d_k": each.d_k,
            "value": asdict(each)[measure],
            "scale": WITH if each.is_scaled else WITHOUT,
        }
        for each in found
    ]
    colours = ("#a593f5", "#f0a04b") if dark else ("#5b3fc4", "#b35806")
    return lines.lines(
        rows,
        {
            "field": "d_k",
            "scale": {"type": "log", "base": 2},
            "axis": {
                "values": sorted({each.d_k for each in found}),
                "grid": False,
                "labelOverlap": True,
            },
            "title": "d_k",
        },
        "scale",
        {WITH: (colours[0], [1, 0]), WITHOUT: (colours[1], [6, 4])},
        title=title,
        y_title=title,
        number_format=".4f",
        legend={"orient": "top"},
        height=HEIGHT_PIXELS,
    )


def sheet(found: Sequence[Saturation]) -> alt.VConcatChart:
    """All measures on one sheet."""
    return lines.sheet(
        [{**curves(found, measure, title, False), "title": title} for measure, title, _ in MEASURES]
    )
