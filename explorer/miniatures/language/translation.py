"""English to German: sentences, questions, subordinate clauses, two or three in a row."""

import random

from explorer.miniatures.language.compound import joined, saying, subordinate, with_pronoun
from explorer.miniatures.language.example import (
    PREFIXES,
    TRANSLATION,
    Example,
    aligned,
    as_typed,
    text_of,
)
from explorer.miniatures.language.parts import Target, Word
from explorer.miniatures.language.sentences import (
    Sentence,
    answer,
    greeting,
    question,
    relative,
    simple,
)
from explorer.miniatures.language.there import there_clause

# Shapes of one sentence with the share of each, summing to 1.
SHAPES = (
    (simple, 0.48),
    (question, 0.2),
    (relative, 0.04),
    (answer, 0.02),
    (greeting, 0.02),
    (subordinate, 0.07),
    (saying, 0.06),
    (joined, 0.06),
    (there_clause, 0.05),
)


def example(rng: random.Random, heldout: bool = False) -> Example:
    """A fresh example: one sentence mostly, sometimes two or three."""
    chance = rng.random()
    if chance < 0.72:
        sentences = [sentence(rng, heldout)]
    elif chance < 0.86:
        sentences = with_pronoun(rng, heldout)
    elif chance < 0.97:
        sentences = [simple(rng, heldout), simple(rng, heldout)]
    else:
        sentences = [simple(rng, heldout), simple(rng, heldout), simple(rng, heldout)]
    return _example(rng, sentences)


def sentence(rng: random.Random, heldout: bool) -> Sentence:
    """One sentence of any shape."""
    chance = rng.random()
    for shape, share in SHAPES:
        chance -= share
        if chance < 0:
            return shape(rng, heldout)
    return simple(rng, heldout)


def _example(rng: random.Random, sentences: list[Sentence]) -> Example:
    words: list[Word] = []
    targets: list[Target] = []
    keys: list[str] = []
    for english, german, combinations in sentences:
        words += english
        targets += german
        keys += combinations
    as_typed(rng, words, _keeps_capital(words[0].text.rstrip(",.!?"), keys))
    alignment = aligned(words, targets)
    source_words = tuple([word.text for word in words])
    target_words = tuple([target.text for target in targets])
    return Example(
        TRANSLATION,
        PREFIXES[TRANSLATION] + text_of(words),
        " ".join(target_words),
        tuple(keys),
        source_words,
        target_words,
        alignment,
    )


def _keeps_capital(first: str, keys: list[str]) -> bool:
    """Names and I keep their capital wherever they stand."""
    return first in ("I", "I'm", "I'll") or any(first in key.split() for key in keys)
