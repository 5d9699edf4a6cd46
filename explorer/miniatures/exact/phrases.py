"""Noun phrases, places and times of the exact grammar, told from left to right."""

from collections.abc import Sequence
from functools import cache

from explorer.miniatures.exact.teller import Teller
from explorer.miniatures.language.lexicon import Adjective, Noun, Verb, nouns_of
from explorer.miniatures.language.lexicon_others import (
    CITIES,
    COMPARATIVES,
    DEGREES,
    FEMALE_NAMES,
    MALE_NAMES,
    NUMBERS,
    PLACE_PREPOSITIONS,
    POSSESSIVES,
    QUANTITIES,
    TIMES,
)
from explorer.miniatures.language.noun_phrases import Name, NounPhrase
from explorer.miniatures.language.parts import Phrase, Word
from explorer.miniatures.language.phrases import Nominal

NEW_NAME_SHARE = 0.1
"""Share of the names that nobody has heard."""
ADJECTIVE_SHARE = 0.25
PERSONS = nouns_of(("person",))
ANIMALS = nouns_of(("animal",))
BEINGS = (*PERSONS, *ANIMALS)
AREAS = nouns_of(("place", "at", "market"))
SPOTS = (*AREAS, *nouns_of(("on", "furniture", "shelter")))
HOMES = nouns_of(("home",))
GOALS = nouns_of(("goal",))
INNER = nouns_of(("inner",))
SWIMMING = nouns_of(("swimming",))
HERE = ("here", "outside", "there", "at home")
TENSE_TAGS = {"present": "p", "progressive": "p", "past": "t"}
"""The tags of TIMES for the tenses; every other tense is about the future."""
_POSSESSIVES = tuple(english for english, _ in POSSESSIVES)
_COUNTS = tuple("|".join(number) for number in NUMBERS) + QUANTITIES
_WHERE = tuple(english for english, _ in PLACE_PREPOSITIONS)
_DEGREES = tuple(english for english, _ in DEGREES)


def noun_forms(noun: Noun) -> tuple[str, str]:
    """The words of which one is said when the noun is picked."""
    return noun.english.lower(), noun.english_plural.lower()


def adjective_forms(adjective: Adjective) -> tuple[str]:
    """The word that is said when the adjective is picked."""
    return (adjective.english,)


def verb_forms(verb: Verb) -> tuple[str, ...]:
    """The words of which one is said when the verb is picked."""
    return verb.base, verb.third, verb.english_past, verb.gerund


def text_forms(text: str) -> tuple[str]:
    """The first word of a fixed text."""
    return (text.split()[0].lower(),)


@cache
def without(pool: tuple[Noun, ...], left_out: tuple[Noun, ...]) -> tuple[Noun, ...]:
    """The nouns of a pool but those."""
    return tuple(noun for noun in pool if noun not in left_out)


@cache
def nouns(kinds: tuple[str, ...]) -> tuple[Noun, ...]:
    """The nouns of the kinds."""
    return nouns_of(kinds)


def words_of(nominal: Nominal | Phrase) -> str:
    """The words of a phrase."""
    return " ".join([word.text for word in nominal.words])


def phrase(english: str, lemmas: tuple[str, ...] = ()) -> Phrase:
    """English words whose German nobody needs."""
    return Phrase([Word(text) for text in english.split()], [], lemmas or (english,))


def name(teller: Teller) -> Name:
    """A person's name, sometimes one that nobody has heard; not said yet."""
    if teller.chance(NEW_NAME_SHARE):
        word = teller.new_name()
        return Name(word, "she" if teller.chance(0.5) else "he")
    if teller.chance(0.5):
        return Name(teller.pick(FEMALE_NAMES, text_forms), "she")
    return Name(teller.pick(MALE_NAMES, text_forms), "he")


def noun_phrase(
    teller: Teller,
    pool: tuple[Noun, ...],
    adjective_share: float = ADJECTIVE_SHARE,
    definite: bool = False,
    singular: bool = False,
) -> NounPhrase:
    """A noun of the pool with what stands before it; not said yet."""
    noun = teller.pick(pool, noun_forms)
    plural = noun.singular is None or (
        noun.plural is not None and not noun.single and not singular and teller.chance(0.25)
    )
    determiner = _determiner(teller, noun, plural, definite)
    adjectives: tuple[Adjective, ...] = ()
    if noun.adjectives and teller.chance(adjective_share):
        adjectives = (teller.pick(noun.adjectives, adjective_forms),)
    return NounPhrase(noun, determiner, adjectives, plural)


