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
    assert untaught(text, "t5") == words


def test_judgements_and_prefixes_are_taught_to_the_t5_alone():
    text = "summarize: The movie was wonderful. The dog sees Anna."
    assert untaught(text, "t5") == ()
    assert untaught(text, "bart") == ("summarize", "movie", "wonderful")


def test_bart_knows_every_word_of_a_document_that_the_t5_knows():
    rng = random.Random(4)
    documents = [language.example("summary", rng).source for _ in range(100)]
    for document in documents:
        bare = document.removeprefix(language.PREFIXES["summary"])
        assert bare != document
        assert untaught(bare, "bart") == untaught(bare, "t5")


@pytest.mark.parametrize("task", list(language.EXAMPLES))
def test_training_examples_hold_few_untaught_words(task):
    rng = random.Random(3)
    examples = [language.example(task, rng) for _ in range(200)]
    # Invented names and rare nouns are there to be copied.
    clean = [example for example in examples if not untaught(example.source, "t5")]
    assert len(clean) > len(examples) / 3
