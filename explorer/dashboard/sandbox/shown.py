"""What the sandbox shows, wherever its numbers come from."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from explorer.attention_math import AttentionSteps
from explorer.attention_script import SomeScript
from explorer.checks import Check
from explorer.recipe import Edit, Recipe
from explorer.worked_example import Given, WorkedExample


@dataclass(frozen=True)
class Shown:
    """One attention with names for its rows and columns.

    Attributes:
        name: the beginning of file names.
        steps: every intermediate.
        script: the Python that prints the same numbers.
        query_names, key_names: pieces of a text; None for bare positions.
        example: what the steps were worked out from.
        checks: what has been compared with the model; the check against torch comes on its own.
        changed: what is no longer as the model has it.
        note: one sentence about where the numbers come from.
    """

    name: str
    steps: AttentionSteps
    script: SomeScript
    query_names: tuple[str, ...] | None = None
    key_names: tuple[str, ...] | None = None
    example: WorkedExample | None = None
    checks: tuple[Check, ...] = ()
    changed: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Asked:
    """What was asked for, before anything is worked out.

    Attributes:
        recipe: without the cells that are set by hand.
        given: what takes the place of random numbers.
        work_out: makes a view of a recipe.
    """

    recipe: Recipe
    given: Given | None
    work_out: Callable[[Recipe], Shown]

    def shown(self, edits: tuple[Edit, ...]) -> Shown:
        """The view with these cells set by hand."""
        return self.work_out(replace(self.recipe, edits=edits))
