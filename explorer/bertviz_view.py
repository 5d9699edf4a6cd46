"""Attention as bertviz draws it: the head view and the model view of one stack.

bertviz (Vig 2019, "A Multiscale Visualization of Attention in the Transformer Model") draws one
line for each cell, from the row's label on the left to the column's on the right. Its own page
needs a network, holds the data twice, runs what stands in a label, and mixes up the layers of
models whose encoder and decoder differ. Here each stack is drawn by itself, in one file that
works from disk.

    maps = model.attention("translate English to German: The dog sleeps.")
    view = bertviz_view(maps.cross, maps.target.display, maps.source.display)
    st.iframe(view.html, height=view.height)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from explorer.bertviz_page import (
    LAYER_COLOURS,
    Theme,
    View,
    distinct_colours,
    drawing,
    packed,
    page,
)
from explorer.errors import ExplorerError
from explorer.tokens import readable

LEVELS = 255
"""A weight is one byte: off by at most 1/510 = 0.2 %, less than a screen's opacity can show."""

ROUNDING = 0.02
"""A softmax in a 16-bit format, or columns summed after one, may end over 1; that is drawn as 1."""

MAX_DRAWN_CELLS = 64_000
"""Lines drawn at once: all cells in the model view, those of one layer in the head view.

Measured in Chromium: 60,000 lines cost 2 seconds of a core and 260 MB of the browser's memory,
and both grow with their number.
"""

MAX_CELLS = 1_000_000
"""Cells of one page, drawn or not: 0.8 seconds to pack, and up to 1.3 MB to send."""

MAX_LABEL_CHARACTERS = 200
"""The longest label that the page carries; the drawing has room for about fifteen of them."""

# Sizes in pixels, from bertviz's own scripts.
_HEAD_BOX, _HEAD_ROW, _HEAD_TOP, _HEAD_ROOM = 20, 22.5, 30, 102
_MODEL_AXIS, _MODEL_CELLS_TALL, _MODEL_PADDING, _MODEL_ROOM = 38, 84, 10, 76
_DETAIL_ROW, _DETAIL_TOP = 18, 55
_SMALLEST_MODEL_WIDTH_HEADS = 8
_MARGINS, _LAYER_CHOICE = 24, 32


@dataclass(frozen=True)
class BertvizView:
    """One drawing.

    Attributes:
        html: a whole HTML page, for `st.iframe(html, height=height)` or a file; it loads nothing.
        size_bytes: of the page.
        cells: how many weights it holds.
        height: in pixels, what the whole drawing needs. With less it scrolls.
    """

    html: str
    size_bytes: int
    cells: int
    height: int


def bertviz_view(
    weights: npt.NDArray[np.float32],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    view: View = "head",
    theme: Theme = "light",
    layers: Sequence[int] | None = None,
    heads: Sequence[int] | None = None,
    layer: int | None = None,
    shown_heads: Sequence[int] | None = None,
    title: str = "Attention",
) -> BertvizView:
    """Draw one stack: encoder, decoder or cross-attention.

    Args:
        weights: (layer, head, query, key), from 0 to 1.
        rows: one label for each query, as people read it; they stand on the left.
        columns: one label for each key; they stand on the right.
        view: "head" draws the heads of one layer over each other, with a choice of layer;
            "model" draws every layer and head small, and large when clicked.
        theme: the page's colours.
        layers: the model's own number of each layer in `weights`; by default 0, 1, 2, ...
        heads: the model's own number of each head in `weights`; by default 0, 1, 2, ...
        layer: the layer that the head view begins with, by its number; by default the first.
            A layer chosen in the drawing is kept, in the same window and under the same title,
            until another `layer` is asked for.
        shown_heads: the heads that the head view begins with, by their numbers; by default all.
        title: what the file is called in a browser's tab. Give each stack its own.

    Raises:
        ExplorerError: more cells than a browser draws well, or weights that are no numbers.
        ValueError: shapes, labels and numbers that do not belong together.
    """
    layers = tuple(range(weights.shape[0])) if layers is None else tuple(layers)
    heads = tuple(range(weights.shape[1])) if heads is None else tuple(heads)
    shown = heads if shown_heads is None else tuple(shown_heads)
    first = layers[0] if layer is None and layers else layer
    _check(weights, rows, columns, layers, heads, first, shown, view, theme)
    _check_size(weights, view)

    parameters: dict[str, Any] = {
        **drawing(view).parameters,
        "attention": [
            {
                "name": None,
                "left_text": [_label(label) for label in rows],
                "right_text": [_label(label) for label in columns],
            }
        ],
        "include_layers": list(layers),
    }
    if view == "head":
        positions = [position for position, head in enumerate(heads) if head in shown]
        parameters |= {"layer": first, "heads": positions}
    else:
        # With fewer heads bertviz gives a label up to 84 pixels, and for a single head it draws
        # the large picture outside the page.
        total = max(len(heads), _SMALLEST_MODEL_WIDTH_HEADS)
        parameters |= {"display_mode": theme, "include_heads": list(heads), "total_heads": total}
    payload = {
        "parameters": parameters,
        "weights": packed(np.rint(weights.clip(max=1) * LEVELS).astype(np.uint8).tobytes()),
        "shape": list(weights.shape),
        "levels": LEVELS,
        "heads": list(heads),
        "colours": distinct_colours(len(heads), theme),
        "layer_colours": distinct_colours(LAYER_COLOURS, theme),
        "box": _HEAD_BOX,
        "room": _HEAD_ROOM if view == "head" else _MODEL_ROOM,
    }
    html = page(view, theme, readable(title), payload)
    return BertvizView(
        html=html,
        size_bytes=len(html.encode()),
        cells=weights.size,
        height=_height(view, weights.shape),
    )


