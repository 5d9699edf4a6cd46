"""The overview's drawing: an encoder-decoder with the numbers of one model and one sentence.

One drawing serves a phone and a projector: its height is fixed, its width is the page's, and
the size of its letters follows the width. Every word stands on a box of its own colour, so the
drawing reads on a light and on a dark page.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from explorer.catalog import ModelFacts
from explorer.charts.attention_steps import SCHEMA
from explorer.charts.palette import DARK, LIGHT, Palette

Mark = dict[str, Any]

# Places in the drawing: x from 0 to 100, y in rows from the top.
ROWS = 9.5
ROW_PIXELS = 60
BOX_ROWS = 0.8
COLUMNS = ((0.0, 46.5), (50.5, 97.0))
BRIDGE_X = 48.5
LOOP_X = 99.0
INSET = 1.2
ENCODER_LAYER = (3.0, 5.45)
DECODER_LAYER = (3.0, 6.45)
EXPORT_WIDTH_PIXELS = 1000
MARGINS = {"left": 2, "top": 2, "right": 2, "bottom": 2}
LONGEST_TEXT = 44

# Letters grow with the drawing: 12 pixels on a phone, 19 on a projector.
TITLE_SIZE = {"expr": "clamp(width / 30, 11.5, 18)"}
DETAIL_SIZE = {"expr": "clamp(width / 32, 10.5, 16)"}
ABOVE = {"expr": "-clamp(width / 70, 8, 11)"}
BELOW = {"expr": "clamp(width / 64, 9, 12)"}
TEXT_LIMIT = {"expr": "width * 0.44"}


@dataclass(frozen=True)
class Sentence:
    """What the drawing shows of one sentence on its way through the model.

    Attributes:
        source: the text that the model reads.
        source_pieces: its pieces, special pieces included.
        written: the text of the answer's pieces so far.
        decoder_pieces: what the decoder reads: its start token and the pieces so far.
        next_piece: the piece that comes next.
        next_probability: its probability.
    """

    source: str
    source_pieces: int
    written: str
    decoder_pieces: int
    next_piece: str
    next_probability: float


@dataclass(frozen=True)
class _Box:
    column: int
    row: float
    kind: str
    title: str
    detail: str
    meaning: str

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """Left, right, top and bottom."""
        left, right = COLUMNS[self.column]
        layer = DECODER_LAYER if self.column else ENCODER_LAYER
        inset = INSET if layer[0] < self.row < layer[1] else 0.0
        return left + inset, right - inset, self.row, self.row + BOX_ROWS


def drawing(
    facts: ModelFacts, sentence: Sentence | None, text: str = "", dark: bool = False
) -> alt.LayerChart:
    """The drawing; without a sentence its counts are the letters N and M."""
    whole: alt.LayerChart = alt.LayerChart.from_dict(
        {**specification(facts, sentence, text, dark), "width": EXPORT_WIDTH_PIXELS}
    )
    return whole


def specification(
    facts: ModelFacts, sentence: Sentence | None, text: str = "", dark: bool = False
) -> Mark:
    """The same in Vega-Lite's words, without a width of its own, for a page."""
    colours = DARK if dark else LIGHT
    boxes = _boxes(facts, sentence, text)
    lines, heads = _arrows(boxes)
    rule = {"type": "rule", "color": colours.line, "strokeWidth": 2, "strokeCap": "round"}
    point = {"type": "point", "color": colours.line, "filled": True, "opacity": 1, "size": 90}
    shape = {"field": "shape", "type": "nominal", "scale": None, "legend": None}
    return {
        "$schema": SCHEMA,
        "layer": [
            *_groups(facts, colours),
            _layer(lines, rule, **ENDS),
            _rectangles([_rectangle(box) for box in boxes], colours, 8),
            _layer(heads, point, shape=shape),
            _texts(boxes, "title", TITLE_SIZE, ABOVE, "bold", colours),
            _texts(boxes, "detail", DETAIL_SIZE, BELOW, "normal", colours),
        ],
        "height": int(ROWS * ROW_PIXELS),
        "padding": MARGINS,
        "config": {"view": {"stroke": None}},
    }


