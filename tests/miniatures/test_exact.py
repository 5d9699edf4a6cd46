"""The grammar whose every probability is known: what it tells, and how it reads."""

import math
import random
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import pytest

from explorer.miniatures import exact, language
from explorer.miniatures.exact import reading, texts
from explorer.miniatures.exact.clauses import verbs_for
from explorer.miniatures.exact.reading import ANY_NEW_WORD, new_name_probability, ways
from explorer.miniatures.exact.teller import NEW_WORD_LENGTHS, Narrator, Teller
from explorer.miniatures.language.clause import Clause
from explorer.miniatures.language.documents import KNOWN_NAMES
from explorer.miniatures.language.novelty import combination, is_held_out, word_is_held_out

Value = TypeVar("Value")


def toy(teller: Teller) -> None:
    """Two ways lead to "B b." and the second word may repeat the first."""
    first = teller.pick(("a", "b", "b"), lambda word: (word,))
    teller.say(first)
    if teller.chance(0.25):
        teller.say(teller.weighted(((0.5, "b"), (0.3, "c"), (0.2, first))))
    teller.mark(".")


TOY = {
    ("A", "."): 0.25,
    ("B", "."): 0.5,
    ("A", "b", "."): 0.25 / 3 * 0.5,
    ("A", "c", "."): 0.25 / 3 * 0.3,
    ("A", "a", "."): 0.25 / 3 * 0.2,
    ("B", "b", "."): 0.25 * 2 / 3 * 0.7,
    ("B", "c", "."): 0.25 * 2 / 3 * 0.3,
}


def probability(tell: Callable[[Teller], None], tokens: tuple[str, ...]) -> float:
    return sum(share for _, share in ways(tell, tokens))


def test_the_probability_of_a_text_is_the_sum_over_the_ways_to_it() -> None:
    assert sum(TOY.values()) == pytest.approx(1)
    for tokens, expected in TOY.items():
        assert probability(toy, tokens) == pytest.approx(expected)
    assert len(list(ways(toy, ("B", "b", ".")))) == 4
    for tokens in (("B",), ("C", "."), ("B", "."[:0]), ("B", "b", ".", "."), ("b", ".")):
        assert probability(toy, tokens) == 0


def test_what_is_told_has_the_probability_that_is_read() -> None:
    rng = random.Random(1)
    counts: Counter[tuple[str, ...]] = Counter()
    for _ in range(20_000):
        narrator = Narrator(rng, None)
        toy(narrator)
        counts[tuple(narrator.tokens)] += 1
    assert set(counts) == set(TOY)
    for tokens, expected in TOY.items():
        deviation = math.sqrt(expected * (1 - expected) / 20_000)
        assert abs(counts[tokens] / 20_000 - expected) < 5 * deviation


def test_a_gap_has_every_word_in_the_proportion_of_the_texts() -> None:
    sums: Counter[str] = Counter()
    for filler, share in ways(toy, ("B", "?", "."), gap=1):
        sums[filler] += share
    assert dict(sums) == pytest.approx({"b": TOY["B", "b", "."], "c": TOY["B", "c", "."]})


def test_a_probability_worked_out_by_hand() -> None:
    expected = (
        0.25  # one sentence
        * 0.36  # somebody does something
        * (0.16 * 0.9 * 0.5 / 10)  # Anna
        * (0.5 * 0.9 * 0.9)  # present, not negated, no frequency
        / len(verbs_for("person", "present", False))
        * (0.88 * 0.8 * 0.75)  # no manner, no place, no time
    )
    assert math.exp(exact.log_probability("Anna sleeps.")) == pytest.approx(expected)
    assert exact.log_probability("Anna sleep.") == -math.inf
    assert exact.log_probability("Anna sleeps") == -math.inf


def test_several_choices_give_one_text() -> None:
    tokens = exact.split("He is sad because she sleeps.")
    shares = [share for _, share in ways(texts.text, tokens)]
    assert len(shares) > 1
    # The choices surprise more than the text does, which is why they bound nothing from below.
    assert exact.log_probability("He is sad because she sleeps.") > math.log(max(shares))


class Recording(Narrator):
    """Keeps the combinations of what it told."""

    def __init__(self, rng: random.Random, heldout: bool | None) -> None:
        super().__init__(rng, heldout)
        self.keys: list[str] = []

    def part(self, make: Callable[[], tuple[Clause, Value]]) -> tuple[Clause, Value]:
        clause, value = super().part(make)
        self.keys.append(combination(clause.lemmas()))
        return clause, value


@pytest.mark.parametrize("heldout", [False, True])
def test_every_clause_belongs_to_the_wanted_part(heldout: bool) -> None:
    rng = random.Random(2)
    seen = 0
    for _ in range(60):
        narrator = Recording(rng, heldout)
        try:
            texts.text(narrator)
        except texts.DeadEndError:
            continue
        seen += len(narrator.keys)
        assert all(is_held_out(key) == heldout for key in narrator.keys)
    assert seen > 90


