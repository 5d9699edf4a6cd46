"""The small English and German that the bundled models speak, made by rules."""

import random
from typing import Protocol

from explorer.miniatures.language import question, sentiment, summary, translation
from explorer.miniatures.language.documents import Document, document
from explorer.miniatures.language.example import PREFIXES, Example
from explorer.miniatures.language.novelty import is_held_out, word_is_held_out
from explorer.miniatures.language.stories import demo_sentences
from explorer.miniatures.language.summary import pair as summary_pair
from explorer.miniatures.language.vocabulary import (
    clause_vocabulary,
    grammar_summary,
    vocabulary,
)


class Maker(Protocol):
    """Makes a fresh example."""

    def __call__(self, rng: random.Random, heldout: bool = False) -> Example:
        """One fresh example, from the training part or from the held-out part."""
        ...


EXAMPLES: dict[str, Maker] = {
    "translation": translation.example,
    "summary": summary.example,
    "question": question.example,
    "sentiment": sentiment.example,
}


def example(task: str, rng: random.Random, heldout: bool = False) -> Example:
    """A fresh example of a task."""
    return EXAMPLES[task](rng, heldout)


__all__ = [
    "EXAMPLES",
    "PREFIXES",
    "Document",
    "Example",
    "clause_vocabulary",
    "demo_sentences",
    "document",
    "example",
    "grammar_summary",
    "is_held_out",
    "summary_pair",
    "vocabulary",
    "word_is_held_out",
]
