"""Attention as pictures: a heat map, lit source words, and what each head causes."""

from collections.abc import Sequence
from html import escape

import numpy as np

from explorer.charts import colours
from explorer.charts.attention_steps import HeatMap, heat_map
from explorer.charts.cells import number_text

MOST_DRAWN = 60
"""Rows and columns that are drawn; more could not be told apart."""

SHARE_SHOWN = 0.05
"""From this weight on a source word carries its number, so that colour is not the only sign."""

_WORD = (
    "display:inline-block;margin:0 3px 5px 0;padding:1px 6px;border-radius:6px;"
    "white-space:pre-wrap;overflow-wrap:anywhere;"
)


def attention_map(
    weights: colours.Numbers,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    row_title: str,
    threshold: float = 0.0,
    picked: int | None = None,
    dark: bool = False,
) -> HeatMap:
    """One map from white to violet; the strongest colour is its largest weight.

    Args:
        weights: (query, key), from 0 to 1; the first MOST_DRAWN of each are drawn.
        rows, columns: what stands beside each row and below each column.
        row_title: what a row is.
        threshold: weights below it are grey.
        picked: the row that is framed.
        dark: for a dark page.
    """
    part = np.asarray(weights)[:MOST_DRAWN, :MOST_DRAWN]
    return heat_map(
        part,
        "sequential",
        rows=rows[:MOST_DRAWN],
        columns=columns[:MOST_DRAWN],
        row_title=row_title,
        column_title="piece or word that is looked at",
        visible=part >= threshold,
        picked=(picked, None),
        dark=dark,
    )


def sources_html(words: Sequence[str], weights: colours.Numbers, dark: bool = False) -> str:
    """The words that one row looks at, the more weight the stronger the colour.

    Args:
        words: in the order of the text; nothing in them is markup.
        weights: one for each word, from 0 to 1.
        dark: for a dark page.
    """
    return lit_html(
        words,
        colours.sequential(np.asarray(weights), dark),
        [f"{weight:.0%}" if weight >= SHARE_SHOWN else "" for weight in weights],
        [f"{weight:.4f}" for weight in weights],
    )


def lit_html(
    words: Sequence[str], fills: Sequence[str], numbers: Sequence[str], hovers: Sequence[str]
) -> str:
    """Words on colours of their own.

    Args:
        words: in the order of the text; nothing in them is markup.
        fills: the colour of each.
        numbers: what stands small beside each; "" for nothing.
        hovers: what each says when it is pointed at.
    """
    chips = []
    for word, fill, number, hover in zip(words, fills, numbers, hovers, strict=True):
        small = f" <small>{number}</small>" if number else ""
        style = f"{_WORD}background:{fill};color:{colours.ink(fill)}"
        chips.append(f'<span style="{style}" title="{hover}">{escape(word)}{small}</span>')
    return f'<div dir="auto" style="line-height:1.8;font-size:1.1rem">{"".join(chips)}</div>'


def ablation_chart(change: colours.Numbers, dark: bool = False) -> HeatMap:
    """What switching off each head does to the log-probability of a target.

    Args:
        change: (layer, head), in nats; NaN where it is not computed yet, which is grey.
        dark: for a dark page.
    """
    drawn = heat_map(change, row_title="layer", column_title="head", dark=dark)
    unknown = np.isnan(np.asarray(change)).ravel()
    cells = drawn.cells.assign(
        text=["" if none else text for none, text in zip(unknown, drawn.cells["text"], strict=True)]
    )
    cells.loc[unknown, "exact"] = "not computed"
    return HeatMap(drawn.specification, cells)


def strongest_text(weights: colours.Numbers) -> str:
    """The largest weight that is drawn, as it stands in its cell."""
    part = np.asarray(weights)[:MOST_DRAWN, :MOST_DRAWN]
    return number_text(float(part.max(initial=0.0)))
