"""Lines, pieces and words of a beam tree, as parts of a Vega-Lite chart."""

from collections.abc import Sequence
from typing import Any

NODE = "node"
"""The name of the selection that a click on a piece makes; it holds the node's `id`."""

FONT_PIXELS = 13
Rows = list[dict[str, Any]]


def line_marks(
    points: Rows, colour: str, width: float, dash: Sequence[int] = (1, 0)
) -> dict[str, Any]:
    """Lines through points; those of one `link` belong together."""
    return {
        "data": {"values": points},
        "mark": {"type": "line", "color": colour, "strokeWidth": width, "strokeDash": [*dash],
                 "strokeJoin": "round", "tooltip": None},
        "encoding": {"x": {"field": "x"}, "detail": {"field": "link", "type": "nominal"},
                     "order": {"field": "x", "type": "quantitative"}},
    }  # fmt: skip


def chip_marks(chips: Rows, clickable: bool) -> dict[str, Any]:
    """Rounded boxes from `x` to `right` and `top` to `bottom`; one can be picked by its `id`."""
    titles = ("Piece", "Step", "Rank", "Probability", "Log-probability", "Cumulative", "State",
              "Score")  # fmt: skip
    layer: dict[str, Any] = {
        "data": {"values": chips},
        "mark": {"type": "rect", "cornerRadius": 6, "strokeWidth": 2, "opacity": 1},
        "encoding": {
            "x": {"field": "x"},
            "x2": {"field": "right"},
            "y": {"field": "top"},
            "y2": {"field": "bottom"},
            "fill": {"field": "fill", "type": "nominal", "scale": None},
            "stroke": {"field": "frame", "type": "nominal", "scale": None},
        },
    }
    if clickable:
        point = {"type": "point", "fields": ["id"], "toggle": False}
        layer["params"] = [{"name": NODE, "select": point}]
        layer["mark"]["cursor"] = "pointer"
        layer["encoding"]["tooltip"] = [{"field": title, "type": "nominal"} for title in titles]
    return layer


def word_marks(words: Rows, across: str, align: str, weight: str = "normal") -> dict[str, Any]:
    """Each `text` in its `ink`; `across` names the field of its place from left to right."""
    needed = (across, "y", "text", "ink")
    return {
        "data": {"values": [{field: word[field] for field in needed} for word in words]},
        # Without a tooltip a pointer or a click on a word goes to the piece below it.
        "mark": {"type": "text", "align": align, "baseline": "middle", "fontSize": FONT_PIXELS,
                 "fontWeight": weight, "tooltip": None},
        "encoding": {
            "x": {"field": across},
            "text": {"field": "text", "type": "nominal"},
            "color": {"field": "ink", "type": "nominal", "scale": None},
        },
    }  # fmt: skip
