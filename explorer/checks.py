"""A number of ours beside an independent computation of the same number."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Check:
    """How far our numbers are from an independent computation.

    Attributes:
        what: what was compared with what, as one sentence for the page.
        difference: the largest absolute difference, in the unit of the numbers compared.
        tolerance: the largest difference that rounding explains.
    """

    what: str
    difference: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the difference is within the tolerance (a NaN never is)."""
        return self.difference <= self.tolerance


def closest(checks: Iterable[Check], what: str) -> Check:
    """The check that comes closest to its tolerance, for all: when it passes, all do."""
    # A NaN is greater than nothing, so that a check failed is asked first.
    worst = max(checks, key=lambda each: (not each.passed, each.difference / each.tolerance))
    return replace(worst, what=what)
