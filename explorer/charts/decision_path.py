"""The way through the decision tree, and how many models each further answer leaves.

One drawing serves a phone and a projector: its height is fixed, its width is the page's. What was
chosen is violet and bold, what was not is pale; the leaf has the colour of its architecture.
"""

from collections.abc import Iterable
from typing import Any

import altair as alt

from explorer.charts.attention_steps import SCHEMA
from explorer.charts.palette import DARK, LIGHT, Palette
from explorer.guide import Walk
from explorer.guide_architectures import DECODER_ONLY, ENCODER_DECODER, ENCODER_ONLY

ROW_PIXELS = 31
EXPORT_WIDTH_PIXELS = 620
COLUMNS = 2
GAP = 2.0
"""Between two boxes, in hundredths of the width."""
BOX, TALL_BOX = 0.86, 1.5
"""The height of a box, in rows."""
ASIDE = 0.2
"""How far below a box the way turns to another column, in rows."""
PAGE = {False: "#ffffff", True: "#11141c"}
"""Behind a question, so that the way does not strike it out."""
CHOSEN = {False: ("#5b3fc4", "#ffffff"), True: ("#a593f5", "#0b0d14")}
"""Fill and ink of what was chosen, on a light and on a dark page."""
FONT = "clamp(width / 26, 12, 16)"
SMALL_FONT = "clamp(width / 28, 11.5, 15)"

Mark = dict[str, Any]