def _determiner(teller: Teller, noun: Noun, plural: bool, definite: bool) -> str:
    kind = noun.kinds[0]
    if kind in ("language", "sport"):
        return ""
    if definite or kind in ("weather", "sky", "sun", "moon"):
        return "the"
    shares: tuple[tuple[float, str], ...]
    if noun.single or noun.kinds[-1] == "family":
        shares = ((0.4, "the"), (0.6, "my"))
    elif plural:
        shares = ((0.5, "the"), (0.2, ""), (0.14, "two"), (0.08, "these"), (0.08, "my"))
    elif noun.mass:
        shares = ((0.5, "the"), (0.35, ""), (0.15, "my"))
    else:
        shares = ((0.5, "the"), (0.3, "a"), (0.08, "this"), (0.12, "my"))
    found = teller.weighted(shares)
    if found == "my":
        return teller.pick(_POSSESSIVES, text_forms)
    return teller.pick(_COUNTS, _count_forms) if found == "two" else found


def _count_forms(count: str) -> tuple[str]:
    return (count.partition("|")[0],)


def place(teller: Teller, verb: Verb) -> Phrase:
    """Where something is or happens; said."""
    base = verb.base
    lives = base == "live"
    if base != "swim":
        kind = teller.weighted(
            ((0.3, "city"), (0.7, "noun"))
            if lives
            else ((0.15, "here"), (0.1, "city"), (0.75, "noun"))
        )
        if kind == "here":
            return said(teller, phrase(teller.pick(HERE, text_forms)))
        if kind == "city":
            city = teller.pick(CITIES, text_forms)
            return said(teller, phrase(f"in {city}", (f"in {city}",)))
    staying = verb.frame in ("be", "stay") and not lives
    pool = SWIMMING if base == "swim" else HOMES if lives else SPOTS if staying else AREAS
    noun = teller.pick(pool, noun_forms)
    preposition = _preposition(teller, noun, staying)
    determiner = teller.weighted(((0.7, "the"), (0.2, "a"), (0.1, "my")))
    if determiner == "my":
        determiner = teller.pick(_POSSESSIVES, text_forms)
    adjectives: tuple[Adjective, ...] = ()
    if noun.adjectives and teller.chance(0.2):
        adjectives = (teller.pick(noun.adjectives, adjective_forms),)
    return said(teller, with_preposition(preposition, NounPhrase(noun, determiner, adjectives)))


def _preposition(teller: Teller, noun: Noun, staying: bool) -> str:
    kind = noun.kinds[0]
    if staying and (kind == "plant" or teller.chance(0.2)):
        if kind in ("furniture", "plant") and teller.chance(0.6):
            return "under"
        return teller.pick(_WHERE, text_forms)
    if kind in ("at", "market"):
        return "at"
    return "on" if kind in ("on", "furniture") else "in"


def with_preposition(preposition: str, nominal: Nominal) -> Phrase:
    """A preposition and its noun phrase; not said yet."""
    words = [*[Word(text) for text in preposition.split()], *nominal.words]
    return Phrase(words, [], (preposition, *nominal.lemmas))


def goal(teller: Teller, only_city: bool) -> Phrase:
    """Where somebody goes; said."""
    shares = ((0.1, "home"), (0.1, "school"), (0.15, "city"), (0.3, "to"), (0.35, "into"))
    kind = "city" if only_city else teller.weighted(shares)
    if kind == "home":
        return said(teller, phrase("home"))
    if kind == "school":
        return said(teller, phrase("to school"))
    if kind == "city":
        return said(teller, phrase(f"to {teller.pick(CITIES, text_forms)}"))
    noun = teller.pick(GOALS if kind == "to" else INNER, noun_forms)
    adjectives: tuple[Adjective, ...] = ()
    if noun.adjectives and teller.chance(0.2):
        adjectives = (teller.pick(noun.adjectives, adjective_forms),)
    return said(teller, with_preposition(kind, NounPhrase(noun, "the", adjectives)))


def said(teller: Teller, words: Phrase) -> Phrase:
    """Say a phrase."""
    teller.say(words_of(words))
    return words


def times(tense: str, left_out: Sequence[str] = ()) -> tuple[str, ...]:
    """The times that go with a tense."""
    tag = TENSE_TAGS.get(tense, "f")
    return tuple(time[0] for time in TIMES if tag in time[2] and time[0] not in left_out)


def quality(teller: Teller, choices: Sequence[Adjective]) -> Phrase:
    """How somebody is, with or without a degree; said."""
    degree = f"{teller.pick(_DEGREES, text_forms)} " if teller.chance(0.2) else ""
    adjective = teller.pick(choices, adjective_forms)
    lemmas = (*degree.split(), adjective.english)
    return said(teller, phrase(degree + adjective.english, lemmas))


def comparative_forms(adjective: Adjective) -> tuple[str]:
    """The last word of the comparative."""
    return (COMPARATIVES[adjective.english][0].split()[-1],)
