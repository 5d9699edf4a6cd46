"""English to German: sentences, questions, subordinate clauses, two or three in a row."""

import random

from explorer.miniatures.language.clause import QUESTION as QUESTION_ORDER
from explorer.miniatures.language.clause import SUBORDINATE, Clause
from explorer.miniatures.language.example import (
    PREFIXES,
    TRANSLATION,
    Example,
    aligned,
    as_typed,
    text_of,
    write_english,
    write_german,
)
from explorer.miniatures.language.lexicon import Verb
from explorer.miniatures.language.lexicon_verbs import MODALS
from explorer.miniatures.language.phrases import (
    Asked,
    Name,
    NounPhrase,
    Phrase,
    Pronoun,
    Target,
    Word,
    fixed,
)
from explorer.miniatures.language.sampling import (
    TRANSITIVE,
    action_clause,
    any_clause,
    decorate,
    drawn,
    name,
    noun_phrase,
    PERSONS,
    pick,
    state_clause,
)
from explorer.miniatures.language.lexicon import verbs_of

Sentence = tuple[list[Word], list[Target], list[str]]

SAYING = verbs_of("say")
CONJUNCTIONS = (("because", "weil"), ("if", "wenn"), ("when", "wenn"), ("because", "weil"))
JOINING = (("and", "und"), ("but", "aber"))


def example(rng: random.Random, heldout: bool = False) -> Example:
    """A fresh example: one sentence mostly, sometimes two or three."""
    chance = rng.random()
    words: list[Word] = []
    targets: list[Target] = []
    keys: list[str] = []
    if chance < 0.72:
        sentences = [sentence(rng, heldout)]
    elif chance < 0.86:
        sentences = with_pronoun(rng, heldout)
    elif chance < 0.97:
        sentences = [simple(rng, heldout), simple(rng, heldout)]
    else:
        sentences = [simple(rng, heldout), simple(rng, heldout), simple(rng, heldout)]
    for english, german, combinations in sentences:
        words += english
        targets += german
        keys += combinations
    first = words[0].text
    as_typed(rng, words, keep_capital=first in ("I", "I'm") or first in _kept(sentences))
    alignment = aligned(words, targets)
    source = text_of(words)
    target = " ".join([word.text for word in targets])
    return Example(
        TRANSLATION, PREFIXES[TRANSLATION] + source, target, tuple(keys),
        tuple(source.split()), tuple(target.split()), alignment,
    )


def _kept(sentences: list[Sentence]) -> set[str]:
    """Words that keep their capital inside a sentence: names."""
    lemmas = {lemma for _, _, keys in sentences for key in keys for lemma in key.split()}
    return {lemma for lemma in lemmas if lemma[0].isupper()}


def finished(clause: Clause, keys: list[str], order: str, mark: str) -> Sentence:
    """A clause as a sentence in both languages."""
    words = clause.english(order)
    targets = clause.german(order)
    write_english(words, mark)
    write_german(targets, mark)
    return words, targets, keys


def simple(rng: random.Random, heldout: bool) -> Sentence:
    """One main clause."""
    clause, key = drawn(lambda: any_clause(rng, heldout), heldout)
    return finished(clause, [key], "statement", "!" if rng.random() < 0.04 else ".")


def sentence(rng: random.Random, heldout: bool) -> Sentence:
    """One sentence of any shape."""
    chance = rng.random()
    if chance < 0.55:
        return simple(rng, heldout)
    if chance < 0.75:
        return question(rng, heldout)
    if chance < 0.87:
        return subordinate(rng, heldout)
    if chance < 0.94:
        return joined(rng, heldout)
    return there_is(rng, heldout)


def question(rng: random.Random, heldout: bool) -> Sentence:
    """Does the man see the dog? Where does he live? Who sees the dog?"""
    chance = rng.random()

    def make() -> Clause:
        if chance < 0.45:
            clause = any_clause(rng, heldout, front=False)
            clause.negated = ""
            return clause
        if chance < 0.6:
            clause = action_clause(rng, heldout, subject=Asked("who"), verbs=TRANSITIVE)
            if clause.tense == "past":
                clause.tense = "present"
            return clause
        if chance < 0.75:
            clause = action_clause(rng, heldout, verbs=TRANSITIVE)
            personal = "person" in clause.verb.objects and clause.verb.frame == "dative"
            if clause.verb.base in ("ask", "call", "invite", "visit", "meet", "pick") or personal:
                return make()
            clause.object = None
            clause.front = Asked("what")
            clause.gladly = False
            return clause
        clause = any_clause(rng, heldout, front=False)
        clause.negated, clause.frequency, clause.frequency_last = "", None, False
        asked, german = pick(rng, (("where", "wo"), ("when", "wann"), ("why", "warum")))
        if asked == "where":
            if clause.verb.frame == "to":
                german = "wohin"
            clause.place, clause.predicate = None, None
        elif asked == "when":
            clause.time = None
        clause.front = fixed(asked, german)
        return clause

    clause, key = drawn(make, heldout)
    order = "statement" if isinstance(clause.subject, Asked) else QUESTION_ORDER
    return finished(clause, [key], order, "?")


