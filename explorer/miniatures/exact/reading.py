"""Reading with a grammar: the exact probability of a text, and of the words for a gap in it.

A `Reader` follows a given text through the grammar that tells it: it tries every choice and drops
a way as soon as a word differs. The sum over the ways that remain is the exact probability of the
text, however many ways lead to it.

Laws: the probabilities of all texts sum to 1; the words that can fill a gap are those that make
the text one of the grammar, in proportion to the probabilities of those texts.
"""

from collections.abc import Callable, Iterator, Sequence
from string import ascii_lowercase

from explorer.miniatures.exact.phrases import verb_forms
from explorer.miniatures.exact.teller import NEW_WORD_LENGTHS, Forms, Item, Teller, Value
from explorer.miniatures.language.agreement import DETERMINERS
from explorer.miniatures.language.clause import BE_FORMS, WAS_FORMS, Clause
from explorer.miniatures.language.documents import KNOWN_NAMES
from explorer.miniatures.language.lexicon import ADJECTIVES_BY_WORD
from explorer.miniatures.language.lexicon_others import DEGREES, NUMBERS, QUANTITIES
from explorer.miniatures.language.word_list import word_set

ANY_NEW_WORD = "*"
"""Stands for all the invented names that the rest of a text does not hold."""
NEAR = 6
"""An item that is picked by its words is said within so many tokens."""


VERB_LEADING = frozenset(("want", "wants", "to"))
"""All that may be said between the picking of a verb and the verb."""
LEADING = frozenset(
    (
        *DETERMINERS,
        *ADJECTIVES_BY_WORD,
        *(number for number, _ in NUMBERS),
        *QUANTITIES,
        *(degree for degree, _ in DEGREES),
        *BE_FORMS,
        *WAS_FORMS,
        *word_set("a an do does did there in on at under behind front of next to into more"),
    )
)
"""All that may be said between the picking of any other item and its own words."""


class OtherTextError(Exception):
    """The choices so far lead to another text."""


def _spelt(word: str) -> float:
    """The probability of a name's letters, all lengths as likely."""
    letters = len(word)
    if letters not in NEW_WORD_LENGTHS:
        return 0.0
    return 1 / (len(NEW_WORD_LENGTHS) * float(len(ascii_lowercase)) ** letters)


_NOT_KNOWN = 1 - sum(_spelt(name) for name in KNOWN_NAMES)


def new_name_probability(word: str) -> float:
    """The probability of an invented name among all invented names; 0 for what is none."""
    if not (word.isascii() and word.isalpha()) or word != word.capitalize():
        return 0.0
    return 0.0 if word in KNOWN_NAMES else _spelt(word) / _NOT_KNOWN


Choice = list[tuple[float, object, bool]]
"""What can be chosen: probability, item, and whether only the gap has room for it."""


class Page:
    """A text that is read: what of it can be read at which place.

    Args:
        text: words and marks in order.
        gap: the place of a token that may be anything; None for no gap.
    """

    def __init__(self, text: Sequence[str], gap: int | None) -> None:
        self.text = text
        self.gap = gap
        self.upcoming = [
            frozenset(
                text[place].lower()
                for place in range(start, min(start + NEAR, len(text)))
                if place != gap
            )
            for start in range(len(text) + 1)
        ]
        """In small letters, the tokens that are near from each place on."""
        self.before_gap = [
            frozenset(token.lower() for token in text[start:gap]) for start in range(len(text) + 1)
        ]
        """In small letters, the tokens from each place to the gap."""
        self.new_names: Choice = [
            (probability, token, False)
            for place, token in enumerate(text)
            if place != gap and token not in text[:place]
            if (probability := new_name_probability(token))
        ]
        """The invented names in the text, each once."""


class Reader(Teller):
    """Follows a text on one way.

    `choices` and `places`: what there was to choose on this way, and which of it was taken.
    At the gap any word fits, and is kept in `filler`.
    """

    def __init__(self, page: Page, choices: list[Choice], places: list[int]) -> None:
        super().__init__()
        self.filler = ""
        self.probability = 1.0
        self.position = 0
        self._page, self._choices, self._places = page, choices, places
        self._depth = 0
        self._gap_is_taken = page.gap is None

    def weighted(self, options: Sequence[tuple[float, Item]]) -> Item:
        """The item that this way takes."""
        if self._depth == len(self._choices):
            self._offer([(share, item, False) for share, item in options if share > 0])
        return self._taken()  # type: ignore[return-value]

    def pick(self, items: Sequence[Item], forms: "Forms[Item] | None" = None) -> Item:
        """The item that this way takes, of those whose words are still to come.

        Near a gap any item will do, but the gap has room for one of them only.
        """
        if self._depth == len(self._choices):
            share = 1 / len(items)
            offered: Choice = []
            upcoming, room = self._page.upcoming[self.position], self._gap_has_room(forms)
            for item in items:
                for_gap = forms is not None and upcoming.isdisjoint(forms(item))
                if room or not for_gap:
                    offered.append((share, item, for_gap))
            self._offer(offered)
        return self._taken()  # type: ignore[return-value]

    def new_name(self) -> str:
        """A name of the text; for the gap all others as one."""
        if self._depth == len(self._choices):
            offered = list(self._page.new_names)
            if self._gap_has_room():
                offered.append((1 - sum(share for share, *_ in offered), ANY_NEW_WORD, True))
            self._offer(offered)
        return str(self._taken())

    def part(self, make: Callable[[], tuple[Clause, Value]]) -> tuple[Clause, Value]:
        """The clause; a reader knows the whole grammar, both parts of it."""
        return make()

    def _offer(self, options: Choice) -> None:
        if not options:
            raise OtherTextError
        self._choices.append(options)
        self._places.append(0)

    def _taken(self) -> object:
        share, item, for_gap = self._choices[self._depth][self._places[self._depth]]
        self._gap_is_taken |= for_gap
        self.probability *= share
        self._depth += 1
        return item

    def _gap_has_room(self, forms: object = None) -> bool:
        """Whether the gap is near, and nothing that was picked before is meant for it.

        Between here and the gap may only stand what leads to such an item.
        """
        gap = self._page.gap
        if self._gap_is_taken or gap is None or not 0 <= gap - self.position < NEAR:
            return False
        leading = VERB_LEADING if forms is verb_forms else LEADING
        return leading.issuperset(self._page.before_gap[self.position])

    def _said(self, token: str) -> None:
        text, position = self._page.text, self.position
        if position == self._page.gap:
            self.filler = token
        elif position >= len(text) or text[position] != token:
            raise OtherTextError
        self.position += 1


def ways(
    tell: Callable[[Teller], None],
    text: Sequence[str],
    gap: int | None = None,
) -> Iterator[tuple[str, float]]:
    """Every way on which a grammar tells a text: what filled the gap, and the way's probability.

    Args:
        tell: the grammar.
        text: words and marks in order.
        gap: the place of a token that may be anything; None for no gap.
    """
    page = Page(text, gap)
    choices: list[Choice] = []
    places: list[int] = []
    while True:
        reader = Reader(page, choices, places)
        try:
            tell(reader)
            if reader.position == len(text):
                yield reader.filler, reader.probability
        except OtherTextError:
            pass
        while choices and places[-1] + 1 == len(choices[-1]):
            choices.pop()
            places.pop()
        if not choices:
            return
        places[-1] += 1
