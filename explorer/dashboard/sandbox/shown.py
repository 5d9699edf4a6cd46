"""What the sandbox shows, wherever its numbers come from."""

from dataclasses import dataclass

from explorer.attention_math import AttentionSteps
from explorer.attention_script import SomeScript
from explorer.checks import Check
from explorer.worked_example import WorkedExample


@dataclass(frozen=True)
class Shown:
    """One attention with names for its rows and columns.

    Attributes:
        name: the beginning of file names.
        steps: every intermediate.
        script: the Python that prints the same numbers.
        query_names, key_names: pieces of a text; None for bare positions.
        example: what the steps were worked out from; None for a head of a model.
        checks: what has been compared with the model; the check against torch comes on its own.
        note: one sentence about where the numbers come from.
    """

    name: str
    steps: AttentionSteps
    script: SomeScript
    query_names: tuple[str, ...] | None = None
    key_names: tuple[str, ...] | None = None
    example: WorkedExample | None = None
    checks: tuple[Check, ...] = ()
    note: str = ""