def in_words(facts: ModelFacts, sentence: Sentence | None) -> str:
    """The drawing for people who do not see it."""
    n = str(sentence.source_pieces) if sentence else "N"
    m = str(sentence.decoder_pieces) if sentence else "M"
    return (
        f"Left: the source text becomes {n} pieces, then {n} × {facts.d_model} numbers, passes "
        f"{facts.encoder_layers} encoder layers of {facts.encoder_heads} heads and gives keys and "
        f"values. Right: the {m} pieces that the decoder reads pass {facts.decoder_layers} decoder "
        f"layers of causal self-attention and cross-attention to those keys and values; a linear "
        f"layer and a softmax over {facts.vocabulary_size:,} pieces choose the next piece, which "
        "joins the answer."
    )


def _boxes(facts: ModelFacts, sentence: Sentence | None, text: str) -> list[_Box]:
    n = f"{sentence.source_pieces}" if sentence else "N"
    m = f"{sentence.decoder_pieces}" if sentence else "M"
    d, vocabulary = facts.d_model, f"{facts.vocabulary_size:,}"
    source = _shortened(sentence.source if sentence else text)
    written = _shortened(sentence.written, keep_end=True) if sentence else "…"
    chosen = f"“{sentence.next_piece}” {sentence.next_probability:.1%}" if sentence else "…"
    forward = f"{d} → {facts.d_feed_forward:,} → {d}"
    decoder_forward = f"{d} → {facts.decoder_feed_forward:,} → {d}"
    lookup = "Each piece becomes a row of numbers, looked up in a table."
    alone = "Each row is worked on by itself."
    return [
        _Box(0, 0, "text", "Source text", source, "The exact text that the model reads."),
        _Box(0, 1, "encoder", _pieces(n), f"vocabulary: {vocabulary}",
             "The tokenizer cuts the text into pieces of its vocabulary."),
        _Box(0, 2, "encoder", "Embeddings", f"{n} × {d}", lookup),
        _Box(0, 3.5, "encoder", "Self-attention", f"{facts.encoder_heads} heads, {n} × {n}",
             "Every piece looks at every piece, those before it and those after it."),
        _Box(0, 4.5, "encoder", "Feed-forward", forward, alone),
        _Box(0, 5.65, "cross", "Keys and values", f"from {n} × {d}",
             "Every decoder layer makes its keys and values from the encoder's output."),
        _Box(0, 7.65, "encoder_group", "Left: phase 1, read", "once per text",
             "Phase 1: the encoder reads the whole text at the same time."),
        _Box(0, 8.65, "decoder_group", "Right: phase 2, write", "once per piece",
             "Phase 2: each new piece joins the answer, and the decoder runs again."),
        _Box(1, 0, "text", "Written so far", written,
             "The answer up to here. At first there is a start token alone."),
        _Box(1, 1, "decoder", _pieces(m), "with the start token",
             "What the decoder reads: its start token and its own answer so far."),
        _Box(1, 2, "decoder", "Embeddings", f"{m} × {d}", lookup),
        _Box(1, 3.5, "decoder", "Causal attention", f"{facts.decoder_heads} heads, {m} × {m}",
             "Every piece looks at itself and at the pieces before it, never ahead."),
        _Box(1, 4.5, "cross", "Cross-attention", f"{facts.decoder_heads} heads, {m} × {n}",
             "Queries from the decoder meet keys and values from the encoder."),
        _Box(1, 5.5, "decoder", "Feed-forward", decoder_forward, alone),
        _Box(1, 6.65, "decoder", "Linear", f"{d} → {vocabulary}",
             "The last row becomes one score for each piece of the vocabulary."),
        _Box(1, 7.65, "decoder", "Softmax", f"{vocabulary} probabilities",
             "The scores become probabilities that sum to 1."),
        _Box(1, 8.65, "text", "Next piece", chosen,
             "The piece that the model writes next, and its probability."),
    ]  # fmt: skip


def _pieces(count: str) -> str:
    return f"{count} piece" if count == "1" else f"{count} pieces"


def _shortened(text: str, keep_end: bool = False) -> str:
    if len(text) <= LONGEST_TEXT:
        return text or "nothing yet"
    return "…" + text[-LONGEST_TEXT:] if keep_end else text[:LONGEST_TEXT] + "…"


