"""Whether attention was a good explanation of a step: one plain sentence, by stated thresholds."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.attribution import METHOD_NAMES, METHODS, Attribution, Method, Numbers, order_of
from explorer.probabilities import percent
from explorer.tokens import visible

IMPROBABLE = 0.01
"""Below this probability nothing spoke for a piece, and its curves have little to lose."""

LITTLE = 0.1
"""A probability has hardly changed while the smaller keeps all but this share of the larger."""

BETTER = 0.1
"""The share of the area under random order that a method's curve must save to be better than it."""

EXPLAINS = 0.75
"""Attention explains a step if it saves at least this share of what the best method saves."""

EXPLAINS_IN_PART = 0.25
"""The same for an explanation in part."""

MOST_WORDS = 3
"""Words that a sentence names, and that are few in any longer text."""

FEW = 0.25
"""The share of the words of a long text that are few."""

MOST_LETTERS = 40
"""Letters of a word that a sentence shows."""

ROUNDING = 1e-9
"""The mean of equal numbers differs from them by less than this share."""

Kind = Literal[
    "explains",
    "in part",
    "does not",
    "no order",
    "nothing",
    "against",
    "too improbable",
    "one word",
]


@dataclass(frozen=True)
class Verdict:
    """What the deletion curves say about attention.

    Law: every number of the sentence stands in the attribution, and a verb says which way the
    probability went: "took" and "raised" where it changed clearly, "left" and "hardly moved"
    where it did not.

    Attributes:
        kind: "explains", "in part" and "does not" compare attention with the best method; "no
            order" is a step for which no method names a few words that count more than any others;
            "nothing" and "against" are steps whose piece hardly loses, whatever word goes; "too
            improbable" is a piece that the model would hardly say; "one word" is a source without
            anything to rank.
        sentence: the same for people, with the numbers.
    """

    kind: Kind
    sentence: str


def verdict(found: Attribution) -> Verdict:
    """Whether attention explained a step, derived from the deletion curves alone."""
    own = found.probability
    everything = np.concatenate(
        [
            np.exp(found.log_probability - found.left_out),
            *(curve.probabilities for curve in found.curves),
            found.random_probabilities.ravel(),
        ]
    )
    lowest, highest = float(everything.min()), float(everything.max())
    if own < IMPROBABLE:
        return _improbable(found, highest)
    if len(found.words) == 1:
        return Verdict(
            "one word",
            f"The source has only one word, {_named(found, (0,))}, so there is nothing to rank: "
            f"leaving it out {_moved(own, float(found.curves[0].probabilities[-1]))}.",
        )
    if not falls(own, lowest):
        return _hardly_falls(found, lowest, highest)
    saved = {method: _saved(found, found.curve(method).area) for method in METHODS}
    naming = [
        method
        for method in METHODS
        if saved[method] >= BETTER and _falls_soon(found, found.curve(method).probabilities)
    ]
    if not naming:
        return _no_order(found, max(METHODS, key=lambda method: saved[method]))
    best = max(naming, key=lambda method: saved[method])
    share = saved["attention"] / saved[best] if "attention" in naming else 0.0
    if share >= EXPLAINS:
        return Verdict("explains", _explains(found, lowest))
    return _compared(found, best, share >= EXPLAINS_IN_PART)


def falls(before: float, after: float) -> bool:
    """Whether a probability is clearly lower than before; the other way round, clearly higher."""
    return after < (1 - LITTLE) * before


