"""Drawing sensible phrases and clauses: people read books, cats do not."""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from explorer.miniatures.language.clause import Clause
from explorer.miniatures.language.lexicon import (
    ACCUSATIVE,
    ADJECTIVES_BY_KIND,
    ADJECTIVES_BY_WORD,
    BE,
    DATIVE,
    Adjective,
    Noun,
    Verb,
    copied_noun,
    nouns_of,
    verbs_of,
)
from explorer.miniatures.language.lexicon_others import (
    CITIES,
    DEGREES,
    END_FREQUENCIES,
    FEMALE_NAMES,
    FREQUENCIES,
    FRONT_FREQUENCIES,
    MALE_NAMES,
    MANNERS,
    NUMBERS,
    PLACE_PREPOSITIONS,
    POSSESSIVES,
    RARE_NOUNS,
    TIMES,
)
from explorer.miniatures.language.novelty import (
    combination,
    invented_word,
    is_held_out,
    word_is_held_out,
)
from explorer.miniatures.language.phrases import (
    Name,
    Nominal,
    NounPhrase,
    Pair,
    Phrase,
    Pronoun,
    Word,
    fixed,
    prepositional,
)

Item = TypeVar("Item")

COPIED_NOUN_SHARE = 0.04
COPIED_NAME_SHARE = 0.25  # of the names
PLAIN_VERBS = verbs_of("plain", "state", "dative")
TRANSITIVE = tuple(verb for verb in PLAIN_VERBS if verb.objects)
INTRANSITIVE = tuple(verb for verb in PLAIN_VERBS if not verb.objects)
STAYING = verbs_of("stay")
MOVING = verbs_of("to")
GIVING = verbs_of("give")
PERSONS = nouns_of(("person",))
BEINGS = nouns_of(("person", "animal"))
JOBS = {gender: tuple(noun for noun in nouns_of(("job",))) for gender in (0,)}
GOALS = nouns_of(("goal",))
INNER = nouns_of(("inner", "place"))
PLACED = nouns_of(("inner", "place", "at", "on", "furniture", "shelter"))
SHOWN = tuple(noun for noun in nouns_of(
    ("person", "animal", "thing", "food", "clothes", "text", "vehicle", "place", "at",
     "furniture", "weather", "sky", "show", "opening", "building", "drink")) if noun.adjectives)
_NOUNS_OF: dict[tuple[str, ...], tuple[Noun, ...]] = {}
_RARE = {part: tuple(word for word in RARE_NOUNS if word_is_held_out(word) == part)
         for part in (False, True)}


def pick(rng: random.Random, items: Sequence[Item]) -> Item:
    """One of the items, each as likely; faster than `rng.choice`."""
    return items[int(rng.random() * len(items))]


def nouns(kinds: tuple[str, ...]) -> tuple[Noun, ...]:
    """The nouns of the kinds, remembered."""
    found = _NOUNS_OF.get(kinds)
    if found is None:
        found = _NOUNS_OF[kinds] = nouns_of(kinds)
    return found


def new_noun(rng: random.Random, heldout: bool, kind: str) -> Noun:
    """A noun outside the lexicon, to be copied: a rare real word or an invented one."""
    if rng.random() < 0.4:
        return copied_noun(pick(rng, _RARE[heldout]), kind)
    return copied_noun(invented_word(rng, heldout), kind)


def name(rng: random.Random, heldout: bool) -> Name:
    """A person's name, sometimes one that nobody has seen."""
    if rng.random() < COPIED_NAME_SHARE:
        word = invented_word(rng, heldout).capitalize()
        return Name(word, "she" if rng.random() < 0.5 else "he")
    if rng.random() < 0.5:
        return Name(pick(rng, FEMALE_NAMES), "she")
    return Name(pick(rng, MALE_NAMES), "he")


def city(rng: random.Random, heldout: bool) -> str:
    """A city, sometimes one that nobody has seen."""
    if rng.random() < COPIED_NAME_SHARE:
        return invented_word(rng, heldout).capitalize()
    return pick(rng, CITIES)


