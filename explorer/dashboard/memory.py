"""Results that are computed once for everybody, while their computing may write on the page.

Streamlit's own cache replays what was shown while a result was computed, and fails where that
was shown outside the cached function, as the model's state in the frame is.
"""

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.dashboard import drawing_turns

REMEMBERED_BYTES = 32_000_000
"""Room for all results together, counted as they would be written to a file."""
LARGEST_BYTES = 128_000_000
"""The largest result that is remembered; one that needs more than all others may is alone so."""
LOOK_SECONDS = 0.5
"""How often somebody who waits for another's result is told so."""


@dataclass
class _Turn:
    """Who computes the result of a key, and how many are there for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    present: int = 0


class Memory:
    """The latest results, by keys of plain values. Safe to use from many threads at once.

    Args:
        limit_bytes: the results that nobody asked for longest go when all together need more.
    """

    def __init__(self, limit_bytes: int = REMEMBERED_BYTES) -> None:
        self._limit = limit_bytes
        self._large: tuple[Hashable, Any] | None = None
        self._used = 0
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._turns: dict[Hashable, _Turn] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """The result of a key, or None."""
        with self._lock:
            if self._large is not None and self._large[0] == key:
                return self._large[1]
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key][0]

    def keep(self, key: Hashable, result: Any) -> None:
        """Remember a result, unless it alone needs more than there is room for."""
        size = len(pickle.dumps((key, result)))
        if size > self._limit:
            # It would push out everybody's results: only the latest such one is remembered.
            if size <= LARGEST_BYTES:
                with self._lock:
                    self._large = (key, result)
            return
        with self._lock:
            self._used += size - self._held.pop(key, (None, 0))[1]
            self._held[key] = (result, size)
            while self._used > self._limit:
                self._used -= self._held.popitem(last=False)[1][1]

    @contextmanager
    def turn(self, key: Hashable, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Be the only one who computes the result of a key, after whoever does so now.

        Look again with `get` once inside: the one before may have left the result.

        Args:
            key: of the result.
            waiting: called every LOOK_SECONDS while somebody else computes; may raise.
        """
        with self._lock:
            turn = self._turns.setdefault(key, _Turn())
            turn.present += 1
        try:
            if not turn.lock.acquire(blocking=False):
                with drawing_turns.waiting():
                    while not turn.lock.acquire(timeout=LOOK_SECONDS):
                        waiting()
            try:
                yield
            finally:
                turn.lock.release()
        finally:
            with self._lock:
                turn.present -= 1
                if not turn.present:
                    del self._turns[key]

    def clear(self) -> None:
        """Forget all results."""
        with self._lock:
            self._large = None
            self._used = 0
            self._held.clear()

    def get_or(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """The result of a key, computed now if it is not there; by one at a time."""
        held = self.get(key)
        if held is None:
            sentence = _Sentence()
            with self.turn(key, sentence.show):
                sentence.clear()
                held = self.get(key)
                if held is None:
                    held = compute()
                    self.keep(key, held)
        return held


class _Sentence:
    """What stands on the page while somebody else computes.

    A run that nobody reads any more ends at its next call to Streamlit: this one.
    """

    def __init__(self) -> None:
        self._place: DeltaGenerator | None = None

    def show(self) -> None:
        """Say so; outside of a page there is nobody to tell."""
        if get_script_run_ctx(suppress_warning=True) is None:
            return
        if self._place is None:
            self._place = st.empty()
        self._place.caption("Somebody else has just asked the same: waiting for that result …")

    def clear(self) -> None:
        """Take it away."""
        if self._place is not None:
            self._place.empty()


# Not in a cache of Streamlit: any visitor's message could empty that for everybody.
_memory = Memory()


def memory() -> Memory:
    """The one memory of this server."""
    return _memory
