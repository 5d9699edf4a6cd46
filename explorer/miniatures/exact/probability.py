"""What the exact grammar says of a text, and of a gap in it."""

import math
import re
from collections.abc import Iterable, Sequence

from explorer.miniatures.exact.reading import ways
from explorer.miniatures.exact.texts import text as tell

_TOKEN = re.compile(r"[.,!?]|[^\s.,!?]+")


def split(text: str) -> tuple[str, ...]:
    """The words and marks of a text."""
    return tuple(_TOKEN.findall(text))


def log_probability(text: str) -> float:
    """The natural logarithm of the probability of a text, over all ways of telling it.

    Minus infinity for a text that the grammar does not tell.
    """
    total = math.fsum(probability for _, probability in ways(tell, split(text)))
    return math.log(total) if total else -math.inf


def fillers(tokens: Sequence[str], place: int) -> dict[str, float]:
    """Every word that can stand at a place of a text, with its probability given all the others.

    Most probable first. `ANY_NEW_WORD` stands for the invented names that the rest does not hold.
    Empty if no word makes it a text of the grammar.
    """
    return _shares(ways(tell, tokens, gap=place))


def determines(tokens: Sequence[str], place: int) -> bool:
    """Whether the rest of a text leaves only one word for a place, its own.

    Every other word of the vocabulary, and every invented name, would make it no text of the
    grammar: the search ends with the first that would not.
    """
    return all(word == tokens[place] for word, _ in ways(tell, tokens, gap=place))


def _shares(found: Iterable[tuple[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for word, probability in found:
        sums[word] = sums.get(word, 0.0) + probability
    total = math.fsum(sums.values())
    return {word: share / total for word, share in sorted(sums.items(), key=lambda item: -item[1])}
