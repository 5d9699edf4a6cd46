"""A timeline as pictures: the tape of pieces, and the alternatives of one step.

Faint is unsure: a colour runs from that of the page at probability 0 to violet at 1.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from explorer.charts import colours
from explorer.charts.attention_steps import HeatMap
from explorer.charts.cells import MINUS
from explorer.probabilities import percent as percent
from explorer.timeline import Alternative, TimelineStep

PICKED = "picked"
"""The name of the selection that a click makes; it holds an index."""

CELL_WIDTH_PIXELS, CELL_HEIGHT_PIXELS = 66, 52
SIGN_PIXELS = 14
"""The line that says that a piece was forced, where there is one."""
BAR_PIXELS = 30
NAME_PIXELS = 140
"""The room for the names beside the bars."""
SMALLEST_CHANGE = 1e-6
"""A smaller difference of two probabilities is one of rounding."""
SMALLEST_NATS = 5e-4
"""A smaller difference of two log-probabilities does not show."""
SPOKEN = {"field": "spoken", "type": "nominal"}
"""What a screen reader says of a mark."""
LIGHT_LINES = ("#5b3fc4", "#b35806")
DARK_LINES = ("#a593f5", "#f0a04b")
"""Probability and entropy."""


def nats(log_probability: float) -> str:
    """A log-probability, or a difference of two, as people read it: −0.783."""
    text = f"{log_probability:,.3f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text.replace("-", MINUS)


def tape(
    steps: Sequence[TimelineStep], at: int, dark: bool = False, columns: int | None = None
) -> HeatMap:
    """The chosen pieces in order, as many in a row as there is room for.

    Args:
        steps: of the timeline.
        at: the step that is framed.
        dark: for a dark page.
        columns: pieces in a row; None for as many as the width of the page holds.
    """
    fills = colours.sequential(np.array([step.probability for step in steps]), dark)
    frame = colours.INK_LIGHT if dark else colours.INK_DARK
    signs = [_sign(step) for step in steps]
    lines = [("piece", 15, "bold"), ("number", 11, "normal")]
    lines += [("sign", 11, "italic")] if any(signs) else []
    cells = pd.DataFrame(
        {
            "index": [step.index for step in steps],
            "piece": [step.token.display for step in steps],
            "name": [step.token.name for step in steps],
            "number": [percent(step.probability) for step in steps],
            "sign": signs,
            "note": [
                f"{sign}, {percent(step.probability)}" if sign else percent(step.probability)
                for sign, step in zip(signs, steps, strict=True)
            ],
            "spoken": [spoken(step) for step in steps],
            "fill": fills,
            "ink": [colours.ink(fill) for fill in fills],
            "stroke": [frame if step.index == at else colours.hidden(dark) for step in steps],
            "border": [3.5 if step.index == at else 0.75 for step in steps],
        }
    )
    in_a_row = str(columns) if columns else f"max(3, floor(width / {CELL_WIDTH_PIXELS}))"
    place = [
        {"calculate": f"floor(datum.index / {in_a_row})", "as": "line"},
        {"calculate": f"datum.index % {in_a_row}", "as": "place"},
    ]
    shown_on_hover = [("index", "step"), ("name", "piece"), ("note", "probability")]
    boxes = {
        "mark": {"type": "rect", "cornerRadius": 5, "cursor": "pointer"},
        "params": [pick("index")],
        "encoding": {
            "fill": {"field": "fill", "type": "nominal", "scale": None},
            "stroke": {"field": "stroke", "type": "nominal", "scale": None},
            "strokeWidth": {"field": "border", "type": "quantitative", "scale": None},
            "tooltip": hover(shown_on_hover),
            "description": SPOKEN,
        },
    }
    specification = {
        "transform": place,
        "layer": [boxes, *_lines(lines)],
        "encoding": {
            "x": {"field": "place", "type": "ordinal", "axis": None,
                  "scale": {"paddingInner": 0.08, "paddingOuter": 0.04}},
            "y": {"field": "line", "type": "ordinal", "axis": None,
                  "scale": {"paddingInner": 0.12, "paddingOuter": 0.06}},
        },
        "height": {"step": CELL_HEIGHT_PIXELS + (SIGN_PIXELS if any(signs) else 0)},
        "width": {"step": CELL_WIDTH_PIXELS} if columns else "container",
        "padding": {"bottom": 4},
        "config": {"view": {"stroke": None}},
    }  # fmt: skip
    return HeatMap(specification, cells)


def spoken(step: TimelineStep) -> str:
    """A step in words."""
    return f"step {step.index}: {step.token.name}, {percent(step.probability)}"


def _sign(step: TimelineStep) -> str:
    return "forced" if step.forced else "rule" if step.fixed else ""


def _lines(lines: Sequence[tuple[str, int, str]]) -> list[dict[str, Any]]:
    """The words of a cell below each other: each its field, its size and how it is set."""
    first = -7 if len(lines) == 2 else -14
    return [
        _words(field, dy, size, style)
        for dy, (field, size, style) in zip((first, first + 18, first + 33), lines, strict=False)
    ]


def _words(field: str, dy: int, size: int, style: str) -> dict[str, Any]:
    return {
        "mark": {
            "type": "text",
            "dy": dy,
            "fontSize": size,
            "fontWeight": "bold" if style == "bold" else "normal",
            "fontStyle": "italic" if style == "italic" else "normal",
            "limit": {"expr": "bandwidth('x') - 6"},
        },
        "encoding": {
            "text": {"field": field, "type": "nominal"},
            "color": {"field": "ink", "type": "nominal", "scale": None},
        },
    }


def pick(*fields: str) -> dict[str, Any]:
    """A selection that a click makes; it holds these fields."""
    return {"name": PICKED, "select": {"type": "point", "fields": list(fields), "toggle": False}}


def hover(fields: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """What is told about a mark that one points at: its fields, each with a title."""
    return [{"field": field, "type": "nominal", "title": title} for field, title in fields]


def bent(step: TimelineStep) -> bool:
    """Whether the settings changed any probability of a step."""
    after = step.after
    if after is None:
        return False
    pairs = [(step.probability, after.probability)]
    pairs += [(one.probability, one.after or 0.0) for one in step.alternatives]
    return after.cut_probability > 0 or any(abs(one - two) > SMALLEST_CHANGE for one, two in pairs)


def alternatives(step: TimelineStep, dark: bool = False) -> HeatMap:
    """What could have stood at a step: bars of true probabilities, the most probable on top.

    A tick says what the settings made of a probability. The chosen piece has a frame and a mark;
    it is added below where it is not among the alternatives.
    """
    if not bent(step):
        others = tuple(replace(one, after=None, cut=None) for one in step.alternatives)
        step = replace(step, after=None, alternatives=others)
    shown: list[Alternative] = list(step.alternatives)
    if all(one.id != step.token.id for one in shown):
        after = step.after
        shown.append(
            Alternative(
                step.token.id, step.token.piece, step.token.display, step.probability,
                step.log_probability, after.probability if after else None,
                after.probability == 0 if after else None,
            )
        )  # fmt: skip
    line = (DARK_LINES if dark else LIGHT_LINES)[0]
    frame = colours.INK_LIGHT if dark else colours.INK_DARK
    bars = pd.DataFrame(
        {
            "index": range(len(shown)),
            "piece": [one.display for one in shown],
            "name": [one.name for one in shown],
            "probability": [one.probability for one in shown],
            "after": [one.after or 0.0 for one in shown],
            "end": [max(one.probability, one.after or 0.0) for one in shown],
            "text": [_numbers(one) for one in shown],
            "spoken": [f"{one.name}: {_numbers(one)}" for one in shown],
            "fill": [colours.hidden(dark) if one.cut else line for one in shown],
            "stroke": [frame if one.id == step.token.id else "transparent" for one in shown],
            "ink": [frame] * len(shown),
        }
    )
    names = [f"» {one.name}" if one.id == step.token.id else one.name for one in shown]
    shown_on_hover = [("name", "piece"), ("text", "probability")]
    x = {"field": "probability", "type": "quantitative", "title": "probability",
         "scale": {"domain": [0, 1.25 if step.after is None else 1.75]},
         "axis": {"format": "%", "values": [0, 0.25, 0.5, 0.75, 1]}}  # fmt: skip
    y = {"field": "index", "type": "ordinal", "title": None,
         "axis": {"labelExpr": f"{json.dumps(names)}[datum.value]", "ticks": False,
                  "domain": False, "labelFontSize": 14, "labelLimit": NAME_PIXELS,
                  "labelColor": frame, "labelOverlap": False}}  # fmt: skip
    plain_fill = {"field": "fill", "type": "nominal", "scale": None}
    layers: list[dict[str, Any]] = [
        {
            "mark": {
                "type": "bar",
                "cornerRadiusEnd": 3,
                "strokeWidth": 2,
                "aria": False,
                "tooltip": None,
            },
            "encoding": {
                "x": x,
                "fill": plain_fill,
                "stroke": {"field": "stroke", "type": "nominal", "scale": None},
            },
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 13},
            "encoding": {
                "x": {"field": "end", "type": "quantitative"},
                "text": {"field": "text", "type": "nominal"},
                "color": {"field": "ink", "type": "nominal", "scale": None},
            },
        },
    ]
    if step.after is not None:
        layers.insert(1, {
            "transform": [{"filter": "datum.after > 0"}],
            "mark": {"type": "tick", "thickness": 4, "opacity": 1,
                     "color": (DARK_LINES if dark else LIGHT_LINES)[1]},
            "encoding": {"x": {"field": "after", "type": "quantitative"}},
        })  # fmt: skip
    # The whole row can be clicked: the bar of an improbable piece is narrower than a pixel.
    layers.append({
        "mark": {"type": "rect", "opacity": 0, "cursor": "pointer"},
        "params": [pick("index")],
        "encoding": {
            "x": {"value": -NAME_PIXELS}, "x2": {"value": "width"},
            "tooltip": hover(shown_on_hover), "description": SPOKEN,
        },
    })  # fmt: skip
    specification = {
        "layer": layers,
        "encoding": {"y": y},
        "height": {"step": BAR_PIXELS},
        "width": "container",
        "padding": {"bottom": 4},
        "config": {"view": {"stroke": None}},
    }
    return HeatMap(specification, bars)


def _numbers(one: Alternative) -> str:
    if one.after is None:
        return percent(one.probability)
    return f"{percent(one.probability)} → {'cut' if one.cut else percent(one.after)}"
