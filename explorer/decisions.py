"""What a decision tree is made of: questions, choices, and the leaves they lead to."""

from collections.abc import Iterator
from dataclasses import dataclass

from explorer.guide_architectures import NamedModel


@dataclass(frozen=True)
class Leaf:
    """Where the questions about the task end.

    Attributes:
        name: what is wanted, for people.
        architecture: the name of the architecture that suits it best.
        reason: why that one.
        examples: models of that architecture that people take for it.
        task: the name of its row in the table of tasks; None where it has none.
        kinds: the kinds of task, as the catalogue calls them, that are this one.
        told: whether a model that follows instructions in plain words can be asked for it.
        trained_for: whether an encoder-decoder of several tasks is worth training for it.
    """

    name: str
    architecture: str
    reason: str
    examples: tuple[NamedModel, ...]
    task: str | None = None
    kinds: tuple[str, ...] = ()
    told: bool = False
    trained_for: bool = True


@dataclass(frozen=True)
class Choice:
    """One answer to a question.

    Attributes:
        name: what stands on the button and in a link.
        meaning: what it means, in a few words.
        then: the next question, or the leaf.
    """

    name: str
    meaning: str
    then: "Question | Leaf"


@dataclass(frozen=True)
class Question:
    """A question of the tree.

    Attributes:
        key: its name in a link; no two questions share one.
        text: the question.
        choices: the answers, the usual one first.
    """

    key: str
    text: str
    choices: tuple[Choice, ...]

    def choice(self, name: str) -> Choice | None:
        """The choice with this name."""
        return next((each for each in self.choices if each.name == name), None)


def questions(root: Question) -> Iterator[Question]:
    """Every question from here on, each before those that follow it."""
    yield root
    for each in root.choices:
        if isinstance(each.then, Question):
            yield from questions(each.then)


def leaves(root: Question) -> Iterator[tuple[dict[str, str], Leaf]]:
    """Every leaf, with the answers that lead to it."""
    for each in root.choices:
        here = {root.key: each.name}
        if isinstance(each.then, Leaf):
            yield here, each.then
        else:
            for answers, leaf in leaves(each.then):
                yield {**here, **answers}, leaf