def decision_path(
    walk: Walk, left: Iterable[tuple[str, int]], total: int, best: str | None, dark: bool = False
) -> alt.LayerChart:
    """The questions with their choices, the leaf, and the models that are left.

    Args:
        walk: the way.
        left: what was asked, and how many models were left after it.
        total: how many models there are.
        best: the model that suits best; None where none does.
        dark: for a dark page.
    """
    colours = DARK if dark else LIGHT
    marks: list[Mark] = []
    row = 0.0
    middle, below = 0.0, -1.0
    for step in walk.steps:
        marks.append(_words(step.question.text, 0, row + BOX / 2, colours.ink, small=True))
        row += 1
        for place, choice in enumerate(step.question.choices):
            chosen = choice is step.choice
            x, y = _corner(place, row)
            marks.append(_box(choice.name, (x, y, _width(), BOX), colours, chosen, dark))
            if chosen:
                here = x + _width() / 2
                if below > 0:
                    # Aside above the question, where nothing is written, then down to the box,
                    # behind those of its column.
                    aside = below + ASIDE
                    marks.append(_line((middle, below), (middle, aside), dark))
                    if here != middle:
                        marks.append(_line((middle, aside), (here, aside), dark))
                    marks.append(_line((here, aside), (here, y), dark))
                end = y + BOX
        middle, below = here, end
        row += -(-len(step.question.choices) // COLUMNS) + 0.25
    leaf = walk.leaf
    row += 0.1
    marks.append(_line((middle, below), (middle, row), dark))
    marks += _result(
        leaf.architecture, leaf.name, row, _colour(leaf.architecture, colours), colours
    )
    row += TALL_BOX + 0.3
    for name, count in left:
        width = 100 * count / max(total, 1)
        marks.append({"kind": "bar", "x": 0, "x2": width, "y": row, "y2": row + BOX,
                      "fill": colours.text})  # fmt: skip
        marks.append(_words(name, 1.5, row + BOX / 2, colours.ink))
        marks.append(
            {**_words(f"{count} of {total}", 98.5, row + BOX / 2, colours.ink), "kind": "number"}
        )
        row += 1
    row += 0.2
    ending = (
        ("The best of the catalogue", best)
        if best
        else ("None of the catalogue", "look at what speaks against")
    )
    marks += _result(ending[1], ending[0], row, CHOSEN[dark][0], colours, CHOSEN[dark][1])
    row += TALL_BOX
    return _chart(marks, row, PAGE[dark])


def in_words(walk: Walk, left: Iterable[tuple[str, int]], total: int, best: str | None) -> str:
    """What the drawing shows, for those who do not see it."""
    steps = "; ".join(f"{s.question.text} {s.choice.name}" for s in walk.steps)
    counts = ", ".join(f"{name}: {count} of {total} models left" for name, count in left)
    return f"{steps}; {walk.leaf.architecture}: {walk.leaf.name}. {counts}. Best: {best or 'none'}."


def _colour(architecture: str, colours: Palette) -> str:
    return {
        ENCODER_ONLY: colours.encoder,
        DECODER_ONLY: colours.decoder,
        ENCODER_DECODER: colours.cross,
    }[architecture]


def _width() -> float:
    return (100 - GAP * (COLUMNS - 1)) / COLUMNS


def _corner(place: int, row: float) -> tuple[float, float]:
    return place % COLUMNS * (_width() + GAP), row + place // COLUMNS


def _box(
    text: str, at: tuple[float, float, float, float], colours: Palette, chosen: bool, dark: bool
) -> Mark:
    x, y, width, height = at
    fill, ink = CHOSEN[dark] if chosen else (colours.text, colours.ink)
    return {"kind": "box", "x": x, "x2": x + width, "y": y, "y2": y + height, "fill": fill,
            "middle": x + width / 2, "at": y + height / 2, "text": text, "ink": ink,
            "weight": "bold" if chosen else "normal"}  # fmt: skip


def _result(
    title: str, detail: str, row: float, fill: str, colours: Palette, ink: str | None = None
) -> list[Mark]:
    """A box over the whole width with a title and, above it, what it is."""
    base = {"x": 0, "x2": 100, "y": row, "y2": row + TALL_BOX, "fill": fill, "middle": 50,
            "ink": ink or colours.ink}  # fmt: skip
    return [
        {**base, "kind": "box", "at": row + TALL_BOX * 0.68, "text": title, "weight": "bold"},
        {**base, "kind": "detail", "at": row + TALL_BOX * 0.28, "text": detail},
    ]


def _words(text: str, x: float, y: float, ink: str, small: bool = False) -> Mark:
    return {"kind": "question" if small else "words", "middle": x, "at": y, "text": text,
            "ink": ink}  # fmt: skip


def _line(start: tuple[float, float], end: tuple[float, float], dark: bool) -> Mark:
    return {"kind": "line", "x": start[0], "y": start[1], "x2": end[0], "y2": end[1],
            "fill": CHOSEN[dark][0]}  # fmt: skip


def _chart(marks: list[Mark], rows: float, page: str) -> alt.LayerChart:
    across = {"type": "quantitative", "axis": None, "scale": {"domain": [0, 100]}}
    down = {"type": "quantitative", "axis": None, "scale": {"domain": [rows, 0], "nice": False}}
    given = {"type": "nominal", "scale": None}
    ends = {"x": {"field": "x", **across}, "x2": {"field": "x2"},
            "y": {"field": "y", **down}, "y2": {"field": "y2"}}  # fmt: skip
    words = {"x": {"field": "middle", **across}, "y": {"field": "at", **down},
             "text": {"field": "text", "type": "nominal"},
             "color": {"field": "ink", **given}}  # fmt: skip

    def layer(kinds: tuple[str, ...], mark: Mark, encoding: Mark) -> Mark:
        data = [each for each in marks if each["kind"] in kinds]
        return {"data": {"values": data}, "mark": mark, "encoding": encoding}

    def text(kind: str, size: str, align: str, **more: Any) -> Mark:
        mark = {"type": "text", "align": align, "baseline": "middle", "fontSize": {"expr": size}}
        return layer((kind,), {**mark, **more}, words)

    boxes = text("box", FONT, "center")
    layers = [
        layer(("line",), {"type": "rule", "strokeWidth": 3, "strokeCap": "round"},
              {**ends, "color": {"field": "fill", **given}}),
        layer(("box", "bar"), {"type": "rect", "cornerRadius": 6},
              {**ends, "fill": {"field": "fill", **given}}),
        *_box_texts(marks, boxes),
        text("question", SMALL_FONT, "left", stroke=page, strokeWidth=6, strokeJoin="round"),
        text("question", SMALL_FONT, "left"),
        text("detail", SMALL_FONT, "center"),
        text("words", SMALL_FONT, "left"),
        text("number", SMALL_FONT, "right", fontWeight="bold"),
    ]  # fmt: skip
    chart: alt.LayerChart = alt.LayerChart.from_dict(
        {
            "$schema": SCHEMA,
            "layer": [each for each in layers if each["data"]["values"]],
            "width": "container",
            "height": round(rows * ROW_PIXELS),
            "padding": {"bottom": 4},
            "config": {"view": {"stroke": None}},
        }
    )
    return chart


def _box_texts(marks: list[Mark], layer: Mark) -> list[Mark]:
    """The words in the boxes: bold and plain ones apart, as a mark has one weight."""
    found = []
    for weight in ("bold", "normal"):
        data = [each for each in marks if each["kind"] == "box" and each["weight"] == weight]
        mark = {**layer["mark"], "fontWeight": weight}
        found.append({**layer, "data": {"values": data}, "mark": mark})
    return found


def on_paper(chart: alt.LayerChart) -> alt.LayerChart:
    """The same with a width of its own, for a file."""
    return chart.properties(width=EXPORT_WIDTH_PIXELS)
