"""Clauses in which somebody does something."""

import random
from collections.abc import Sequence

from explorer.miniatures.language.clause import SUBORDINATE, Clause
from explorer.miniatures.language.lexicon import ACCUSATIVE, DATIVE, Verb, verbs_of
from explorer.miniatures.language.nominals import (
    BEINGS,
    OBJECT_PRONOUNS,
    name,
    noun_phrase,
    nouns,
    object_for,
    pick,
    subject_for,
)
from explorer.miniatures.language.noun_phrases import Described, NounPhrase
from explorer.miniatures.language.phrases import Nominal
from explorer.miniatures.language.places import company_for, goal_for, place_for
from explorer.miniatures.language.pronouns import Pronoun, Relative

PLAIN_VERBS = verbs_of("plain", "state", "dative")

TRANSITIVE = tuple(verb for verb in PLAIN_VERBS if verb.objects)

INTRANSITIVE = (*(verb for verb in PLAIN_VERBS if not verb.objects), *verbs_of("event"))

STAYING = verbs_of("stay")

MOVING = verbs_of("to", "city")

GIVING = verbs_of("give")

WEATHER = verbs_of("weather")

UNWANTED = ("lose", "forget", "find", "hear", "see")  # nobody must or wants to do these

MODAL_TENSES = ("can", "must", "will", "should", "wants to")


def tense_for(rng: random.Random, verb: Verb) -> str:
    """A tense that the verb can stand in."""
    chance = rng.random()
    if chance < 0.56:
        return "present"
    if chance < 0.76:
        return "past"
    if verb.frame == "be":
        return "present"
    if chance < 0.84:
        return "progressive" if verb.progressive else "present"
    if verb.base in UNWANTED:
        return "will" if chance < 0.9 else "can"
    if verb.frame == "state" or verb.frame in ("weather", "event"):
        return "will" if verb.frame != "state" else "present"
    return pick(rng, MODAL_TENSES)


def action_clause(
    rng: random.Random,
    heldout: bool,
    subject: Nominal | None = None,
    verbs: Sequence[Verb] | None = None,
) -> Clause:
    """X does something. A given subject is kept unless the object would be the same."""
    chance = rng.random()
    if verbs is None:
        verbs = (
            TRANSITIVE
            if chance < 0.6
            else INTRANSITIVE
            if chance < 0.74
            else GIVING
            if chance < 0.84
            else MOVING
            if chance < 0.93
            else STAYING
            if chance < 0.985 or subject is not None
            else WEATHER
        )
    verb = pick(rng, verbs)
    if subject is None:
        subject = subject_for(rng, verb.subjects, heldout)
    clause = Clause(subject, verb, tense_for(rng, verb))
    if verb.frame == "give":
        clause.object = noun_phrase(rng, pick(rng, nouns(verb.objects)))
        chance = rng.random()
        clause.receiver = (
            Pronoun(pick(rng, OBJECT_PRONOUNS), as_object=True)
            if chance < 0.25
            else name(rng, heldout)
            if chance < 0.35
            else noun_phrase(rng, pick(rng, BEINGS), 0.2)
        )
        clause.receiver_after = rng.random() < 0.4
    elif verb.objects:
        clause.object = object_for(rng, verb, heldout)
    if _same(clause.object, subject) or _same(clause.receiver, subject):
        return action_clause(rng, heldout, verbs=verbs)
    if verb.prefix and isinstance(clause.object, NounPhrase) and rng.random() < 0.5:
        clause.particle_early = True
    if verb.frame in ("to", "city"):
        clause.place = goal_for(rng, heldout, only_city=verb.frame == "city")
    elif verb.frame == "stay" or (rng.random() < 0.22 and verb.frame in ("plain", "dative")):
        clause.place = place_for(rng, heldout, verb)
    if rng.random() < 0.1:
        clause.company = company_for(rng, heldout, verb)
    if (
        clause.tense == "present"
        and verb.subjects[0] == "person"
        and verb.frame == "plain"
        and (rng.random() < 0.06 and verb.base not in UNWANTED)
    ):
        clause.gladly = True
    return clause


def _same(part: Nominal | None, subject: Nominal) -> bool:
    """Whether the two name the same one: the man and the man, I and me."""
    if part is None:
        return False
    if isinstance(part, Pronoun) and isinstance(subject, Pronoun):
        return part.pronoun == subject.pronoun or {part.pronoun, subject.pronoun} == {"I", "we"}
    return bool(part.lemmas) and part.lemmas[:1] == subject.lemmas[:1]


def described(rng: random.Random, heldout: bool, kinds: tuple[str, ...]) -> Described | None:
    """The man who lives in Berlin; the book that Anna reads."""
    plain = noun_phrase(rng, pick(rng, nouns(kinds)), 0.15)
    if plain.determiner in ("", "every"):
        return None
    phrase = Described(plain.noun, plain.determiner, plain.adjectives, plain.plural)
    link = Relative(phrase)
    kind = plain.noun.kinds[0]
    if kind == "person" or (kind == "animal" and rng.random() < 0.5):
        verbs = [
            verb for verb in pick(rng, (TRANSITIVE, INTRANSITIVE, STAYING)) if kind in verb.subjects
        ]
        clause = action_clause(rng, heldout, link, verbs)
        if clause.subject is not link:
            return None
        clause.gladly = False
        words, tail = clause.english(), clause.german(SUBORDINATE)
    else:
        verbs = [verb for verb in TRANSITIVE if set(verb.objects) & set(plain.noun.kinds)]
        if not verbs:
            return None
        clause = action_clause(rng, heldout, None, verbs)
        clause.object, clause.gladly, clause.place, clause.company = None, False, None, None
        if isinstance(clause.subject, NounPhrase) and clause.subject.noun is plain.noun:
            return None
        case = DATIVE if clause.verb.frame == "dative" else ACCUSATIVE
        link.words[0].text = "that"
        words = [*link.words, *clause.english()]
        tail = [*link.german(case), *clause.german(SUBORDINATE)]
    phrase.describe(words, tail, clause.lemmas())
    return phrase
