"""One example of a task, and putting sentences on paper."""

import random
from dataclasses import dataclass

from explorer.miniatures.language.parts import Target, Word

TRANSLATION, SUMMARY, QUESTION, SENTIMENT = "translation", "summary", "question", "sentiment"
PREFIXES = {
    TRANSLATION: "translate English to German: ",
    SUMMARY: "summarize: ",
    QUESTION: "question: ",
    SENTIMENT: "sst2 sentence: ",
}


@dataclass(frozen=True, slots=True)
class Example:
    """What the model reads and what it must answer.

    source starts with the task's true prefix. combinations: the content of every clause, see
    novelty.py. source_words are the whitespace words after the prefix, target_words those of the
    target; punctuation belongs to the word that it touches. alignment (translation only) pairs an
    index into source_words with an index into target_words.
    """

    task: str
    source: str
    target: str
    combinations: tuple[str, ...]
    source_words: tuple[str, ...] = ()
    target_words: tuple[str, ...] = ()
    alignment: tuple[tuple[int, int], ...] = ()


def write_english(words: list[Word], mark: str) -> None:
    """Give the words of one sentence its capital and its mark."""
    first = words[0]
    first.text = first.text[0].upper() + first.text[1:]
    words[-1].text += mark


def write_german(targets: list[Target], mark: str) -> None:
    """Give the German words of one sentence its capital and its mark."""
    first, last = targets[0], targets[-1]
    first.text = first.text[0].upper() + first.text[1:]
    last.text = last.text.rstrip(",") + mark  # a relative clause may have left its comma


def as_typed(rng: random.Random, words: list[Word], keep_capital: bool) -> None:
    """Sometimes without the last full stop or the first capital, as people type."""
    if rng.random() < 0.15:
        last = words[-1]
        if last.text[-1] in ".?" and rng.random() < 0.9:
            last.text = last.text[:-1]
    if not keep_capital and rng.random() < 0.12:
        first = words[0]
        first.text = first.text[0].lower() + first.text[1:]


def aligned(words: list[Word], targets: list[Target]) -> tuple[tuple[int, int], ...]:
    """The pairs (English place, German place), sorted."""
    for place, word in enumerate(words):
        word.place = place
    return tuple(
        sorted(
            {(word.place, place) for place, target in enumerate(targets) for word in target.sources}
        )
    )


def text_of(words: list[Word]) -> str:
    """The English text."""
    return " ".join([word.text for word in words])
