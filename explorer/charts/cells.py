"""The cells of a heat map: what stands in each, and its colours."""

import math
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from explorer.charts import colours

Kind = Literal["diverging", "sequential"]

MINUS = "\N{MINUS SIGN}"


def number_text(value: float) -> str:
    """A number as it stands in a cell: two decimals, three digits where it is large."""
    if value == -math.inf:
        return f"{MINUS}∞"
    if isinstance(value, int):
        return str(value)
    text = f"{value:.2f}" if abs(value) < 99.995 else f"{value:.3g}"
    text = "0" if value == 0 else text
    return text.replace("-", MINUS) if float(text) != 0 or value == 0 else text.replace("-", "")


def coloured(
    matrix: colours.Numbers,
    kind: Kind,
    visible: npt.NDArray[np.bool_] | None,
    largest: float | None,
    picked: tuple[int | None, int | None],
    dark: bool,
) -> dict[str, Any]:
    """A column for each thing that a cell has: its place, its number, and its colours.

    Args:
        matrix: (row, column); minus infinity is drawn as hidden.
        kind: "diverging" colours around zero, "sequential" from zero to the largest.
        visible: False where a mask hides a cell; None where it hides none.
        largest: the number with the strongest colour; the matrix's own if None.
        picked: the row and column to be framed; None for a whole row or column, or for nothing.
        dark: for a dark page.
    """
    height, width = matrix.shape
    flat = np.asarray(matrix, dtype=np.float64).ravel()
    seen = np.isfinite(flat) if visible is None else np.isfinite(flat) & visible.ravel()
    strongest = float(np.abs(flat[seen]).max(initial=0.0)) if largest is None else largest
    shares = np.where(seen, flat, 0.0) / (strongest or 1.0)
    paint = colours.diverging if kind == "diverging" else colours.sequential
    fills = paint(shares, dark)
    fills = [f if s else colours.hidden(dark) for f, s in zip(fills, seen, strict=True)]
    row, column = np.divmod(np.arange(height * width), width)
    framed = np.zeros(height * width, dtype=bool)
    if picked != (None, None):
        framed = (picked[0] is None) | (row == picked[0])
        framed &= (picked[1] is None) | (column == picked[1])
    frame_colour = colours.INK_LIGHT if dark else colours.INK_DARK
    # Whole numbers are no measurements: they have no decimals.
    numbers = np.asarray(matrix).ravel().tolist()
    return {
        "row": row,
        "column": column,
        "text": [number_text(value) for value in numbers],
        "exact": [number_text(v) if math.isinf(v) else f"{v:.6g}" for v in numbers],
        "fill": fills,
        "ink": [_ink(fill) for fill in fills],
        "stroke": [frame_colour if each else "transparent" for each in framed],
    }


# Two short texts each: below 1 MB.
_ink = lru_cache(maxsize=4096)(colours.ink)
