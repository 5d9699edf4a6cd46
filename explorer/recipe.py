"""What decides a worked example of attention, in plain values."""

from dataclasses import dataclass
from typing import Literal, get_args

from explorer.attention_inputs import number
from explorer.errors import ExplorerError
from explorer.whole_numbers import check_whole

MaskKind = Literal["none", "causal", "padding", "drawn", "given"]
PositionKind = Literal["none", "relative", "learned", "sinusoidal"]
BiasKind = Literal["none", "distance", "drawn", "given"]
Matrix = Literal["Q", "K", "V", "mask", "bias"]

MAX_POSITIONS = 32
"""The most queries, and the most keys, of random numbers; a learned table has as many rows."""

MAX_GIVEN = 2048
"""The most of both where rows are given."""

MAX_HEADS = 16
MAX_D_K = 2048
MAX_WIDTH = MAX_HEADS * MAX_D_K

LARGEST = 1e300
"""The largest number, without its sign, that a cell can be set to by hand."""


@dataclass(frozen=True)
class Edit:
    """A cell that was set by hand.

    Attributes:
        matrix: Q, K and V have the columns of all heads side by side; mask and bias, which serve
            all heads, are (query, key).
        row, column: from 0.
        value: the number; in the mask 0 hides the cell.
    """

    matrix: Matrix
    row: int
    column: int
    value: float


@dataclass(frozen=True)
class Recipe:
    """Everything that decides an example.

    Attributes:
        seed: of Q, K and V, and of the tables that training would fill.
        queries, keys: how many positions.
        d_k: the width of a query, a key and a value in one head.
        heads: how many.
        scale: what the scores are multiplied by; None is 1 / sqrt(d_k).
        temperature: of the softmax.
        mask: "padding" hides the last `padded` keys, "drawn" what the edits hide, "given" what
            the mask hides that comes with given rows.
        padded: how many keys are padding.
        positions: "relative" is T5's bias, "learned" and "sinusoidal" are added to Q, K and V.
        bias: "distance" takes `slope` from a score for every piece of distance, "drawn" is what
            the edits say, "given" what comes with given rows.
        slope: see bias.
        edits: cells set by hand; the last word on what they touch. A drawn mask or bias begins
            as the given one, or with nothing hidden and nothing added.
    """

    seed: int = 42
    queries: int = 4
    keys: int = 4
    d_k: int = 6
    heads: int = 1
    scale: float | None = None
    temperature: float = 1.0
    mask: MaskKind = "none"
    padded: int = 1
    positions: PositionKind = "none"
    bias: BiasKind = "none"
    slope: float = 0.5
    edits: tuple[Edit, ...] = ()

    def __post_init__(self) -> None:
        for name, value, most in (
            ("queries", self.queries, MAX_GIVEN),
            ("keys", self.keys, MAX_GIVEN),
            ("heads", self.heads, MAX_HEADS),
            ("d_k", self.d_k, MAX_D_K),
        ):
            check_whole(name, value, 1, most)
        check_whole("padded", self.padded, 0, MAX_GIVEN)
        number("slope", self.slope)
        for edit in self.edits:
            check_whole(f"The row of an edit of {edit.matrix}", edit.row, 0, MAX_GIVEN)
            check_whole(f"The column of an edit of {edit.matrix}", edit.column, 0, MAX_WIDTH)
            if not isinstance(edit.value, int | float) or abs(edit.value) > LARGEST:
                raise ExplorerError(
                    f"An edit of {edit.matrix} is {str(edit.value)[:40]}; give a number that is at "
                    f"most {LARGEST:g} in size."
                )
        for name, kind, kinds in (
            ("mask", self.mask, MaskKind),
            ("positions", self.positions, PositionKind),
            ("bias", self.bias, BiasKind),
        ):
            if kind not in get_args(kinds):
                raise ExplorerError(
                    f"{name} is {kind!r}; choose one of {', '.join(get_args(kinds))}."
                )

    @property
    def width(self) -> int:
        """The columns of Q, K and V: those of all heads side by side."""
        return self.heads * self.d_k

    @property
    def both_ways(self) -> bool:
        """Whether T5's buckets tell keys after the query apart: not where a mask hides them."""
        return self.mask != "causal"

    def edited(self, matrix: Matrix) -> tuple[Edit, ...]:
        """The edits of one matrix."""
        return tuple(edit for edit in self.edits if edit.matrix == matrix)
