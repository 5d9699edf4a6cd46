"""Clauses of the exact grammar: who does what, told from left to right.

What is said is what `Clause.english` of the language says, in the same order; the forms of the
verb come from there.
"""

from functools import cache

from explorer.miniatures.exact.phrases import (
    ANIMALS,
    BEINGS,
    PERSONS,
    adjective_forms,
    comparative_forms,
    goal,
    name,
    noun_forms,
    noun_phrase,
    nouns,
    phrase,
    place,
    quality,
    said,
    text_forms,
    times,
    verb_forms,
    with_preposition,
    without,
    words_of,
)
from explorer.miniatures.exact.teller import Teller
from explorer.miniatures.language.actions import MODAL_TENSES, UNWANTED
from explorer.miniatures.language.clause import QUESTION, STATEMENT, Clause
from explorer.miniatures.language.lexicon import ALL_VERBS, BE, Adjective, Noun, Verb
from explorer.miniatures.language.lexicon_others import (
    COMPARATIVES,
    FREQUENCIES,
    MANNERS,
    NOT_NEGATED,
    NUMBERS,
    PASSING,
    WITH_FREQUENCY,
)
from explorer.miniatures.language.noun_phrases import NounPhrase, Profession
from explorer.miniatures.language.parts import Phrase
from explorer.miniatures.language.phrases import Nominal
from explorer.miniatures.language.pronouns import Pronoun
from explorer.miniatures.language.states import JOBS, MOVABLE, SHOWN

FRAMES = ("plain", "state", "dative", "give", "to", "city", "stay")
SUBJECT_PRONOUNS = ("I", "you", "he", "she", "we", "they")
TENSES = (
    (0.5, "present"),
    (0.25, "past"),
    (0.11, "progressive"),
    *((0.028, modal) for modal in MODAL_TENSES),
)
ASKED_TENSES = ((0.55, "present"), (0.3, "past"), (0.15, "progressive"))
BE_TENSES = ((0.75, "present"), (0.25, "past"))
NEGATED = ((0.9, ""), (0.06, "n't"), (0.04, "not"))
FEELINGS = PERSONS[0].adjectives
"""How a person can be, whoever it is."""
NUMBER_WORDS = tuple(number for number, _ in NUMBERS)
_FREQUENCIES = tuple(frequency for frequency, _ in FREQUENCIES)
_MANNERS = {
    verb: tuple(manner for manner, _, verbs in MANNERS if verb in verbs.split())
    for _, _, verbs in MANNERS
    for verb in verbs.split()
}


def subject(teller: Teller) -> Nominal:
    """Somebody who does something; not said yet."""
    kind = teller.weighted(((0.16, "name"), (0.18, "pronoun"), (0.42, "person"), (0.24, "animal")))
    if kind == "name":
        return name(teller)
    if kind == "pronoun":
        return Pronoun(teller.pick(SUBJECT_PRONOUNS, text_forms))
    return noun_phrase(teller, PERSONS if kind == "person" else ANIMALS)


def kind_of(nominal: Nominal) -> str:
    """The kind of a subject: a person, an animal, a thing, ..."""
    return nominal.noun.kinds[0] if isinstance(nominal, NounPhrase) else "person"


@cache
def verbs_for(kind: str, tense: str, transitive: bool) -> tuple[Verb, ...]:
    """The verbs that such a subject can be said of in a tense."""
    return tuple(
        verb
        for verb in ALL_VERBS
        if kind in verb.subjects and verb.frame in FRAMES and _may_stand_in(verb, tense)
        if not transitive or (verb.objects and verb.frame != "give")
    )


def _may_stand_in(verb: Verb, tense: str) -> bool:
    if tense == "progressive":
        return verb.progressive
    if tense in MODAL_TENSES:
        return verb.frame != "state" and verb.base not in UNWANTED
    return True


def action(
    teller: Teller,
    who: Nominal | None = None,
    front: Phrase | None = None,
    tense: str = "",
    transitive: bool = False,
    timed: bool = True,
) -> Clause:
    """Somebody does something; `front` has been said, the rest is said here."""
    who = who or subject(teller)
    teller.say(words_of(who))
    tense = tense or teller.weighted(TENSES)
    negated = teller.weighted(NEGATED) if front is None else ""
    clause = Clause(who, BE, tense, negated, front=front)
    if not negated and tense in ("present", "past") and teller.chance(0.1):
        clause.frequency = phrase(teller.pick(_FREQUENCIES, text_forms))
    said_words = _said_before_main(teller, clause)
    clause.verb = teller.pick(verbs_for(kind_of(who), tense, transitive), verb_forms)
    clause.particle_early = bool(clause.verb.particle)
    words = [word.text for word in _bare(clause).english()]
    teller.say(" ".join(words[said_words:]))
    complements(teller, clause)
    if timed:
        when(teller, clause)
    return clause


