"""Reading with a grammar: the exact probability of a text, of a gap in it, of what comes next.

A `Reader` follows a given text through the grammar that tells it: it tries every choice and drops
a way as soon as a word differs. The sum over the ways that remain is the exact probability of the
text, however many ways lead to it.

Laws: the probabilities of all texts sum to 1; the words that can fill a gap, or come next, have
the probabilities that the grammar gives them, no more and no fewer words.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from string import ascii_lowercase

from explorer.miniatures.exact.teller import NEW_WORD_LENGTHS, Forms, Item, Teller, Value
from explorer.miniatures.language.clause import Clause
from explorer.miniatures.language.documents import KNOWN_NAMES

ANY_NEW_WORD = "*"
"""Stands for all the invented names that the rest of a text does not hold."""
END = ""
"""What comes next where a text may end."""
NEAR = 6
"""An item that is picked by its words is said within so many tokens."""


class OtherTextError(Exception):
    """The choices so far lead to another text."""


def _spelt(word: str) -> float:
    """The probability of a name's letters, all lengths as likely."""
    letters = len(word)
    if letters not in NEW_WORD_LENGTHS:
        return 0.0
    return len(ascii_lowercase) ** -letters / len(NEW_WORD_LENGTHS)


_NOT_KNOWN = 1 - sum(_spelt(name) for name in KNOWN_NAMES)


def new_name_probability(word: str) -> float:
    """The probability of an invented name among all invented names; 0 for what is none."""
    if not (word.isascii() and word.isalpha()) or word != word.capitalize():
        return 0.0
    return 0.0 if word in KNOWN_NAMES else _spelt(word) / _NOT_KNOWN


Choice = list[tuple[float, object]]


class Reader(Teller):
    """Follows a text on one way. `choices` and `places`: what was to choose, and what was taken.

    At the gap any word fits, and is kept in `filler`. With `open_end` the first word after the
    text is kept instead, and the way ends there.
    """

    def __init__(
        self,
        text: Sequence[str],
        upcoming: Sequence[frozenset[str]],
        gap: int | None,
        open_end: bool,
        choices: list[Choice],
        places: list[int],
    ) -> None:
        super().__init__()
        self.filler = END
        self.probability = 1.0
        self.choices, self.places = choices, places
        self._depth = 0
        self._text, self._upcoming, self._open_end = text, upcoming, open_end
        self._gap = len(text) if open_end else gap
        self._position = 0

    def weighted(self, options: Sequence[tuple[float, Item]]) -> Item:
        """The item that this way takes."""
        if self._depth == len(self.choices):
            self.choices.append([option for option in options if option[0] > 0])
            self.places.append(0)
        return self._take()  # type: ignore[return-value]

    def pick(self, items: Sequence[Item], forms: "Forms[Item] | None" = None) -> Item:
        """The item that this way takes, of those whose words are still to come."""
        if self._depth == len(self.choices):
            share = 1 / len(items)
            found: Sequence[Item] = items
            if forms is not None and not self._gap_is_near():
                upcoming = self._upcoming[self._position]
                found = [item for item in items if not upcoming.isdisjoint(forms(item))]
            self.choices.append([(share, item) for item in found])
            self.places.append(0)
        return self._take()  # type: ignore[return-value]

    def new_name(self) -> str:
        """The word that stands there; at the gap each word of the rest, and all others as one."""
        if self._depth == len(self.choices):
            near = None if self._gap_is_near() else self._position + NEAR
            texts: Iterable[str] = dict.fromkeys(self._text[self._position : near])
            options: Choice = [
                (share, word) for word in texts if (share := new_name_probability(word))
            ]
            if self._gap_is_near():
                options.append((1 - sum(share for share, _ in options), ANY_NEW_WORD))
            self.choices.append(options)
            self.places.append(0)
        return str(self._take())

    def part(self, make: Callable[[], tuple[Clause, Value]]) -> tuple[Clause, Value]:
        """The clause; a reader knows the whole grammar, both parts of it."""
        return make()

    @property
    def finished(self) -> bool:
        """Whether the whole text has been read."""
        return self._position == len(self._text)

    def _gap_is_near(self) -> bool:
        return self._gap is not None and 0 <= self._gap - self._position < NEAR

    def _take(self) -> object:
        options = self.choices[self._depth]
        if not options:
            raise OtherTextError
        share, item = options[self.places[self._depth]]
        self.probability *= share
        self._depth += 1
        return item

    def _said(self, token: str) -> None:
        position = self._position
        if position == self._gap:
            self.filler = token
            if self._open_end:
                self._position += 1
                raise OtherTextError
        elif position >= len(self._text) or self._text[position] != token:
            raise OtherTextError
        self._position += 1


def ways(
    tell: Callable[[Teller], None],
    text: Sequence[str],
    gap: int | None = None,
    open_end: bool = False,
) -> Iterator[tuple[str, float]]:
    """Every way on which a grammar tells a text: what filled the gap, and the way's probability.

    Args:
        tell: the grammar.
        text: words and marks in order.
        gap: the place of a token that may be anything; None for no gap.
        open_end: the text is only the beginning; what fills the gap is what comes next, `END`
            where the text may end.
    """
    upcoming = [
        frozenset(token.lower() for token in text[place : place + NEAR])
        for place in range(len(text) + 1)
    ]
    choices: list[Choice] = []
    places: list[int] = []
    while True:
        reader = Reader(text, upcoming, gap, open_end, choices, places)
        try:
            tell(reader)
            fits = reader.finished
        except OtherTextError:
            fits = open_end and reader._position > len(text)
        if fits:
            yield reader.filler, reader.probability
        while choices and places[-1] + 1 >= len(choices[-1]):
            choices.pop()
            places.pop()
        if not choices:
            return
        places[-1] += 1