def adjectives_for(rng: random.Random, noun: Noun, share: float = 0.3) -> tuple[Adjective, ...]:
    """None, one or two adjectives that fit the noun."""
    if rng.random() >= share or not noun.adjectives:
        return ()
    first = pick(rng, noun.adjectives)
    if rng.random() < 0.1:
        second = pick(rng, noun.adjectives)
        if second is not first:
            return (first, second)
    return (first,)


def noun_phrase(
    rng: random.Random, noun: Noun, adjective_share: float = 0.3, definite: bool = False
) -> NounPhrase:
    """A noun with a determiner that fits, in singular or plural."""
    chance = rng.random()
    plural = noun.singular is None or (noun.plural is not None and chance < 0.25)
    adjectives = adjectives_for(rng, noun, adjective_share)
    chance = rng.random()
    if definite:
        determiner = "the"
    elif noun.kinds[-1] == "family" and chance < 0.7:
        determiner = pick(rng, POSSESSIVES)[0]
    elif chance < 0.5:
        determiner = "the"
    elif plural:
        if chance < 0.65:
            determiner = ""
        elif chance < 0.8:
            determiner = "|".join(pick(rng, NUMBERS))
        else:
            determiner = "these" if chance < 0.88 else pick(rng, POSSESSIVES)[0]
    elif noun.mass:
        determiner = "" if chance < 0.8 else pick(rng, POSSESSIVES)[0]
    elif chance < 0.76:
        determiner = "a"
    elif chance < 0.84:
        determiner = "this"
    else:
        determiner = pick(rng, POSSESSIVES)[0]
    return NounPhrase(noun, determiner, adjectives, plural)


def subject_for(rng: random.Random, kinds: tuple[str, ...], heldout: bool) -> Nominal:
    """A subject of one of the kinds."""
    chance = rng.random()
    if kinds[0] == "person":
        if chance < 0.14:
            return name(rng, heldout)
        if chance < 0.30:
            return Pronoun(pick(rng, ("I", "we", "you", "he", "she", "they", "I", "we")))
        if chance < 0.34:
            first = noun_phrase(rng, pick(rng, PERSONS), 0.15, definite=True)
            second: NounPhrase | Name = (
                noun_phrase(rng, pick(rng, PERSONS), 0.15, definite=True)
                if rng.random() < 0.6 else name(rng, heldout)
            )
            if first.lemmas[0] != second.lemmas[0]:
                return Pair(first, second)
    if kinds[0] in ("person", "animal") and rng.random() < COPIED_NOUN_SHARE:
        return copied_phrase(rng, heldout, "animal")
    return noun_phrase(rng, pick(rng, nouns(kinds)), 0.25)


def copied_phrase(rng: random.Random, heldout: bool, kind: str) -> NounPhrase:
    """A noun phrase around a word outside the lexicon."""
    return noun_phrase(rng, new_noun(rng, heldout, kind), 0.25)


def object_for(rng: random.Random, verb: Verb, heldout: bool) -> Nominal:
    """An object that fits the verb."""
    chance = rng.random()
    personal = "person" in verb.objects
    if personal and chance < 0.14:
        return Pronoun(pick(rng, ("I", "you", "he", "she", "we", "they")), as_object=True)
    if personal and chance < 0.24:
        return name(rng, heldout)
    if rng.random() < COPIED_NOUN_SHARE:
        kind = "animal" if personal else "thing"
        return copied_phrase(rng, heldout, kind)
    return noun_phrase(rng, pick(rng, nouns(verb.objects)))


