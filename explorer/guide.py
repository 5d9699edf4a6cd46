"""Which model? The way from a task through the decision tree to its needs.

    guide.walk({"writes": "Yes", "output": "Yes, another", "becomes": "A summary"}).leaf.name

What is not answered stands at the first answer of its question; of what a model must meet, that is
the one that asks least.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from explorer.decisions import Choice, Leaf, Question, leaves, questions
from explorer.errors import ExplorerError
from explorer.guide_needs import NEEDS, Need, Needs, Option, needs_of, read_needs
from explorer.guide_tree import TREE

KEYS = (*(each.key for each in questions(TREE)), *(each.key for each in NEEDS))
"""The name of every question in a link."""


@dataclass(frozen=True)
class Step:
    """A question of the tree that was asked, and the choice."""

    question: Question
    choice: Choice


@dataclass(frozen=True)
class Walk:
    """A way through the tree to its end.

    Attributes:
        steps: the questions on the way.
        leaf: where it ends.
        needs: what the model must meet besides.
    """

    steps: tuple[Step, ...]
    leaf: Leaf
    needs: Needs

    @property
    def answers(self) -> dict[str, str]:
        """The answers that lead here, by the key of each question."""
        tree = {step.question.key: step.choice.name for step in self.steps}
        return {**tree, **{need.key: option.name for need, option in self.asked_on()}}

    def asked_on(self) -> list[tuple[Need, Option]]:
        """Each question that the leaf asks on, and its answer."""
        return list(zip(needs_of(self.leaf), self.needs.options(), strict=True))


def walk(answers: Mapping[str, str]) -> Walk:
    """Follow the answers to a leaf. Answers to questions that are not on the way are passed over.

    Args:
        answers: the name of a choice by the key of its question.

    Raises:
        ExplorerError: a key that no question has, or an answer that its question does not offer.
    """
    for key in answers:
        if key not in KEYS:
            raise ExplorerError(
                f"“{key[:40]}” is no question of the guide; its questions are: {', '.join(KEYS)}."
            )
    steps: list[Step] = []
    here: Question | Leaf = TREE
    while isinstance(here, Question):
        name = answers.get(here.key, here.choices[0].name)
        choice = here.choice(name)
        if choice is None:
            raise ExplorerError(
                f"{here.key} is “{name[:40]}”; choose one of: "
                f"{', '.join(each.name for each in here.choices)}."
            )
        steps.append(Step(here, choice))
        here = choice.then
    return Walk(tuple(steps), here, read_needs(here, answers))


def ways() -> Iterator[Walk]:
    """One walk to every leaf, with nothing asked on."""
    for answers, _ in leaves(TREE):
        yield walk(answers)
