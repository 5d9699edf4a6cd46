"""How many pages are drawn at the same time.

Python runs one thread at a time. Thirty pages drawn at once hinder each other and are all late; a
few at a time, and each is through sooner. A page that only waits, for a model or for what somebody
else computes, lets another one draw meanwhile.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.dashboard import warmup
from explorer.dashboard.work_queue import LOOK_SECONDS

AT_ONCE = 2
"""One that computes, and one beside it for when the first waits for the operating system."""
_NOTHING = "_nothing"
"""A key of the session that is never set."""


class Turns:
    """Turns, given in the order in which they are asked for. Safe to use from many threads.

    Args:
        count: how many there are.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._line: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    def take(self, look: Callable[[], None], first: bool = False) -> None:
        """Wait for a turn.

        Args:
            look: called every LOOK_SECONDS while waiting; may raise, and then there is no turn.
            first: whether to stand before all who wait, as who comes back with a result does.
        """
        with self._lock:
            if self._free:
                self._free -= 1
                return
            given = threading.Event()
            if first:
                self._line.appendleft(given)
            else:
                self._line.append(given)
        stays = False
        try:
            while not given.wait(LOOK_SECONDS):
                look()
            stays = True
        finally:
            if not stays:
                self._leave(given)

    def _leave(self, given: threading.Event) -> None:
        """Take a place out of the line, or hand on the turn that it has just been given."""
        with self._lock:
            has_turn = given.is_set()
            if not has_turn:
                self._line.remove(given)
        if has_turn:
            self.give_back()

    def give_back(self) -> None:
        """Hand a turn on to whoever waits for it."""
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._free += 1


P = ParamSpec("P")
_turns = Turns(AT_ONCE)
_here = threading.local()


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in the block, when its turn has come; at once where this thread has one already."""
    if getattr(_here, "draws", False):
        yield
        return
    _here.began = time.monotonic()
    _turns.take(look_whether_wanted)
    _here.draws = True
    try:
        yield
    finally:
        # A run that was given up while it waited to come back has none.
        if _here.draws:
            _here.draws = False
            _turns.give_back()


@contextmanager
def waiting() -> Iterator[None]:
    """Let others draw while the block waits; nothing where this thread draws no page."""
    if not getattr(_here, "draws", False):
        yield
        return
    _here.draws = False
    _turns.give_back()
    try:
        yield
    finally:
        _turns.take(look_whether_wanted, first=True)
        _here.draws = True


def fragment(function: Callable[P, Any], run_every: float | None = None) -> Callable[P, Any]:
    """Streamlit's fragment, drawn in turn like a page, also when it runs by itself."""

    @wraps(function)
    def in_turn(*args: P.args, **options: P.kwargs) -> Any:
        with drawing():
            drawn = function(*args, **options)
        warmup.after_run()
        return drawn

    return st.fragment(in_turn, run_every=run_every)


def began() -> float | None:
    """When the page of this thread asked for its turn, by the monotonic clock; None elsewhere."""
    return getattr(_here, "began", None)


def look_whether_wanted() -> None:
    """End a run that nobody wants any more: Streamlit does at each look into the session."""
    if get_script_run_ctx(suppress_warning=True) is not None:
        _ = _NOTHING in st.session_state
