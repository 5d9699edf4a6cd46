"""Single sentences in both languages: statements, questions, answers, greetings."""

import random

from explorer.miniatures.language.actions import TRANSITIVE, action_clause, described
from explorer.miniatures.language.clause import QUESTION as QUESTION_ORDER
from explorer.miniatures.language.clause import STATEMENT, Clause
from explorer.miniatures.language.example import write_english, write_german
from explorer.miniatures.language.lexicon import NOMINATIVE
from explorer.miniatures.language.lexicon_others import ANSWERS, GREETINGS
from explorer.miniatures.language.nominals import name, pick
from explorer.miniatures.language.novelty import combination, is_held_out
from explorer.miniatures.language.parts import Target, Word, fixed
from explorer.miniatures.language.pronouns import Asked
from explorer.miniatures.language.sampling import any_clause, drawn
from explorer.miniatures.language.states import state_clause

Sentence = tuple[list[Word], list[Target], list[str]]

ASKED = (("where", "wo"), ("when", "wann"), ("why", "warum"), ("how", "wie"))
OF_PERSONS = ("ask", "call", "invite", "visit", "meet", "pick", "help", "thank", "follow")


def finished(clause: Clause, keys: list[str], order: str = STATEMENT, mark: str = ".") -> Sentence:
    """A clause as a sentence in both languages."""
    words = clause.english(order)
    targets = clause.german(order)
    write_english(words, mark)
    write_german(targets, mark)
    return words, targets, keys


def simple(rng: random.Random, heldout: bool) -> Sentence:
    """One main clause."""
    clause, key = drawn(lambda: any_clause(rng, heldout), heldout)
    return finished(clause, [key], mark="!" if rng.random() < 0.04 else ".")


def question(rng: random.Random, heldout: bool) -> Sentence:
    """Does the man see the dog? Where does he live? Who sees the dog?"""
    chance = rng.random()

    def make() -> Clause:
        if chance < 0.45:
            clause = any_clause(rng, heldout, front=False)
            clause.negated = ""
            return clause
        if chance < 0.6:
            if rng.random() < 0.3:
                return state_clause(rng, heldout, Asked("who"))
            clause = action_clause(rng, heldout, subject=Asked("who"), verbs=TRANSITIVE)
            if not isinstance(clause.subject, Asked):
                return make()
            return clause
        if chance < 0.75:
            clause = action_clause(rng, heldout, verbs=TRANSITIVE)
            whom = clause.verb.base in OF_PERSONS or (
                "person" in clause.verb.objects and rng.random() < 0.5
            )
            clause.object, clause.gladly = None, False
            clause.front = Asked("who" if whom else "what")
            return clause
        clause = any_clause(rng, heldout, front=False)
        clause.negated, clause.frequency, clause.frequency_last = "", None, False
        asked, german = pick(rng, ASKED)
        if asked == "where":
            if clause.verb.frame in ("to", "city"):
                german = "wohin"
            clause.place, clause.predicate = None, None
        elif asked == "when":
            clause.time = None
        elif asked == "how":
            clause.predicate, clause.manner = None, None
        clause.front = fixed(asked, german)
        return clause

    clause, key = drawn(make, heldout)
    order = STATEMENT if isinstance(clause.subject, Asked) else QUESTION_ORDER
    clause.contracted = False
    return finished(clause, [key], order, "?")


def relative(rng: random.Random, heldout: bool) -> Sentence:
    """The man who lives in Berlin sees a dog."""

    def make() -> Clause:
        while True:
            kinds = ("person",) if rng.random() < 0.6 else ("animal", "thing", "text", "clothes")
            subject = described(rng, heldout, kinds)
            if subject is None:
                continue
            if subject.noun.kinds[0] != "person" or rng.random() < 0.3:
                return state_clause(rng, heldout, subject)
            clause = action_clause(rng, heldout, subject)
            if clause.subject is subject and "person" in clause.verb.subjects:
                return clause

    clause, key = drawn(make, heldout)
    return finished(clause, [key])


def answer(rng: random.Random, heldout: bool) -> Sentence:
    """Yes, I like the dog."""
    clause, key = drawn(lambda: any_clause(rng, heldout), heldout)
    english, german = pick(rng, ANSWERS)
    said = Word(english + ",")
    words = [said, *clause.english()]
    targets = [Target(german + ",", (said,)), *clause.german()]
    write_english(words, ".")
    write_german(targets, ".")
    return words, targets, [key]


def greeting(rng: random.Random, heldout: bool) -> Sentence:
    """Good morning, Anna!"""
    while True:
        phrase = fixed(*pick(rng, GREETINGS))
        words, targets, lemmas = phrase.words, phrase.german, list(phrase.lemmas)
        if rng.random() < 0.7:
            someone = name(rng, heldout)
            words[-1].text += ","
            targets[-1].text += ","
            words, targets = words + someone.words, targets + someone.german(NOMINATIVE)
            lemmas += someone.lemmas
        key = combination(lemmas)
        if is_held_out(key) == heldout:
            break
    mark = "!" if rng.random() < 0.6 else "."
    write_english(words, mark)
    write_german(targets, mark)
    return words, targets, [key]
