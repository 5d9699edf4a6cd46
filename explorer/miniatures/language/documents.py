"""Short English texts for denoising, and what in them is determined by the rules."""

import random
from dataclasses import dataclass
from functools import partial

from explorer.miniatures.language.actions import MOVING, TRANSITIVE, action_clause
from explorer.miniatures.language.clause import QUESTION, STATEMENT, Clause
from explorer.miniatures.language.example import text_of
from explorer.miniatures.language.lexicon import ALL_VERBS, BE, Noun
from explorer.miniatures.language.lexicon_others import FEMALE_NAMES, MALE_NAMES
from explorer.miniatures.language.nominals import (
    BEINGS,
    PERSONS,
    name,
    new_noun,
    noun_phrase,
    pick,
)
from explorer.miniatures.language.noun_phrases import Name, NounPhrase
from explorer.miniatures.language.novelty import combination, is_held_out
from explorer.miniatures.language.parts import fixed
from explorer.miniatures.language.phrases import Nominal
from explorer.miniatures.language.places import predicate_for
from explorer.miniatures.language.pronouns import Pronoun
from explorer.miniatures.language.sampling import drawn
from explorer.miniatures.language.states import state_clause
from explorer.miniatures.language.summary import pair
from explorer.miniatures.language.translation import sentence
from explorer.miniatures.language.word_list import word_set

SEQUENCE = ("first", "then", "finally")
ARTICLES = frozenset(("a", "an", "the", "is"))
KNOWN_NAMES = frozenset((*FEMALE_NAMES, *MALE_NAMES))
# Small words are no evidence for each other: two in a text need not be the same.
SMALL_WORDS = word_set(
    "a an the this these my your his her our their in on at to into with for and is are was "
    "were am under behind next front of not every some many i you we me us him them very so "
    "too"
)
NO_WORDS: frozenset[str] = frozenset()
# like and likes say the same; which of the two follows from the subject
_BASE_OF = {verb.third: verb.base for verb in ALL_VERBS if verb.frame != "be"}


@dataclass(frozen=True, slots=True)
class Document:
    """A text and what the rules fix in it.

    words: the whitespace words of the text. groups[i]: words of one group say the same thing (the
    two mentions of a dog); a word of a group is determined as long as another word of its group
    can still be read; -1: no group. determined[i]: the word follows from the words around it (the
    group is then -1), or its group has another member. order_determined: only one order of the
    sentences makes sense.
    """

    text: str
    sentences: tuple[str, ...]
    words: tuple[str, ...]
    determined: tuple[bool, ...]
    groups: tuple[int, ...]
    order_determined: bool
    combinations: tuple[str, ...]


Part = tuple[Clause, str]


def from_sentences(
    sentences: list[str],
    order_determined: bool,
    combinations: tuple[str, ...],
    fixed_words: frozenset[str] = NO_WORDS,
    small_words: frozenset[str] = SMALL_WORDS,
) -> Document:
    """A document around sentences; fixed_words follow from the rest of such a text."""
    words = [word for sentence in sentences for word in sentence.split()]
    plain = [word.rstrip(".,!?").lower() for word in words]
    places: dict[str, list[int]] = {}
    for place, word in enumerate(plain):
        places.setdefault(_BASE_OF.get(word, word), []).append(place)
    groups = [-1] * len(words)
    determined = [word in fixed_words for word in plain]
    number = 0
    for word, found in places.items():
        if len(found) > 1 and word not in small_words and word not in fixed_words:
            for place in found:
                groups[place] = number
                determined[place] = True
            number += 1
    return Document(
        " ".join(sentences),
        tuple(sentences),
        tuple(words),
        tuple(determined),
        tuple(groups),
        order_determined,
        combinations,
    )


def _written(clause: Clause, order: str = STATEMENT, mark: str = ".") -> str:
    text = " ".join([word.text for word in clause.english(order)])
    return text[0].upper() + text[1:] + mark


def document(rng: random.Random, heldout: bool = False) -> Document:
    """A fresh text of one to four sentences."""
    chance = rng.random()
    if chance < 0.15:
        written, keys = _any_sentence(rng, heldout)
        return from_sentences([written], True, keys)
    if chance < 0.38:
        return _sequence(rng, heldout)
    if chance < 0.62:
        return _chain(rng, heldout)
    if chance < 0.78:
        return _echo(rng, heldout)
    if chance < 0.9:
        text, _, keys = pair(rng, heldout)
        parts = [part + "." for part in text.rstrip(".").split(". ")]
        return from_sentences(parts, False, keys)
    drawn_sentences = [_any_sentence(rng, heldout) for _ in range(2 + (chance > 0.96))]
    return from_sentences(
        [text for text, _ in drawn_sentences],
        False,
        tuple(key for _, keys in drawn_sentences for key in keys),
    )


