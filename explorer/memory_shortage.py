"""A lack of memory, however it is told: Python, torch and the system have words of their own."""

import errno
import gc
from collections.abc import Iterator

WORDS = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "not enough memory",
    # A library that is read into memory at its first use.
    "failed to map segment",
    # A thread needs memory for its stack, and is refused without a word on why.
    "can't start new thread",
)
"""What an error says that is not of a class of its own, in small letters."""


def is_shortage(error: BaseException) -> bool:
    """Whether memory was short, for the processor or for a card; asks nothing of torch."""
    return any(map(_says_so, _causes(error)))


def collect() -> None:
    """Let go all that is garbage, also among what was kept out of Python's own collections.

    A model that is dropped lies in cycles, and a server freezes what it has loaded.
    """
    gc.unfreeze()
    gc.collect()


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and those that it came from."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__


def _says_so(error: BaseException) -> bool:
    # By its name: this must work where torch was never imported, and import it for nobody.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    return any(words in str(error).lower() for words in WORDS)
