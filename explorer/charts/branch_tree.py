"""A tree of answers, drawn left to right: what they share stands once."""

import json
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from explorer.branches import Branch, BranchTree
from explorer.charts import colours, drawn_steps
from explorer.charts.attention_steps import HeatMap
from explorer.charts.course import on_paper
from explorer.charts.timeline import (
    DARK_LINES,
    LIGHT_LINES,
    SPOKEN,
    hover,
    nats,
    percent,
    pick,
    spoken,
)

ROW_PIXELS = 56
AXIS_PIXELS = 64
"""What a page takes of a chart's height for its axis."""
MOST_COLUMNS = 16
"""Steps that are drawn; more would be too narrow to read."""
SHARED = 2
"""Steps before the first branching that are drawn."""
HALF_WIDTH, HALF_HEIGHT = 0.45, 0.36
"""Of a box, where a step is 1 wide and an answer 1 high."""
FONT = "clamp(width / {columns} / 4, 9, 15)"
SMALL_FONT = "width / {columns} < 44 ? 0 : clamp(width / {columns} / 6, 9, 11)"
"""Of the probability, for which there is no room on a phone."""


def order(tree: BranchTree) -> tuple[Branch, ...]:
    """The branches from top to bottom: each below the answer that it leaves."""

    def below(branch: Branch) -> tuple[Branch, ...]:
        found = [branch]
        for child in tree.children(branch.id):
            found += below(child)
        return tuple(found)

    return below(tree.branches[0])


def first_leaving(tree: BranchTree) -> int:
    """The earliest step at which a branch leaves; 0 without branches."""
    return min((branch.at_step for branch in tree.branches[1:]), default=0)