def _arrows(boxes: Sequence[_Box]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Lines and heads: down each column, across to cross-attention, and back up to the answer."""
    paths = []
    for column, last in ((0, 5.65), (1, 8.65)):
        way = [box for box in boxes if box.column == column and box.row <= last]
        middle = sum(COLUMNS[column]) / 2
        for above, below in itertools.pairwise(way):
            # Into a layer the way ends at the area's edge, above its heading.
            tip = below.row if below.row != 3.5 else ENCODER_LAYER[0]
            paths.append(([(middle, above.edges[3]), (middle, tip)], "triangle-down"))
    half = BOX_ROWS / 2
    keys_y, cross_y, next_y, written_y = 5.65 + half, 4.5 + half, 8.65 + half, half
    into_cross = COLUMNS[1][0] + INSET
    right = COLUMNS[1][1]
    bridge = [(COLUMNS[0][1], keys_y), (BRIDGE_X, keys_y), (BRIDGE_X, cross_y)]
    loop = [(right, next_y), (LOOP_X, next_y), (LOOP_X, written_y), (right, written_y)]
    paths.append(([*bridge, (into_cross, cross_y)], "triangle-right"))
    paths.append((loop, "triangle-left"))
    lines = [
        {"x": x, "y": y, "x2": x2, "y2": y2}
        for points, _ in paths
        for (x, y), (x2, y2) in itertools.pairwise(points)
    ]
    nudge = {"triangle-down": (0, -0.07), "triangle-right": (-0.5, 0), "triangle-left": (0.5, 0)}
    heads = [
        {"x": points[-1][0] + nudge[shape][0], "y": points[-1][1] + nudge[shape][1], "shape": shape}
        for points, shape in paths
    ]
    return lines, heads


def _groups(facts: ModelFacts, colours: Palette) -> tuple[Mark, Mark]:
    """Around the boxes that every layer repeats: an area, and how often."""
    areas, titles = [], []
    for column, (top, bottom), kind, count in (
        (0, ENCODER_LAYER, "encoder", facts.encoder_layers),
        (1, DECODER_LAYER, "decoder", facts.decoder_layers),
    ):
        left, right = COLUMNS[column]
        areas.append({"x": left, "x2": right, "y": top, "y2": bottom, "kind": f"{kind}_group"})
        plural = "layers" if count > 1 else "layer"
        words = f"{count} {kind} {plural}, each:"
        titles.append({"x": (left + right) / 2, "y": top + 0.27, "words": words})
    mark = {"type": "text", "fontSize": TITLE_SIZE, "fontWeight": "bold", "baseline": "middle",
            "color": colours.ink}  # fmt: skip
    return _rectangles(areas, colours, 10), _layer(titles, mark, text=WORDS)


def _rectangle(box: _Box) -> dict[str, Any]:
    left, right, top, bottom = box.edges
    place = {"x": left, "x2": right, "y": top, "y2": bottom, "kind": box.kind}
    return place | {"title": box.title, "detail": box.detail, "meaning": box.meaning}


def _rectangles(rows: list[dict[str, Any]], colours: Palette, corner: int) -> Mark:
    kinds = ["text", "encoder", "decoder", "cross", "encoder_group", "decoder_group"]
    scale = {"domain": kinds, "range": [getattr(colours, kind) for kind in kinds]}
    tooltip: Any = {"value": None}
    if "meaning" in rows[0]:
        tooltip = [
            {"field": field, "type": "nominal", "title": title}
            for field, title in (("title", "Part"), ("detail", "Numbers"), ("meaning", "Meaning"))
        ]
    return _layer(
        rows,
        {"type": "rect", "cornerRadius": corner},
        **ENDS,
        color={"field": "kind", "type": "nominal", "scale": scale, "legend": None},
        tooltip=tooltip,
    )


def _texts(
    boxes: Sequence[_Box],
    field: str,
    size: Mark,
    shift: Mark,
    weight: Literal["normal", "bold"],
    colours: Palette,
) -> Mark:
    rows = []
    for box in boxes:
        left, right, top, bottom = box.edges
        words = getattr(box, field)
        rows.append({"x": (left + right) / 2, "y": (top + bottom) / 2, "words": words})
    mark = {"type": "text", "fontSize": size, "fontWeight": weight, "baseline": "middle",
            "dy": shift, "color": colours.ink, "limit": TEXT_LIMIT}  # fmt: skip
    return _layer(rows, mark, text=WORDS)


def _layer(rows: list[dict[str, Any]], mark: Mark, **encoding: Any) -> Mark:
    return {"data": {"values": rows}, "mark": mark, "encoding": {**PLACE, **encoding}}


def _axis(field: str, first: float, last: float) -> Mark:
    scale = {"domain": [first, last], "nice": False}
    return {"field": field, "type": "quantitative", "axis": None, "scale": scale}


PLACE = {"x": _axis("x", 0, 100), "y": _axis("y", ROWS, 0)}
ENDS = {"x2": {"field": "x2"}, "y2": {"field": "y2"}}
WORDS = {"field": "words", "type": "nominal"}
