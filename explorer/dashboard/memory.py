"""Results that are computed once for everybody, while their computing may write on the page.

Streamlit's own cache replays what was shown while a result was computed, and fails where that
was shown outside the cached function, as the model's state in the frame is.
"""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.bounded import Bounded, size_of
from explorer.dashboard import drawing_turns
from explorer.dashboard.work_queue import LOOK_SECONDS
from explorer.errors import TooLateError

REMEMBERED_BYTES = 96_000_000
"""Memory of all results together."""
LARGEST_BYTES = 160_000_000
"""The largest result that is remembered: the latest that takes more than all others may, beside
them. A timeline of as many weights as it may have is one."""


@dataclass(eq=False)
class _Line:
    """All who are there for the result of a key, one of whom computes it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    present: int = 0
    part: Any = None


@dataclass(frozen=True)
class Turn:
    """One's turn to compute the result of a key.

    Attributes:
        part: what whoever had the turn meanwhile could not finish in time; None if there is
            nothing.
    """

    part: Any
    _line: _Line = field(repr=False)

    @property
    def shared(self) -> bool:
        """Whether others wait for the same result: it is computed for them too."""
        return self._line.present > 1

    def pass_on(self, part: Any) -> None:
        """Leave what there was when the time was over to those who wait: theirs is over too."""
        self._line.part = part


_mine: ContextVar[Turn | None] = ContextVar("turn", default=None)


def others_wait() -> bool:
    """Whether others wait for what this thread computes."""
    mine = _mine.get()
    return mine is not None and mine.shared


class Memory:
    """The latest results, by keys of plain values. Safe to use from many threads at once.

    Args:
        limit_bytes: the results that nobody asked for longest go when all together need more.
    """

    def __init__(self, limit_bytes: int = REMEMBERED_BYTES) -> None:
        self._held: Bounded[Hashable, Any] = Bounded(limit_bytes)
        # It would push out everybody's results: only the latest such one is remembered.
        self._large: Bounded[Hashable, Any] = Bounded(LARGEST_BYTES, most=1)
        self._turns: dict[Hashable, _Line] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """The result of a key, or None."""
        found = self._held.get(key)
        return self._large.get(key) if found is None else found

    def keep(self, key: Hashable, result: Any) -> None:
        """Remember a result, unless it alone needs more than there is room for."""
        size = size_of(key, result)
        room = self._held if size <= self._held.most_bytes else self._large
        room.keep(key, result, size)

    @contextmanager
    def turn(self, key: Hashable, waiting: Callable[[], None] = lambda: None) -> Iterator[Turn]:
        """Be the only one who computes the result of a key, after whoever does so now.

        Look again with `get` once inside: the one before may have left the result, or a part.

        Args:
            key: of the result.
            waiting: called every LOOK_SECONDS while somebody else computes; may raise.
        """
        with self._lock:
            line = self._turns.setdefault(key, _Line())
            line.present += 1
            before = line.part
        try:
            if not line.lock.acquire(blocking=False):
                with drawing_turns.waiting():
                    while not line.lock.acquire(timeout=LOOK_SECONDS):
                        waiting()
            mine = Turn(None if line.part is before else line.part, line)
            outer = _mine.set(mine)
            try:
                yield mine
            finally:
                _mine.reset(outer)
                line.lock.release()
        finally:
            with self._lock:
                line.present -= 1
                if not line.present:
                    del self._turns[key]

    def clear(self) -> None:
        """Forget all results."""
        self._held.clear()
        self._large.clear()

    def get_or(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """The result of a key, computed now if it is not there; by one at a time.

        Raises:
            TooLateError: the time was over, of this computing or of the one that was waited for.
        """
        held = self.get(key)
        if held is None:
            sentence = Sentence()
            with self.turn(key, sentence.show) as turn:
                sentence.clear()
                held = self.get(key)
                if held is None:
                    if isinstance(turn.part, TooLateError):
                        raise TooLateError(str(turn.part))
                    try:
                        held = compute()
                    except TooLateError as error:
                        turn.pass_on(error)
                        raise
                    self.keep(key, held)
        return held


class Sentence:
    """What stands on the page while somebody else computes.

    A run that nobody reads any more ends at the next look.

    Args:
        place: where it stands; by default where the page is when it is first shown.
    """

    def __init__(self, place: DeltaGenerator | None = None) -> None:
        self._place = place
        self._said = False

    def show(self) -> None:
        """Say so; outside of a page there is nobody to tell."""
        if get_script_run_ctx(suppress_warning=True) is None:
            return
        drawing_turns.look_whether_wanted()
        if self._said:
            return
        if self._place is None:
            self._place = st.empty()
        self._place.caption("Somebody else has just asked the same: waiting for that result …")
        self._said = True

    def clear(self) -> None:
        """Take it away."""
        if self._place is not None:
            self._place.empty()


# Not in a cache of Streamlit: any visitor's message could empty that for everybody.
_memory = Memory()


def memory() -> Memory:
    """The one memory of this server."""
    return _memory
