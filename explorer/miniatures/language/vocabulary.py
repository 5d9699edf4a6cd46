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
from explorer.miniatures.language.lexicon import ADJECTIVES_BY_WORD, ALL_NOUNS, ALL_VERBS
from explorer.miniatures.language.lexicon_verbs import MODALS
from explorer.miniatures.language.word_list import word_set


def vocabulary() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """English words and German words with every form, as they stand inside a sentence, sorted."""
    english: set[str] = set()
    german: set[str] = set()
    for noun in ALL_NOUNS:
        english |= {noun.english, noun.english_plural}
        german |= {*(noun.singular or ()), *(noun.plural or ())}
    for verb in ALL_VERBS:
        english |= {verb.base, verb.third, verb.english_past, verb.gerund, verb.particle}
        german |= {verb.infinitive, *verb.present, *(verb.past or ()), verb.prefix}
        german |= {verb.prefix + form for form in verb.present}
        german |= set() if verb.past else {verb.participle}
    for adjective in ADJECTIVES_BY_WORD.values():
        english.add(adjective.english)
        german |= {adjective.german, *adjective.endings.values()}
    for forms, _ in DETERMINERS.values():
        german |= {form for row in forms for form in row}
    pairs = (
        *others.TIMES,
        *others.FREQUENCIES,
        *others.MANNERS,
        *others.DEGREES,
        *others.PLACE_PREPOSITIONS,
        *others.NUMBERS,
    )
    for pair in pairs:
        english |= set(pair[0].split())
        german |= set(pair[1].split())
    for row in others.PRONOUNS:
        english |= {row[0], row[1]}
        german |= set(row[3:])
    for modal, forms_of_modal in MODALS.items():
        english |= set(modal.split())
        german |= set(forms_of_modal)
    english |= {*DETERMINERS, *BE_FORMS, *WAS_FORMS, *NOT_CONTRACTED.values(), "an"}
    english |= word_set(
        "it does do did doesn't don't didn't isn't aren't wasn't weren't cannot not no and but "
        "because if when that who what where why there in on at to into under for home first "
        "then finally like likes"
    )
    german |= {*SEIN_FORMS, *HABEN_FORMS, *others.CONTRACTIONS.values()}
    german |= word_set(
        "und aber weil wenn dass nicht wer wen wem was wo wohin wann warum es gibt gern in an "
        "auf zu unter nach Hause er sie ihn ihm"
    )
    english |= {*others.FEMALE_NAMES, *others.MALE_NAMES, *others.CITIES}
    german |= {*others.FEMALE_NAMES, *others.MALE_NAMES, *others.CITIES}
    for group in (
        feelings.POSITIVE,
        feelings.NEGATIVE,
        feelings.TOO,
        feelings.ADVERBS,
        feelings.TOPICS,
        feelings.PLURAL_TOPICS,
    ):
        english |= set(group)
    for sayings in (*feelings.SAID, *feelings.WISHES):
        english |= {part for said in sayings for part in said.split() if part != "{}"}
    for verbs in feelings.VERBS:
        english |= {form for forms in verbs for form in forms}
    for words in (*feelings.FEELINGS, *feelings.NOUNS_OF_JUDGEMENT, feelings.NEUTRAL):
        english |= {part for word in words for part in word.split()}
    english |= word_set("everyone made me us best worst although never absolutely this")
    for english_more, german_more in others.COMPARATIVES.values():
        english |= set(english_more.split())
        german.add(german_more)
    for pair in (*others.GREETINGS, *others.ANSWERS):
        english |= set(pair[0].split())
        german |= set(pair[1].split())
    english |= word_set(
        "or how years without with outside here there than although as I'm you're he's she's it's "
        "we're they're I'll you'll he'll she'll we'll they'll yes no"
    )
    german |= word_set(
        "gab als mit für ohne Jahre oder wie obwohl hier dort draußen der die das den dem denen"
    )
    return (tuple(sorted(english - {""})), tuple(sorted(german - {""})))


def grammar_summary() -> tuple[str, ...]:
    """What the language can say, one short line each."""
    return (
        "present, past and -ing forms; can, must, will, should, wants to",
        "statements, yes/no questions, who, what, where, when, why",
        "negation with not, n't and never (nicht, kein, nie)",
        "articles, this, these, possessives, numbers, up to two adjectives",
        "adverbs of time, frequency and manner; places and goals; any of them may open a sentence",
        "two objects (gives the child a book), dative verbs, separable verbs",
        "because, if, when, that, and, but; two or three sentences in a row",
        "he, she, it and they standing for the subject of the sentence before",
        "names, cities and nouns outside the vocabulary, which are copied",
    )
