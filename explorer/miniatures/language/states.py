"""Clauses that say how, where or who somebody is."""

import random
from collections.abc import Sequence
from dataclasses import replace

from explorer.miniatures.language.clause import Clause
from explorer.miniatures.language.lexicon import (
    ADJECTIVES_BY_WORD,
    BE,
    FEMININE,
    NOMINATIVE,
    Adjective,
    Noun,
    nouns_of,
)
from explorer.miniatures.language.lexicon_others import (
    COMPARATIVES,
    FEMALE_JOBS,
    FEMALE_NAMES,
    MALE_NAMES,
    NUMBERS,
    POSSESSIVES,
)
from explorer.miniatures.language.nominals import (
    SUBJECT_PRONOUNS,
    adjectives_for,
    copied_phrase,
    name,
    noun_phrase,
    nouns,
    pick,
)
from explorer.miniatures.language.noun_phrases import Name, NounPhrase, Profession
from explorer.miniatures.language.parts import Phrase, fixed
from explorer.miniatures.language.phrases import Nominal
from explorer.miniatures.language.places import place_for, predicate_for
from explorer.miniatures.language.pronouns import Pointing, Pronoun
from explorer.miniatures.language.word_list import words

JOBS = nouns_of(("job",))
WOMENS_JOBS = tuple(
    replace(job, gender=FEMININE, singular=(FEMALE_JOBS[job.english],) * 3) for job in JOBS
)

NAME = nouns_of(("name",))[0]

SHOWN = tuple(
    noun
    for noun in nouns_of(
        (
            "person",
            "animal",
            "thing",
            "food",
            "clothes",
            "text",
            "vehicle",
            "place",
            "at",
            "on",
            "furniture",
            "weather",
            "weather",
            "sky",
            "sun",
            "moon",
            "show",
            "opening",
            "building",
            "drink",
            "plant",
            "sound",
        )
    )
    if noun.adjectives
)

MOVABLE = ("person", "animal", "thing", "clothes", "vehicle")

_FEELINGS = tuple(
    ADJECTIVES_BY_WORD[word]
    for word in words(
        "happy sad tired hungry thirsty angry sick old young small tall clever strong "
        "rich poor lazy friendly funny famous healthy brave"
    )
)

_WEATHER_WORDS = tuple(ADJECTIVES_BY_WORD[word] for word in ("cold", "warm", "hot", "dark"))


def state_clause(rng: random.Random, heldout: bool, subject: Nominal | None = None) -> Clause:
    """X is so, X is there, X is somebody, this is X, X is bigger than Y."""
    chance = rng.random()
    tense = "present" if rng.random() < 0.75 else "past" if rng.random() < 0.75 else "will"
    if subject is None:
        if chance < 0.1:
            return _this_is(rng, heldout)
        if chance < 0.14:
            return Clause(
                Pronoun("it"), BE, tense, predicate=predicate_for(rng, pick(rng, _WEATHER_WORDS))
            )
        if chance < 0.3:
            subject = Pronoun(pick(rng, SUBJECT_PRONOUNS))
        elif chance < 0.37:
            subject = name(rng, heldout)
        elif chance < 0.41:
            subject = copied_phrase(rng, heldout, "animal" if chance < 0.39 else "thing")
        else:
            subject = noun_phrase(rng, pick(rng, SHOWN), 0.15)
            if subject.determiner in ("a", "") and rng.random() < 0.8:
                subject = NounPhrase(subject.noun, "the", subject.adjectives, subject.plural)
    clause = Clause(subject, BE, tense)
    choices: Sequence[Adjective] = _FEELINGS
    movable = person = True
    if isinstance(subject, NounPhrase):
        choices = subject.noun.adjectives
        movable = subject.noun.kinds[0] in MOVABLE
        person = subject.noun.kinds[0] == "person"
    chance = rng.random()
    if movable and chance < 0.28:
        clause.place = place_for(rng, heldout)
    elif person and chance < 0.36 and (jobs := _jobs_of(subject)):
        job = pick(rng, jobs)
        clause.predicate = Profession(job, "a", adjectives_for(rng, job))
    elif person and chance < 0.39:
        number, german = pick(rng, NUMBERS[:8])
        clause.predicate = fixed(f"{number} years old", f"{german} Jahre alt")
    elif isinstance(subject, NounPhrase) and chance > 0.92:
        _compare(rng, clause, subject)
    if clause.place is None and clause.predicate is None:
        adjective = pick(rng, choices)
        if isinstance(subject, NounPhrase) and adjective in subject.adjectives:
            adjective = pick(rng, choices)
        clause.predicate = predicate_for(rng, adjective)
    return clause


def _jobs_of(subject: Nominal) -> tuple[Noun, ...]:
    """The jobs in the gender of the subject; none where German could not know it."""
    if subject.plural:
        return ()
    if isinstance(subject, Name) and subject.lemmas[0] not in (*FEMALE_NAMES, *MALE_NAMES):
        return ()
    return {"he": JOBS, "I": JOBS, "she": WOMENS_JOBS}.get(subject.pronoun, ())


def _this_is(rng: random.Random, heldout: bool) -> Clause:
    """This is my brother. These are not my books. My name is Anna."""
    chance = rng.random()
    if chance < 0.2:
        someone = name(rng, heldout)
        said = Phrase(someone.words, someone.german(NOMINATIVE), someone.lemmas)
        subject = NounPhrase(NAME, pick(rng, POSSESSIVES)[0]) if chance < 0.12 else Pointing(False)
        return Clause(subject, BE, predicate=said)
    phrase = (
        copied_phrase(rng, heldout, "thing")
        if rng.random() < 0.1
        else noun_phrase(
            rng,
            pick(rng, nouns(("person", "animal", "thing", "text", "food", "vehicle", "place"))),
            0.4,
        )
    )
    if phrase.determiner in ("this", "these", "every", "many", "some"):
        phrase = NounPhrase(phrase.noun, "the", phrase.adjectives, phrase.plural)
    return Clause(Pointing(phrase.plural), BE, predicate=phrase)


def _compare(rng: random.Random, clause: Clause, subject: NounPhrase) -> None:
    """... is bigger than the cat."""
    choices = [word.english for word in subject.noun.adjectives if word.english in COMPARATIVES]
    other = noun_phrase(rng, pick(rng, nouns((subject.noun.kinds[0],))), 0.1)
    if not choices or other.noun is subject.noun or other.determiner == "":
        return
    word = pick(rng, choices)
    comparative, than = fixed(*COMPARATIVES[word]), fixed("than", "als")
    clause.predicate = Phrase(
        [*comparative.words, *than.words, *other.words],
        [*comparative.german, *than.german, *other.german(NOMINATIVE)],
        (word, "than", *other.lemmas),
    )
