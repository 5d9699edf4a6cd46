"""Sentences with two clauses, and two sentences tied by a pronoun."""

import random

from explorer.miniatures.language.actions import TRANSITIVE, action_clause
from explorer.miniatures.language.clause import QUESTION as QUESTION_ORDER
from explorer.miniatures.language.clause import SUBORDINATE, Clause
from explorer.miniatures.language.example import write_english, write_german
from explorer.miniatures.language.lexicon import NEUTER, Verb, verbs_of
from explorer.miniatures.language.lexicon_others import TIMES
from explorer.miniatures.language.nominals import PERSONS, name, noun_phrase, pick
from explorer.miniatures.language.noun_phrases import Name, NounPhrase
from explorer.miniatures.language.parts import Phrase, Target, Word
from explorer.miniatures.language.phrases import Nominal
from explorer.miniatures.language.pronouns import Asked, Pronoun
from explorer.miniatures.language.sampling import any_clause, decorate, drawn
from explorer.miniatures.language.sentences import Sentence, finished
from explorer.miniatures.language.states import state_clause

SAYING = verbs_of("say")
CONJUNCTIONS = (
    ("because", "weil"),
    ("if", "wenn"),
    ("when", "wenn"),
    ("because", "weil"),
    ("although", "obwohl"),
)
JOINING = (("and", "und"), ("but", "aber"), ("and", "und"), ("or", "oder"))
_TIME_WORDS = frozenset(time[0] for time in TIMES)


def _written(words: list[Word], targets: list[Target], keys: list[str]) -> Sentence:
    write_english(words, ".")
    write_german(targets, ".")
    return words, targets, keys


def _calm(rng: random.Random, heldout: bool) -> tuple[Clause, str]:
    """A clause for a longer sentence: mostly without a time of its own."""
    clause, key = drawn(lambda: any_clause(rng, heldout, front=False), heldout)
    while clause.time is not None and rng.random() < 0.7:
        clause, key = drawn(lambda: any_clause(rng, heldout, front=False), heldout)
    return clause, key


def saying(rng: random.Random, heldout: bool) -> Sentence:
    """He says (that) ...: dass, with the verb at the end. Without `that` the German is the same."""
    side, key = _calm(rng, heldout)
    verb: Verb = pick(rng, SAYING)
    chance = rng.random()
    subject: Nominal = (
        name(rng, heldout)
        if chance < 0.3
        else Pronoun(pick(rng, ("I", "we", "you", "he", "she", "they")))
        if chance < 0.65
        else noun_phrase(rng, pick(rng, PERSONS))
    )
    main = Clause(subject, verb, "present" if rng.random() < 0.7 else "past")
    words = main.english()
    link: tuple[Word, ...] = ()
    if rng.random() < 0.75:
        link = (Word("that"),)
    words = [*words, *link, *side.english()]
    targets = main.german()
    targets[-1].text += ","
    targets += [Target("dass", link), *side.german(SUBORDINATE)]
    return _written(words, targets, [key])


def subordinate(rng: random.Random, heldout: bool) -> Sentence:
    """..., weil / wenn / als / obwohl ... with the verb at the end."""
    side, side_key = _calm(rng, heldout)
    main, main_key = _calm(rng, heldout)
    english, german = pick(rng, CONJUNCTIONS)
    if english in ("if", "when") and (side.tense == "past") != (main.tense == "past"):
        english, german = "because", "weil"
    elif side.tense == "past" and german == "wenn":
        english, german = "when", "als"
    link = Word(english)
    if rng.random() < 0.3:
        words = [link, *side.english()]
        words[-1].text += ","
        words += main.english()
        targets = [Target(german, (link,)), *side.german(SUBORDINATE)]
        targets[-1].text += ","
        targets += main.german(QUESTION_ORDER)
    else:
        words = [*main.english(), link, *side.english()]
        targets = main.german()
        targets[-1].text += ","
        targets += [Target(german, (link,)), *side.german(SUBORDINATE)]
    return _written(words, targets, [main_key, side_key])