def place_for(rng: random.Random, heldout: bool) -> Phrase:
    """Where something is: in the garden, under the table, at home, in Berlin."""
    chance = rng.random()
    if chance < 0.08:
        return fixed("at home", "zu Hause")
    if chance < 0.18:
        town = city(rng, heldout)
        return fixed(f"in {town}", f"in {town}")
    noun = pick(rng, PLACED)
    nominal = NounPhrase(noun, "the" if rng.random() < 0.8 else "a",
                         adjectives_for(rng, noun, 0.2))
    chance = rng.random()
    if chance < 0.25 or noun.kinds[0] == "plant":
        english, german = pick(rng, PLACE_PREPOSITIONS)
        if noun.kinds[0] in ("furniture", "plant") and rng.random() < 0.6:
            english, german = "under", "unter"
    elif noun.kinds[0] == "at":
        english, german = "at", "an"
    elif noun.kinds[0] in ("on", "furniture"):
        english, german = "on", "auf"
    else:
        english, german = "in", "in"
    return prepositional(english, german, nominal, DATIVE)


def goal_for(rng: random.Random, heldout: bool) -> Phrase:
    """Where someone goes: to the station, into the garden, to Berlin, home."""
    chance = rng.random()
    if chance < 0.1:
        return fixed("home", "nach Hause")
    if chance < 0.25:
        town = city(rng, heldout)
        return fixed(f"to {town}", f"nach {town}")
    if chance < 0.65:
        noun = pick(rng, GOALS)
        return prepositional("to", "zu", NounPhrase(noun, "the", adjectives_for(rng, noun, 0.2)),
                             DATIVE)
    noun = pick(rng, INNER)
    return prepositional("into", "in", NounPhrase(noun, "the", adjectives_for(rng, noun, 0.2)),
                         ACCUSATIVE)


def tense_for(rng: random.Random, verb: Verb) -> str:
    """A tense that the verb can stand in."""
    chance = rng.random()
    if chance < 0.56:
        return "present"
    if chance < 0.76:
        return "past"
    if chance < 0.84:
        return "present" if verb.frame in ("state", "be", "stay") else "progressive"
    if verb.base in ("want", "like", "know") or verb.frame == "be":
        return "present"
    return pick(rng, ("can", "must", "will", "should", "wants to"))


def time_for(rng: random.Random, tense: str) -> Phrase:
    """A time that fits the tense."""
    wanted = "t" if tense == "past" else "f" if tense not in ("present", "progressive") else "p"
    while True:
        english, german, tenses = pick(rng, TIMES)
        if wanted in tenses:
            return fixed(english, german)


def predicate_for(rng: random.Random, adjective: Adjective) -> Phrase:
    """beautiful, very beautiful, ..."""
    phrase = fixed(adjective.english, adjective.german)
    if rng.random() < 0.25:
        degree = fixed(*pick(rng, DEGREES))
        return Phrase(degree.words + phrase.words, degree.german + phrase.german,
                      degree.lemmas + phrase.lemmas)
    return phrase


def state_clause(rng: random.Random, heldout: bool, subject: Nominal | None = None) -> Clause:
    """X is so, or X is there."""
    chance = rng.random()
    if subject is None and chance < 0.2:
        subject = Pronoun(pick(rng, ("I", "we", "you", "he", "she", "they"))) if (
            chance < 0.13) else name(rng, heldout)
    if subject is None:
        if chance < 0.24:
            subject = copied_phrase(rng, heldout, "animal")
        else:
            subject = noun_phrase(rng, pick(rng, SHOWN), 0.15)
            if subject.determiner in ("a", "") and rng.random() < 0.8:
                subject = NounPhrase(subject.noun, "the", subject.adjectives, subject.plural)
    tense = "present" if rng.random() < 0.75 else "past"
    clause = Clause(subject, BE, tense)
    if isinstance(subject, NounPhrase):
        choices: Sequence[Adjective] = subject.noun.adjectives
        movable = subject.noun.kinds[0] in ("person", "animal", "thing", "clothes")
    else:
        choices, movable = ADJECTIVES_BY_KIND["person"], True
    if movable and rng.random() < 0.3:
        clause.place = place_for(rng, heldout)
    else:
        adjective = pick(rng, choices)
        clause.predicate = predicate_for(rng, adjective)
    return clause


