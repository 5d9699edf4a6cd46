"""Drawing places, goals, company, times and what is said of somebody."""

import random
from collections.abc import Sequence

from explorer.miniatures.language.lexicon import ACCUSATIVE, DATIVE, Adjective, Noun, Verb, nouns_of
from explorer.miniatures.language.lexicon_others import (
    DEGREES,
    PLACE_PREPOSITIONS,
    POSSESSIVES,
    TIMES,
    WITH_FREQUENCY,
)
from explorer.miniatures.language.nominals import (
    BEINGS,
    OBJECT_PRONOUNS,
    PERSONS,
    adjectives_for,
    city,
    name,
    noun_phrase,
    nouns,
    pick,
)
from explorer.miniatures.language.noun_phrases import NounPhrase
from explorer.miniatures.language.parts import Phrase, fixed
from explorer.miniatures.language.phrases import Nominal, prepositional
from explorer.miniatures.language.pronouns import Pronoun

GOALS = nouns_of(("goal",))

INNER = nouns_of(("inner",))

HOMES = nouns_of(("home",))

AREAS = nouns_of(("place", "at", "market"))  # where people do things

SPOTS = (*AREAS, *AREAS, *nouns_of(("on", "furniture", "shelter")))  # where something can be

_TIMES = {tense: tuple(time[:2] for time in TIMES if tense in time[2]) for tense in ("p", "f", "t")}

_TIMES_WITH_FREQUENCY = {
    tense: tuple(time for time in times if time[0].startswith(WITH_FREQUENCY))
    for tense, times in _TIMES.items()
}


def _preposition(rng: random.Random, noun: Noun, besides: bool, base: str) -> tuple[str, str]:
    kind = noun.kinds[0]
    if besides and (kind == "plant" or rng.random() < 0.2):
        if kind in ("furniture", "plant") and rng.random() < 0.6:
            return "under", "unter"
        return pick(rng, PLACE_PREPOSITIONS)
    if base == "swim" and rng.random() < 0.6:
        return "in", "in"
    if kind == "at":
        return "at", "an"
    if kind == "market":
        return "at", "auf"
    return ("on", "auf") if kind in ("on", "furniture") else ("in", "in")


def place_for(rng: random.Random, heldout: bool, verb: Verb | None = None) -> Phrase:
    """Where something is or happens: in the garden, under the table, at home, in Berlin, here."""
    base = verb.base if verb is not None else "be"
    chance = rng.random()
    if chance < 0.08 and base != "live":
        return fixed("at home", "zu Hause")
    if chance < 0.16 and base != "live":
        return fixed(*pick(rng, (("here", "hier"), ("outside", "draußen"), ("there", "dort"))))
    if chance < (0.45 if base == "live" else 0.25):
        town = city(rng, heldout)
        return fixed(f"in {town}", f"in {town}")
    besides = base in ("be", "sit", "stand", "lie", "sleep", "wait", "stay", "play")
    if base == "swim":
        pool: Sequence[Noun] = nouns(("swimming",))
    elif base == "live":
        pool = HOMES
    else:
        pool = SPOTS if besides else AREAS
    noun = pick(rng, pool)
    chance = rng.random()
    several = chance < 0.06 and noun.plural is not None and base != "live"
    nominal = NounPhrase(
        noun, "the" if chance < 0.75 else "a", adjectives_for(rng, noun, 0.2), several
    )
    if rng.random() < 0.1:
        nominal = NounPhrase(noun, pick(rng, POSSESSIVES)[0])
    english, german = _preposition(rng, noun, besides, base)
    return prepositional(english, german, nominal, DATIVE)


def goal_for(rng: random.Random, heldout: bool, only_city: bool = False) -> Phrase:
    """Where someone goes: to the station, into the garden, to Berlin, home."""
    chance = rng.random()
    if only_city or chance > 0.85:
        town = city(rng, heldout)
        return fixed(f"to {town}", f"nach {town}")
    if chance < 0.1:
        return fixed("home", "nach Hause")
    if chance < 0.18:
        return fixed("to school", "zur Schule")
    if chance < 0.55:
        noun = pick(rng, GOALS)
        return prepositional(
            "to", "zu", NounPhrase(noun, "the", adjectives_for(rng, noun, 0.2)), DATIVE
        )
    noun = pick(rng, INNER)
    return prepositional(
        "into", "in", NounPhrase(noun, "the", adjectives_for(rng, noun, 0.2)), ACCUSATIVE
    )


def company_for(rng: random.Random, heldout: bool, verb: Verb) -> Phrase | None:
    """With whom (mit and the dative), without whom (ohne) or for whom (für, the accusative)."""
    chance = rng.random()
    person: Nominal
    if chance < 0.25:
        person = Pronoun(pick(rng, OBJECT_PRONOUNS), as_object=True)
    elif chance < 0.4:
        person = name(rng, heldout)
    else:
        person = noun_phrase(rng, pick(rng, BEINGS if chance < 0.6 else PERSONS), 0.2)
    if verb.base in ("buy", "cook", "bake", "write", "paint", "build", "repair"):
        return prepositional("for", "für", person, ACCUSATIVE)
    if verb.base in (
        "play",
        "dance",
        "sing",
        "work",
        "wait",
        "swim",
        "come",
        "go",
        "walk",
        "travel",
        "fly",
        "live",
        "learn",
        "run",
        "speak",
        "jump",
    ):
        if rng.random() < 0.8 or verb.base == "speak":
            return prepositional("with", "mit", person, DATIVE)
        return prepositional("without", "ohne", person, ACCUSATIVE)
    return None


def time_for(rng: random.Random, tense: str, with_frequency: bool = False) -> Phrase:
    """A time that fits the tense, and goes with often or always if that is asked."""
    wanted = "t" if tense == "past" else "p" if tense in ("present", "progressive") else "f"
    return fixed(*pick(rng, (_TIMES_WITH_FREQUENCY if with_frequency else _TIMES)[wanted]))


def predicate_for(rng: random.Random, adjective: Adjective) -> Phrase:
    """beautiful, very beautiful, ..."""
    phrase = fixed(adjective.english, adjective.german)
    if rng.random() < 0.25:
        degree = fixed(*pick(rng, DEGREES))
        return Phrase(
            degree.words + phrase.words,
            degree.german + phrase.german,
            degree.lemmas + phrase.lemmas,
        )
    return phrase
