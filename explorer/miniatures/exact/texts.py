"""The texts of the exact grammar: one to four sentences, of five forms."""

import random
from collections.abc import Sequence
from functools import partial

from explorer.miniatures.exact.clauses import (
    action,
    predicate,
    question,
    state,
    state_question,
    verbs_for,
)
from explorer.miniatures.exact.phrases import (
    BEINGS,
    PERSONS,
    name,
    noun_forms,
    noun_phrase,
    phrase,
    place,
    quality,
    said,
    text_forms,
    times,
    verb_forms,
    without,
    words_of,
)
from explorer.miniatures.exact.teller import DeadEndError, Narrator, Teller
from explorer.miniatures.language.clause import STATEMENT, Clause
from explorer.miniatures.language.documents import SEQUENCE
from explorer.miniatures.language.lexicon import BE, Noun, Verb
from explorer.miniatures.language.noun_phrases import NounPhrase
from explorer.miniatures.language.phrases import Nominal
from explorer.miniatures.language.pronouns import Pronoun
from explorer.miniatures.language.there import THINGS

FORMS = (
    (0.25, "sentence"),
    (0.18, "pronoun"),
    (0.2, "sequence"),
    (0.22, "chain"),
    (0.15, "echo"),
)
"""The share of each form among the texts."""
SENTENCES = (
    (0.36, "action"),
    (0.2, "state"),
    (0.1, "front"),
    (0.12, "question"),
    (0.14, "joined"),
    (0.08, "there"),
)
LINKS = ("because", "because", "when", "although", "and", "but")
FRONT_TENSES = ((0.5, "present"), (0.3, "past"), (0.2, "will"))
MARKS = frozenset(".,!?")
LONGEST_CHAIN = 4
"""Sentences."""
CHAINED: tuple[Noun, ...] = tuple(
    noun for noun in BEINGS if noun.singular is not None and not noun.single
)
"""The beings that one can say *a* of."""


def draw(rng: random.Random, heldout: bool | None = False) -> str:
    """A fresh text.

    Args:
        rng: where the choices come from.
        heldout: False for the part that training draws from, True for the part that is kept for
            evaluation, None for the whole grammar.
    """
    while True:
        narrator = Narrator(rng, heldout)
        try:
            text(narrator)
        except DeadEndError:
            continue
        return joined(narrator.tokens)


def joined(tokens: Sequence[str]) -> str:
    """Words and marks as a text: a space before every word but the first."""
    return "".join(
        token if place == 0 or token in MARKS else " " + token for place, token in enumerate(tokens)
    )


def text(teller: Teller) -> None:
    """Tell one text of any form."""
    form = teller.weighted(FORMS)
    {
        "sentence": sentence,
        "pronoun": with_pronoun,
        "sequence": sequence,
        "chain": chain,
        "echo": echo,
    }[form](teller)


def sentence(teller: Teller) -> None:
    """One sentence."""
    kind = teller.weighted(SENTENCES)
    if kind == "action":
        teller.part(lambda: (action(teller), None))
    elif kind == "state":
        teller.part(lambda: (state(teller), None))
    elif kind == "front":
        teller.part(lambda: (_with_time_in_front(teller), None))
    elif kind == "there":
        teller.part(lambda: (_there(teller), None))
    elif kind == "question":
        asks_how = teller.chance(0.3)
        teller.part(lambda: (state_question(teller) if asks_how else question(teller), None))
        teller.mark("?")
        return
    else:
        _joined(teller)
    teller.mark(".")


def _with_time_in_front(teller: Teller) -> Clause:
    tense = teller.weighted(FRONT_TENSES)
    front = said(teller, phrase(teller.pick(times(tense, ("again",)), text_forms)))
    if teller.chance(0.25):
        teller.mark(",")
    return action(teller, front=front, tense=tense)


def _there(teller: Teller) -> Clause:
    """There is a dog in the garden."""
    noun = teller.pick(THINGS, noun_forms)
    plural = noun.singular is None or (
        noun.plural is not None and not noun.single and teller.chance(0.3)
    )
    thing = NounPhrase(
        noun, teller.weighted(((0.5, "many"), (0.5, "some"))) if plural else "a", (), plural
    )
    past = teller.chance(0.2)
    be = ("were" if plural else "was") if past else ("are" if plural else "is")
    teller.say(f"there {be} {words_of(thing)}")
    where = place(teller, BE)
    return Clause(thing, BE, place=where)


def _joined(teller: Teller) -> None:
    """Two clauses with a word between them."""
    for last in (False, True):
        acts = teller.chance(0.7)
        teller.part(
            lambda acts=acts: (  # type: ignore[misc]
                action(teller, timed=False) if acts else state(teller, timed=False),
                None,
            )
        )
        if not last:
            link = teller.pick(LINKS, text_forms)
            if link == "but":
                teller.mark(",")
            teller.say(link)


