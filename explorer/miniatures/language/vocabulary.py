"""Every word that the language knows, in both languages, and what it can say."""

from explorer.miniatures.language import lexicon_others as others
from explorer.miniatures.language import lexicon_sentiment as feelings
from explorer.miniatures.language.agreement import DETERMINERS
from explorer.miniatures.language.clause import (
    BE_FORMS,
    HABEN_FORMS,
    NOT_CONTRACTED,
    SEIN_FORMS,
    WAS_FORMS,
)
from explorer.miniatures.language.lexicon import (
    ADJECTIVES_BY_WORD,
    ALL_NOUNS,
    ALL_VERBS,
    DATIVE,
    MASCULINE,
    NEUTER,
    PLURAL,
    Adjective,
    Noun,
    Verb,
)
from explorer.miniatures.language.lexicon_verbs import MODALS, MUST_NOT
from explorer.miniatures.language.there import THINGS
from explorer.miniatures.language.word_list import word_set

DATIVE_KINDS = frozenset(
    ("person", "animal", "vehicle", "place", "at", "market", "on", "furniture", "shelter")
)
"""Kinds of nouns that stand in the dative plural: people who are helped, places."""
THIRD_PERSONS = (2, 4)


def vocabulary() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """English words and German words with every form, as they stand inside a sentence, sorted.

    Law: some rule can say each of them.
    """
    english = {*_clause_words(), *_judging_words()}
    return tuple(sorted(english)), tuple(sorted(_german_words()))


def clause_vocabulary() -> tuple[str, ...]:
    """The English words of everything but sentiment, sorted: what a document can hold."""
    return tuple(sorted(_clause_words()))


def _clause_words() -> set[str]:
    english: set[str] = set()
    for noun in ALL_NOUNS:
        english |= {noun.english} if noun.singular else set()
        english |= {noun.english_plural} if _has_plural(noun) else set()
    for verb in ALL_VERBS:
        english |= {verb.base, verb.third, verb.english_past, *verb.particle.split()}
        english |= {verb.gerund} if verb.progressive else set()
    english |= {adjective.english for adjective in ADJECTIVES_BY_WORD.values()}
    for phrases in (others.TIMES, others.FREQUENCIES, others.MANNERS, others.DEGREES):
        english |= {word for phrase in phrases for word in phrase[0].split()}
    for pair in (
        *others.PLACE_PREPOSITIONS,
        *others.NUMBERS,
        *others.GREETINGS,
        *others.ANSWERS,
        *others.COMPARATIVES.values(),
    ):
        english |= set(pair[0].split())
    for row in others.PRONOUNS:
        english |= {row[0], row[1]}
    for modal in MODALS:
        english |= set(modal.split())
    english |= {*DETERMINERS, *BE_FORMS, *WAS_FORMS, *NOT_CONTRACTED.values(), "an"}
    english |= {*others.FEMALE_NAMES, *others.MALE_NAMES, *others.CITIES}
    return english | word_set(
        "it does do did doesn't don't didn't isn't aren't wasn't weren't cannot not no and but "
        "because if when that who what where why there in on at to into under for home first "
        "then finally like likes or how years without with outside here than although I'm you're "
        "he's she's it's we're they're I'll you'll he'll she'll we'll they'll"
    )


def _judging_words() -> set[str]:
    sayings = (
        feelings.POSITIVE,
        feelings.NEGATIVE,
        feelings.TOO,
        feelings.ADVERBS,
        feelings.TOPICS,
        feelings.PLURAL_TOPICS,
        feelings.NEUTRAL,
        *feelings.SAID,
        *feelings.WISHES,
        *feelings.FEELINGS,
        *feelings.NOUNS_OF_JUDGEMENT,
        *(forms for verbs in feelings.VERBS for forms in verbs),
    )
    english = {word for said in sayings for text in said for word in text.split() if word != "{}"}
    return english | word_set("everyone made me us best worst although never absolutely this")


