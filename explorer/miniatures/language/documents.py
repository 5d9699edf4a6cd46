"""Short English texts for denoising, and what in them is determined by the rules."""

import random
from dataclasses import dataclass

from explorer.miniatures.language.clause import Clause
from explorer.miniatures.language.lexicon import verbs_of
from explorer.miniatures.language.phrases import Name, Nominal, NounPhrase, Phrase, Pronoun, Word
from explorer.miniatures.language.phrases import fixed
from explorer.miniatures.language.sampling import (
    GIVING,
    MOVING,
    PERSONS,
    TRANSITIVE,
    action_clause,
    any_clause,
    drawn,
    goal_for,
    name,
    noun_phrase,
    nouns,
    pick,
    state_clause,
)
from explorer.miniatures.language.summary import pair

SEQUENCE = ("first", "then", "finally")


@dataclass(frozen=True, slots=True)
class Document:
    """A text and what the rules fix in it.

    words: the whitespace words of the text. groups[i]: words of one group say the same thing (the
    two mentions of a dog); a word of a group is determined as long as another word of its group
    can still be read; -1: no group. determined[i]: the word follows from the words around it, or
    its group has another member. order_determined: only one order of the sentences makes sense.
    """

    text: str
    sentences: tuple[str, ...]
    words: tuple[str, ...]
    determined: tuple[bool, ...]
    groups: tuple[int, ...]
    order_determined: bool
    combinations: tuple[str, ...]


FUNCTION = frozenset(
    "is are am to of a an he she it they him her them first then finally and".split()
)


def _document(
    clauses: list[tuple[Clause, str]], order_determined: bool, rng: random.Random
) -> Document:
    sentences = []
    for clause, _ in clauses:
        text = " ".join([word.text for word in clause.english()])
        sentences.append(text[0].upper() + text[1:] + ("!" if rng.random() < 0.02 else "."))
    return from_sentences(sentences, order_determined, tuple(key for _, key in clauses))


def from_sentences(
    sentences: list[str], order_determined: bool, combinations: tuple[str, ...]
) -> Document:
    """A document around sentences: repeated content words support each other."""
    words: list[str] = []
    for sentence in sentences:
        words += sentence.split()
    plain = [word.rstrip(".,!?").lower() for word in words]
    counts: dict[str, list[int]] = {}
    for place, word in enumerate(plain):
        counts.setdefault(word, []).append(place)
    groups = [-1] * len(words)
    determined = [False] * len(words)
    number = 0
    for word, places in counts.items():
        if word in FUNCTION:
            for place in places:
                determined[place] = True
        elif len(places) > 1 and word not in _ARTICLES:
            for place in places:
                groups[place] = number
                determined[place] = True
            number += 1
    return Document(" ".join(sentences), tuple(sentences), tuple(words), tuple(determined),
                    tuple(groups), order_determined, combinations)


_ARTICLES = frozenset("the this these my your his her our their in on at".split())


def document(rng: random.Random, heldout: bool = False) -> Document:
    """A fresh text of one to four sentences."""
    chance = rng.random()
    if chance < 0.2:
        clause = drawn(lambda: any_clause(rng, heldout), heldout)
        return _document([clause], True, rng)
    if chance < 0.45:
        return _sequence(rng, heldout)
    if chance < 0.75:
        return _chain(rng, heldout)
    if chance < 0.88:
        text, _, keys = pair(rng, heldout)
        sentences = [part + "." for part in text.rstrip(".").split(". ")]
        return from_sentences(sentences, False, keys)
    count = 2 if rng.random() < 0.7 else 3
    return _document(
        [drawn(lambda: any_clause(rng, heldout), heldout) for _ in range(count)], False, rng)


def _person(rng: random.Random, heldout: bool) -> NounPhrase | Name:
    if rng.random() < 0.4:
        return name(rng, heldout)
    while True:
        phrase = noun_phrase(rng, pick(rng, PERSONS), 0.3)
        if phrase.pronoun and phrase.determiner:
            return phrase


def _sequence(rng: random.Random, heldout: bool) -> Document:
    """First Anna buys an apple. Then she ... Finally she ..."""
    subject = _person(rng, heldout)
    count = 2 if rng.random() < 0.35 else 3
    clauses = []
    for place in range(count):
        def make(place: int = place) -> Clause:
            verbs = TRANSITIVE if rng.random() < 0.7 else MOVING
            clause = action_clause(rng, heldout, subject, verbs)
            while clause.subject is not subject:
                clause = action_clause(rng, heldout, subject, verbs)
            clause.tense, clause.gladly = "present", False
            word = SEQUENCE[place] if count == 3 or place == 0 else SEQUENCE[place]
            clause.front = fixed(word, "zuerst")
            if place:
                clause.subject = Pronoun(subject.pronoun)
            return clause

        clauses.append(drawn(make, heldout))
    return _document(clauses, True, rng)


def _chain(rng: random.Random, heldout: bool) -> Document:
    """A dog sees a cat. The cat hears a bird. The bird is small."""
    count = 2 + int(rng.random() * 3)
    verbs = tuple(verb for verb in TRANSITIVE if "animal" in verb.subjects)
    beings = nouns(("person", "animal"))
    used: set[str] = set()

    def being() -> NounPhrase:
        while True:
            noun = pick(rng, beings)
            if noun.lemma not in used and noun.singular is not None:
                used.add(noun.lemma)
                return noun_phrase_a(noun)

    def noun_phrase_a(noun: object) -> NounPhrase:
        return NounPhrase(noun, "a", ())  # type: ignore[arg-type]

    current = being()
    clauses: list[tuple[Clause, str]] = []
    for place in range(count):
        subject: Nominal = current if place == 0 else NounPhrase(current.noun, "the", ())
        if place == count - 1 and rng.random() < 0.4 and current.noun.adjectives:
            clauses.append(drawn(lambda subject=subject: _plain_state(rng, heldout, subject),  # type: ignore[misc]
                                 heldout))
            break
        while True:
            following = being()
            verb = pick(rng, verbs)
            if following.noun.kinds[0] not in verb.objects:
                continue
            candidate = drawn_once(Clause(subject, verb, object=following), heldout)
            if candidate is not None:
                clauses.append(candidate)
                current = following
                break
            used.discard(following.noun.lemma)
    return _document(clauses, True, rng)


def drawn_once(clause: Clause, heldout: bool) -> tuple[Clause, str] | None:
    """The clause with its key if it belongs to the wanted part."""
    from explorer.miniatures.language.novelty import combination, is_held_out

    key = combination(clause.lemmas())
    return (clause, key) if is_held_out(key) == heldout else None


def _plain_state(rng: random.Random, heldout: bool, subject: Nominal) -> Clause:
    clause = state_clause(rng, heldout, subject)
    clause.tense = "present"
    return clause


__all__ = ["GIVING", "Document", "Phrase", "Word", "document", "goal_for", "verbs_of"]
