"""What each architecture costs as the length grows: one small chart for each measure."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import altair as alt

from explorer.charts import lines
from explorer.costs import Cost

HEIGHT_PIXELS = 320
MEASURES = (
    ("passes", "Passes through a stack", 1.0),
    ("positions", "Pieces that went through", 1.0),
    ("seconds", "Time, milliseconds", 1e3),
    ("peak_bytes", "Memory beside weights, kB", 1e-3),
    ("cache_bytes", "Kept keys and values, kB", 1e-3),
)
"""A field of `Cost`, what it is called, and what it is multiplied by."""
LIGHT = {"encoder-only": "#1f5fb4", "decoder-only": "#b35806", "encoder-decoder": "#6c46bf"}
DARK = {"encoder-only": "#7fb2f5", "decoder-only": "#f0a04b", "encoder-decoder": "#b59cf0"}
DASHES = {"encoder-only": [1, 0], "decoder-only": [6, 4], "encoder-decoder": [2, 3]}


def curves(found: Sequence[Cost], measure: str, dark: bool) -> dict[str, Any]:
    """One measure of the three architectures, told apart by colour and dash.

    Args:
        found: what was measured.
        measure: a field of `Cost` out of MEASURES.
        dark: for a dark page.
    """
    title, factor = next((title, by) for name, title, by in MEASURES if name == measure)
    colours = DARK if dark else LIGHT
    chart = lines.lines(
        [
            {
                "length": each.length,
                "architecture": each.architecture,
                "value": asdict(each)[measure] * factor,
            }
            for each in found
        ],
        {
            "field": "length",
            "axis": {"grid": False, "values": sorted({each.length for each in found})},
            "title": "pieces read, and as many written",
        },
        "architecture",
        {name: (colours[name], DASHES[name]) for name in LIGHT},
        title=title,
        number_format=",.4~g",
        legend={"orient": "bottom", "columns": 1},
        height=HEIGHT_PIXELS,
    )
    return {**chart, "title": {"text": title, "anchor": "start", "frame": "bounds"}}


def sheet(found: Sequence[Cost]) -> alt.VConcatChart:
    """All measures on one sheet of paper."""
    return lines.sheet([curves(found, measure, False) for measure, _, _ in MEASURES])
