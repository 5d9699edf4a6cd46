"""How far a load is, for the person who waits for it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class LoadProgress:
    """How far a load is.

    Attributes:
        stage: "queued", "downloading", "loading", "ready" or "failed".
        done_bytes, total_bytes: of the download, or of the weights; 0 where not known.
        message: one sentence for people; the reason where it failed.
    """

    stage: str
    done_bytes: int = 0
    total_bytes: int = 0
    message: str = ""


OnProgress = Callable[[LoadProgress], None]
