"""Speed against size: what was measured, and what is only estimated, told apart at a glance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from explorer.charts import colours
from explorer.charts.attention_steps import SCHEMA
from explorer.charts.timeline import DARK_LINES, LIGHT_LINES
from explorer.sizes import count_text
from explorer.speed import Speed

Pace = Literal["writing", "reading"]

MEASURED, ESTIMATED = "measured here", "estimate"
HEIGHT_PIXELS = 420
WIDTH_PIXELS = 760
"""The width that labels are placed for, and the one on paper."""

NARROW_PIXELS = 480
"""On a screen narrower than this, names stand in the table alone."""

LABEL_HEIGHT_PIXELS = 15
LETTER_PIXELS = 6.6
POINT_PIXELS = 9
MILLIONS = "datum.value < 1e9 ? datum.value / 1e6 + ' million' : datum.value / 1e9 + ' billion'"
PLACES = ((1, 0), (-1, 0), (1, -1), (-1, -1), (1, 1), (-1, 1), (1, -2), (-1, -2), (1, 2), (-1, 2))
"""Where a label may stand: to the right or left of its point, and how many lines below it."""


@dataclass(frozen=True)
class Point:
    """One model of the chart.

    Attributes:
        name: of the model.
        parameters: its size.
        estimate: the speed by arithmetic.
        measured: the speed that was measured, if any was.
    """

    name: str
    parameters: int
    estimate: Speed
    measured: Speed | None = None

    def rate(self, pace: Pace, measured: bool | None = None) -> float:
        """Pieces a second: measured where that is known, or one of the two."""
        wanted = self.measured if measured is not False else None
        found = wanted or self.estimate
        return found.decode_rate if pace == "writing" else found.encode_rate


def speed_chart(points: Sequence[Point], pace: Pace, dark: bool = False) -> dict[str, Any]:
    """Pieces a second over parameters, both on scales on which each step is a multiple.

    A filled disc was measured. A hollow diamond is an estimate; where both are known a
    line joins them, as long as the estimate was wrong.
    """
    full, faint = DARK_LINES if dark else LIGHT_LINES
    ink = colours.INK_LIGHT if dark else colours.INK_DARK
    marks = [_mark(point, pace, MEASURED) for point in points if point.measured]
    marks += [_mark(point, pace, ESTIMATED) for point in points]
    joined = [
        {"parameters": p.parameters, "low": p.rate(pace, False), "high": p.rate(pace, True)}
        for p in points
        if p.measured
    ]
    x_domain = _domain([point.parameters for point in points])
    y_domain = _domain([mark["rate"] for mark in marks])
    x = {
        "field": "parameters",
        "type": "quantitative",
        "title": "parameters",
        "scale": {"type": "log", "domain": x_domain, "nice": False},
        "axis": {"values": _ticks(x_domain, (1, 3)), "grid": False, "labelExpr": MILLIONS},
    }
    title = "pieces written a second" if pace == "writing" else "pieces read a second"
    y = {"field": "rate", "type": "quantitative", "title": title,
         "scale": {"type": "log", "domain": y_domain, "nice": False},
         "axis": {"format": ",~r", "values": _ticks(y_domain, (1, 2, 5))}}  # fmt: skip
    legend = {"title": None, "orient": "top", "symbolSize": 110, "labelFontSize": 13}
    kinds = [MEASURED, ESTIMATED]
    points_layer: dict[str, Any] = {
        "mark": {"type": "point", "size": 110, "strokeWidth": 2, "opacity": 1},
        "encoding": {
            "x": x,
            "y": y,
            "shape": {"field": "kind", "type": "nominal", "legend": legend,
                      "scale": {"domain": kinds, "range": ["circle", "diamond"]}},
            "stroke": {"field": "kind", "type": "nominal", "legend": legend,
                       "scale": {"domain": kinds, "range": [full, faint]}},
            "fill": {"field": "kind", "type": "nominal", "legend": legend,
                     "scale": {"domain": kinds, "range": [full, "transparent"]}},
            "tooltip": [
                {"field": "name", "title": "model"},
                {"field": "size", "title": "parameters"},
                {"field": "kind", "title": "speed"},
                {"field": "rate", "title": "pieces a second", "format": ",.3~r"},
            ],
            "description": {"field": "spoken"},
        },
    }  # fmt: skip
    rule: dict[str, Any] = {
        "mark": {"type": "rule", "aria": False, "color": full, "strokeWidth": 1.5, "opacity": 0.7},
        "encoding": {
            "x": x,
            "y": {**y, "field": "low"},
            "y2": {"field": "high"},
        },
    }
    named = _labels(points, pace)
    layers = [(joined, rule), (marks, points_layer)]
    for side in (1, -1):
        beside = [label for label in named if label["side"] == side]
        layers.append((beside, _names(side, {**x, "field": "x"}, {**y, "field": "y"}, ink)))
    return {
        "$schema": SCHEMA,
        # A layer without a mark is a picture without words to a screen reader.
        "layer": [{"data": {"values": rows}, **layer} for rows, layer in layers if rows],
        "height": HEIGHT_PIXELS,
        "width": "container",
        "config": {"view": {"stroke": None}},
    }


def _names(side: int, x: dict[str, Any], y: dict[str, Any], ink: str) -> dict[str, Any]:
    """Names on one side of their points; a screen reader has them from the points."""
    return {
        "mark": {
            "type": "text",
            "aria": False,
            "align": "left" if side > 0 else "right",
            "baseline": "middle",
            "dx": POINT_PIXELS * side,
            "fontSize": 11,
            "color": ink,
            "opacity": {"expr": f"width < {NARROW_PIXELS} ? 0 : 1"},
        },
        "encoding": {"x": x, "y": y, "text": {"field": "name", "type": "nominal"}},
    }


def sheet(points: Sequence[Point], pace: Pace) -> alt.LayerChart:
    """The chart on paper."""
    chart = {**speed_chart(points, pace), "width": WIDTH_PIXELS, "background": "white"}
    whole: alt.LayerChart = alt.LayerChart.from_dict(chart)
    return whole


def _mark(point: Point, pace: Pace, kind: str) -> dict[str, Any]:
    rate = point.rate(pace, kind == MEASURED)
    return {
        "name": point.name,
        "parameters": point.parameters,
        "size": count_text(point.parameters),
        "rate": rate,
        "kind": kind,
        "spoken": f"{point.name}, {count_text(point.parameters)} parameters, {rate:.3g} pieces a "
        f"second, {kind}",
    }


def _domain(values: Sequence[float]) -> list[float]:
    """A little more than from the least to the largest."""
    return [min(values) / 1.6, max(values) * 1.6]


def _ticks(domain: Sequence[float], firsts: Sequence[int]) -> list[float]:
    """The numbers of a domain that begin with one of these digits and go on with zeros."""
    powers = range(math.floor(math.log10(domain[0])), math.ceil(math.log10(domain[1])))
    ticks = (first * 10.0**power for power in powers for first in firsts)
    return [tick for tick in ticks if domain[0] <= tick <= domain[1]]


def _labels(points: Sequence[Point], pace: Pace) -> list[dict[str, Any]]:
    """A name beside each point that has room for one; models at one place share it.

    Places are tried in turn, the nearest first. They are counted in pixels of a chart that is
    WIDTH_PIXELS wide; on a wider one there is more room.
    """
    at: dict[tuple[int, int], list[Point]] = {}
    rates = [mark for p in points for mark in {p.rate(pace), p.rate(pace, False)}]
    x_low, x_high = _domain([point.parameters for point in points])
    y_low, y_high = _domain(rates)
    x_scale = WIDTH_PIXELS / math.log(x_high / x_low)
    y_scale = HEIGHT_PIXELS / math.log(y_high / y_low)

    def across(value: float) -> float:
        return math.log(value / x_low) * x_scale

    def down(value: float) -> float:
        return math.log(y_high / value) * y_scale

    for point in sorted(points, key=lambda each: each.parameters):
        place = round(across(point.parameters)), round(down(point.rate(pace)))
        near = next((p for p in at if abs(p[0] - place[0]) < 3 and abs(p[1] - place[1]) < 3), place)
        at.setdefault(near, []).append(point)
    # What was measured has two marks, and a name covers neither.
    marks = {
        (round(across(p.parameters)), round(down(p.rate(pace, measured))))
        for p in points
        for measured in ((True, False) if p.measured else (False,))
    }
    taken = [(x - 7.0, y - 7.0, x + 7.0, y + 7.0) for x, y in marks]
    found = []
    for (left, top), group in at.items():
        name = ", ".join(point.name for point in group)
        long = len(name) * LETTER_PIXELS + POINT_PIXELS
        for side, lines in PLACES:
            middle = top + lines * LABEL_HEIGHT_PIXELS
            edges = sorted((left + side * POINT_PIXELS, left + side * long))
            box = (edges[0], middle - 7, edges[1], middle + 7)
            inside = edges[0] >= 0 and edges[1] <= WIDTH_PIXELS and 0 < middle < HEIGHT_PIXELS
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                found.append(
                    {
                        "name": name,
                        "side": side,
                        "x": group[0].parameters,
                        "y": y_high / math.exp(middle / y_scale),
                    }
                )
                break
    return found


def _overlap(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float]
) -> bool:
    return (
        first[0] < second[2]
        and second[0] < first[2]
        and first[1] < second[3]
        and second[1] < first[3]
    )
