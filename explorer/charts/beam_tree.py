"""A beam search drawn as a tree: what lives in colour, what was given up in grey."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from explorer.beams import BeamNode, BeamTree
from explorer.charts import colours
from explorer.charts.attention_steps import SCHEMA
from explorer.charts.beam_layout import PADDING_PIXELS, label, label_pixels, places, rows
from explorer.charts.beam_marks import Rows, chip_marks, line_marks, word_marks
from explorer.charts.cells import MINUS
from explorer.probabilities import percent

MOST_STEPS = 40
"""Steps that are drawn at once."""

ROW_PIXELS = 34
CHIP_PIXELS = 24
GAP_PIXELS = 13
HEAD_PIXELS = 26
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
UNFINISHED = "unfinished"
"""What stands behind a line that had not come to its end when the search was over."""
PALE_FROM_NATS = 10.0
"""A line so far behind the best of its step has the palest colour."""


@dataclass(frozen=True)
class Inks:
    """The colours of one theme."""

    winner: str
    marked: str
    line: str
    quiet: str
    given_up: str


LIGHT = Inks("#42208f", "#b35806", "#9477da", "#5c6270", colours.hidden(False))
DARK = Inks("#d6c8ff", "#f0a04b", "#7a60c2", "#a9b0c0", colours.hidden(True))


@dataclass(frozen=True)
class TreeChart:
    """A Vega-Lite chart of known size, in pixels.

    Attributes:
        specification: everything, its data included.
        width, height: of what is drawn.
    """

    specification: dict[str, Any]
    width: int
    height: int

    def altair(self) -> alt.LayerChart:
        """The chart for a file: on white, and nobody clicks there."""
        layers = [
            {key: part for key, part in layer.items() if key != "params"}
            for layer in self.specification["layer"]
        ]
        whole: alt.LayerChart = alt.LayerChart.from_dict(
            {**self.specification, "layer": layers, "background": "white", "padding": 12}
        )
        return whole


def exact(value: float, digits: int = 4) -> str:
    """A number with so many digits that count, as people write it: −1.276, −4.756 × 10⁻⁵."""
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    power = f" × 10{str(int(exponent)).translate(RAISED)}" if exponent else ""
    return mantissa.replace("-", MINUS) + power


def shown_nodes(tree: BeamTree, everything: bool, first: int = 0) -> list[BeamNode]:
    """What is drawn: all candidates or those that went on or finished, of MOST_STEPS steps.

    Args:
        tree: the search.
        everything: with what was pruned at once.
        first: the first step.
    """
    return [
        node
        for node in tree.nodes
        if first <= node.step < first + MOST_STEPS and (everything or node.state != "pruned")
    ]


def beam_tree(
    tree: BeamTree,
    *,
    everything: bool = False,
    marked: int = 0,
    first: int = 0,
    dark: bool = False,
) -> TreeChart:
    """The tree of a search, a column a step.

    Args:
        tree: the search.
        everything: with the candidates that were pruned at once.
        marked: the place of the hypothesis whose path is marked, from 0.
        first: the first step that is drawn.
        dark: for a dark page.
    """
    nodes = shown_nodes(tree, everything, first)
    inks = DARK if dark else LIGHT
    row = rows(tree, [node.id for node in nodes])
    columns = _columns(tree, nodes, first)
    winner, chosen = (set(tree.hypotheses[place].path) for place in (0, marked))
    fills = _fills(tree, nodes, inks, dark)
    chips: dict[int, dict[str, Any]] = {}
    for node, fill in zip(nodes, fills, strict=True):
        left, y = columns[node.step - first + 1], HEAD_PIXELS + (row[node.id] + 0.5) * ROW_PIXELS
        frame = inks.winner if node.id in winner else inks.marked if node.id in chosen else fill
        paint = {"fill": fill, "frame": frame, "ink": colours.ink(fill)}
        box = _box(node.token.display, left, y)
        chips[node.id] = {"id": node.id, **box, **paint, **numbers(tree, node)}
    begin = _box(tree.start.display, 0.0, HEAD_PIXELS + 0.5 * ROW_PIXELS)
    begin |= {"fill": "transparent", "frame": inks.quiet, "ink": inks.quiet}
    links: dict[str, Rows] = {"given up": [], "living": [], "winner": [], "marked": []}
    for node in nodes:
        kind = "given up" if node.pruned_step is not None else "living"
        kind = "winner" if node.id in winner else "marked" if node.id in chosen else kind
        before = begin if node.step == 0 else chips.get(node.parent or 0)
        if before:
            links[kind] += _link(node.id, before, chips[node.id], columns[node.step - first + 1])
    heads = [{"x": left, "y": HEAD_PIXELS / 2, "ink": inks.quiet, "text": str(first + number)}
             for number, left in enumerate(columns[1:-2])]  # fmt: skip
    heads[0]["text"] = f"step {first}"
    scores = _scores(tree, nodes, chips, inks)
    ends = [chip["right"] for chip in chips.values()]
    ends += [score["x"] + label_pixels(score["text"]) - PADDING_PIXELS for score in scores]
    width, height = round(max(ends) + 4), round(HEAD_PIXELS + ROW_PIXELS * (max(row.values()) + 1))
    layers = [
        line_marks(links["given up"], inks.given_up, 1.5, [4, 3]),
        line_marks(links["living"], inks.line, 2),
        line_marks(links["winner"], inks.winner, 4),
        line_marks(links["marked"], inks.marked, 4),
        *([chip_marks([begin], False)] if first == 0 else []),
        chip_marks(list(chips.values()), True),
        word_marks([*chips.values(), *([begin] if first == 0 else [])], "middle", "center"),
        word_marks(scores, "x", "left", "bold"),
        word_marks(heads, "x", "left"),
    ]
    scale = {"nice": False, "zero": False}
    specification = {
        "$schema": SCHEMA,
        "layer": layers,
        "width": width,
        "height": height,
        "config": {"view": {"stroke": None}},
        "encoding": {
            "x": {"type": "quantitative", "scale": {**scale, "domain": [0, width]}, "axis": None},
            "y": {"field": "y", "type": "quantitative", "axis": None,
                  "scale": {**scale, "domain": [0, height], "reverse": True}},
        },
    }  # fmt: skip
    return TreeChart(specification, width, height)


def _columns(tree: BeamTree, nodes: Sequence[BeamNode], first: int) -> list[float]:
    """Where the start piece, each step, and the room for the last scores begin; then the end."""
    best = places(tree)
    begin = label_pixels(label(tree.start.display)) if first == 0 else 0.0
    widths = [begin, *[0.0] * (max(node.step for node in nodes) - first + 2)]
    widths[1] = label_pixels(f"step {first}")
    for node in nodes:
        at = node.step - first + 1
        widths[at] = max(widths[at], label_pixels(label(node.token.display)))
        text = _end_text(tree, node, best)
        if text:
            widths[at + 1] = max(widths[at + 1], label_pixels(text))
    return [0.0, *np.cumsum([width + GAP_PIXELS for width in widths]).tolist()]


def _fills(tree: BeamTree, nodes: Sequence[BeamNode], inks: Inks, dark: bool) -> list[str]:
    """The darker (on a dark page the brighter), the less a line was behind the best of its step."""
    best: dict[int, float] = {}
    for node in tree.nodes:
        best[node.step] = max(best.get(node.step, -np.inf), node.cumulative_log_probability)
    behind = np.array([best[node.step] - node.cumulative_log_probability for node in nodes])
    shares = 1 - np.sqrt(np.minimum(behind, PALE_FROM_NATS) / PALE_FROM_NATS)
    lit = colours.sequential(0.15 + 0.7 * shares, dark)
    return [
        inks.given_up if node.pruned_step is not None else fill
        for node, fill in zip(nodes, lit, strict=True)
    ]


def _box(text: str, left: float, y: float) -> dict[str, Any]:
    shown = label(text)
    right = left + label_pixels(shown)
    return {"x": left, "right": right, "middle": (left + right) / 2, "text": shown,
            "y": y, "top": y - CHIP_PIXELS / 2, "bottom": y + CHIP_PIXELS / 2}  # fmt: skip


def numbers(tree: BeamTree, node: BeamNode) -> dict[str, str]:
    """Everything that is known of a node, for people."""
    within = sum(1 for other in tree.nodes if other.step == node.step)
    score = {} if node.score is None else {"Score": exact(node.score)}
    return {
        "Piece": node.token.name,
        "Step": str(node.step),
        "Rank": f"{node.rank} of {within} at this step",
        "Probability": percent(float(np.exp(node.log_probability))),
        "Log-probability": f"{exact(node.log_probability)} nats",
        "Cumulative": f"{exact(node.cumulative_log_probability)} nats",
        "State": state_text(tree, node),
        "Score": "not finished",
        **score,
    }


def state_text(tree: BeamTree, node: BeamNode) -> str:
    """What became of a node, in words."""
    if node.state == "pruned":
        return f"pruned at step {node.step}"
    state = "kept at the end, not finished" if tree.runs_on(node) else node.state
    if node.pruned_step is None:
        return state
    if node.state == "finished":
        return f"{state}, outscored at step {node.pruned_step}"
    return f"kept, given up at step {node.pruned_step}"


def _end_text(tree: BeamTree, node: BeamNode, best: dict[int, int]) -> str:
    """What stands behind a line's last node, "" behind others.

    A score, after its place where it is one of the answers, and whether it is not finished.
    """
    ends = node.id in best and tree.hypotheses[best[node.id]].path[-1] == node.id
    parts = [f"#{best[node.id] + 1}"] if ends else []
    parts += [exact(node.score, 3)] if node.score is not None else []
    parts += [UNFINISHED] if tree.runs_on(node) else []
    return "  ".join(parts)


def _scores(
    tree: BeamTree, nodes: Sequence[BeamNode], chips: dict[int, dict[str, Any]], inks: Inks
) -> Rows:
    best = places(tree)
    return [
        {
            "x": chips[node.id]["right"] + 7,
            "y": chips[node.id]["y"],
            "text": _end_text(tree, node, best),
            "ink": inks.winner if node.id == tree.hypotheses[0].path[-1] else inks.quiet,
        }
        for node in nodes
        if _end_text(tree, node, best)
    ]


def _link(number: int, before: dict[str, Any], after: dict[str, Any], column: float) -> Rows:
    """Straight on to the end of the column, then over to the row of the next piece."""
    bend = max(before["right"], column - GAP_PIXELS)
    points = [(before["right"], before["y"]), (bend, before["y"]), (after["x"], after["y"])]
    return [{"link": number, "x": x, "y": y} for x, y in points]
