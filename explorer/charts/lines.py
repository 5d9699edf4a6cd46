"""Curves of one measure over a size, told apart by colour, dash and point."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from explorer.charts.attention_steps import SCHEMA

EXPORT_WIDTH_PIXELS = 320


def lines(
    rows: Sequence[Mapping[str, Any]],
    x: Mapping[str, Any],
    series: str,
    looks: Mapping[str, tuple[str, list[int]]],
    *,
    title: str,
    y_title: str | None = None,
    number_format: str,
    legend: Mapping[str, Any],
    height: int,
) -> dict[str, Any]:
    """One chart as Vega-Lite, as wide as there is room.

    Args:
        rows: each with the field of `x`, the field `series`, and a "value".
        x: how the size is drawn, its field included.
        series: the field by which the curves are told apart.
        looks: the colour and the dash of each curve, in the order of the legend.
        title: of the measure, for who points at it.
        y_title: beside the vertical axis.
        number_format: of the measure there.
        legend: where it stands.
        height: of the whole in pixels.
    """
    names = list(looks)
    kind = {"field": series, "type": "nominal"}
    colours, dashes = ([look[part] for look in looks.values()] for part in (0, 1))
    # Said alike for both, so that one legend shows both.
    explained = {"title": None, "symbolType": "stroke", **legend}
    return {
        "$schema": SCHEMA,
        "data": {"values": list(rows)},
        "mark": {"type": "line", "point": {"filled": True, "size": 45}, "strokeWidth": 2.5},
        "encoding": {
            "x": {"type": "quantitative", **x},
            "y": {"field": "value", "type": "quantitative", "title": y_title},
            "color": {
                **kind,
                "scale": {"domain": names, "range": colours},
                "legend": explained,
            },
            "strokeDash": {
                **kind, "scale": {"domain": names, "range": dashes}, "legend": explained,
            },
            "tooltip": [
                {"field": x["field"], "type": "quantitative"},
                kind,
                {
                    "field": "value",
                    "type": "quantitative",
                    "format": number_format,
                    "title": title,
                },
            ],
        },
        "height": height,
        "width": "container",
    }  # fmt: skip


def sheet(charts: Sequence[dict[str, Any]]) -> alt.VConcatChart:
    """Charts on one sheet of paper, two side by side."""
    drawn = [
        {**{k: v for k, v in chart.items() if k != "$schema"}, "width": EXPORT_WIDTH_PIXELS}
        for chart in charts
    ]
    pairs = [{"hconcat": drawn[at : at + 2]} for at in range(0, len(drawn), 2)]
    whole: alt.VConcatChart = alt.VConcatChart.from_dict(
        {"$schema": SCHEMA, "vconcat": pairs, "background": "white"}
    )
    return whole
