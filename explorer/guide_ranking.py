"""The models of the catalogue in the order in which they suit a task, each with its objections.

An objection is hard where the model cannot do what is asked: too long a text, too much memory, a
licence that forbids it, a language or a task that it was never trained for. The others are soft:
it can, and something speaks against it. Models without a hard objection come first; among them
those with the lighter soft ones; of two alike the larger, which answers better as a rule. So the
first may say that a smaller one fits as well, and the second has nothing against it: size alone is
no reason to be second, but a reason to think twice, and the sentence says what each of the two has.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from explorer import catalog
from explorer.cards import ModelCard
from explorer.guide import Walk, walk
from explorer.guide_objections import KINDS, NEVER_LEARNED, Objection, languages_known, objections
from explorer.sizes import bytes_text, count_text

RULE = (
    "First come the models that can do all of it; among them those with less against them; of two "
    "alike the larger one, which answers better as a rule."
)
"""The order, for people."""

MUCH_LARGER = 2.0
"""So many times as large as the smallest that suits as well, and it is said."""


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
    title, found = objections(card, way)
    trained = any(each.kind in way.leaf.kinds for each in card.tasks)
    asked = (f"Trained for it: “{title}”.",) if title else ()
    size = f"{count_text(facts.parameters)} parameters, {bytes_text(facts.weights_bytes)}."
    reads = f"Reads {facts.max_source_tokens:,} pieces. Licence: {card.licence}."
    return Suggestion(card.name, title, trained, (*asked, card.purpose, size, reads), found)


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
    alike = [theirs for theirs, other in fitting if _soft(other) <= _soft(each)]
    smallest = min(alike, key=lambda theirs: theirs.parameters)
    times = card.parameters / smallest.parameters
    if times >= MUCH_LARGER:
        sentence = (
            f"{times:.2g} times as large as {smallest.title}, which fits as well and is faster; "
            "the larger answers better as a rule."
        )
        more.append(Objection("size", sentence))
    return replace(each, objections=(*each.objections, *more))


def _specialised(card: ModelCard) -> bool:
    """Whether a model was trained for one kind of task, between languages that it names."""
    kinds = {each.kind for each in card.tasks}
    return len(kinds) == 1 and not languages_known(card)


def _many(card: ModelCard) -> str:
    known = languages_known(card)
    return f"{known} languages" if known else f"{len(card.tasks)} tasks and more"


def _place(card: ModelCard, each: Suggestion) -> tuple[int, int, float, int]:
    hard = sum(o.hard for o in each.objections)
    return min(hard, 1), _lacks(each), hard + _soft(each), -card.parameters


def _soft(each: Suggestion) -> float:
    return sum(o.weight for o in each.objections)
