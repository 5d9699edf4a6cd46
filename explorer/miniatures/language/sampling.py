"""Clauses with adverbs and negation, from the wanted part."""

import random
from collections.abc import Callable

from explorer.miniatures.language.actions import action_clause
from explorer.miniatures.language.clause import Clause
from explorer.miniatures.language.lexicon_others import (
    END_FREQUENCIES,
    FREQUENCIES,
    FRONT_FREQUENCIES,
    MANNERS,
    NEVER_FIRST,
    NOT_NEGATED,
    PASSING,
)
from explorer.miniatures.language.nominals import pick
from explorer.miniatures.language.noun_phrases import Described, NounPhrase
from explorer.miniatures.language.novelty import combination, is_held_out
from explorer.miniatures.language.parts import Phrase, fixed
from explorer.miniatures.language.places import time_for
from explorer.miniatures.language.pronouns import Pointing, Pronoun
from explorer.miniatures.language.states import state_clause

_MANNERS_OF: dict[str, list[tuple[str, str]]] = {}
for _english, _german, _verbs in MANNERS:
    for _verb in _verbs.split():
        _MANNERS_OF.setdefault(_verb, []).append((_english, _german))


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
        negated_time = clause.negated and clause.time.lemmas[0] in NOT_NEGATED
        if clause.frequency_last or negated_time:
            clause.time = None
    thing = clause.object
    if (
        isinstance(thing, NounPhrase)
        and thing.indefinite
        and not clause.negated
        and clause.tense != "must"  # muss keine: no need, or forbidden?
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


def any_clause(rng: random.Random, heldout: bool, front: bool = True) -> Clause:
    """A clause of any sort."""
    if rng.random() < 0.28:
        return decorate(rng, state_clause(rng, heldout), front)
    return decorate(rng, action_clause(rng, heldout), front)


def drawn(make: Callable[[], Clause], heldout: bool) -> tuple[Clause, str]:
    """A clause from the wanted part, with its combination: drawn again until it fits.

    A relative clause is a second combination, and the main clause without it a third: in training
    none of them is held out.
    """
    while True:
        clause = make()
        key = combination(clause.lemmas())
        if is_held_out(key) == heldout and (heldout or not _hides_held_out(clause)):
            return clause, key


def _hides_held_out(clause: Clause) -> bool:
    """Whether a relative clause, or the clause around it, is a held-out combination."""
    subject = clause.subject
    if not isinstance(subject, Described):
        return False
    around = [lemma for lemma in clause.lemmas() if lemma not in subject.tail_lemmas]
    within = (*subject.head_lemmas, *subject.tail_lemmas)
    return is_held_out(combination(around)) or is_held_out(combination(within))
