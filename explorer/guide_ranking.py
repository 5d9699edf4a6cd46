"""The models of the catalogue in the order in which they suit a task, each with its objections.

An objection is hard where the model cannot do what is asked: too long a text, too much memory, a
licence that forbids it, a language or a task that it was never trained for. The others are soft:
it can, and something speaks against it. Models without a hard objection come first; among them
those with the lighter soft ones; of two alike the larger, which answers better as a rule.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from explorer import catalog
from explorer.cards import ModelCard, ModelFacts
from explorer.decisions import Leaf
from explorer.guide import Walk, walk
from explorer.guide_needs import Language, Needs
from explorer.sizes import bytes_text, count_text

KINDS = ("task", "language", "length", "examples", "memory", "licence")
"""What a hard objection can be about, in the order in which it is asked."""
NEVER_LEARNED = ("task", "examples", "language")
"""Of the hard ones, those that no other text and no other computer mends."""
MUCH_LARGER = 2.0
"""So many times as large as the smallest that fits, and it is said."""


@dataclass(frozen=True)
class Objection:
    """Something that speaks against a model.

    Attributes:
        kind: what it is about: one of KINDS, "words", "many tasks" or "size".
        sentence: in words, with the numbers.
        weight: how much it counts among soft ones.
        hard: whether the model cannot do what is asked.
    """

    kind: str
    sentence: str
    weight: float = 0.0
    hard: bool = False


@dataclass(frozen=True)
class Suggestion:
    """A model of the catalogue, and what speaks for and against it.

    Attributes:
        name: its name in the catalogue.
        task: the title of the task on its card that was asked for; None where it has none.
        trained: whether it was trained for this kind of task at all.
        reasons: what speaks for it.
        objections: what speaks against it, the hard ones first.
    """

    name: str
    task: str | None
    trained: bool
    reasons: tuple[str, ...]
    objections: tuple[Objection, ...]

    @property
    def fits(self) -> bool:
        """Whether nothing hard speaks against it."""
        return not any(each.hard for each in self.objections)


def ranked(answers: Mapping[str, str]) -> tuple[Suggestion, ...]:
    """Every model of the catalogue, the best one first.

    Args:
        answers: see `explorer.guide.walk`.
    """
    way = walk(answers)
    judged = [(card, _judge(card, way)) for card in catalog.MODELS]
    fitting = [(card, each) for card, each in judged if each.fits]
    compared = [(card, _beside(card, each, fitting)) for card, each in judged]
    compared.sort(key=lambda pair: _place(*pair))
    return tuple(each for _, each in compared)


def left_after(suggestions: tuple[Suggestion, ...]) -> tuple[int, ...]:
    """How many models are left after each of KINDS has been asked, in their order."""
    counts = []
    for place in range(len(KINDS)):
        asked = KINDS[: place + 1]
        counts.append(
            sum(
                not any(o.hard and o.kind in asked for o in each.objections) for each in suggestions
            )
        )
    return tuple(counts)


def _judge(card: ModelCard, way: Walk) -> Suggestion:
    facts = catalog.facts(card)
    title, task = _task(card, way.leaf, way.needs)
    found = [
        *task,
        *_language(card, way.needs.language, way.leaf, title),
        *_length(facts, way.needs),
        *_memory(facts, way.needs),
        *_licence(card, way.needs),
    ]
    found.sort(key=lambda each: (not each.hard, -each.weight))
    trained = any(each.kind in way.leaf.kinds for each in card.tasks)
    asked = (f"Trained for it: “{title}”.",) if title else ()
    size = f"{count_text(facts.parameters)} parameters, {bytes_text(facts.weights_bytes)}."
    reads = f"Reads {facts.max_source_tokens:,} pieces. Licence: {card.licence}."
    return Suggestion(card.name, title, trained, (*asked, card.purpose, size, reads), tuple(found))


def _task(card: ModelCard, leaf: Leaf, needs: Needs) -> tuple[str | None, list[Objection]]:
    """The title of the task on the card, and what speaks against the model's training."""
    kinds = {each.kind for each in card.tasks}
    own = [each for each in card.tasks if each.kind in leaf.kinds]
    if "translation" in leaf.kinds and own:
        exact = [each for each in own if each.title == needs.language.title]
        # A wrong direction is an objection to the language, not to the task.
        return (exact[0].title if exact else None), []
    if own:
        return own[0].title, []
    if leaf.told and "instruction" in kinds:
        sentence = (
            f"Was not trained for {_lower(leaf.name)}: it must be told in plain words, and is "
            "often wrong."
        )
        return None, [Objection("task", sentence, 2.0)]
    starts = kinds == {"denoising"}
    several = len(kinds) > 2 and not card.bundled
    if not leaf.trained_for or not (starts or several):
        trained = ", ".join(sorted(kinds))
        sentence = f"Was never trained for {_lower(leaf.name)}, but for {trained}."
        return None, [Objection("task", sentence, hard=True)]
    before = "Has learned no task yet" if starts else f"Was never trained for {_lower(leaf.name)}"
    if needs.examples.given:
        return None, [Objection("task", f"{before}: it must be trained on your examples.", 3.0)]
    sentence = f"{before}, and there are no examples to train it on."
    return None, [Objection("examples", sentence, hard=True)]


