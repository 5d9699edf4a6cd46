"""Which source words made the model say a piece: three answers, and how far they agree.

Attention tells where the model looked, input x gradient what a small change of a word would do, and
leaving a word out what really happens without it. None of them is the truth; the deletion curves
show which one names the words that the piece depends on. Plain NumPy and tokens; the work is done
in `explorer.attribution_methods`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.attention_reduction import Unit
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.attribution_verdict import Verdict

Numbers = NDArray[np.float64]
Method = Literal["attention", "gradient", "left_out"]

METHODS: tuple[Method, ...] = ("attention", "gradient", "left_out")

METHOD_NAMES: dict[Method, str] = {
    "attention": "cross-attention",
    "gradient": "input × gradient",
    "left_out": "leaving words out",
}
"""The methods as people read them."""

TIE = 1e-4
"""Scores that differ by less than about this share of the largest are ties: float32 rounds."""

Removed = frozenset[int]
"""The numbers of the words that are not there."""


@dataclass(frozen=True)
class DeletionCurve:
    """The probability of the piece while words go, the most important of a method first.

    Attributes:
        method: which method named the order.
        order: places in `Attribution.words`, the first to go first.
        probabilities: (removal,): of the piece after 0, 1, 2, ... words are gone, all at last.
    """

    method: Method
    order: tuple[int, ...]
    probabilities: Numbers

    @property
    def area(self) -> float:
        """The area under the curve; see `area`. The lower, the better the method explains."""
        return float(area(self.probabilities))


@dataclass(frozen=True)
class Agreement:
    """How alike two methods rank the words.

    Attributes:
        first, second: the methods.
        spearman: rank correlation, from -1 (opposite) to 1 (the same order); None where a method
            gives all words the same score, or there are fewer than two.
    """

    first: Method
    second: Method
    spearman: float | None


@dataclass(frozen=True)
class Attribution:
    """Which source words made the model say one piece.

    Step i is the step that PREDICTS target piece i; what was written before it is kept as it is.
    Words are the source's own; the pieces around the text (end token, language) stay where they
    are in every pass and are not ranked. What a person types as `<mask>` or `<extra_id_0>` is a
    word.

    Laws: `piece_attention` sums to 1; `piece_gradient` summed over the pieces of a word is
    `gradient`; every deletion curve begins at `probability`, and all end at the same value.

    Attributes:
        text: what was asked.
        source: the pieces that the encoder read.
        target: the pieces that the decoder predicts.
        step: which of them is explained.
        layer, head: whose cross-attention; None is the mean over all.
        absolute: whether input x gradient ranks words by its size, whatever the sign.
        words: the words that are ranked, in the order of the text.
        log_probability: of the piece with the whole source, in nats.
        piece_attention: (source,): weights of the step.
        piece_gradient: (source,): input x gradient, signed, in nats.
        attention: (word,): the weights of its pieces, summed.
        gradient: (word,): input x gradient of its pieces, summed, signed, in nats.
        left_out: (word,): how far the log-probability falls without the word, in nats; below 0
            where the word spoke against the piece.
        curves: one for each of `METHODS`.
        random_orders: places in `words`, drawn by chance.
        random_probabilities: (order, removal): the curves of these orders.
    """

    text: str
    source: Tokens
    target: Tokens
    step: int
    layer: int | None
    head: int | None
    absolute: bool
    words: tuple[Unit, ...]
    log_probability: float
    piece_attention: Numbers
    piece_gradient: Numbers
    attention: Numbers
    gradient: Numbers
    left_out: Numbers
    curves: tuple[DeletionCurve, ...]
    random_orders: tuple[tuple[int, ...], ...]
    random_probabilities: Numbers

    @property
    def piece(self) -> str:
        """The explained piece as people read it."""
        return self.target.display[self.step]

    @property
    def probability(self) -> float:
        """Of the piece with the whole source."""
        return float(np.exp(self.log_probability))

    @property
    def verdict(self) -> "Verdict":
        """Whether attention explained the step, as one plain sentence."""
        from explorer.attribution_verdict import verdict

        return verdict(self)

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """Spearman's rank correlation of each pair of methods."""
        return tuple(
            Agreement(first, second, spearman(self.scores(first), self.scores(second)))
            for first, second in combinations(METHODS, 2)
        )

    @property
    def random_mean(self) -> Numbers:
        """(removal,): the mean curve of the random orders."""
        return np.asarray(self.random_probabilities.mean(0))

    @property
    def random_area(self) -> float:
        """The area under the mean curve of the random orders."""
        return float(area(self.random_mean))

    def scores(self, method: Method) -> Numbers:
        """(word,): what a method ranks the words by, the most important highest."""
        if method == "gradient":
            return np.abs(self.gradient) if self.absolute else self.gradient
        return self.attention if method == "attention" else self.left_out

    def curve(self, method: Method) -> DeletionCurve:
        """The deletion curve of one method."""
        return self.curves[METHODS.index(method)]


def area(probabilities: Numbers) -> Numbers:
    """The area under deletion curves (..., removal) by the trapezoidal rule, from 0 to 1.

    The curve is drawn over the share of words removed, from 0 to 1, so the area is the mean
    probability on the way.
    """
    return np.asarray((probabilities[..., 1:] + probabilities[..., :-1]).mean(-1) / 2)


def order_of(scores: Numbers) -> tuple[int, ...]:
    """Places from the highest score to the lowest; ties in the order of the text."""
    return tuple(np.argsort(-_rounded(scores), kind="stable").tolist())


def ranks(scores: Numbers) -> Numbers:
    """The rank of each score from 1 upwards; ties share the mean of their ranks."""
    _, place, count = np.unique(_rounded(scores), return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place])


def _rounded(scores: Numbers) -> Numbers:
    """The scores as multiples of the smallest difference that counts."""
    largest = float(np.abs(scores).max(initial=0.0))
    return np.round(scores / (largest * TIE)) if largest else scores


def spearman(first: Numbers, second: Numbers) -> float | None:
    """The linear correlation of the ranks; None where there is none, as all are tied."""
    centred = [ranks(scores) - (len(scores) + 1) / 2 for scores in (first, second)]
    spread = float(np.sqrt((centred[0] @ centred[0]) * (centred[1] @ centred[1])))
    return float(centred[0] @ centred[1]) / spread if spread else None


def removals(order: Sequence[int]) -> tuple[Removed, ...]:
    """What is gone after 0, 1, 2, ... removals in this order: `len(order) + 1` sets."""
    return tuple(accumulate(order, lambda gone, word: gone | {word}, initial=frozenset[int]()))


def removed_sets(count: int, orders: Iterable[Sequence[int]]) -> tuple[Removed, ...]:
    """Everything that must be removed once: no word, each alone, and what the orders pass."""
    alone = [frozenset[int](), *(frozenset([word]) for word in range(count))]
    passed = (gone for order in orders for gone in removals(order))
    return tuple(dict.fromkeys([*alone, *passed]))
