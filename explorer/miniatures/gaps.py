"""Gaps in unseen texts, and what the exact grammar says of the word that is missing.

A gap is *determined* if the rest of the text leaves one word for it. That is no opinion: the
grammar is searched for every word with which the text would be one of its texts, and there is no
second one. All other gaps are *open*; the grammar gives each word that fits its probability.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from explorer.miniatures.exact import determines, draw, fillers, joined, split
from explorer.miniatures.language import clause_vocabulary

REPEATED, RULED = "repeated", "ruled"
"""Why a word is determined: it stands elsewhere in the text, or a rule asks for it."""


@dataclass(frozen=True)
class Gap:
    """A text of which one word is hidden.

    Attributes:
        tokens: the words and marks of the text, the hidden word included.
        place: the place of the hidden word.
        fillers: every word that fits, with its probability given the rest of the text; most
            probable first. One word with probability 1 where the gap is determined.
    """

    tokens: tuple[str, ...]
    place: int
    fillers: tuple[tuple[str, float], ...]

    @property
    def word(self) -> str:
        """The hidden word."""
        return self.tokens[self.place]

    @property
    def probability(self) -> float:
        """The probability of the hidden word given the rest of the text."""
        return dict(self.fillers)[self.word]

    @property
    def kind(self) -> str:
        """`REPEATED` if the word also stands elsewhere in the text, else `RULED`."""
        others = (token.lower() for i, token in enumerate(self.tokens) if i != self.place)
        return REPEATED if self.word.lower() in others else RULED

    def text(self, mask: str) -> str:
        """The text with a mask in place of the word."""
        return joined([*self.tokens[: self.place], mask, *self.tokens[self.place + 1 :]])


@cache
def unseen_gaps(
    count: int, determined: bool, seed: int, pieces: frozenset[str] | None = None
) -> tuple[Gap, ...]:
    """Always the same gaps, each in another text of the part that training never draws from.

    Args:
        count: how many.
        determined: whether the rest of the text leaves one word for the gap, or several.
        seed: another seed gives other gaps.
        pieces: the words that are one piece to a model; without them any word of the language.
    """
    rng = random.Random(f"{seed} gaps {determined}")
    found: list[Gap] = []
    while len(found) < count:
        tokens = split(draw(rng, True))
        for place in _places(rng, tokens, pieces):
            if determines(tokens, place) == determined:
                words = {tokens[place]: 1.0} if determined else fillers(tokens, place)
                found.append(Gap(tokens, place, tuple(words.items())))
                break
    return tuple(found)


def _places(
    rng: random.Random, tokens: tuple[str, ...], pieces: frozenset[str] | None = None
) -> Iterator[int]:
    """The places of the words that can be hidden, in random order.

    An invented name is several pieces, wherever it stands, and no word of the list. A word of the
    list that is rarely the first of a text is several pieces where it is.
    """
    words = _words() if pieces is None else _words() & pieces
    places = [place for place, token in enumerate(tokens) if token in words]
    rng.shuffle(places)
    yield from places


@cache
def _words() -> frozenset[str]:
    """The words of the language without an apostrophe, as they stand inside and as first word."""
    words = [word for word in clause_vocabulary() if word.isalpha()]
    return frozenset((*words, *(word[0].upper() + word[1:] for word in words)))