def action_clause(
    rng: random.Random, heldout: bool, subject: Nominal | None = None,
    verbs: Sequence[Verb] | None = None,
) -> Clause:
    """X does something."""
    chance = rng.random()
    if verbs is None:
        verbs = (TRANSITIVE if chance < 0.6 else INTRANSITIVE if chance < 0.74
                 else GIVING if chance < 0.84 else MOVING if chance < 0.93 else STAYING)
    verb = pick(rng, verbs)
    if subject is None:
        subject = subject_for(rng, verb.subjects, heldout)
    clause = Clause(subject, verb, tense_for(rng, verb))
    if verb.frame == "give":
        clause.object = noun_phrase(rng, pick(rng, nouns(verb.objects)))
        chance = rng.random()
        clause.receiver = (
            Pronoun(pick(rng, ("I", "you", "he", "she", "we", "they")), as_object=True)
            if chance < 0.25 else name(rng, heldout) if chance < 0.35
            else noun_phrase(rng, pick(rng, BEINGS), 0.2))
        clause.receiver_after = rng.random() < 0.4
    elif verb.objects:
        clause.object = object_for(rng, verb, heldout)
    if clause.object is not None and clause.object.lemmas[:1] == subject.lemmas[:1]:
        return action_clause(rng, heldout)
    if verb.frame == "to":
        clause.place = goal_for(rng, heldout)
    elif verb.frame == "stay" or (rng.random() < 0.25 and verb.frame != "state"):
        clause.place = place_for(rng, heldout)
    if clause.tense == "present" and verb.subjects[0] == "person" and verb.frame == "plain" and (
        rng.random() < 0.06
    ):
        clause.gladly = True
    return clause


def decorate(rng: random.Random, clause: Clause, front: bool = True) -> Clause:
    """Adverbs, a front phrase and a negation, each in every place that is natural."""
    chance = rng.random()
    if chance < 0.1:
        clause.negated = "not" if rng.random() < 0.4 else "n't"
        if clause.tense == "must":
            clause.tense = "can"
    chance = rng.random()
    if chance < 0.3:
        clause.time = time_for(rng, clause.tense)
    if not clause.negated and not clause.gladly and clause.tense in ("present", "past") and (
        rng.random() < 0.16
    ):
        clause.frequency = fixed(*pick(rng, FREQUENCIES))
        if clause.frequency.lemmas[0] in END_FREQUENCIES and rng.random() < 0.25 and (
            clause.time is None
        ):
            clause.frequency_last = True
    if clause.verb.frame == "plain" and not clause.gladly and rng.random() < 0.05:
        clause.manner = fixed(*pick(rng, MANNERS))
    if front and rng.random() < 0.35:
        if clause.time is not None:
            clause.front, clause.time = clause.time, None
        elif clause.place is not None and clause.verb.frame not in ("to", "be") and (
            not clause.negated
        ):
            clause.front, clause.place = clause.place, None
        elif clause.frequency is not None and clause.frequency.lemmas[0] in FRONT_FREQUENCIES:
            clause.front, clause.frequency = clause.frequency, None
            clause.frequency_last = False
        clause.with_comma = clause.front is not None and rng.random() < 0.25
    return clause


def any_clause(rng: random.Random, heldout: bool, front: bool = True) -> Clause:
    """A clause of any sort."""
    if rng.random() < 0.22:
        return decorate(rng, state_clause(rng, heldout), front)
    return decorate(rng, action_clause(rng, heldout), front)


def drawn(make: Callable[[], Clause], heldout: bool) -> tuple[Clause, str]:
    """A clause from the wanted part, with its combination: drawn again until it fits."""
    while True:
        clause = make()
        key = combination(clause.lemmas())
        if is_held_out(key) == heldout:
            return clause, key


__all__ = ["ADJECTIVES_BY_WORD", "Word", "action_clause", "any_clause", "decorate", "drawn",
           "state_clause"]
