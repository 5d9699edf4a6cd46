"""Questions about a short text: find the sentence that matches, copy the part that was asked for.

The rule: exactly one sentence of the context agrees with every part that the question names; the
answer is the missing part, word for word as it stands there (without a sentence capital).
"""

import random
from dataclasses import dataclass

from explorer.miniatures.language.actions import INTRANSITIVE, MOVING, STAYING, TRANSITIVE
from explorer.miniatures.language.clause import Clause
from explorer.miniatures.language.example import PREFIXES, QUESTION, Example
from explorer.miniatures.language.lexicon import BE, Verb, nouns_of
from explorer.miniatures.language.lexicon_others import NEVER_FIRST
from explorer.miniatures.language.nominals import (
    adjectives_for,
    name,
    new_noun,
    noun_phrase,
    nouns,
    pick,
)
from explorer.miniatures.language.noun_phrases import Name, NounPhrase
from explorer.miniatures.language.novelty import combination, is_held_out
from explorer.miniatures.language.parts import Phrase, fixed
from explorer.miniatures.language.phrases import Nominal
from explorer.miniatures.language.places import goal_for, place_for, time_for
from explorer.miniatures.language.pronouns import Asked

LONGEST_CONTEXT = 4  # sentences
SHARING = 0.7  # chance that a sentence repeats parts of another one
ANIMALS = nouns_of(("animal",))
THINGS = nouns_of(("thing", "clothes"))
VERBS = tuple(
    verb
    for verb in (*TRANSITIVE, *TRANSITIVE, *INTRANSITIVE, *MOVING, *STAYING)
    if verb.subjects[0] == "person" and verb.base not in ("have", "live")
)
ANIMAL_VERBS = tuple(verb for verb in VERBS if "animal" in verb.subjects)


@dataclass(slots=True)
class Fact:
    """One sentence of the context as plain texts; the verb is kept to make the question."""

    subject: Nominal
    verb: Verb
    object: Nominal | None
    place: Phrase | None
    time: Phrase | None
    past: bool
    front: bool
    key: str

    def parts(self) -> dict[str, str]:
        """The parts that a question can ask for or name."""
        found = {"thing" if _is_thing(self.subject) else "who": _text(self.subject)}
        if self.object is not None:
            found["what"] = _text(self.object)
        if self.place is not None:
            found["where"] = _text(self.place)
        if self.time is not None:
            found["when"] = _text(self.time)
        return found


def _is_thing(subject: Nominal) -> bool:
    return isinstance(subject, NounPhrase) and subject.noun.kinds[0] in ("thing", "clothes")


def _text(part: Nominal | Phrase) -> str:
    return " ".join([word.text for word in part.words])


def _being(rng: random.Random, heldout: bool) -> Nominal:
    chance = rng.random()
    if chance < 0.35:
        return name(rng, heldout)
    if chance < 0.38:
        return noun_phrase(rng, new_noun(rng, heldout, "animal"), 0.3, definite=True)
    while True:
        pool = ANIMALS if chance > 0.85 else nouns(("person",))
        phrase = noun_phrase(rng, pick(rng, pool), 0.35, definite=True)
        if not phrase.plural:
            return phrase


def _fact(rng: random.Random, heldout: bool, model: Fact | None) -> Fact:
    """A fact; when a model fact is given, it shares some parts with it."""
    while True:
        subject = _being(rng, heldout)
        kind = subject.noun.kinds[0] if isinstance(subject, NounPhrase) else "person"
        copied = isinstance(subject, NounPhrase) and subject.noun.copied
        verb = BE
        if rng.random() < 0.82:
            verb = pick(rng, ANIMAL_VERBS if kind == "animal" and not copied else VERBS)
        elif rng.random() < 0.4:
            noun = new_noun(rng, heldout, "thing") if rng.random() < 0.1 else pick(rng, THINGS)
            subject = NounPhrase(noun, "the", adjectives_for(rng, noun))
        past = rng.random() < 0.3
        if model is not None:
            past = model.past
            chance = rng.random()
            if chance < 0.3:
                subject = model.subject
            elif chance < 0.75:
                verb = model.verb
            if not _fits(subject, verb):
                continue
        thing: Nominal | None = None
        if verb.objects:
            if model is not None and model.verb is verb and rng.random() < 0.35:
                thing = model.object
            elif rng.random() < 0.06:
                thing = noun_phrase(rng, new_noun(rng, heldout, "thing"), 0.3)
            else:
                thing = noun_phrase(rng, pick(rng, nouns(verb.objects)), 0.35)
        place = None
        if verb.frame in ("to", "city"):
            place = goal_for(rng, heldout, only_city=verb.frame == "city")
        elif verb.frame in ("stay", "be") or rng.random() < 0.4:
            place = place_for(rng, heldout, verb)
        time = None
        if rng.random() < 0.4 and (verb.frame != "state" or verb.base in ("see", "hear")):
            time = time_for(rng, "past" if past else "present")
            if time.lemmas[0] in NEVER_FIRST:
                time = None  # again is no answer to when
        if thing is None and place is None and time is None:
            continue
        if thing is not None and thing.lemmas[:1] == subject.lemmas[:1]:
            continue
        if thing is not None and place is not None and set(thing.lemmas[:1]) & set(place.lemmas):
            continue  # nobody cleans the office in the office
        fact = Fact(subject, verb, thing, place, time, past, rng.random() < 0.2, "")
        fact.key = combination(_clause(fact).lemmas())
        if is_held_out(fact.key) == heldout:
            return fact


