"""Probability and entropy along a text, and a timeline on paper."""

import json
from collections.abc import Sequence

import altair as alt
import pandas as pd

from explorer.charts import colours
from explorer.charts.attention_steps import SCHEMA, TOP_ONLY, HeatMap
from explorer.charts.timeline import (
    DARK_LINES,
    LIGHT_LINES,
    SPOKEN,
    alternatives,
    hover,
    percent,
    pick,
    spoken,
    tape,
)
from explorer.timeline import TimelineStep

COURSE_PIXELS = 250
EXPORT_CELLS = 12
EXPORT_WIDTH_PIXELS = 900
MOST_LABELS = 24
"""Steps whose pieces are all named below the curves; of more, some are left out."""


def course(
    steps: Sequence[TimelineStep], at: int, marked: Sequence[int] = (), dark: bool = False
) -> HeatMap:
    """Probability and entropy along the text, told apart by colour, dash and shape.

    Args:
        steps: of the timeline.
        at: the step that is on screen.
        marked: steps with a ring.
        dark: for a dark page.
    """
    first, second = DARK_LINES if dark else LIGHT_LINES
    ink = colours.INK_LIGHT if dark else colours.INK_DARK
    rows = pd.DataFrame(
        {
            "index": [step.index for step in steps],
            "name": [step.token.name for step in steps],
            "probability": [step.probability for step in steps],
            "entropy": [step.entropy_bits for step in steps],
            "exact": [percent(step.probability) for step in steps],
            "bits": [f"{step.entropy_bits:.3f}" for step in steps],
            "spoken": [f"{spoken(step)}, {step.entropy_bits:.2f} bits" for step in steps],
            "marked": [step.index in marked for step in steps],
            "here": [step.index == at for step in steps],
        }
    )
    names = [step.token.display for step in steps]
    few = len(steps) <= MOST_LABELS
    x = {"field": "index", "type": "ordinal", "title": None,
         "axis": {"labelExpr": f"{json.dumps(names)}[datum.value]", "labelAngle": -45,
                  "labelOverlap": not few, "labelLimit": 70, "labelFontSize": 12,
                  "labelColor": ink}}  # fmt: skip
    shown_on_hover = [
        ("index", "step"),
        ("name", "piece"),
        ("exact", "probability"),
        ("bits", "bits"),
    ]
    here = {
        "transform": [{"filter": "datum.here"}],
        "mark": {"type": "rect", "color": first, "opacity": 0.18},
    }
    probability = {"field": "probability", "type": "quantitative", "title": "probability",
                   "scale": {"domain": [0, 1]},
                   "axis": {"titleColor": first, "format": "%", "tickCount": 5}}  # fmt: skip
    # One bit at least: the doubt of a sure model must not look large.
    most_bits = max(1.0, *(step.entropy_bits for step in steps))
    entropy = {"field": "entropy", "type": "quantitative", "title": "entropy, bits",
               "scale": {"domain": [0, most_bits]},
               "axis": {"titleColor": second, "grid": False, "tickCount": 5}}  # fmt: skip
    curve = {"type": "line", "strokeWidth": 2.5}
    left = {
        "layer": [
            {"mark": {**curve, "color": first}},
            {"mark": {"type": "point", "filled": True, "size": 60, "color": first, "opacity": 1}},
            {
                "transform": [{"filter": "datum.marked"}],
                "mark": {"type": "point", "size": 260, "strokeWidth": 2.5, "color": first},
            },
        ],
        "encoding": {"y": probability},
    }
    shape = {"type": "point", "shape": "square", "filled": True, "size": 50, "opacity": 1}
    right = {
        "layer": [
            {"mark": {**curve, "color": second, "strokeDash": [6, 4]}},
            {"mark": {**shape, "color": second}},
        ],
        "encoding": {"y": entropy},
    }
    # The whole height of a step can be clicked, not its points alone.
    click = {
        "mark": {"type": "rect", "opacity": 0, "cursor": "pointer"},
        "params": [pick("index")],
        "encoding": {"tooltip": hover(shown_on_hover), "description": SPOKEN},
    }
    specification = {
        "layer": [here, left, right, click],
        "resolve": {"scale": {"y": "independent"}},
        "encoding": {"x": x},
        "height": COURSE_PIXELS,
        "width": "container",
        "padding": {"bottom": 4},
        "config": {"view": {"stroke": None}},
    }
    return HeatMap(specification, rows)


def sheet(steps: Sequence[TimelineStep], at: int, marked: Sequence[int] = ()) -> alt.VConcatChart:
    """The tape, the step on screen and the course on one white sheet."""
    step = steps[at]
    return on_paper(
        [
            ("The answer, piece by piece", tape(steps, at, columns=EXPORT_CELLS)),
            (f"Step {at}: {step.token.display}", alternatives(step)),
            ("Probability (left) and entropy (right, dashed)", course(steps, at, marked)),
        ]
    )


def on_paper(charts: Sequence[tuple[str, HeatMap]]) -> alt.VConcatChart:
    """Charts below each other on one white sheet, each with its title."""
    parts = []
    for title, each in charts:
        chart = {key: value for key, value in each.to_dict().items() if key not in TOP_ONLY}
        if chart["width"] == "container":
            chart["width"] = EXPORT_WIDTH_PIXELS
        # On paper nobody clicks, and a name may stand once only.
        chart["layer"] = [
            {key: value for key, value in layer.items() if key != "params"}
            for layer in chart["layer"]
            if layer.get("mark", {}).get("opacity") != 0
        ]
        parts.append({**chart, "title": {"text": title, "anchor": "start"}})
    whole: alt.VConcatChart = alt.VConcatChart.from_dict(
        {
            "$schema": SCHEMA,
            "vconcat": parts,
            "padding": 12,
            "background": "white",
            "config": {"view": {"stroke": None}},
            # Each picture has its own steps.
            "resolve": {"scale": {"x": "independent", "y": "independent"}},
        }
    )
    return whole