def few(words: int) -> int:
    """How many words of a text are few: three, a quarter of a long one, half of a short one."""
    return max(1, min(words // 2, max(MOST_WORDS, int(FEW * words))))


def _falls_soon(found: Attribution, probabilities: Numbers) -> bool:
    return falls(found.probability, float(probabilities[: few(len(found.words)) + 1].min()))


def _improbable(found: Attribution, highest: float) -> Verdict:
    own = found.probability
    rose = (
        f"leaving words out raised it to {percent(highest)} at most"
        if falls(highest, own) and percent(highest) != percent(own)
        else "leaving words out did not make it probable"
    )
    return Verdict(
        "too improbable",
        f"The model would hardly say this piece: its probability is {percent(own)} with the whole "
        f"text, too little to tell which words spoke for it; {rose}.",
    )


def _hardly_falls(found: Attribution, lowest: float, highest: float) -> Verdict:
    own = found.probability
    if falls(highest, own):
        (strongest,) = order_of(-found.left_out)[:1]
        alone = float(np.exp(found.log_probability - found.left_out[strongest]))
        against = (
            f"the word that spoke against it most is {_named(found, (strongest,))}"
            if falls(alone, own)
            else "only several words together spoke against it"
        )
        return Verdict(
            "against",
            "No source word spoke for this piece: whatever was left out, its probability of "
            f"{percent(own)} hardly fell, and it rose to {percent(highest)}; {against}.",
        )
    why = (
        "the piece follows from what was already written"
        if found.step
        else "the model begins so whatever it reads"
    )
    return Verdict(
        "nothing",
        "Nothing in the source decided this step: whatever was left out, the probability stayed "
        f"at {percent(lowest)} or more, and it is {percent(own)} with the whole text; {why}.",
    )


def _no_order(found: Attribution, best: Method) -> Verdict:
    own, curve, count = found.probability, found.curve(best), few(len(found.words))
    (strongest,) = order_of(found.left_out)[:1]
    alone = float(np.exp(found.log_probability - found.left_out[strongest]))
    rest = (
        f"without {_named(found, (strongest,))} alone it is {percent(alone)}"
        if falls(own, alone)
        else "no word decides this step alone"
    )
    return Verdict(
        "no order",
        "No method named a few words that matter more than others: removing the "
        f"{_first(found, curve.order[:count])} by {METHOD_NAMES[best]} "
        f"{_moved(own, float(curve.probabilities[count]))}, and as many in random order "
        f"{_moved_it(own, float(found.random_mean[count]))}; {rest}.",
    )


def _compared(found: Attribution, best: Method, in_part: bool) -> Verdict:
    own, attended, other = found.probability, found.curve("attention"), found.curve(best)
    # Where the two differ most; where the other one fell, if it was ahead there.
    ahead = attended.probabilities - other.probabilities
    fell = (ahead > 0) & (other.probabilities < (1 - LITTLE) * own)
    count = int(np.where(fell, ahead, -1.0).argmax() if fell.any() else ahead.argmax())
    begin = (
        "Attention explained this step in part"
        if in_part
        else "Attention did not explain this step"
    )
    return Verdict(
        "in part" if in_part else "does not",
        f"{begin}: removing its {_first(found, attended.order[:count])} "
        f"{_moved(own, float(attended.probabilities[count]))}, while the "
        f"{_first(found, other.order[:count])} by {METHOD_NAMES[best]} "
        f"{_moved_it(own, float(other.probabilities[count]))}; random order "
        f"{_moved_it(own, float(found.random_mean[count]))}.",
    )


def _explains(found: Attribution, lowest: float) -> str:
    own, curve = found.probability, found.curve("attention")
    soon = curve.probabilities[: few(len(found.words)) + 1]
    count = _needed(soon, (own + lowest) / 2) or int(soon.argmin())
    reached = float(soon[count])
    by_chance = _needed(found.random_mean, reached * (1 + ROUNDING))
    random = (
        f"needed {by_chance} for that"
        if by_chance is not None and by_chance > count
        else _moved_it(own, float(found.random_mean[count]))
    )
    return (
        f"Attention named the words that mattered: removing its "
        f"{_first(found, curve.order[:count])} {_moved(own, reached)}; random order {random}."
    )


def _saved(found: Attribution, area: float) -> float:
    """The share of the area under random order that a curve does without."""
    return 1 - area / found.random_area if found.random_area else 0.0


def _needed(probabilities: Numbers, threshold: float) -> int | None:
    """How many words must go until the probability is at most the threshold."""
    reached = np.flatnonzero(probabilities <= threshold)
    return int(reached[0]) if len(reached) else None


def _first(found: Attribution, order: tuple[int, ...]) -> str:
    word = "first word" if len(order) == 1 else f"first {len(order)} words"
    return f"{word} ({_named(found, order)})"


def _named(found: Attribution, order: tuple[int, ...]) -> str:
    names = [f"“{visible(found.words[word].text[:MOST_LETTERS])}”" for word in order[:MOST_WORDS]]
    return ", ".join(names) + (", …" if len(order) > MOST_WORDS else "")


def _moved(before: float, after: float) -> str:
    """What became of the probability, which was not told yet."""
    if falls(before, after) or falls(after, before):
        verb = "took" if after < before else "raised"
        return f"{verb} the probability from {percent(before)} to {percent(after)}"
    if percent(after) == percent(before):
        return f"left the probability at {percent(after)}"
    return f"hardly moved the probability, from {percent(before)} to {percent(after)}"


def _moved_it(before: float, after: float) -> str:
    """The same for a probability that was told."""
    if falls(before, after):
        return f"took it to {percent(after)}"
    verb = "raised it to" if falls(after, before) else "left it at"
    return f"{verb} {percent(after)}"
