"""Attention's formula in LaTeX with the sizes and numbers of what is on screen."""

import math
import re

import numpy as np

from explorer.attention_math import AttentionSteps
from explorer.charts.cells import MINUS, number_text

ROOM = r"\,"
"""After a tall last part, which KaTeX draws two pixels wider than it counts: no scroll bar then."""
EXPONENT = re.compile(r"e([+-]\d+)")
MOST_CHARACTERS = 29
"""Characters of a line of a sum, spaces included, that a phone shows beside what it is a sum of."""
MOST_TERMS = 8
"""Products that are written out; the rest of a long sum is one number."""


def whole(steps: AttentionSteps) -> str:
    """softmax(Q K^T / sqrt(d_k)) V with a shape over each part."""
    _, queries, d_k = steps.query.shape
    keys, d_v = steps.value.shape[1:]
    product = rf"\overset{{{queries}\times{d_k}}}{{Q}}\;\overset{{{d_k}\times{keys}}}{{K^\top}}"
    size = rf"{queries}\times{keys}"
    inside = scaled_text(steps, product)
    if steps.bias is not None:
        inside += rf" + \overset{{{size}}}{{B}}"
    if steps.mask is not None:
        inside += rf" + \overset{{{size}}}{{M}}"
    if steps.temperature != 1:
        inside = rf"\tfrac{{1}}{{{steps.temperature:g}}}\Big({inside}\Big)"
    weights = rf"\underset{{{size}}}{{\mathrm{{softmax}}\!\left({inside}\right)}}"
    output = rf"\overset{{{queries}\times{d_v}}}{{\text{{output}}}}"
    return rf"{weights}\;\overset{{{keys}\times{d_v}}}{{V}} = {output}{ROOM}"


def scaled_text(steps: AttentionSteps, product: str) -> str:
    """The product with the scale that is in use."""
    d_k = steps.query.shape[-1]
    if math.isclose(steps.scale, 1 / math.sqrt(d_k)) and d_k > 1:
        return rf"\frac{{{product}}}{{\sqrt{{{d_k}}}}}"
    return product if steps.scale == 1 else rf"{factor(steps.scale)} \cdot {product}"


def heads_formula(heads: int, d_k: int, queries: int) -> str:
    """Concat(heads) W^O with the shapes."""
    width = heads * d_k
    return (
        rf"\overset{{{queries}\times{width}}}{{\mathrm{{Concat}}(\text{{head}}_0,\ldots,"
        rf"\text{{head}}_{{{heads - 1}}})}}\;\overset{{{width}\times{width}}}{{W^O}}"
        rf" = \overset{{{queries}\times{width}}}{{\text{{result}}}}{ROOM}"
    )


def one_cell(steps: AttentionSteps, head: int, query: int, key: int) -> str:
    """One score term by term, and the way from it to its weight."""
    lines = [
        *_score_lines(steps, head, query, key),
        *_weight_lines(steps, head, query, key),
    ]
    return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}" + ROOM


def _score_lines(steps: AttentionSteps, head: int, query: int, key: int) -> list[str]:
    """One dot product, term by term."""
    q, k = steps.query[head, query], steps.key[head, key]
    shown = len(q) if len(q) <= MOST_TERMS else MOST_TERMS - 1
    terms = [f"{signed(a)} \\cdot {signed(b)}" for a, b in zip(q[:shown], k[:shown], strict=True)]
    if shown < len(q):
        rest = float(q[shown:] @ k[shown:])
        terms.append(rf"\underbrace{{{signed(rest)}}}_{{{len(q) - shown}\text{{ more terms}}}}")
    first, *more = _packed(terms)
    return [
        rf"q_{{{query}}} \cdot k_{{{key}}} &= {first}",
        *[rf"&\quad + {line}" for line in more],
        f"&= {plain(steps.scores[head, query, key])}",
    ]


def _packed(terms: list[str]) -> list[str]:
    """Sums of one or two terms, each as long as a phone can show."""
    lines: list[str] = []
    for term in terms:
        longer = f"{lines[-1]} + {term}" if lines and " + " not in lines[-1] else ""
        if longer and len(longer.replace(r"\cdot", "·")) <= MOST_CHARACTERS:
            lines[-1] = longer
        else:
            lines.append(term)
    return lines


def _weight_lines(steps: AttentionSteps, head: int, query: int, key: int) -> list[str]:
    """From a score to its weight."""
    place = head, query, key
    score, scaled = steps.scores[place], steps.scaled[place]
    lines = [rf"\text{{scaled}} &= {plain(score)} \cdot {factor(steps.scale)} = {plain(scaled)}"]
    if steps.bias is not None:
        total = steps.biased[place]
        lines.append(
            rf"\text{{with bias}} &= {plain(scaled)} + {signed(steps.bias[place])} = {plain(total)}"
        )
    if not np.isfinite(steps.masked[place]):
        lines.append(r"\text{masked} &= -\infty, \quad \text{weight} = e^{-\infty} = 0")
    else:
        heat = "" if steps.temperature == 1 else f" / {steps.temperature:g}"
        row = steps.masked[head, query]
        largest = float(row.max())
        total = float(np.exp((row - largest) / steps.temperature).sum())
        own = math.exp((float(steps.masked[place]) - largest) / steps.temperature)
        moved = f"{plain(steps.masked[place])} - {signed(largest)}"
        power = f"({moved}){heat}" if heat else moved
        lines.append(
            rf"\text{{weight}} &= \frac{{e^{{{power}}}}}{{\sum_j e^{{\ldots}}}}"
            rf" = \frac{{{own:.4f}}}{{{total:.4f}}}"
        )
        lines.append(rf"&= \mathbf{{{steps.weights[place]:.4f}}}")
    return lines


def plain(value: float) -> str:
    """A number as it stands in a cell, for LaTeX."""
    return _powers(number_text(float(value)).replace(MINUS, "-").replace("∞", r"\infty"))


def factor(value: float) -> str:
    """A number with four digits, in brackets when it is negative."""
    text = _powers(f"{value:.4g}")
    return f"({text})" if value < 0 else text


def _powers(text: str) -> str:
    """1.2e+04 as 1.2 times 10 to the fourth."""
    return EXPONENT.sub(lambda found: rf" \times 10^{{{int(found[1])}}}", text)


def signed(value: float) -> str:
    """The same, in brackets when it is negative."""
    text = plain(value)
    return f"({text})" if text.startswith("-") else text
