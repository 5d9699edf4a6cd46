"""What the exact grammar says of a text, of a gap in it, and of what comes next."""

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


def following(tokens: Sequence[str]) -> dict[str, float]:
    """Every word or mark that can come next, with its probability; `END` where a text may end."""
    return _shares(ways(tell, tokens, open_end=True))


def _shares(found: Iterable[tuple[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for word, probability in found:
        sums[word] = sums.get(word, 0.0) + probability
    total = math.fsum(sums.values())
    return {word: share / total for word, share in sorted(sums.items(), key=lambda item: -item[1])}
