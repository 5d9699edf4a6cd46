"""Source words lit by what a method says of them, and how the probability falls without them."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from explorer.attribution import METHOD_NAMES, METHODS, Attribution, Method
from explorer.charts import colours
from explorer.charts.attention_maps import lit_html
from explorer.charts.cells import MINUS
from explorer.probabilities import percent

LIT_FROM = 0.15
"""From this share of the largest on a word carries its number."""

RANDOM_NAME = "random order"

BAND = (10, 90)
"""The percentiles of the random orders between which the band lies."""

# Violet, orange and blue differ in lightness too, and each line has its own dashes.
COLOURS_LIGHT = ("#6c46bf", "#c9690f", "#2f78c4", "#6b7280")
COLOURS_DARK = ("#b79ff0", "#f0a050", "#6fb0f5", "#9aa2b1")
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
DASHES = ((1, 0), (9, 6), (3, 5), (6, 4))
# Where lines lie on one another, the wider ones show below the narrower.
WIDTHS = (6, 4, 3, 2)
HEIGHT = 360
NUMBERS_UP_TO = 24
"""Below so many removals each has its number on the axis."""


def words_html(found: Attribution, method: Method, dark: bool = False) -> str:
    """The source words, lit by one method: strong for what speaks for the piece.

    Attention is violet by its weight, as everywhere. The other two are in nats, blue for the
    piece and orange against it, beside the method's own largest.
    """
    words = [unit.text for unit in found.words]
    signed = found.gradient if method == "gradient" else found.left_out
    scores = found.attention if method == "attention" else signed
    largest = float(np.abs(scores).max(initial=0.0))
    shares = scores / (largest or 1.0)
    if method == "attention":
        fills = colours.sequential(shares, dark)
        texts = [f"{score:.0%}" for score in scores]
        hovers = [f"weight {score:.4f}" for score in scores]
    else:
        fills = colours.diverging(shares, dark)
        texts = [nats_text(float(score)) for score in scores]
        hovers = [f"{text} nats" for text in texts]
    shown = [
        text if abs(share) >= LIT_FROM else "" for text, share in zip(texts, shares, strict=True)
    ]
    return lit_html(words, fills, shown, hovers)


def nats_text(value: float) -> str:
    """A signed number of nats as it stands beside a word: +19.5, +0.14, −2 × 10⁻⁶."""
    if value == 0:
        return "0"
    if abs(value) >= 0.0095:
        return f"{value:+.{1 if abs(value) >= 0.95 else 2}f}".replace("-", MINUS)
    mantissa, exponent = f"{value:+.0e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(RAISED)}".replace("-", MINUS)


def curve_table(found: Attribution) -> pd.DataFrame:
    """A row for each curve and removal: the probability, the band of chance, and what went."""
    low, high = np.percentile(found.random_probabilities, BAND, axis=0)
    rows: list[dict[str, Any]] = []
    for method in METHODS:
        curve = found.curve(method)
        for removed, probability in enumerate(curve.probabilities.tolist()):
            gone = found.words[curve.order[removed - 1]].text if removed else "nothing"
            rows.append(
                {
                    "order": METHOD_NAMES[method],
                    "removed": removed,
                    "probability": probability,
                    "exact": percent(probability),
                    "went": gone,
                }
            )
    for removed, probability in enumerate(found.random_mean.tolist()):
        rows.append(
            {
                "order": RANDOM_NAME,
                "removed": removed,
                "probability": probability,
                "exact": percent(probability),
                "went": "drawn by chance",
                "low": float(low[removed]),
                "high": float(high[removed]),
            }
        )
    return pd.DataFrame(rows)


def deletion_chart(found: Attribution, dark: bool = False) -> alt.LayerChart:
    """The probability of the piece while words go, one line for each order.

    The grey line is the mean over the random orders, and the band holds four fifths of them.
    """
    names = [*(METHOD_NAMES[method] for method in METHODS), RANDOM_NAME]
    paint = COLOURS_DARK if dark else COLOURS_LIGHT
    table = curve_table(found)
    table["paint"] = table["order"].map(dict(zip(names, paint, strict=True)))
    count = len(found.words)
    # Counted in whole words, also where there are few.
    ticks = list(range(0, count + 1, 1 + count // NUMBERS_UP_TO))
    x = alt.X(
        "removed:Q",
        title="source words removed",
        scale=alt.Scale(domain=[0, count], nice=False),
        axis=alt.Axis(format="d", grid=False, values=ticks),
    )
    highest = float(max(table["probability"].max(), table["high"].max()))
    title = f"probability of “{found.piece}”"
    y = alt.Y("probability:Q", title=title, scale=alt.Scale(domain=[0, highest], nice=True),
              axis=alt.Axis(format="~%"))  # fmt: skip
    legend = alt.Legend(orient="top", title=None, labelFontSize=14, symbolType="stroke",
                        symbolSize=600, columns=2, labelLimit=220)  # fmt: skip
    band = (
        alt.Chart(table[table["order"] == RANDOM_NAME])
        .mark_area(opacity=0.18, color=paint[-1])
        .encode(x=x, y=alt.Y("low:Q", title=title), y2="high:Q")
    )
    base = alt.Chart(table).encode(x=x, y=y)
    lines = base.mark_line().encode(
        color=alt.Color("order:N", scale=alt.Scale(domain=names, range=paint), legend=legend),
        strokeDash=alt.StrokeDash(
            "order:N", scale=alt.Scale(domain=names, range=DASHES), legend=legend
        ),
        strokeWidth=alt.StrokeWidth(
            "order:N", scale=alt.Scale(domain=names, range=WIDTHS), legend=None
        ),
    )
    points = base.mark_circle(size=60, opacity=1).encode(
        fill=alt.Fill("paint:N", scale=None),
        tooltip=[
            alt.Tooltip("order:N", title="order"),
            alt.Tooltip("removed:Q", title="words removed"),
            alt.Tooltip("went:N", title="the last to go"),
            alt.Tooltip("exact:N", title="probability"),
        ],
    )
    return alt.LayerChart(layer=[band, lines, points]).properties(height=HEIGHT)