def test_no_unseen_text_or_name_is_ever_drawn_for_training() -> None:
    rng = random.Random(3)
    training = {exact.draw(rng, False) for _ in range(8_000)}
    unseen = {exact.draw(rng, True) for _ in range(150)}
    assert not training & unseen
    for heldout, drawn in ((False, training), (True, unseen)):
        names = {
            token
            for text in drawn
            for place, token in enumerate(exact.split(text))
            if place and new_name_probability(token) and token.lower() not in WORDS
        }
        assert names
        assert all(word_is_held_out(name) == heldout for name in names)


WORDS = {word.lower() for word in language.clause_vocabulary()}


@pytest.mark.parametrize("heldout", [False, True, None])
def test_every_text_can_be_read_and_holds_only_words_of_the_language(heldout: bool | None) -> None:
    rng = random.Random(4)
    for _ in range(40):
        text = exact.draw(rng, heldout)
        tokens = exact.split(text)
        assert exact.joined(tokens) == text
        assert -120 < exact.log_probability(text) < 0
        for token in tokens:
            known = token.lower() in WORDS or token in KNOWN_NAMES or token in ".,?!"
            assert known or new_name_probability(token), token


def test_what_is_said_is_what_the_language_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each told clause, put in order by the language itself, gives the words that were told."""
    told: list[tuple[list[str], Clause]] = []
    real = texts.action

    def remembered(teller: Narrator, *arguments: object, **named: object) -> Clause:
        begin = len(teller.tokens)
        clause = real(teller, *arguments, **named)  # type: ignore[arg-type]
        told.append((teller.tokens[begin:], clause))
        return clause

    monkeypatch.setattr(texts, "action", remembered)
    rng = random.Random(5)
    for _ in range(300):
        exact.draw(rng, False)
    assert len(told) > 200
    for words, clause in told:
        clause.with_comma = False
        said = [word.text for word in clause.english()]
        skipped = len(clause.front.words) if clause.front is not None else 0
        later = len(clause.subject.words)  # a pronoun may have been said in place of the subject
        tail = said[skipped + later :]
        assert [word.lower() for word in words[-len(tail) :]] == [word.lower() for word in tail]


def test_the_words_for_a_gap_are_all_that_make_a_text() -> None:
    """Every word of the vocabulary is put into the gap, and the whole text is read again."""
    rng = random.Random(6)
    vocabulary = {token for _ in range(200) for token in exact.split(exact.draw(rng, None))}
    for text, place in (
        ("A dog sees a cat. The cat is old.", 4),
        ("A dog sees a cat. The cat is old.", 6),
        ("The queen reads a poem. She is happy.", 6),
        ("Does Anna like the tea? Yes, Anna likes the tea.", 9),
        ("He wants to sleep.", 2),
    ):
        tokens = exact.split(text)
        found = exact.fillers(tokens, place)
        brute: dict[str, float] = {}
        for word in {*vocabulary, *found, tokens[place]}:
            log = exact.log_probability(exact.joined([*tokens[:place], word, *tokens[place + 1 :]]))
            if log > -math.inf:
                brute[word] = math.exp(log)
        total = sum(brute.values())
        assert found == pytest.approx({word: share / total for word, share in brute.items()})
        assert exact.determines(tokens, place) == (len(brute) == 1)
        assert list(found.values()) == sorted(found.values(), reverse=True)


def test_an_invented_name_can_fill_a_gap() -> None:
    found = exact.fillers(exact.split("Anna sleeps."), 0)
    assert found["Anna"] == pytest.approx(found["Tom"])
    assert found[ANY_NEW_WORD] == pytest.approx(2 * found["Anna"] * 10 / 9, rel=0.01)
    assert not exact.determines(exact.split("Anna sleeps."), 0)


def test_names_of_all_lengths_share_what_the_known_names_leave() -> None:
    assert new_name_probability("Anna") == new_name_probability("anab") == 0
    assert new_name_probability("Abc") == new_name_probability("Abcdefghij") == 0
    every = sum(
        26**letters * new_name_probability("Q" + "x" * (letters - 1))
        for letters in NEW_WORD_LENGTHS
    )
    known = sum(new_name_probability("Q" + name[1:]) for name in KNOWN_NAMES)
    assert every - known == pytest.approx(1)


def test_an_item_is_said_soon_after_it_was_picked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader looks only so far ahead: looking further finds no other way."""
    rng = random.Random(7)
    drawn = [exact.split(exact.draw(rng, None)) for _ in range(12)]
    gaps = [rng.randrange(len(tokens)) for tokens in drawn]
    before = [(sorted(ways(texts.text, tokens))) for tokens in drawn]
    fillers = [exact.fillers(tokens, gap) for tokens, gap in zip(drawn, gaps, strict=True)]
    monkeypatch.setattr(reading, "NEAR", 12)
    assert [(sorted(ways(texts.text, tokens))) for tokens in drawn] == before
    monkeypatch.setattr(reading, "NEAR", 7)
    for tokens, gap, found in zip(drawn, gaps, fillers, strict=True):
        assert exact.fillers(tokens, gap) == pytest.approx(found)
