import random
from dataclasses import replace

import numpy as np
import pytest

import explorer
from explorer.alignment import (
    ROWS,
    alignment_errors,
    error_rate,
    first_largest,
    proposed_links,
    sentence_words,
)
from explorer.alignment_check import check_alignment
from explorer.errors import ExplorerError
from explorer.miniatures import language

GOAL = 0.25
"""The alignment error rate that the best head of the bundled translator must reach."""
SEED = 7
SENTENCES = 40


def unseen(count: int) -> list[language.Example]:
    rng = random.Random(SEED)
    return [language.example("translation", rng, heldout=True) for _ in range(count)]


def test_error_rate_by_hand():
    # Four gold links, three proposals: with two right ones precision 2/3, recall 2/4, and 1 - 4/7.
    found = error_rate(np.array([[0, 2], [3, 1]]), 3, 4)
    np.testing.assert_allclose(found, [[1, 3 / 7], [1 / 7, 5 / 7]])
    assert error_rate(np.array(4), 4, 4) == 0
    assert error_rate(np.array(0), 0, 4) == 1
    with pytest.raises(ExplorerError, match="0 links"):
        error_rate(np.array(0), 3, 0)


def test_words_are_those_of_the_examples():
    model = explorer.load("miniature-t5")
    for example in unseen(SENTENCES):
        prefix = len(language.PREFIXES[example.task].split())
        source = sentence_words(model.tokenize(example.source), prefix)
        target = sentence_words(model.tokenize_target(example.target))
        assert tuple(unit.text for unit in source) == example.source_words
        assert tuple(unit.text for unit in target) == example.target_words
        assert [unit.word for unit in source] == list(range(len(source)))
        tokens = model.tokenize(example.source)
        for unit in source:
            spelled = "".join(tokens.display[place] for place in unit.pieces).strip("␣")
            assert spelled == unit.text


def test_links_under_both_conventions():
    model = explorer.load("miniature-t5")
    maps = model.attention("translate English to German: The dog sees.", "Der Hund sieht.")
    source = sentence_words(maps.source, 4)
    target = sentence_words(maps.target)
    assert len(source) == len(target) == 3
    # Made by hand: the step that predicts a piece looks at its own word, the one that reads it at
    # the first word; the prefix and the end token get more weight than any word.
    cross = np.full_like(maps.cross, 0.01)
    cross[..., 0], cross[..., -1] = 5, 5
    for unit, origin in zip(target, source, strict=True):
        for place in unit.pieces:
            cross[0, 0, place, origin.pieces[0]] = 1
            cross[0, 1, place + 1, source[0].pieces[0]] = 1
    made = replace(maps, cross=cross)
    assert proposed_links(made, source, target, "predicted")[0, 0].tolist() == [0, 1, 2]
    assert proposed_links(made, source, target, "read")[0, 1].tolist() == [0, 0, 0]


def test_a_head_of_the_bundled_translator_aligns_words():
    model = explorer.load("miniature-t5")
    examples = unseen(SENTENCES)
    found = alignment_errors(model, examples)
    rate, rows, layer, head = found.best
    assert found.sentences == SENTENCES
    assert found.links == sum(len(example.alignment) for example in examples)
    assert found.of(rows)[layer, head] == rate == min(found.predicted.min(), found.read.min())
    assert rate <= GOAL
    # Against the wrong links the same head is as bad as any.
    turned = [
        replace(
            example,
            alignment=tuple(
                (len(example.source_words) - 1 - source, target)
                for source, target in example.alignment
            ),
        )
        for example in examples
    ]
    assert alignment_errors(model, turned).of(rows)[layer, head] > 0.6


def test_corpus_rates_are_those_of_all_links_together():
    model = explorer.load("miniature-t5")
    examples = unseen(3)
    found = alignment_errors(model, examples)
    proposed, read, gold = set(), set(), set()
    for number, example in enumerate(examples):
        maps = model.attention(example.source, example.target)
        source = sentence_words(maps.source, 4)
        target = sentence_words(maps.target)
        links = proposed_links(maps, source, target, "predicted")[2, 1]
        proposed |= {(number, source[place].word, word) for word, place in enumerate(links)}
        links = proposed_links(maps, source, target, "read")[2, 1]
        read |= {(number, source[place].word, word) for word, place in enumerate(links)
                 if place >= 0}  # fmt: skip
        gold |= {(number, *link) for link in example.alignment}

    def rate(some):
        precision, recall = len(some & gold) / len(some), len(some & gold) / len(gold)
        return 1 - 2 * precision * recall / (precision + recall)

    assert found.predicted[2, 1] == pytest.approx(rate(proposed))
    assert found.read[2, 1] == pytest.approx(rate(read))
    assert found.predicted[2, 1] != found.read[2, 1]


def test_no_examples():
    with pytest.raises(ExplorerError, match="0 links"):
        alignment_errors(explorer.load("miniature-t5"), [])


def test_of_equals_the_first_is_proposed():
    third = np.float32(1 / 3)
    weights = np.array([[0.5, 0.5], [third, np.nextafter(third, np.float32(1))], [0.4999, 0.5]])
    assert first_largest(weights).tolist() == [0, 0, 1]


def test_the_rates_are_those_of_plain_transformers():
    model, examples = explorer.load("miniature-t5"), unseen(SENTENCES)
    found = alignment_errors(model, examples)
    check = check_alignment(model, examples, found)
    assert check.difference == pytest.approx(0, abs=1e-12)
    for rows in ROWS:
        wrong = found.of(rows).copy()
        wrong[1, 3] += 0.02
        assert not check_alignment(model, examples, replace(found, **{rows: wrong})).passed