def columns(tree: BranchTree, step: int = 0) -> tuple[int, int]:
    """The first step that is drawn, and the first one after it that is not.

    Args:
        tree: whose first branching is drawn, with what stands right before it.
        step: is drawn in any case, for which a long tree moves to the left.
    """
    first = max(0, first_leaving(tree) - SHARED)
    if step >= first + MOST_COLUMNS or step < first:
        first = max(0, min(step - MOST_COLUMNS // 2, tree.steps - MOST_COLUMNS))
    return first, min(tree.steps, first + MOST_COLUMNS)


def branch_tree(
    tree: BranchTree, shown: Sequence[int] = (), picked: tuple[int, int] | None = None,
    dark: bool = False, on_paper: bool = False,
) -> HeatMap:  # fmt: skip
    """Every answer of a tree as a row of boxes that begins where it leaves another one.

    Args:
        tree: its steps within `columns` are drawn.
        shown: the answers that stand side by side below; their lines are thick.
        picked: an answer and a step that is framed.
        dark: for a dark page.
        on_paper: as tall as its rows, with no room for what a page takes of it.
    """
    first, last = columns(tree, picked[1] if picked else first_leaving(tree))
    ordered = order(tree)
    row_of = {branch.id: row for row, branch in enumerate(ordered)}
    line = (DARK_LINES if dark else LIGHT_LINES)[0]
    frame = colours.INK_LIGHT if dark else colours.INK_DARK
    rows = []
    for branch in ordered:
        row = row_of[branch.id]
        own = branch.timeline.steps[max(branch.at_step, first) : last]
        thick = 4.0 if branch.id in shown else 1.5
        if own and branch.parent is not None and branch.at_step >= first:
            before = _holder(tree, branch)
            rows.append(
                {"kind": "line", "x": own[0].index - 1 + HALF_WIDTH, "y": row_of[before],
                 "x2": own[0].index - HALF_WIDTH, "y2": row, "border": thick}
            )  # fmt: skip
        if len(own) > 1:
            rows.append({"kind": "line", "x": own[0].index, "y": row, "x2": own[-1].index,
                         "y2": row, "border": thick})  # fmt: skip
        fills = colours.sequential(np.array([step.probability for step in own]), dark)
        for step, fill in zip(own, fills, strict=True):
            here = picked == (branch.id, step.index)
            rows.append(
                {
                    "kind": "box",
                    "x": step.index - HALF_WIDTH,
                    "x2": step.index + HALF_WIDTH,
                    "y": row - HALF_HEIGHT,
                    "y2": row + HALF_HEIGHT,
                    "branch": branch.id,
                    "step": step.index,
                    "middle": step.index,
                    "row": row,
                    "piece": step.token.display,
                    "name": step.token.name,
                    "note": percent(step.probability),
                    "spoken": f"answer {branch.id}, {spoken(step)}",
                    "fill": fill,
                    "ink": colours.ink(fill),
                    "stroke": frame if here else colours.hidden(dark),
                    "border": 3.5 if here else 0.75,
                }
            )
    labels = [f"{branch.id} · {nats(branch.log_probability)}" for branch in ordered]
    fixed = {"type": "quantitative", "scale": None}
    x = {"field": "x", "type": "quantitative", "title": "step",
         "scale": {"domain": [first - 0.6, last - 0.4], "nice": False},
         "axis": {"values": list(range(first, last)), "grid": False, "format": "d",
                  "ticks": False, "domain": False, "labelColor": frame}}  # fmt: skip
    y = {"field": "y", "type": "quantitative", "title": None,
         "scale": {"domain": [len(ordered) - 0.5, -0.5], "nice": False},
         "axis": {"values": list(range(len(ordered))), "grid": False, "ticks": False,
                  "domain": False, "labelExpr": f"{json.dumps(labels)}[datum.value]",
                  "labelFontSize": 13, "labelLimit": 120, "labelColor": frame}}  # fmt: skip
    ends = {"x": x, "y": y, "x2": {"field": "x2"}, "y2": {"field": "y2"}}
    font = FONT.format(columns=last - first)
    words = {
        "x": {"field": "middle", "type": "quantitative"},
        "y": {"field": "row", "type": "quantitative"},
        "color": {"field": "ink", "type": "nominal", "scale": None},
    }
    limit = {"expr": f"width / {last - first} * {2 * HALF_WIDTH} - 2"}
    boxes_only = [{"filter": "datum.kind == 'box'"}]
    specification = {
        "layer": [
            {
                "transform": [{"filter": "datum.kind == 'line'"}],
                "mark": {"type": "rule", "color": line, "strokeCap": "round"},
                "encoding": {**ends, "strokeWidth": {"field": "border", **fixed}},
            },
            {
                "transform": boxes_only,
                "mark": {"type": "rect", "cornerRadius": 5, "cursor": "pointer"},
                "params": [pick("branch", "step")],
                "encoding": {
                    **ends,
                    "fill": {"field": "fill", "type": "nominal", "scale": None},
                    "stroke": {"field": "stroke", "type": "nominal", "scale": None},
                    "strokeWidth": {"field": "border", **fixed},
                    "description": SPOKEN,
                    "tooltip": hover([("branch", "answer"), ("step", "step"), ("name", "piece"),
                                      ("note", "probability")]),
                },
            },
            {
                "transform": boxes_only,
                "mark": {"type": "text", "dy": -6, "fontWeight": "bold", "limit": limit,
                         "fontSize": {"expr": font}},
                "encoding": {**words, "text": {"field": "piece", "type": "nominal"}},
            },
            {
                "transform": boxes_only,
                "mark": {"type": "text", "dy": 9, "limit": limit,
                         "fontSize": {"expr": SMALL_FONT.format(columns=last - first)}},
                "encoding": {**words, "text": {"field": "note", "type": "nominal"}},
            },
        ],
        "height": ROW_PIXELS * len(ordered) + (0 if on_paper else AXIS_PIXELS),
        "padding": {"bottom": 4},
        "width": "container",
        "config": {"view": {"stroke": None}},
    }  # fmt: skip
    return HeatMap(specification, pd.DataFrame(rows))


def sheet(tree: BranchTree, shown: Sequence[int], picked: tuple[int, int]) -> alt.VConcatChart:
    """The tree as it is taken home, with the same steps, frame and lines; see `branch_tree`."""
    title = "The tree of answers" + drawn_steps.told(*columns(tree, picked[1]), tree.steps)
    return on_paper([(title, branch_tree(tree, shown, picked, on_paper=True))])


def _holder(tree: BranchTree, branch: Branch) -> int:
    """The answer in whose row the piece before a branch stands: its parent, or further up."""
    parent = branch.parent or 0
    while tree.branches[parent].parent is not None and (
        branch.at_step <= tree.branches[parent].at_step
    ):
        parent = tree.branches[parent].parent or 0
    return parent