def joined(rng: random.Random, heldout: bool) -> Sentence:
    """Two main clauses with and, or, but."""
    first, first_key = drawn(lambda: any_clause(rng, heldout), heldout)
    second, second_key = drawn(lambda: any_clause(rng, heldout, front=False), heldout)
    english, german = pick(rng, JOINING)
    link = Word(english)
    words = first.english()
    words[-1].text += "," if english == "but" or rng.random() < 0.3 else ""
    words += [link, *second.english()]
    targets = first.german()
    targets[-1].text += "," if english == "but" else ""
    targets += [Target(german, (link,)), *second.german()]
    return _written(words, targets, [first_key, second_key])


def with_pronoun(rng: random.Random, heldout: bool) -> list[Sentence]:
    """Two sentences; a pronoun in the second stands for somebody or something in the first.

    He, she, they: the subject of the first. It: the only thing or animal of the first.
    """
    if rng.random() < 0.4:
        return _object_pronoun(rng, heldout)
    while True:
        first, first_key = drawn(lambda: any_clause(rng, heldout), heldout)
        subject = first.subject
        if isinstance(subject, NounPhrase) and not subject.noun.adjectives:
            continue
        if isinstance(subject, NounPhrase | Name) and subject.pronoun and not _second_thing(first):
            break

    def make() -> Clause:
        thing = isinstance(subject, NounPhrase) and (
            subject.noun.kinds[0] not in ("person", "animal")
        )
        if thing or rng.random() < 0.4:
            clause = state_clause(rng, heldout, subject)
        else:
            kind = "animal" if subject.pronoun == "it" else "person"
            clause = action_clause(rng, heldout, subject)
            if kind not in clause.verb.subjects or clause.subject is not subject:
                return make()
        clause.subject = Pronoun(
            subject.pronoun, gender=NEUTER if subject.plural else subject.gender
        )
        return decorate(rng, clause)

    second, second_key = drawn(make, heldout)
    return [finished(first, [first_key]), finished(second, [second_key])]


def _object_pronoun(rng: random.Random, heldout: bool) -> list[Sentence]:
    """The man buys a book. It is long. / He reads it in the garden."""
    while True:
        first, first_key = drawn(
            lambda: decorate(rng, action_clause(rng, heldout, None, TRANSITIVE)), heldout
        )
        thing, person = first.object, first.subject
        if (
            isinstance(thing, NounPhrase)
            and thing.pronoun == "it"
            and not thing.plural
            and thing.noun.adjectives
            and first.place is None
            and first.company is None
            and not isinstance(first.front, Asked)
            and (first.front is None or first.front.lemmas[0] in _TIME_WORDS)
            and person.pronoun not in ("it", "")
        ):
            break
    noun = thing.noun
    verbs = [
        verb
        for verb in TRANSITIVE
        if set(verb.objects) & set(noun.kinds)
        and "person" in verb.subjects
        and verb is not first.verb
    ]
    again = person.pronoun if rng.random() < 0.6 else pick(rng, ("I", "we"))

    def make() -> Clause:
        if not verbs or rng.random() < 0.5:
            clause = state_clause(rng, heldout, thing)
            clause.subject = Pronoun("it", gender=noun.gender)
        else:
            clause = action_clause(rng, heldout, Pronoun(again), verbs)
            clause.subject = Pronoun(again)
            clause.object = Pronoun("it", as_object=True, gender=noun.gender)
            clause.particle_early = False
        return decorate(rng, clause)

    second, second_key = drawn(make, heldout)
    return [finished(first, [first_key]), finished(second, [second_key])]


def _second_thing(clause: Clause) -> bool:
    """Whether another noun of the clause could be meant by the pronoun `it`."""
    if clause.subject.pronoun != "it":
        return False
    compared = clause.predicate is not None and "than" in clause.predicate.lemmas
    return (
        compared
        or clause.object is not None
        or clause.receiver is not None
        or clause.place is not None
        or clause.company is not None
        or (isinstance(clause.front, Phrase) and clause.front.lemmas[0] not in _TIME_WORDS)
    )