def _somebody(teller: Teller) -> Nominal:
    """A person for whom a pronoun can stand; not said yet."""
    if teller.chance(0.5):
        return name(teller)
    return noun_phrase(teller, REFERRED)


REFERRED: tuple[Noun, ...] = tuple(noun for noun in PERSONS if noun.pronoun)


def with_pronoun(teller: Teller) -> None:
    """Two sentences; the pronoun that opens the second stands for the subject of the first."""

    def first() -> tuple[Clause, Nominal]:
        who = _somebody(teller)
        return action(teller, who), who

    _, who = teller.part(first)
    teller.mark(".")
    acts = teller.chance(0.5)

    def second() -> tuple[Clause, None]:
        stands = Pronoun(who.pronoun)
        if acts:
            clause = action(teller, stands)
        else:
            teller.say(words_of(stands))
            clause = Clause(stands, BE, teller.weighted(((0.75, "present"), (0.25, "past"))))
            teller.say(clause.english()[1].text)
            predicate(teller, clause, who)
        clause.subject = who
        return clause, None

    teller.part(second)
    teller.mark(".")


def sequence(teller: Teller) -> None:
    """First Anna buys an apple. Then she goes home. Finally she ..."""

    def first() -> tuple[Clause, Nominal]:
        front = said(teller, phrase(SEQUENCE[0]))
        who = _somebody(teller)
        return action(teller, who, front, "present"), who

    _, who = teller.part(first)
    teller.mark(".")
    for word in SEQUENCE[1 : 3 if teller.chance(0.7) else 2]:

        def following(word: str = word) -> tuple[Clause, None]:
            front = said(teller, phrase(word))
            clause = action(teller, Pronoun(who.pronoun), front, "present")
            clause.subject = who
            return clause, None

        teller.part(following)
        teller.mark(".")


def chain(teller: Teller) -> None:
    """A dog sees a cat. The cat hears a bird. The bird is small. Each hands over to the next."""
    current: Noun | None = teller.pick(CHAINED, noun_forms)
    used: tuple[Noun, ...] = ()
    for place_in_chain in range(LONGEST_CHAIN):
        opens = place_in_chain == 0
        assert current is not None
        used = (*used, current)
        who = NounPhrase(current, "a" if opens else "the")
        _, current = teller.part(partial(_in_chain, teller, who, used, opens))
        teller.mark(".")
        if current is None or (not opens and teller.chance(0.4)):
            return


def _in_chain(
    teller: Teller, who: NounPhrase, used: tuple[Noun, ...], opens: bool
) -> tuple[Clause, Noun | None]:
    """The next sentence, and the being that it hands over to; None after an ending."""
    if not opens and teller.chance(0.25):
        return _ending(teller, who), None
    return _link(teller, who, used)


def _ending(teller: Teller, who: NounPhrase) -> Clause:
    """The cat is old."""
    teller.say(f"{words_of(who)} is")
    return Clause(who, BE, predicate=quality(teller, who.noun.adjectives))


def _link(teller: Teller, who: NounPhrase, used: tuple[Noun, ...]) -> tuple[Clause, Noun]:
    """The dog sees a cat, and the cat comes next."""
    teller.say(words_of(who))
    verb = teller.pick(_linking_verbs(who.noun.kinds[0]), verb_forms)
    clause = Clause(who, verb)
    teller.say(" ".join([word.text for word in clause.english()[len(who.words) :]]))
    pool = tuple(noun for noun in CHAINED if noun.kinds[0] in verb.objects)
    following = teller.pick(without(pool, used), noun_forms)
    clause.object = NounPhrase(following, "a")
    teller.say(words_of(clause.object))
    return clause, following


def _linking_verbs(kind: str) -> tuple[Verb, ...]:
    """The verbs whose object can be a being."""
    return tuple(
        verb
        for verb in verbs_for(kind, "present", True)
        if {"person", "animal"}.intersection(verb.objects) and not verb.prefix
    )


def echo(teller: Teller) -> None:
    """Does Anna like the dog? Yes, Anna likes the dog. The answer says the question again."""
    acts = teller.chance(0.75)

    def asked() -> tuple[Clause, Nominal]:
        who = _somebody(teller)
        if acts:
            return question(teller, who, transitive=True), who
        return state_question(teller, who), who

    clause, who = teller.part(asked)
    teller.mark("?")
    yes = teller.chance(0.6)
    teller.say("yes" if yes else "no")
    teller.mark(",")
    clause.negated = "" if yes else "n't"
    teller.say(" ".join([word.text for word in clause.english(STATEMENT)]))
    teller.mark(".")
    if teller.chance(0.3):
        teller.part(lambda: (state(teller, who, "present", timed=False), None))
        teller.mark(".")
