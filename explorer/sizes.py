"""Sizes as people say them: 242 MB, 60.5 million."""

from collections.abc import Sequence

MAX_PLAIN_COUNT = 10_000
"""Counts below this one are written out, digit by digit."""

_BYTES = (("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12))
_COUNTS = (("thousand", 1e3), ("million", 1e6), ("billion", 1e9), ("trillion", 1e12))


def bytes_text(count: float) -> str:
    """A number of bytes: 999 bytes, 5.4 MB, 1.2 GB."""
    return f"{count:.0f} bytes" if round(count) < 1000 else _in_units(count, _BYTES)


def count_text(count: float) -> str:
    """A large count: 1,400, 850 thousand, 1.4 million."""
    return f"{count:,.0f}" if round(count) < MAX_PLAIN_COUNT else _in_units(count, _COUNTS)


def _in_units(count: float, units: Sequence[tuple[str, float]]) -> str:
    """Three digits and the first unit in which they stay below 1000 once they are rounded."""
    for unit, size in units:
        digits = f"{count / size:.3g}"
        if float(digits) < 1000:
            return f"{digits} {unit}"
    return f"{count / size:,.0f} {unit}"