def _any_sentence(rng: random.Random, heldout: bool) -> tuple[str, tuple[str, ...]]:
    """One sentence of any shape that translation knows, and its combinations."""
    words, _, keys = sentence(rng, heldout)
    return text_of(words), tuple(keys)


def _person(rng: random.Random, heldout: bool) -> NounPhrase | Name:
    if rng.random() < 0.5:
        return name(rng, heldout)
    while True:
        phrase = noun_phrase(rng, pick(rng, PERSONS), 0.3)
        if phrase.pronoun and phrase.determiner:
            return phrase


def _sequence(rng: random.Random, heldout: bool) -> Document:
    """First Anna buys an apple. Then she goes home. Finally she ..."""
    subject = _person(rng, heldout)
    count = 2 if rng.random() < 0.3 else 3

    def make(place: int) -> Clause:
        verbs = TRANSITIVE if rng.random() < 0.7 else MOVING
        clause = action_clause(rng, heldout, subject, verbs)
        while clause.subject is not subject:
            clause = action_clause(rng, heldout, subject, verbs)
        clause.tense, clause.gladly = "present", False
        clause.front = fixed(SEQUENCE[place], "dann")
        return clause

    parts = [drawn(partial(make, place), heldout) for place in range(count)]
    for clause, _ in parts[1:]:
        clause.subject = Pronoun(subject.pronoun)
    follows = {*SEQUENCE}
    if isinstance(subject, NounPhrase) or subject.words[0].text in KNOWN_NAMES:
        follows.add(subject.pronoun)
    return from_sentences(
        [_written(clause) for clause, _ in parts],
        True,
        tuple(key for _, key in parts),
        frozenset(follows),
    )


def _being(rng: random.Random, heldout: bool, used: set[str]) -> Noun:
    while True:
        noun = new_noun(rng, heldout, "animal") if rng.random() < 0.06 else pick(rng, BEINGS)
        if noun.lemma not in used and noun.singular is not None and not noun.single:
            used.add(noun.lemma)
            return noun


def _chain(rng: random.Random, heldout: bool) -> Document:
    """A dog sees a cat. The cat hears a bird. The bird is small. Each hands over to the next."""
    count = 2 + int(rng.random() * 3)
    used: set[str] = set()
    current = _being(rng, heldout, used)
    parts: list[Part] = []
    for place in range(count):
        last = place == count - 1
        while True:
            subject = NounPhrase(current, "the" if place else "a")
            following = _being(rng, heldout, used)
            clause = _link(rng, subject, following, last)
            key = combination(clause.lemmas())
            if is_held_out(key) == heldout:
                break
            used.discard(following.lemma)
        parts.append((clause, key))
        current = following
    return from_sentences(
        [_written(clause) for clause, _ in parts], True, tuple(key for _, key in parts), ARTICLES
    )


def _link(rng: random.Random, subject: NounPhrase, following: Noun, last: bool) -> Clause:
    """One sentence of a chain: it leads to the next being, or ends the chain."""
    if last and rng.random() < 0.4 and subject.noun.adjectives:
        return Clause(subject, BE, predicate=predicate_for(rng, pick(rng, subject.noun.adjectives)))
    kind, wanted = subject.noun.kinds[0], following.kinds[0]
    verbs = [verb for verb in TRANSITIVE if kind in verb.subjects and wanted in verb.objects]
    return Clause(subject, pick(rng, verbs), object=NounPhrase(following, "a"))


def _echo(rng: random.Random, heldout: bool) -> Document:
    """Does Anna like the dog? Yes, Anna likes the dog. The answer says the question again."""
    subject: Nominal = _person(rng, heldout)

    def make() -> Clause:
        while True:
            clause = (
                state_clause(rng, heldout, subject)
                if rng.random() < 0.25
                else action_clause(rng, heldout, subject, TRANSITIVE)
            )
            if clause.subject is subject and not isinstance(clause.object, Pronoun):
                clause.tense, clause.gladly, clause.particle_early = "present", False, False
                return clause

    clause, key = drawn(make, heldout)
    asked = _written(clause, QUESTION, "?")
    answer = rng.random() < 0.6
    clause.negated = "" if answer else "n't"
    words = " ".join([word.text for word in clause.english()])
    sentences = [asked, f"{'Yes' if answer else 'No'}, {words}."]
    if rng.random() < 0.4:
        extra, extra_key = drawn(lambda: state_clause(rng, heldout, subject), heldout)
        extra.tense = "present"
        # Nothing says whether the extra sentence comes first or last.
        return from_sentences([*sentences, _written(extra)], False, (key, extra_key), _ECHO)
    return from_sentences(sentences, True, (key,), _ECHO, NO_WORDS)


_ECHO = frozenset(("does", "do", "doesn't", "don't", "is", "are", "isn't", "aren't", "yes", "no"))
