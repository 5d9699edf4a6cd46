"""The formulas of a footprint as LaTeX, with the numbers of one model filled in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.cards import ModelCard
from explorer.families import Shape, read_shape
from explorer.footprint import (
    ALLOCATOR_SHARE,
    NUMBER_BYTES,
    SCALE_BYTES,
    SCORE_BYTES,
    SCORE_COPIES,
    Footprint,
    decoder_width,
    encoder_width,
    matrices,
)
from explorer.parameter_counts import count_buffers
from explorer.sizes import bytes_text, count_text

LINE_LETTERS = 32
"""Letters of a formula that stand beside each other even on a phone."""


@dataclass(frozen=True)
class Formula:
    """One figure: what it is, its formula, and the same with numbers.

    Attributes:
        title: what is computed.
        parts: what letters stand for sums of their own: the letter, its formula, and its value.
        symbols: the sum in letters, term by term.
        numbers: the same terms with this model's numbers; they add up to `value`.
        value: the figure, rounded to a whole number.
        shown: the figure for people.
        letters: what the letters mean.
    """

    title: str
    parts: tuple[tuple[str, str, int], ...]
    symbols: tuple[str, ...]
    numbers: tuple[str, ...]
    value: int
    shown: str
    letters: str

    def latex(self) -> str:
        """Both sums below each other, a line for each term: narrow enough for a phone."""
        lines = [f"& {letter} = {sum} = {_number(value)}" for letter, sum, value in self.parts]
        symbols = _joined(self.symbols)
        if sum(map(_width, symbols)) <= LINE_LETTERS:
            symbols = [" ".join(symbols)]
        lines += [f"& {term}" for term in symbols]
        lines += [f"& {term}" for term in _joined(self.numbers, "=")]
        lines.append(rf"& = {_number(self.value)}")
        return "\\small\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}\\;"


def formulas(card: ModelCard, found: Footprint) -> tuple[Formula, ...]:
    """Parameters, weights, cache, reading, writing and peak of one footprint."""
    shape = read_shape(card.configuration)
    return (
        _parameters(shape, found),
        _weights(shape, found),
        _cache(shape, found),
        _reading(shape, found),
        _writing(shape, found),
        _peak(found),
    )


def _parameters(shape: Shape, found: Footprint) -> Formula:
    d, vocabulary = shape.d_model, shape.vocabulary_size
    symbols = ["V d" if shape.tied_embeddings else "2 V d"]
    numbers = [_product(*([] if shape.tied_embeddings else [2]), vocabulary, d)]
    parts: list[tuple[str, str, int]] = []
    whole: list[tuple[str, str, int]] = []
    letters = f"V = {vocabulary:,} pieces of the vocabulary, d = {d:,} is the model's width"
    relative, inputs = bool(shape.relative_buckets), 3 if shape.gated else 2
    for name, attentions, layers, inner, f in (
        ("e", 1, shape.encoder_layers, encoder_width(shape), shape.encoder_feed_forward),
        ("d", 2, shape.decoder_layers, decoder_width(shape), shape.decoder_feed_forward),
    ):
        attention = 4 * d * inner if relative else 4 * (d * d + d)
        inside = inputs * d * f + (0 if relative else f + d)
        norms = (attentions + 1) * (1 if relative else 2)
        parts.append((f"A_{name}", "4 d i" if relative else "4 (d^2 + d)", attention))
        parts.append((f"F_{name}", f"{inputs} d f" + ("" if relative else " + f + d"), inside))
        many = "" if attentions == 1 else f"{attentions} "
        layer = attentions * attention + inside + norms * d
        whole.append((name.upper(), f"{many}A_{name} + F_{name} + {norms} d", layer))
        symbols.append(f"L_{name} {name.upper()}")
        numbers.append(_product(layers, layer))
        stack = "encoder" if name == "e" else "decoder"
        letters += f"; {stack}: {layers} layers, i = {inner:,} of all heads, f = {f:,} inside"
    letters += "; A: one attention, F: one feed-forward part, E and D: one whole layer"
    # Both stacks alike need one line for each.
    if parts[0][2] == parts[2][2] and parts[1][2] == parts[3][2]:
        parts = [(letter[0], sum, value) for letter, sum, value in parts[:2]]
        whole = [(name, re.sub(r"([AF])_[ed]", r"\1", sum), value) for name, sum, value in whole]
    if relative:
        symbols += ["2 B h", "2 d"]
        numbers += [_product(2, shape.relative_buckets, shape.encoder_heads), _product(2, d)]
        letters += f"; B = {shape.relative_buckets} buckets of distance, h heads"
    else:
        norms = 4 * (shape.family.embedding_norms + shape.family.last_norms)
        if norms:
            symbols.append(f"{norms} d")
            numbers.append(_product(norms, d))
        if shape.family.positions_are_weights:
            symbols.append("2 T d")
            numbers.append(_product(2, shape.position_rows, d))
            letters += f"; T = {shape.position_rows:,} rows of a table of positions"
    return Formula(
        "Parameters", (*parts, *whole), tuple(symbols), tuple(numbers), found.parameters,
        count_text(found.parameters), letters,
    )  # fmt: skip


def _weights(shape: Shape, found: Footprint) -> Formula:
    tables = count_buffers(shape)
    letters = "P: parameters, Q: numbers in fixed tables, b: bytes of a number"
    both = f"{_number(found.parameters)} + {_number(tables)}"
    number = NUMBER_BYTES[found.precision]
    symbols, numbers = ["(P + Q) b"], [rf"({both}) \cdot {number}"]
    if found.precision == "int8":
        inside, rows = matrices(shape)
        symbols = ["M", f"{SCALE_BYTES} R", "(P + Q) b", "- M b"]
        numbers = [
            _number(inside),
            _product(SCALE_BYTES, rows),
            rf"({both}) \cdot {number}",
            f"- {_product(inside, number)}",
        ]
        letters += (
            ", M: numbers in matrices inside the layers, a byte each, R: rows of these, each with "
            "a scale of four bytes; all else has 16 bits"
        )
    return Formula(
        "Weights", (), tuple(symbols), tuple(numbers), found.weights_bytes,
        bytes_text(found.weights_bytes), letters,
    )  # fmt: skip


def _cache(shape: Shape, found: Footprint) -> Formula:
    both = f"({_number(found.target_tokens)} + {_number(found.source_tokens)})"
    start = _product(2, shape.decoder_layers, found.beams, decoder_width(shape))
    return Formula(
        "KV cache",
        (),
        (r"2 L_d k i (m + n) b",),
        (rf"{start} \cdot {both} \cdot {NUMBER_BYTES[found.precision]}",),
        found.cache_bytes,
        bytes_text(found.cache_bytes),
        "2: keys and values, L: layers of the decoder, k: beams, i: width of all heads together, "
        "m: pieces written, n: pieces read. Cross-attention keeps those read, the decoder's own "
        "attention those written",
    )


def _reading(shape: Shape, found: Footprint) -> Formula:
    n, d, inner = found.source_tokens, shape.d_model, encoder_width(shape)
    f, h, b = shape.encoder_feed_forward, shape.encoder_heads, NUMBER_BYTES[found.precision]
    inputs = 3 if shape.gated else 2
    biased = bool(shape.relative_buckets)
    attention = n * (2 * d + 4 * inner) + 2 * h * n**2 * biased
    symbols, numbers = (
        ["n (2 d + 4 i) b"],
        [rf"{_number(n)}({_product(2, d)} + {_product(4, inner)}) \cdot {b}"],
    )
    copies, what = 2, "in the attention of a layer"
    if attention * b != found.reading_bytes:
        symbols, numbers = (
            [f"n (2 d + {inputs} f) b"],
            [rf"{_number(n)}({_product(2, d)} + {_product(inputs, f)}) \cdot {b}"],
        )
        copies, what = 1, "in the feed-forward part of a layer"
    if biased:
        symbols.append("h n^2 b" if copies == 1 else "2 h n^2 b")
        numbers.append(_product(*([2] if copies == 2 else []), h, n, n, b))
    return Formula(
        "While it reads", (), tuple(symbols), tuple(numbers), found.reading_bytes,
        bytes_text(found.reading_bytes),
        f"The widest moment is {what}" + (
            "; h n²: the position bias, one number for each head, query and key" if biased else
            "; its attention is fused and never holds all scores"
        ),
    )  # fmt: skip


def _writing(shape: Shape, found: Footprint) -> Formula:
    n, k, d, b = found.source_tokens, found.beams, shape.d_model, NUMBER_BYTES[found.precision]
    longest = max(n, found.target_tokens)
    scores = SCORE_COPIES * SCORE_BYTES
    return Formula(
        "While it writes",
        (),
        ("C", "k n d b", r"k i \max(n, m)\, b", f"{scores} k V"),
        (
            _number(found.cache_bytes),
            _product(k, n, d, b),
            _product(k, decoder_width(shape), longest, b),
            _product(scores, k, shape.vocabulary_size),
        ),
        found.writing_bytes,
        bytes_text(found.writing_bytes),
        "C: the cache, then for each of the k beams: the encoder's output, one tensor of the cache "
        f"that is copied as it grows, and {SCORE_COPIES} copies of the scores over the vocabulary",
    )


def _peak(found: Footprint) -> Formula:
    working = max(found.reading_bytes, found.writing_bytes)
    return Formula(
        "Peak",
        (),
        ("W", rf"{1 + ALLOCATOR_SHARE:g} \max(E, D)"),
        (_number(found.weights_bytes), rf"{1 + ALLOCATOR_SHARE:g} \cdot {_number(working)}"),
        found.peak_bytes,
        bytes_text(found.peak_bytes),
        f"W: weights, E: while it reads, D: while it writes. The {1 + ALLOCATOR_SHARE:g}: freed "
        "memory that is not given back at once",
    )


def _joined(terms: Sequence[str], before: str = "") -> list[str]:
    signs = [before, *("" if term.startswith("-") else "+" for term in terms[1:])]
    return [f"{sign} {term}".strip() for sign, term in zip(signs, terms, strict=True)]


def _width(latex: str) -> int:
    """About how many letters a formula shows."""
    return len(re.sub(r"[\\{}^_ ]", "", latex))


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "{,}")


def _product(*factors: int) -> str:
    return r" \cdot ".join(_number(factor) for factor in factors)
