"""How tests wait for what another thread does."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60
"""Long enough for a busy machine; a test that passes never waits so long."""


def until(condition: Callable[[], object]) -> None:
    """Return as soon as the condition holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)