def _bare(clause: Clause) -> Clause:
    """The clause without anything after the verb."""
    return Clause(
        clause.subject,
        clause.verb,
        clause.tense,
        clause.negated,
        frequency=clause.frequency,
        particle_early=clause.particle_early,
    )


def _said_before_main(teller: Teller, clause: Clause, order: str = STATEMENT) -> int:
    """Say what stands before the main verb, which is the same for all verbs; count the words.

    Subject first in a statement, which has been said already.
    """
    clause.verb = PROBE
    words = [word.text for word in _bare(clause).english(order)]
    main = words[-3:] if clause.tense == "wants to" else words[-1:]
    begin = len(clause.subject.words) if order == STATEMENT else 0
    before = len(words) - len(main)
    teller.say(" ".join(words[begin:before]))
    return before


PROBE = next(verb for verb in ALL_VERBS if verb.base == "sleep")
"""A verb that stands in every tense."""


def complements(teller: Teller, clause: Clause) -> None:
    """Say what the verb needs or may have: objects, a goal, a manner, a place."""
    verb = clause.verb
    if verb.frame == "give":
        _gift(teller, clause)
    elif verb.objects:
        clause.object = _object(teller, clause)
        teller.say(words_of(clause.object))
    manners = _MANNERS.get(verb.base, ())
    if manners and not clause.negated and teller.chance(0.12):
        clause.manner = said(teller, phrase(teller.pick(manners, text_forms)))
    if verb.frame in ("to", "city"):
        clause.place = goal(teller, only_city=verb.frame == "city")
    elif verb.frame == "stay" or (verb.frame in ("plain", "dative") and teller.chance(0.2)):
        clause.place = place(teller, verb)


def _gift(teller: Teller, clause: Clause) -> None:
    clause.receiver_after = teller.chance(0.4)
    for after in (False, True):
        if after == clause.receiver_after:
            if after:
                teller.say("to")
            clause.receiver = _receiver(teller, clause)
            teller.say(words_of(clause.receiver))
        else:
            clause.object = noun_phrase(teller, nouns(clause.verb.objects))
            teller.say(words_of(clause.object))


def _receiver(teller: Teller, clause: Clause) -> Nominal:
    kind = teller.weighted(((0.25, "pronoun"), (0.15, "name"), (0.6, "noun")))
    if kind == "pronoun":
        return _other_pronoun(teller, clause.subject)
    return name(teller) if kind == "name" else noun_phrase(teller, _others(BEINGS, clause))


def _object(teller: Teller, clause: Clause) -> Nominal:
    verb = clause.verb
    if "person" in verb.objects:
        kind = teller.weighted(((0.12, "pronoun"), (0.12, "name"), (0.76, "noun")))
        if kind == "pronoun":
            return _other_pronoun(teller, clause.subject)
        if kind == "name":
            return name(teller)
    return noun_phrase(teller, _others(nouns(verb.objects), clause))


def _others(pool: tuple[Noun, ...], clause: Clause) -> tuple[Noun, ...]:
    """The nouns but the subject's own."""
    who = clause.subject
    return without(pool, (who.noun,)) if isinstance(who, NounPhrase) else pool


def _other_pronoun(teller: Teller, who: Nominal) -> Pronoun:
    """Me, you, him, ...: somebody else than the subject."""
    own = {"I": ("I", "we"), "we": ("I", "we")}.get(who.pronoun, (who.pronoun,))
    options = tuple(word for word in SUBJECT_PRONOUNS if word not in own)
    return Pronoun(teller.pick(options), as_object=True)


def when(teller: Teller, clause: Clause, share: float = 0.25) -> None:
    """Say a time, or none; none after one in front, or for what does not happen at a time."""
    state = clause.verb.frame == "state" and clause.verb.base not in ("see", "hear", "want")
    if clause.front is not None or state or clause.verb.base == "live":
        return
    if teller.chance(share):
        found = times(clause.tense, NOT_NEGATED if clause.negated else ())
        if clause.frequency is not None:
            found = tuple(time for time in found if time.startswith(WITH_FREQUENCY))
        clause.time = said(teller, phrase(teller.pick(found, text_forms)))


