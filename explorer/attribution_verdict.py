"""Whether attention was a good explanation of a step: one plain sentence, by stated thresholds."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.attribution import METHOD_NAMES, METHODS, Attribution, Numbers, order_of
from explorer.tokens import visible

LITTLE = 0.1
"""A probability that keeps all but this share of itself has hardly fallen."""

BETTER = 0.1
"""The share of the area under random order that a method's curve must save to be better than it."""

EXPLAINS = 0.75
"""Attention explains a step if it saves at least this share of what the best method saves."""

EXPLAINS_IN_PART = 0.25
"""The same for an explanation in part."""

MOST_WORDS = 3
"""Words that a sentence names."""

MOST_LETTERS = 40
"""Letters of a word that a sentence shows."""

Kind = Literal["explains", "in part", "does not", "no order", "nothing", "against", "one word"]


@dataclass(frozen=True)
class Verdict:
    """What the deletion curves say about attention.

    Attributes:
        kind: "explains", "in part" and "does not" compare attention with the best method; "no
            order" is a step that no method explains better than random order; "nothing" and
            "against" are steps whose piece hardly loses, whatever word goes; "one word" is a
            source without anything to rank.
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
    if len(found.words) == 1:
        return Verdict(
            "one word",
            f"The source has only one word, {_named(found, (0,))}, so there is nothing to rank: "
            f"leaving it out takes the probability from {_number(own)} to "
            f"{_number(float(found.curves[0].probabilities[-1]))}.",
        )
    if lowest > (1 - LITTLE) * own:
        return _hardly_falls(found, lowest, highest)
    saved = {method: _saved(found, found.curve(method).area) for method in METHODS}
    best = max(METHODS, key=lambda method: saved[method])
    if saved[best] < BETTER:
        return Verdict(
            "no order",
            "No method named words that matter more than others: the area under the best curve "
            f"({METHOD_NAMES[best]}) is {_number(found.curve(best).area)}, and "
            f"{_number(found.random_area)} in random order; only many words together decide this "
            "step.",
        )
    share = saved["attention"] / saved[best]
    if share >= EXPLAINS:
        return Verdict("explains", _explains(found, lowest))
    in_part = share >= EXPLAINS_IN_PART
    begin = "Attention explained this step in part" if in_part else (
        "Attention did not explain this step"
    )  # fmt: skip
    attended, other = found.curve("attention"), found.curve(best)
    # Where the two differ most.
    count = int((attended.probabilities - other.probabilities).argmax())
    return Verdict(
        "in part" if in_part else "does not",
        f"{begin}: removing its {_first(found, attended.order[:count])} left the probability at "
        f"{_number(float(attended.probabilities[count]))} of {_number(own)}, while the "
        f"{_first(found, other.order[:count])} by {METHOD_NAMES[best]} took it to "
        f"{_number(float(other.probabilities[count]))}; random order left "
        f"{_number(float(found.random_mean[count]))}.",
    )


def _hardly_falls(found: Attribution, lowest: float, highest: float) -> Verdict:
    own = found.probability
    if highest > own + LITTLE:
        strongest = order_of(-found.left_out)[:1]
        return Verdict(
            "against",
            "No source word spoke for this piece: whatever was left out, its probability of "
            f"{_number(own)} hardly fell, and it rose to {_number(highest)}; the word that spoke "
            f"against it most is {_named(found, strongest)}.",
        )
    why = (
        "the piece follows from what was already written"
        if found.step
        else "the model begins so whatever it reads"
    )
    return Verdict(
        "nothing",
        "Nothing in the source decided this step: whatever was left out, the probability stayed "
        f"at {_number(lowest)} or more, and it is {_number(own)} with the whole text; {why}.",
    )


def _explains(found: Attribution, lowest: float) -> str:
    curve, halfway = found.curve("attention"), (found.probability + lowest) / 2
    count = _needed(curve.probabilities, halfway) or int(curve.probabilities.argmin())
    by_chance = _needed(found.random_mean, halfway)
    random = (
        f"needed {by_chance}"
        if by_chance is not None and by_chance > count
        else f"left {_number(float(found.random_mean[count]))}"
    )
    return (
        f"Attention named the words that mattered: removing its "
        f"{_first(found, curve.order[:count])} took the probability from "
        f"{_number(found.probability)} to {_number(float(curve.probabilities[count]))}; random "
        f"order {random}."
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


def _number(probability: float) -> str:
    """Two decimals, or one digit where those would hide a small one."""
    if probability >= 0.095:
        return f"{probability:.2f}"
    return f"{probability:.1g}" if probability >= 1e-4 else "under 0.0001"
