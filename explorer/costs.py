"""What one architecture needs for one length: the plain result of a measurement."""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.siblings import Architecture


@dataclass(frozen=True)
class Cost:
    """What one architecture needs for one length.

    Attributes:
        architecture: which.
        model: the name of the bundled model that stands for it.
        parameters: how many that one has.
        length: pieces that are read, and as many are written.
        passes: how often a stack of layers was gone through.
        positions: pieces that went through a stack, all passes together.
        seconds: wall-clock time, the middle one of several.
        peak_bytes: the most that all tensors took at once, the weights not counted.
        cache_bytes: of the keys and values that are kept from pass to pass, at the end.
    """

    architecture: Architecture
    model: str
    parameters: int
    length: int
    passes: int
    positions: int
    seconds: float
    peak_bytes: int
    cache_bytes: int


def longest(found: Sequence[Cost]) -> tuple[Cost, ...]:
    """What each architecture needs for the longest text that was measured."""
    most = max((each.length for each in found), default=0)
    return tuple(each for each in found if each.length == most)