def state(
    teller: Teller, who: Nominal | None = None, tense: str = "", timed: bool = True
) -> Clause:
    """Somebody or something is so, is there, is somebody; said here."""
    if who is None:
        kind = teller.weighted(((0.1, "name"), (0.2, "pronoun"), (0.7, "noun")))
        if kind == "noun":
            who = noun_phrase(teller, SHOWN, 0.12)
        else:
            who = (
                name(teller)
                if kind == "name"
                else Pronoun(teller.pick(SUBJECT_PRONOUNS, text_forms))
            )
    teller.say(words_of(who))
    tense = tense or teller.weighted(BE_TENSES)
    clause = Clause(who, BE, tense, teller.weighted(NEGATED))
    words = [word.text for word in clause.english()]
    teller.say(" ".join(words[len(who.words) :]))
    predicate(teller, clause)
    said_of = clause.predicate
    if timed and isinstance(said_of, Phrase) and said_of.lemmas[-1] in PASSING:
        when(teller, clause, 0.0 if "than" in said_of.lemmas else 0.15)
    return clause


def predicate(teller: Teller, clause: Clause, about: Nominal | None = None) -> None:
    """Say what somebody is. `about`: whom the subject stands for, if it is a pronoun."""
    who = about or clause.subject
    choices = who.noun.adjectives if isinstance(who, NounPhrase) else FEELINGS
    kind = kind_of(who)
    job = kind == "person" and not who.plural and who.pronoun in ("he", "she", "I")
    compared = _compared(who) if isinstance(who, NounPhrase) else ()
    shares = {
        "place": 0.25 if kind in MOVABLE else 0.0,
        "job": 0.08 if job else 0.0,
        "years": 0.04 if kind == "person" else 0.0,
        "compared": 0.07 if compared else 0.0,
    }
    found = teller.weighted(
        ((1 - sum(shares.values()), "so"), *((share, what) for what, share in shares.items()))
    )
    if found == "place":
        clause.place = place(teller, BE)
    elif found == "job":
        work = teller.pick(JOBS, noun_forms)
        adjectives: tuple[Adjective, ...] = ()
        if teller.chance(0.3):
            adjectives = (teller.pick(work.adjectives, adjective_forms),)
        clause.predicate = Profession(work, "a", adjectives)
        teller.say(words_of(clause.predicate))
    elif found == "years":
        number = teller.pick(NUMBER_WORDS, text_forms)
        clause.predicate = said(teller, phrase(f"{number} years old"))
    elif found == "compared":
        clause.predicate = _comparison(teller, who, compared)
    else:
        clause.predicate = quality(teller, choices)


def _compared(who: NounPhrase) -> tuple[Adjective, ...]:
    """In what it can be more than another of its kind."""
    if not _of_its_kind(who):
        return ()
    return tuple(word for word in who.noun.adjectives if word.english in COMPARATIVES)


def _of_its_kind(who: NounPhrase) -> tuple[Noun, ...]:
    return without(nouns((who.noun.kinds[0],)), (who.noun,))


def _comparison(teller: Teller, who: Nominal, compared: tuple[Adjective, ...]) -> Phrase:
    """... bigger than the cat."""
    adjective = teller.pick(compared, comparative_forms)
    teller.say(f"{COMPARATIVES[adjective.english][0]} than")
    assert isinstance(who, NounPhrase)
    other = noun_phrase(teller, _of_its_kind(who), 0.1, definite=True)
    teller.say(words_of(other))
    words = with_preposition(f"{COMPARATIVES[adjective.english][0]} than", other)
    return Phrase(words.words, [], (adjective.english, "than", *other.lemmas))


def question(teller: Teller, who: Nominal | None = None, transitive: bool = False) -> Clause:
    """Does somebody do something? Said without its mark."""
    who = who or subject(teller)
    clause = Clause(who, BE, teller.weighted(ASKED_TENSES))
    before = _said_before_main(teller, clause, QUESTION)
    clause.verb = teller.pick(verbs_for(kind_of(who), clause.tense, transitive), verb_forms)
    clause.particle_early = bool(clause.verb.particle)
    words = [word.text for word in _bare(clause).english(QUESTION)]
    teller.say(" ".join(words[before:]))
    complements(teller, clause)
    when(teller, clause)
    return clause


def state_question(teller: Teller, who: Nominal | None = None) -> Clause:
    """Is somebody so? Said without its mark."""
    who = who or subject(teller)
    clause = Clause(who, BE, teller.weighted(BE_TENSES))
    teller.say(" ".join([word.text for word in clause.english(QUESTION)]))
    predicate(teller, clause)
    return clause
