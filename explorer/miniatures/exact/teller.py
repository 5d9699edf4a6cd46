"""Telling a text: every choice has a probability, and every word its place.

A grammar is a plain function of a `Teller`: it asks for choices and says words, from left to
right. A `Narrator` makes the choices at random, which gives a text; the reader of `reading.py`
follows a text that is given.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from string import ascii_lowercase
from typing import TypeVar

from explorer.miniatures.language.clause import Clause
from explorer.miniatures.language.documents import KNOWN_NAMES
from explorer.miniatures.language.novelty import combination, is_held_out, word_is_held_out

Item = TypeVar("Item")
Value = TypeVar("Value")
Forms = Callable[[Item], Collection[str]]
"""The words in small letters of which one is said soon, within `reading.NEAR` tokens, if an item is
picked."""

NEW_WORD_LENGTHS = (4, 5, 6, 7, 8, 9)
"""Letters of an invented name, each number as likely."""


MOST_ATTEMPTS = 2_000
"""Clauses that are told in vain before a text is given up."""


class DeadEndError(Exception):
    """Of all that can be said next, nothing belongs to the wanted part."""


class Teller(ABC):
    """One run through a grammar. `tokens`: the words and marks said so far."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self._capital = True

    @abstractmethod
    def weighted(self, options: Sequence[tuple[float, Item]]) -> Item:
        """One of the items, with its probability; the probabilities sum to 1."""

    @abstractmethod
    def pick(self, items: Sequence[Item], forms: "Forms[Item] | None" = None) -> Item:
        """One of the items, each as likely."""

    @abstractmethod
    def new_name(self) -> str:
        """A name that nobody has heard: small letters at random, then a capital."""

    @abstractmethod
    def part(self, make: Callable[[], tuple[Clause, Value]]) -> tuple[Clause, Value]:
        """A clause, told by a function; a narrator tells again what belongs to the other part."""

    @abstractmethod
    def _said(self, token: str) -> None:
        """A word or mark in its final form has been said."""

    def chance(self, share: float) -> bool:
        """True with the given probability."""
        return self.weighted(((share, True), (1 - share, False)))

    def say(self, words: str) -> None:
        """Say words that are separated by spaces; the first word of a sentence gets a capital."""
        for word in words.split():
            if self._capital:
                word = word[0].upper() + word[1:]
                self._capital = False
            self._said(word)

    def mark(self, mark: str) -> None:
        """Say a punctuation mark; after a full stop, `!` or `?` a new sentence begins."""
        self._said(mark)
        self._capital = mark != ","


class Narrator(Teller):
    """Makes the choices at random.

    Args:
        rng: where the choices come from.
        heldout: the part of the combinations and of the invented names that is told; None for
            both, which is the grammar itself.
    """

    def __init__(self, rng: random.Random, heldout: bool | None) -> None:
        super().__init__()
        self._rng = rng
        self._heldout = heldout

    def weighted(self, options: Sequence[tuple[float, Item]]) -> Item:
        """One of the items."""
        point = self._rng.random()
        for share, item in options:
            point -= share
            if point < 0:
                return item
        return options[-1][1]

    def pick(self, items: Sequence[Item], forms: "Forms[Item] | None" = None) -> Item:
        """One of the items."""
        return items[int(self._rng.random() * len(items))]

    def new_name(self) -> str:
        """Letters at random, from the wanted part."""
        while True:
            letters = self._rng.choice(NEW_WORD_LENGTHS)
            word = "".join(self._rng.choices(ascii_lowercase, k=letters))
            wanted = self._heldout is None or word_is_held_out(word) == self._heldout
            if wanted and word.capitalize() not in KNOWN_NAMES:
                return word.capitalize()

    def part(self, make: Callable[[], tuple[Clause, Value]]) -> tuple[Clause, Value]:
        """A clause from the wanted part.

        Raises:
            DeadEndError: there is none, as far as many attempts can tell.
        """
        begin, capital = len(self.tokens), self._capital
        for _ in range(MOST_ATTEMPTS):
            clause, value = make()
            key = combination(clause.lemmas())
            if self._heldout is None or is_held_out(key) == self._heldout:
                return clause, value
            del self.tokens[begin:]
            self._capital = capital
        raise DeadEndError

    def _said(self, token: str) -> None:
        self.tokens.append(token)