def _language(card: ModelCard, wanted: Language, leaf: Leaf, title: str | None) -> list[Objection]:
    if card.bundled:
        known = " and ".join(card.languages)
        sentence = f"Speaks only {known}, made by rules: for learning, not for work."
        return [Objection("language", sentence, hard=True)]
    many = _languages_known(card)
    partly = any("in part" in each for each in card.languages)
    if wanted.least_languages == 0 and many:
        sentence = (
            f"{_vocabulary_share(card):.0%} of its parameters are the vocabulary of {many} "
            "languages."
        )
        return [Objection("many tasks", sentence, 0.5)]
    if wanted.least_languages == 0 or (wanted.title and title == wanted.title):
        return []
    if many:
        if many >= wanted.least_languages:
            return []
        sentence = f"Knows {many} languages, and a rare one is hardly among them."
        return [Objection("language", sentence, hard=True)]
    if partly and ("translation" not in leaf.kinds or wanted.language in card.languages):
        return [Objection("language", "Knows this language only in part.", 2.0)]
    if "translation" in leaf.kinds:
        directions = [each.title for each in card.tasks if each.kind == "translation"]
        sentence = f"Translates {', '.join(directions)}." if directions else "Knows English only."
    elif "denoising" in leaf.kinds or card.languages == ("English",):
        sentence = "Knows English only."
    else:
        sentence = "Knows another language only as something to translate into."
    return [Objection("language", sentence, hard=True)]


def _languages_known(card: ModelCard) -> int:
    """The number of a card that says “50 languages”; 0 for one that names its languages."""
    found = [re.fullmatch(r"(\d+) languages", each) for each in card.languages]
    return max((int(each[1]) for each in found if each), default=0)


def _vocabulary_share(card: ModelCard) -> float:
    """How much of a model is its embeddings, and an output layer of its own."""
    facts = catalog.facts(card)
    tables = 1 if facts.tied_embeddings else 2
    return tables * facts.vocabulary_size * facts.d_model / facts.parameters


def _length(facts: ModelFacts, needs: Needs) -> list[Objection]:
    most, pieces = facts.max_source_tokens, needs.length.pieces
    if pieces <= most:
        return []
    reads = "Was trained on" if facts.position_kind == "relative buckets" else "Reads"
    sentence = f"{reads} {most:,} pieces at most, and this is about {pieces:,}: the rest is cut."
    return [Objection("length", sentence, hard=True)]


def _memory(facts: ModelFacts, needs: Needs) -> list[Objection]:
    if facts.weights_bytes <= needs.memory.most_bytes:
        return []
    sentence = (
        f"Its weights take {bytes_text(facts.weights_bytes)}, more than "
        f"{bytes_text(needs.memory.most_bytes)}."
    )
    return [Objection("memory", sentence, hard=True)]


def _licence(card: ModelCard, needs: Needs) -> list[Objection]:
    if "no commercial use" not in card.licence:
        return []
    if needs.licence.commercial:
        return [Objection("licence", f"Licence: {card.licence}.", hard=True)]
    return [Objection("licence", f"Never for a product: its licence is {card.licence}.", 0.5)]


def nearest(suggestions: tuple[Suggestion, ...]) -> tuple[Suggestion, ...]:
    """Where nothing fits: the models that lack as little of what is learned as the first one."""
    return tuple(each for each in suggestions if _lacks(each) == _lacks(suggestions[0]))


def _lacks(each: Suggestion) -> int:
    return sum(o.hard and o.kind in NEVER_LEARNED for o in each.objections)


def _beside(
    card: ModelCard, each: Suggestion, fitting: list[tuple[ModelCard, Suggestion]]
) -> Suggestion:
    """What the other models that fit say about one."""
    if not each.fits:
        return each
    more = []
    alone = any(other.task and _specialised(theirs) for theirs, other in fitting)
    if each.task and not _specialised(card) and alone:
        sentence = f"Made for {_many(card)}; a model made for this alone fits as well."
        more.append(Objection("many tasks", sentence, 1.0))
    smallest = min((theirs for theirs, _ in fitting), key=lambda theirs: theirs.parameters)
    times = card.parameters / smallest.parameters
    if times >= MUCH_LARGER:
        sentence = f"{times:.2g} times as large as {smallest.title}, which fits as well."
        more.append(Objection("size", sentence))
    return replace(each, objections=(*each.objections, *more))


def _specialised(card: ModelCard) -> bool:
    """Whether a model was trained for one kind of task, between languages that it names."""
    kinds = {each.kind for each in card.tasks}
    return len(kinds) == 1 and not _languages_known(card)


def _many(card: ModelCard) -> str:
    known = _languages_known(card)
    return f"{known} languages" if known else f"{len(card.tasks)} tasks and more"


def _place(card: ModelCard, each: Suggestion) -> tuple[int, int, float, int]:
    hard = sum(o.hard for o in each.objections)
    soft = sum(o.weight for o in each.objections)
    return min(hard, 1), _lacks(each), hard + soft, -card.parameters


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