def subordinate(rng: random.Random, heldout: bool) -> Sentence:
    """..., weil / wenn / dass ... with the verb at the end."""
    side, side_key = drawn(lambda: any_clause(rng, heldout, front=False), heldout)
    if rng.random() < 0.4:
        def speak() -> Clause:
            verb: Verb = pick(rng, SAYING)
            chance = rng.random()
            subject = (name(rng, heldout) if chance < 0.3
                       else Pronoun(pick(rng, ("I", "we", "he", "she", "they")))
                       if chance < 0.6 else noun_phrase(rng, pick(rng, PERSONS)))
            return Clause(subject, verb, "present" if rng.random() < 0.7 else "past")

        main = speak()
        link_english, link_german = "that", "dass"
        keys = [side_key]
        before = False
    else:
        main, main_key = drawn(lambda: any_clause(rng, heldout, front=False), heldout)
        link_english, link_german = pick(rng, CONJUNCTIONS)
        keys = [main_key, side_key]
        before = rng.random() < 0.3
    link = Word(link_english)
    if before:
        words = [link, *side.english()]
        words[-1].text += ","
        words += main.english()
        targets = [Target(link_german, (link,)), *side.german(SUBORDINATE)]
        targets[-1].text += ","
        targets += main.german(QUESTION_ORDER)
    else:
        words = [*main.english(), link, *side.english()]
        targets = main.german()
        targets[-1].text += ","
        targets += [Target(link_german, (link,)), *side.german(SUBORDINATE)]
    write_english(words, ".")
    write_german(targets, ".")
    return words, targets, keys


def joined(rng: random.Random, heldout: bool) -> Sentence:
    """Two main clauses with and or but."""
    first, first_key = drawn(lambda: any_clause(rng, heldout), heldout)
    second, second_key = drawn(lambda: any_clause(rng, heldout, front=False), heldout)
    english, german = pick(rng, JOINING)
    link = Word(english)
    words = first.english()
    words[-1].text += "," if english == "but" or rng.random() < 0.4 else ""
    words += [link, *second.english()]
    targets = first.german()
    targets[-1].text += "," if english == "but" else ""
    targets += [Target(german, (link,)), *second.german()]
    write_english(words, ".")
    write_german(targets, ".")
    return words, targets, [first_key, second_key]


def there_is(rng: random.Random, heldout: bool) -> Sentence:
    """There is a dog in the garden. Es gibt einen Hund im Garten."""
    from explorer.miniatures.language.there import there_clause

    return there_clause(rng, heldout)


def with_pronoun(rng: random.Random, heldout: bool) -> list[Sentence]:
    """Two sentences; a pronoun in the second stands for the subject of the first."""
    while True:
        first, first_key = drawn(lambda: any_clause(rng, heldout), heldout)
        subject = first.subject
        if isinstance(subject, NounPhrase) and not subject.noun.adjectives:
            continue
        if isinstance(subject, NounPhrase | Name) and subject.pronoun and not _second_thing(first):
            break
    pronoun = Pronoun(subject.pronoun, gender=subject.gender if not subject.plural else 2)
    lemma = subject.lemmas[0]

    def make() -> Clause:
        if isinstance(subject, NounPhrase) and subject.noun.kinds[0] not in ("person", "animal"):
            clause = state_clause(rng, heldout, subject)
        elif rng.random() < 0.4:
            clause = state_clause(rng, heldout, subject)
        else:
            clause = action_clause(rng, heldout, subject)
            if not set(clause.verb.subjects) & {"person", "animal"} or clause.subject is not (
                subject
            ):
                return make()
        clause.subject = pronoun
        return decorate(rng, clause)

    second, second_key = drawn(make, heldout)
    del lemma
    return [finished(first, [first_key], "statement", "."),
            finished(second, [second_key], "statement", ".")]


def _second_thing(clause: Clause) -> bool:
    """Whether another noun of the clause could be meant by the pronoun `it`."""
    if clause.subject.pronoun != "it":
        return False
    return clause.object is not None or clause.receiver is not None or clause.place is not None or (
        isinstance(clause.front, Phrase) and len(clause.front.words) > 2
    )


__all__ = ["MODALS", "example"]