def _german_words() -> set[str]:
    german: set[str] = set()
    for noun in ALL_NOUNS:
        german |= _noun_forms(noun)
    for verb in ALL_VERBS:
        german |= _verb_forms(verb)
    for adjective in ADJECTIVES_BY_WORD.values():
        german |= _adjective_forms(adjective)
    for determiner, (forms, _) in DETERMINERS.items():
        only_plural = determiner in (*others.QUANTITIES, "these")
        german |= {form for row in forms for form in (row[PLURAL:] if only_plural else row)}
    for phrases in (others.TIMES, others.FREQUENCIES, others.MANNERS, others.DEGREES):
        german |= {word for phrase in phrases for word in phrase[1].split()}
    for pair in (
        *others.PLACE_PREPOSITIONS,
        *others.NUMBERS,
        *others.GREETINGS,
        *others.ANSWERS,
        *others.COMPARATIVES.values(),
    ):
        german |= set(pair[1].split())
    for row in others.PRONOUNS:
        german |= set(row[3:])
    for forms_of_modal in (*MODALS.values(), MUST_NOT):
        german |= set(forms_of_modal)
    german |= {*SEIN_FORMS, *HABEN_FORMS, *others.CONTRACTIONS.values()}
    german |= {*others.FEMALE_JOBS.values()}
    german |= {*others.FEMALE_NAMES, *others.MALE_NAMES, *others.CITIES}
    return german | word_set(
        "und aber weil wenn dass nicht wer wen wem was wo wohin wann warum es gibt gern in an "
        "auf zu unter nach Hause er sie ihn ihm gab als mit für ohne Jahre oder wie obwohl hier "
        "dort draußen der die das den dem denen"
    )


def _noun_forms(noun: Noun) -> set[str]:
    forms = set(noun.singular or ())
    if noun.plural and _has_plural(noun):
        forms |= {*noun.plural[:DATIVE]}
        helped = DATIVE_KINDS.intersection(noun.kinds) and not noun.single
        forms |= {noun.plural[DATIVE]} if helped else set()
    return forms


def _has_plural(noun: Noun) -> bool:
    """My mother is the only one, and yet there are two mothers in the garden."""
    return noun.plural is not None and (not noun.single or noun in THINGS)


def _verb_forms(verb: Verb) -> set[str]:
    """The forms for the persons that may be its subject; the prefix joins them at the end."""
    persons = range(5) if "person" in verb.subjects else THIRD_PERSONS
    forms = {verb.infinitive, verb.prefix}
    for person in persons[:1] if verb.frame == "weather" else persons:
        forms |= {verb.present[person], verb.prefix + verb.present[person]}
        forms |= {verb.past[person]} if verb.past else {verb.participle}
    return forms - {""}


def _adjective_forms(adjective: Adjective) -> set[str]:
    """No -em: nothing in the dative stands without a determiner."""
    genders = {noun.gender for noun in ALL_NOUNS if adjective in noun.adjectives and noun.singular}
    forms = {adjective.german, adjective.endings["e"], adjective.endings["en"]}
    forms |= {adjective.endings["er"]} if MASCULINE in genders else set()
    return forms | ({adjective.endings["es"]} if NEUTER in genders else set())


def grammar_summary(german: bool = True) -> tuple[str, ...]:
    """What the language can say, one short line each; with or without its German half."""
    nothing = " (nicht, kein, nie)" if german else ""
    return (
        "present, past and -ing forms; can, must, will, should, wants to",
        "statements, yes/no questions, who, what, where, when, why, how",
        f"negation with not, n't and never{nothing}",
        "articles, this, these, possessives, numbers, many, some, up to two adjectives",
        "adverbs of time, frequency and manner; places and goals; any of them may open a sentence",
        "two objects (gives the child a book), comparisons (is bigger than the cat), jobs",
        *(("dative verbs, separable verbs, verbs at the end of the clause",) if german else ()),
        "because, if, when, although, that, and, but, or; who and that as relative pronouns",
        "two or three sentences in a row; he, she, it and they for somebody named before",
        "names, cities and nouns outside the vocabulary, which are copied",
    )
