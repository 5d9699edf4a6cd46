"""How many pages are drawn at the same time.

Python runs one thread at a time. Thirty pages drawn at once hinder each other and are all late; a
few at a time, and each is through sooner. A page that only waits, for a model or for what somebody
else computes, lets another one draw meanwhile.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 2
"""One that computes, and one beside it for when the first waits for the operating system."""

_turns = threading.BoundedSemaphore(AT_ONCE)
_here = threading.local()


@contextmanager
def drawing() -> Iterator[None]:
    """Draw a page in the block, when its turn has come."""
    with _turns:
        _here.draws = True
        try:
            yield
        finally:
            _here.draws = False


@contextmanager
def waiting() -> Iterator[None]:
    """Let others draw while the block waits; nothing where this thread draws no page."""
    if not getattr(_here, "draws", False):
        yield
        return
    _here.draws = False
    _turns.release()
    try:
        yield
    finally:
        _turns.acquire()
        _here.draws = True
