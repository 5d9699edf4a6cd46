"""Drawing sensible clauses: people read books, cats do not."""

import random
from collections.abc import Callable, Sequence

from explorer.miniatures.language.clause import SUBORDINATE, Clause
from explorer.miniatures.language.lexicon import (
    ACCUSATIVE,
    ADJECTIVES_BY_WORD,
    BE,
    DATIVE,
    NOMINATIVE,
    Adjective,
    Verb,
    nouns_of,
    verbs_of,
)
from explorer.miniatures.language.lexicon_others import (
    COMPARATIVES,
    END_FREQUENCIES,
    FREQUENCIES,
    FRONT_FREQUENCIES,
    MANNERS,
    NEVER_FIRST,
    NUMBERS,
    PASSING,
    POSSESSIVES,
)
from explorer.miniatures.language.nominals import (
    BEINGS,
    OBJECT_PRONOUNS,
    SUBJECT_PRONOUNS,
    adjectives_for,
    company_for,
    copied_phrase,
    goal_for,
    name,
    noun_phrase,
    nouns,
    object_for,
    pick,
    place_for,
    predicate_for,
    subject_for,
    time_for,
)
from explorer.miniatures.language.novelty import combination, is_held_out
from explorer.miniatures.language.phrases import (
    Described,
    Name,
    Nominal,
    NounPhrase,
    Phrase,
    Pointing,
    Pronoun,
    Relative,
    fixed,
)
from explorer.miniatures.language.word_list import words

PLAIN_VERBS = verbs_of("plain", "state", "dative")
TRANSITIVE = tuple(verb for verb in PLAIN_VERBS if verb.objects)
INTRANSITIVE = (*(verb for verb in PLAIN_VERBS if not verb.objects), *verbs_of("event"))
STAYING = verbs_of("stay")
MOVING = verbs_of("to", "city")
GIVING = verbs_of("give")
WEATHER = verbs_of("weather")
JOBS = nouns_of(("job",))
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
UNWANTED = ("lose", "forget", "find", "hear", "see")  # nobody must or wants to do these
MODAL_TENSES = ("can", "must", "will", "should", "wants to")
_MANNERS_OF: dict[str, list[tuple[str, str]]] = {}
for _english, _german, _verbs in MANNERS:
    for _verb in _verbs.split():
        _MANNERS_OF.setdefault(_verb, []).append((_english, _german))
_FEELINGS = tuple(
    ADJECTIVES_BY_WORD[word]
    for word in words(
        "happy sad tired hungry thirsty angry sick old young small tall clever strong "
        "rich poor lazy friendly funny famous healthy brave"
    )
)
_WEATHER_WORDS = tuple(ADJECTIVES_BY_WORD[word] for word in ("cold", "warm", "hot", "dark"))


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
        if verb.frame == "state" or verb.base == "live":
            return "present"
        return "progressive"
    if verb.base in UNWANTED:
        return "will" if chance < 0.9 else "can"
    if verb.frame == "state" or verb.frame in ("weather", "event"):
        return "will" if verb.frame != "state" else "present"
    return pick(rng, MODAL_TENSES)


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
    elif person and chance < 0.36 and not subject.plural and (subject.pronoun in ("he", "I")):
        job = pick(rng, JOBS)
        clause.predicate = NounPhrase(job, "a", adjectives_for(rng, job))
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
    if phrase.determiner in ("this", "these", "every"):
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


def _may_pass(clause: Clause) -> bool:
    """Whether a time fits: today the dog is tired, but not: today the dog is brown."""
    if clause.verb.frame != "be" or clause.place is not None:
        return clause.verb.base != "live" and (
            clause.verb.frame != "state" or clause.verb.base in ("see", "hear", "want")
        )
    if isinstance(clause.subject, Pointing) or not isinstance(clause.predicate, Phrase):
        return False
    return clause.predicate.lemmas[-1] in PASSING and len(clause.predicate.lemmas) < 3


def decorate(rng: random.Random, clause: Clause, front: bool = True) -> Clause:
    """Adverbs, a front phrase and a negation, each in every place that is natural."""
    if rng.random() < 0.1 and not (
        isinstance(clause.subject, NounPhrase) and clause.subject.determiner == "every"
    ):
        clause.negated = "not" if rng.random() < 0.4 else "n't"
        if clause.tense == "must":
            clause.tense = "can"
    clause.contracted = isinstance(clause.subject, Pronoun) and rng.random() < 0.25
    passing = _may_pass(clause)
    if (
        passing
        and not clause.negated
        and not clause.gladly
        and (clause.tense in ("present", "past") and rng.random() < 0.16)
    ):
        clause.frequency = fixed(*pick(rng, FREQUENCIES))
        clause.frequency_last = clause.frequency.lemmas[0] in END_FREQUENCIES and rng.random() < 0.3
    if passing and rng.random() < 0.32:
        clause.time = time_for(rng, clause.tense, with_frequency=clause.frequency is not None)
        if clause.frequency_last:
            clause.time = None
    thing = clause.object
    if (
        isinstance(thing, NounPhrase)
        and thing.indefinite
        and not clause.negated
        and (
            clause.frequency is None
            and rng.random() < 0.08
            and thing.noun.kinds[0] not in ("language", "sport")
        )
    ):
        clause.object = NounPhrase(thing.noun, "no", thing.adjectives, thing.plural)
    manners = _MANNERS_OF.get(clause.verb.base)
    if manners and not clause.gladly and rng.random() < 0.15:
        clause.manner = fixed(*pick(rng, manners))
    if front and rng.random() < 0.38:
        if clause.time is not None and clause.time.lemmas[0] not in NEVER_FIRST:
            clause.front, clause.time = clause.time, None
        elif (
            clause.place is not None
            and clause.verb.frame not in ("to", "city", "be")
            and (not clause.negated and clause.verb.base != "live")
        ):
            clause.front, clause.place = clause.place, None
        elif clause.frequency is not None and clause.frequency.lemmas[0] in FRONT_FREQUENCIES:
            clause.front, clause.frequency = clause.frequency, None
            clause.frequency_last = False
        clause.with_comma = clause.front is not None and rng.random() < 0.25
    return clause


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


def any_clause(rng: random.Random, heldout: bool, front: bool = True) -> Clause:
    """A clause of any sort."""
    if rng.random() < 0.28:
        return decorate(rng, state_clause(rng, heldout), front)
    return decorate(rng, action_clause(rng, heldout), front)


def drawn(make: Callable[[], Clause], heldout: bool) -> tuple[Clause, str]:
    """A clause from the wanted part, with its combination: drawn again until it fits."""
    while True:
        clause = make()
        key = combination(clause.lemmas())
        if is_held_out(key) == heldout:
            return clause, key


__all__ = ["Name", "action_clause", "any_clause", "decorate", "described", "drawn", "state_clause"]
