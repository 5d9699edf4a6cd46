"""Which words a bundled model never met."""

import random

import pytest

from explorer.miniatures import language
from explorer.miniatures.untaught import untaught


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("translate English to German: The small dog sees the old cat.", ()),
        ("Quorvik sees 2 zebras, and Anna doesn't see Quorvik.", ("Quorvik", "2", "zebras")),
        ("The <mask> sees the <extra_id_0>.", ()),
        ("", ()),
        ("שלום 🙂", ("שלום",)),
    ],
)
def test_words_that_no_rule_says(text, words):
    assert untaught(text) == words


@pytest.mark.parametrize("task", list(language.EXAMPLES))
def test_training_examples_hold_few_untaught_words(task):
    rng = random.Random(3)
    examples = [language.example(task, rng) for _ in range(200)]
    # Invented names and rare nouns are there to be copied.
    clean = [example for example in examples if not untaught(example.source)]
    assert len(clean) > len(examples) / 3
