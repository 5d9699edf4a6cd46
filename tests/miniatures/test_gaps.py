"""Gaps: what is called determined is determined."""

from random import Random

import pytest
from transformers import AutoTokenizer

from explorer.catalog_bundled import MINIATURES_FOLDER
from explorer.miniatures import exact, language
from explorer.miniatures.evaluation import CHECK_SEED, EVALUATION_SEED
from explorer.miniatures.gaps import REPEATED, RULED, Gap, _places, unseen_gaps
from explorer.miniatures.language.lexicon_others import FEMALE_NAMES, MALE_NAMES

SEED = 4


def test_no_other_word_makes_a_determined_gap_a_text() -> None:
    """Each word of the language is put into the gap."""
    words = {*language.clause_vocabulary(), *FEMALE_NAMES, *MALE_NAMES, "Qwxzv"}
    capitals = {word[0].upper() + word[1:] for word in words}
    for gap in unseen_gaps(1, True, SEED):
        assert gap.fillers == ((gap.word, 1.0),)
        assert gap.probability == 1
        opens = gap.place == 0 or gap.tokens[gap.place - 1] in ".?"
        tried = capitals if opens else words
        possible = [word for word in tried if exact.log_probability(gap.text(word)) > -1e9]
        assert possible == [gap.word]


def test_an_open_gap_has_other_words_each_of_which_makes_a_text() -> None:
    for gap in unseen_gaps(4, False, SEED):
        assert len(gap.fillers) > 1
        assert sum(share for _, share in gap.fillers) == pytest.approx(1)
        assert gap.word in dict(gap.fillers)
        for word, share in gap.fillers[:5]:
            if word != exact.ANY_NEW_WORD:
                ratio = exact.log_probability(gap.text(word)) - exact.log_probability(
                    gap.text(gap.word)
                )
                assert 2.718281828459045**ratio == pytest.approx(share / gap.probability)


def test_a_gap_names_why_its_word_is_determined() -> None:
    tokens = exact.split("A dog sees a cat. The cat is old.")
    assert Gap(tokens, 4, (("cat", 1.0),)).kind == REPEATED
    assert Gap(tokens, 8, (("is", 1.0),)).kind == RULED
    assert Gap(tokens, 6, (("The", 1.0),)).text("[MASK]") == "A dog sees a cat. [MASK] cat is old."


def test_gaps_are_always_the_same_and_those_of_a_check_are_others() -> None:
    first = unseen_gaps(3, True, CHECK_SEED)
    unseen_gaps.cache_clear()
    assert unseen_gaps(3, True, CHECK_SEED) == first
    assert not {gap.tokens for gap in first} & {
        gap.tokens for gap in unseen_gaps(3, True, EVALUATION_SEED)
    }


def test_a_hidden_word_is_one_piece() -> None:
    for gap in (*unseen_gaps(3, True, SEED), *unseen_gaps(4, False, SEED)):
        assert gap.word.isalpha()


def test_an_invented_name_is_no_gap_wherever_it_stands() -> None:
    """It is several pieces, and an open gap for it has no probability of its own."""
    for text in ("Zorvan sees a cat.", "The cat sees Zorvan.", "Cauk sleeps. Then Cauk sings."):
        tokens = exact.split(text)
        hidden = {tokens[place] for place in _places(Random(1), tokens)}
        assert hidden == {token for token in tokens if token not in ("Zorvan", "Cauk", ".")}


def test_words_that_open_a_later_sentence_can_be_hidden() -> None:
    """They have a capital and the length of a name, and are none."""
    tokens = exact.split("First Anna buys the bread. Then she goes home. Finally she sleeps.")
    places = set(_places(Random(1), tokens))
    assert {"First", "Anna", "Then", "Finally"} <= {tokens[place] for place in places}
    assert places == {place for place, token in enumerate(tokens) if token != "."}


def test_every_word_that_can_be_hidden_is_one_piece_to_the_encoder() -> None:
    tokenizer = AutoTokenizer.from_pretrained(str(MINIATURES_FOLDER / "miniature-bert"))
    pieces = frozenset(tokenizer.get_vocab())
    rng, said, several = Random(2), set(), set()
    for _ in range(400):
        tokens = exact.split(exact.draw(rng, None))
        said |= {tokens[place] for place in _places(rng, tokens, pieces)}
        several |= {tokens[place] for place in _places(rng, tokens)} - pieces
    assert len(said) > 300
    for word in (*said, *several):
        one = len(tokenizer(word, add_special_tokens=False).input_ids) == 1
        assert one == (word in said)
    # Only words that rarely come first, as they stand there.
    assert all(word[0].isupper() or word in ("days", "nights", "islands") for word in several)