def _check(
    weights: npt.NDArray[np.float32],
    rows: Sequence[str],
    columns: Sequence[str],
    layers: tuple[int, ...],
    heads: tuple[int, ...],
    layer: int | None,
    shown: tuple[int, ...],
    view: str,
    theme: str,
) -> None:
    if view not in get_args(View) or theme not in get_args(Theme):
        raise ValueError(f"there is no {view!r} view in a {theme!r} theme")
    named = (len(layers), len(heads), len(rows), len(columns))
    if weights.shape != named or not weights.size:
        raise ValueError(
            f"weights of shape {weights.shape} (layer, head, query, key) do not fit "
            f"{named} names and labels"
        )
    if len(set(layers)) < len(layers) or len(set(heads)) < len(heads):
        raise ValueError(f"a number stands twice in layers {layers} or heads {heads}")
    if layer not in layers or not shown or not set(shown) <= set(heads):
        raise ValueError(f"layer {layer} and heads {shown} are not among {layers} and {heads}")
    broken = int(np.count_nonzero(~np.isfinite(weights)))
    if broken:
        raise ExplorerError(
            f"{broken:,} of {weights.size:,} attention weights are not numbers, and none may be: "
            "the model's precision is too low for this text; use the CPU or another model."
        )
    if weights.min() < 0 or weights.max() > 1 + ROUNDING:
        raise ValueError(f"weights from {weights.min()} to {weights.max()}, not from 0 to 1")


def _check_size(weights: npt.NDArray[np.float32], view: View) -> None:
    layers, _, queries, keys = weights.shape
    drawn = weights.size if view == "model" else weights.size // layers
    if drawn > MAX_DRAWN_CELLS:
        where = "" if view == "model" else " in each layer"
        remedy = "choose fewer layers or heads, or a shorter text"
        if view == "head":
            remedy = "choose fewer heads or a shorter text"
        raise ExplorerError(
            f"This drawing would have {drawn:,} lines{where} ({queries} × {keys} pieces), and a "
            f"browser draws at most {MAX_DRAWN_CELLS:,} well: {remedy}."
        )
    if weights.size > MAX_CELLS:
        raise ExplorerError(
            f"This drawing would hold {weights.size:,} weights; the limit is {MAX_CELLS:,}: "
            "choose fewer layers or a shorter text."
        )


def _label(label: str) -> str:
    text = readable(label)
    return text if len(text) <= MAX_LABEL_CHARACTERS else text[: MAX_LABEL_CHARACTERS - 1] + "…"


def _height(view: View, shape: tuple[int, ...]) -> int:
    layers, heads, queries, keys = shape
    labels = max(queries, keys)
    if view == "head":
        return round(labels * _HEAD_ROW + _HEAD_TOP + _LAYER_CHOICE + _MARGINS)
    row = _MODEL_CELLS_TALL / max(heads, _SMALLEST_MODEL_WIDTH_HEADS)
    small = layers * (labels * row + _MODEL_PADDING) + _MODEL_AXIS
    large = labels * _DETAIL_ROW + _DETAIL_TOP
    return round(max(small, large) + _MARGINS)
