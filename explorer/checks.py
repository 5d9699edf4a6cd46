"""A number of ours beside an independent computation of the same number."""

from dataclasses import dataclass


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
