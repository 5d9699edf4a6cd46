"""The Hub."""

from collections.abc import Callable
from pathlib import Path

from explorer.errors import ExplorerError


def readable_bytes(count: int) -> str:
    """A number of bytes as people read it: 242 MB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"


def fetch_configuration(hub_id: str) -> dict[str, object]:
    """The configuration of a model on the Hub."""
    raise ExplorerError(f"{hub_id} is not on this computer.")


def fetch_model(hub_id: str, on_progress: Callable[[int, int, str], None]) -> Path:
    """Fetch a model from the Hub."""
    raise ExplorerError(f"{hub_id} is not on this computer.")
