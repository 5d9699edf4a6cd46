"""Whole numbers that people give: a truth value is none, and neither is 1.0."""

from typing import Any

from explorer.errors import ExplorerError


def is_whole(value: Any, low: int, high: int) -> bool:
    """Whether a value is a whole number from `low` to `high`, both included."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def check_whole(name: str, value: Any, low: int, high: int) -> None:
    """Refuse what is no whole number from `low` to `high`.

    Raises:
        ExplorerError: with the name of the setting, its value and the limits.
    """
    if not is_whole(value, low, high):
        raise ExplorerError(
            f"{name} is {value!r}; it must be a whole number from {low} to {high:,}."
        )