def _fits(subject: Nominal, verb: Verb) -> bool:
    """Whether the subject can do it: only persons read, things only are somewhere."""
    if verb is BE or not isinstance(subject, NounPhrase):
        return True
    if subject.noun.copied:
        return subject.noun.kinds[0] == "animal"
    return subject.noun.kinds[0] in verb.subjects


def _clause(fact: Fact) -> Clause:
    clause = Clause(fact.subject, fact.verb, "past" if fact.past else "present")
    clause.object, clause.place, clause.time = fact.object, fact.place, fact.time
    return clause


def _sentence(fact: Fact) -> str:
    clause = _clause(fact)
    if fact.front and fact.time is not None:
        clause.front, clause.time = fact.time, None
    text = " ".join([word.text for word in clause.english()])
    return text[0].upper() + text[1:] + "."


def _question(rng: random.Random, fact: Fact, asked: str) -> tuple[str, dict[str, str], str]:
    """The question for one part, the parts that it names, and its own combination."""
    clause = _clause(fact)
    named = fact.parts()
    del named[asked]
    for extra in ("when", "where"):
        if extra in named and rng.random() < 0.6 and len(named) > 1:
            del named[extra]
            if extra == "when":
                clause.time = None
            else:
                clause.place = None
    order = "question"
    if asked in ("who", "thing"):
        clause.subject = Asked("who" if asked == "who" else "what")
        order = "statement"
    elif asked == "what":
        person = isinstance(fact.object, Name) or (
            isinstance(fact.object, NounPhrase) and fact.object.noun.kinds[0] == "person"
        )
        clause.object, clause.front = None, fixed("who" if person else "what", "was")
    elif asked == "where":
        clause.place, clause.front = None, fixed("where", "wo")
    else:
        clause.time, clause.front = None, fixed("when", "wann")
    text = " ".join([word.text for word in clause.english(order)])
    return text[0].upper() + text[1:], named, combination(clause.lemmas())


def _agrees(fact: Fact, named: dict[str, str], verb: Verb) -> bool:
    parts = fact.parts()
    return fact.verb is verb and all(parts.get(slot) == text for slot, text in named.items())


def example(
    rng: random.Random,
    heldout: bool = False,
    difficulty: int | None = None,
    sharing: float = SHARING,
) -> Example:
    """A fresh example; difficulty is the number of sentences in the context (1 to 4).

    sharing is the chance that a sentence repeats parts of another one; without it a single word
    of the question is enough to find the sentence.
    """
    count = difficulty or 2 + int(rng.random() * (LONGEST_CONTEXT - 1))
    while True:
        facts = [_fact(rng, heldout, None)]
        while len(facts) < count:
            facts.append(_fact(rng, heldout, pick(rng, facts) if rng.random() < sharing else None))
        target = pick(rng, facts)
        asked = pick(rng, tuple(target.parts()))
        text, named, key = _question(rng, target, asked)
        if not named and target.verb is BE:
            continue
        if not heldout and is_held_out(key):
            continue
        if sum(_agrees(fact, named, target.verb) for fact in facts) == 1:
            break
    mark = "?" if rng.random() < 0.9 else ""
    if rng.random() < 0.1 and text.split()[0] in ("Who", "What", "Where", "When"):
        text = text[0].lower() + text[1:]
    context = " ".join([_sentence(fact) for fact in facts])
    if rng.random() < 0.08:
        context = context[:-1]
    return Example(
        QUESTION,
        f"{PREFIXES[QUESTION]}{text}{mark} context: {context}",
        target.parts()[asked],
        tuple(fact.key for fact in facts),
    )
