"""Drawing nouns, noun phrases and names that make sense."""

import random
from collections.abc import Sequence
from typing import TypeVar

from explorer.miniatures.language.lexicon import Adjective, Noun, Verb, copied_noun, nouns_of
from explorer.miniatures.language.lexicon_others import (
    CITIES,
    COLOURS,
    FEMALE_NAMES,
    MALE_NAMES,
    NUMBERS,
    POSSESSIVES,
    QUANTITIES,
    RARE_ANIMALS,
    RARE_THINGS,
)
from explorer.miniatures.language.noun_phrases import Name, NounPhrase, Pair
from explorer.miniatures.language.novelty import invented_word, word_is_held_out
from explorer.miniatures.language.phrases import Nominal
from explorer.miniatures.language.pronouns import Pronoun

Item = TypeVar("Item")

COPIED_NOUN_SHARE = 0.05

COPIED_NAME_SHARE = 0.3  # of the names

PERSONS = nouns_of(("person",))

BEINGS = nouns_of(("person", "animal"))

_NOUNS_OF: dict[tuple[str, ...], tuple[Noun, ...]] = {}

_RARE = {
    (kind, part): tuple(word for word in words if word_is_held_out(word) == part)
    for kind, words in (("animal", RARE_ANIMALS), ("thing", RARE_THINGS))
    for part in (False, True)
}

NOBODYS = ("man", "woman")  # my man and my woman mean something else

GENERAL = ("love", "like", "hate", "know", "miss", "understand")  # the dog or dogs, not a dog

SUBJECT_PRONOUNS = ("I", "we", "you", "he", "she", "they", "I", "we")

OBJECT_PRONOUNS = ("I", "you", "he", "she", "we", "they")


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
    if rng.random() < 0.45:
        return copied_noun(pick(rng, _RARE[kind, heldout]), kind)
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
        if second is not first and not (first.english in COLOURS and second.english in COLOURS):
            return (first, second)
    return (first,)


def quantity(rng: random.Random) -> str:
    """A determiner that says how many: a number, many, some."""
    place = int(rng.random() * (len(NUMBERS) + len(QUANTITIES)))
    return "|".join(NUMBERS[place]) if place < len(NUMBERS) else QUANTITIES[place - len(NUMBERS)]


def noun_phrase(
    rng: random.Random, noun: Noun, adjective_share: float = 0.3, definite: bool = False
) -> NounPhrase:
    """A noun with a determiner that fits, in singular or plural."""
    chance = rng.random()
    plural = noun.singular is None or (
        noun.plural is not None and chance < 0.25 and not noun.single
    )
    adjectives = adjectives_for(rng, noun, adjective_share)
    chance = rng.random()
    kind = noun.kinds[0]
    if kind in ("language", "sport"):
        return NounPhrase(noun, "")
    if definite or kind in ("weather", "sky", "sun", "moon"):
        this = kind == "weather" and noun.plural and chance < 0.2
        determiner = ("these" if plural else "this") if this else "the"
    elif noun.kinds[-1] == "family" and chance < 0.7:
        determiner = pick(rng, POSSESSIVES)[0]
    elif chance < 0.5 or noun.single or (noun.english in NOBODYS and chance > 0.85):
        determiner = "the"
    elif plural:
        if chance < 0.65:
            determiner = ""
        elif chance < 0.8:
            determiner = quantity(rng)
        else:
            determiner = "these" if chance < 0.88 else pick(rng, POSSESSIVES)[0]
    elif noun.mass:
        determiner = "" if chance < 0.8 else pick(rng, POSSESSIVES)[0]
    elif chance < 0.76:
        determiner = "a"
    elif chance < 0.83:
        determiner = "this"
    elif chance < 0.85:
        determiner = "every"
    else:
        determiner = pick(rng, POSSESSIVES)[0]
    return NounPhrase(noun, determiner, adjectives, plural)


def copied_phrase(rng: random.Random, heldout: bool, kind: str) -> NounPhrase:
    """A noun phrase around a word outside the lexicon."""
    return noun_phrase(rng, new_noun(rng, heldout, kind), 0.25)


def subject_for(rng: random.Random, kinds: tuple[str, ...], heldout: bool) -> Nominal:
    """A subject of one of the kinds."""
    chance = rng.random()
    if kinds[0] == "it":
        return Pronoun("it")
    if kinds[0] in ("sun", "moon"):
        return NounPhrase(pick(rng, nouns(kinds)), "the")
    if kinds[0] == "person":
        if chance < 0.14:
            return name(rng, heldout)
        if chance < 0.30:
            return Pronoun(pick(rng, SUBJECT_PRONOUNS))
        if chance < 0.34:
            first = noun_phrase(rng, pick(rng, PERSONS), 0.15, definite=True)
            second: NounPhrase | Name = (
                noun_phrase(rng, pick(rng, PERSONS), 0.15, definite=True)
                if rng.random() < 0.6
                else name(rng, heldout)
            )
            if first.lemmas[0] != second.lemmas[0]:
                return Pair(first, second)
    if kinds[0] == "person" and rng.random() < COPIED_NOUN_SHARE:
        return copied_phrase(rng, heldout, "animal")
    return noun_phrase(rng, pick(rng, nouns(kinds)), 0.25)


def object_for(rng: random.Random, verb: Verb, heldout: bool) -> Nominal:
    """An object that fits the verb."""
    chance = rng.random()
    personal = "person" in verb.objects
    if personal and chance < 0.14:
        return Pronoun(pick(rng, OBJECT_PRONOUNS), as_object=True)
    if personal and chance < 0.24:
        return name(rng, heldout)
    if rng.random() < COPIED_NOUN_SHARE:
        if "animal" in verb.objects or personal:
            return copied_phrase(rng, heldout, "animal")
        if verb.objects[0] not in ("language", "sport", "room", "asked"):
            return copied_phrase(rng, heldout, "thing")
    phrase = noun_phrase(rng, pick(rng, nouns(verb.objects)))
    if phrase.determiner == "a" and verb.base in GENERAL:
        return NounPhrase(phrase.noun, "the", phrase.adjectives)
    return phrase
