"""How well cross-attention finds the words that translate each other.

The measure is the alignment error rate of Och and Ney, "A Systematic Comparison of Various
Statistical Alignment Models" (2003): 1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|), here with every gold
link sure (S = P), as the bundled language knows all of its links.

A head proposes one link for each target word: to the source word with the largest weight, once the
weights of a word's pieces are summed over columns and averaged over rows. Only the words of the
sentence itself may be proposed, neither the task's prefix nor the end token. Which row belongs to
a target piece is a convention: the step that PREDICTS it, or the next step, which READS it. Both
are measured, because heads differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.attention import AttentionMaps, Floats
from explorer.attention_reduction import Unit, merge
from explorer.errors import ExplorerError
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.miniatures.language import Example
    from explorer.model import Seq2SeqModel

Rows = Literal["predicted", "read"]

ROWS: tuple[Rows, ...] = ("predicted", "read")

TIE = 1e-6
"""Weights that differ by no more than this part of theirs are equal: what parts them is rounding.
"""


@dataclass(frozen=True)
class AlignmentErrors:
    """The alignment error rate of every cross-attention head over some sentences.

    Attributes:
        predicted: (layer, head), with the rows of the steps that predict a word.
        read: (layer, head), with the rows of the steps that read it.
        sentences, links: how many sentences, and gold links in them.
    """

    predicted: NDArray[np.float64]
    read: NDArray[np.float64]
    sentences: int
    links: int

    def of(self, rows: Rows) -> NDArray[np.float64]:
        """The rates under one convention: (layer, head)."""
        return self.predicted if rows == "predicted" else self.read

    @property
    def best(self) -> tuple[float, Rows, int, int]:
        """The lowest rate, the convention it holds under, its layer and its head."""
        candidates: list[tuple[float, Rows, int, int]] = []
        for rows in ROWS:
            rates = self.of(rows)
            layer, head = divmod(int(rates.argmin()), rates.shape[1])
            candidates.append((float(rates[layer, head]), rows, layer, head))
        return min(candidates)


def error_rate(shared: NDArray[np.int64], proposed: int, sure: int) -> NDArray[np.float64]:
    """The alignment error rate: 0 when both hold the same links, 1 when they share none.

    Args:
        shared: how many links of a head are gold links, for each head: any shape.
        proposed: how many links a head proposes.
        sure: how many gold links there are.

    Raises:
        ExplorerError: there is no gold link.
    """
    if not sure:
        raise ExplorerError("There are 0 links to compare; give translations with aligned words.")
    return np.asarray(1 - 2 * shared / (proposed + sure))


def first_largest(weights: NDArray[Any]) -> NDArray[np.int64]:
    """The first of the largest weights, equals within rounding: (..., key) gives (...)."""
    return np.asarray((weights >= weights.max(-1, keepdims=True) * (1 - TIE)).argmax(-1))


def copied(example: "Example") -> "Example":
    """The English side of a translation as text to be said again: each word belongs to itself."""
    words = example.source_words
    text = " ".join(words)
    links = tuple((at, at) for at in range(len(words)))
    return replace(example, task="copy", source=text, target=text, target_words=words,
                   alignment=links)  # fmt: skip


def sentence_words(tokens: Tokens, skipped: int = 0) -> tuple[Unit, ...]:
    """The words of a text as white space parts them, punctuation included, without the first few.

    Args:
        tokens: the pieces.
        skipped: how many words at the start don't count, such as a task's prefix.
    """
    places: dict[int, list[int]] = {}
    starts = _starts(tokens)
    for place, word in enumerate(tokens.words):
        if word is not None:
            before = len((tokens.text[: starts[word]] + "x").split()) - 1
            places.setdefault(before, []).append(place)
    texts = tokens.text.split()
    return tuple(
        Unit(texts[number], tuple(pieces), number - skipped, False)
        for number, pieces in sorted(places.items())
        if number >= skipped
    )


def _starts(tokens: Tokens) -> list[int]:
    starts: list[int] = []
    position = 0
    for text in tokens.word_texts:
        position = tokens.text.index(text, position)
        starts.append(position)
        position += len(text)
    return starts


def proposed_links(
    maps: AttentionMaps, source: Sequence[Unit], target: Sequence[Unit], rows: Rows
) -> NDArray[np.int64]:
    """For every head and target word, the number of the source word with the largest weight.

    Args:
        maps: with cross-attention.
        source, target: the words that may be linked.
        rows: whether the row that predicts a piece counts for it, or the row that reads it.

    Returns:
        (layer, head, target word). A word whose last piece no step reads is judged by the others;
        one that no step reads at all is -1.
    """
    shift = 1 if rows == "read" else 0
    queries = maps.cross.shape[-2]
    units = [
        Unit(
            unit.text,
            tuple(p + shift for p in unit.pieces if p + shift < queries),
            unit.word,
            False,
        )
        for unit in target
    ]
    seen = [number for number, unit in enumerate(units) if unit.pieces]
    found = np.full((*maps.cross.shape[:2], len(target)), -1, dtype=np.int64)
    merged: Floats = merge(maps.cross, [units[number] for number in seen], source)
    # Two pieces of a word may each look at a word of their own: of equals, the first one counts.
    found[..., seen] = first_largest(merged)
    return found


def alignment_errors(model: "Seq2SeqModel", examples: Sequence["Example"]) -> AlignmentErrors:
    """The error rates of every cross-attention head on translations whose links are known.

    Each right answer is given to the decoder; the model's own may differ from it.

    Raises:
        ExplorerError: no example, or one without links.
    """
    from explorer.miniatures.language import PREFIXES

    layers, heads = model.facts.decoder_layers, model.facts.decoder_heads
    shared = {rows: np.zeros((layers, heads), dtype=np.int64) for rows in ROWS}
    proposed = dict.fromkeys(ROWS, 0)
    links = 0
    for example in examples:
        gold = set(example.alignment)
        links += len(gold)
        maps = model.attention(example.source, example.target, stacks=("cross",))
        source = sentence_words(maps.source, len(PREFIXES.get(example.task, "").split()))
        target = sentence_words(maps.target)
        for rows in ROWS:
            found = proposed_links(maps, source, target, rows)
            for number, unit in enumerate(target):
                for layer, head in np.ndindex(layers, heads):
                    choice = int(found[layer, head, number])
                    if choice >= 0:
                        shared[rows][layer, head] += (source[choice].word, unit.word) in gold
                proposed[rows] += int(found[0, 0, number] >= 0)
    rates = {rows: error_rate(shared[rows], proposed[rows], links) for rows in ROWS}
    return AlignmentErrors(rates["predicted"], rates["read"], len(examples), links)
