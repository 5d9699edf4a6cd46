"""Evaluation and training kept apart, judged by the texts alone and not by the generator's keys."""

import random
import re
from collections.abc import Iterable
from functools import cache

import pytest

from explorer.miniatures.corruption import KINDS, sentence_spans
from explorer.miniatures.evaluation import EXAMPLES, TASKS, unseen
from explorer.miniatures.examples import Pair, draw
from explorer.miniatures.language.agreement import DETERMINERS
from explorer.miniatures.language.clause import BE_FORMS, NOT_CONTRACTED, WAS_FORMS
from explorer.miniatures.language.example import PREFIXES
from explorer.miniatures.language.lexicon import ALL_NOUNS, ALL_VERBS
from explorer.miniatures.language.lexicon_others import NUMBERS, PRONOUNS, TIMES
from explorer.miniatures.language.lexicon_sentiment import NEUTRAL
from explorer.miniatures.language.lexicon_verbs import MODALS
from explorer.miniatures.language.word_list import word_set

TRAINING_EXAMPLES = 10_000
SEED = 11
SUBJECT_PRONOUNS = ("he", "she", "it", "they")
MODELS = {
    "miniature-t5": TASKS["miniature-t5"],
    # The second starts from the first, so it has seen what the first has seen.
    "miniature-bart": (*TASKS["miniature-bart"], *TASKS["miniature-bart-summary"]),
}
"""The tasks whose examples reach one model."""
REMARKS = {remark.lower() for remark in NEUTRAL}

_BASES = {
    form: verb.base
    for verb in ALL_VERBS
    for form in (verb.base, verb.third, verb.english_past, verb.gerund)
} | {noun.english_plural: noun.english for noun in ALL_NOUNS if noun.english}
_EMPTY_WORDS = {
    *DETERMINERS,
    *(word.lower() for row in PRONOUNS for word in row[:2]),
    *(word for modal in MODALS for word in modal.split()),
    *NOT_CONTRACTED.values(),
    *word_set("an it yes no not do does did don't doesn't didn't"),
} - {"to", "wants"}
"""Words that are in no combination: articles, pronouns, negation, auxiliaries."""
_NUMBERS = "|".join(number for number, _ in NUMBERS)
_COUNT = re.compile(rf"\b({_NUMBERS})\b(?! years old)")
_AUXILIARY = re.compile(r"\b(wants?|likes?) to\b")
_BE = re.compile(
    rf"\b({'|'.join((*BE_FORMS, *WAS_FORMS))})(n't)?\b|'(m|s|re)\b",
)
_POINTING = re.compile(rf"\b(this|these) +be |\bbe +(this|these) (?=({'|'.join(DETERMINERS)}|an) )")
"""This is my brother: the one place where *this* is no article."""
_PHRASES = re.compile(
    "|".join((*(time[0].lower() for time in TIMES if " " in time[0]), "to school"))
)


def sentences(text: str) -> list[str]:
    """The sentences of a text in small letters, without marks and prefix."""
    for prefix in PREFIXES.values():
        text = text.removeprefix(prefix)
    text = text.replace(" context: ", " " if "? context: " in text else "? ")
    found = (text[slice(*span)].lower() for span in sentence_spans(text))
    return [
        " ".join(re.findall(r"[\w'’-]+", sentence.replace("<mask>", " "))) for sentence in found
    ]


def content(sentence: str) -> frozenset[str]:
    """The words that carry the meaning, each in its base form; a time is one of them."""
    sentence = _PHRASES.sub(lambda found: found.group().replace(" ", "_"), sentence)
    sentence = _COUNT.sub("", _AUXILIARY.sub("", sentence))
    words = _POINTING.sub("pointing be ", _BE.sub(" be ", sentence)).split()
    return frozenset(_BASES.get(word, word) for word in words if word not in _EMPTY_WORDS)


def of_its_own(sentence: str) -> bool:
    """Whether a sentence can be judged alone: *he* may be whoever the sentence before names."""
    return not any(word.split("'")[0] in SUBJECT_PRONOUNS for word in sentence.split())


def whole(pair: Pair) -> list[str]:
    """The sentences of a text: of a damaged one as they were, since it is cut anywhere."""
    return sentences(pair.target if pair.task in KINDS else pair.source)


def evaluated(pair: Pair) -> list[str]:
    """The sentences of an evaluation example that must be unseen.

    Questions and summaries follow from them, and the remark before a judgement is always one of
    a few.
    """
    found = whole(pair)
    if pair.task == "question":
        found = found[1:]
    return [sentence for sentence in found if sentence not in REMARKS]


@cache
def evaluation(name: str) -> tuple[Pair, ...]:
    """A model's whole evaluation."""
    return tuple(pair for task in MODELS[name] for pair in unseen(task, EXAMPLES))


@cache
def training(name: str) -> tuple[Pair, ...]:
    """Some tens of thousands of the examples that a model may be trained on."""
    rng = random.Random(SEED)
    return tuple(draw(rng.choice(MODELS[name]), rng, False) for _ in range(TRAINING_EXAMPLES))


def shown(pairs: Iterable[Pair]) -> set[str]:
    """Every sentence that training shows whole, as a source or as a target."""
    return {sentence for pair in pairs for sentence in (*whole(pair), *sentences(pair.target))}


@pytest.mark.parametrize("name", MODELS)
def test_no_sentence_of_the_evaluation_stands_in_the_training(name: str) -> None:
    asked = {sentence for pair in evaluation(name) for sentence in evaluated(pair)}
    wanted = {sentence for sentence in asked if of_its_own(sentence)}
    # The others count only together with the sentence before them.
    assert len(wanted) > 0.6 * len(asked)
    assert not wanted & shown(training(name))


@pytest.mark.parametrize("name", MODELS)
def test_no_words_of_the_evaluation_stand_together_in_the_training(name: str) -> None:
    """The definition of unseen: the content words of a sentence never met in one sentence.

    A judgement's words are taken as they are: *room* and *rooms*, *I* and *we* are different.
    """
    for judging in (False, True):
        meaning = judged if judging else content
        seen, asked = (
            {
                meaning(sentence): sentence
                for pair in pairs
                if (pair.task == "sentiment") == judging
                for sentence in texts(pair)
                if of_its_own(sentence)
            }
            for pairs, texts in ((training(name), whole), (evaluation(name), evaluated))
        )
        together = seen.keys() & asked.keys()
        assert not {asked[words]: seen[words] for words in together}


def judged(sentence: str) -> frozenset[str]:
    """The words of a judgement but for articles."""
    return frozenset(sentence.split()).difference(DETERMINERS, ("an",))
