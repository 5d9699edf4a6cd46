"""The one line in which all requests for model work wait: a few are computed at once.

Whose page began first is served first, also where it asks for a second thing: twenty pages of two
computations each are through one after the other then, and not all at the end. While others wait,
one visitor computes one thing at a time, and has only the newest request in line: an older one
belongs to a page that has moved on.
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from explorer.errors import ExplorerError

LOOK_SECONDS = 0.5
"""Between two looks whether a visitor who waits is still there."""


class FullLineError(ExplorerError):
    """A request that was refused, since as many as may wait do."""


class Replaced(Exception):  # noqa: N818 - nothing has failed
    """A request that waited was given up, since the same visitor asks for something else."""


@dataclass(eq=False)
class Place:
    """One request, from entering the line until its work is done.

    Attributes:
        who: the visitor.
        since: when the page began that asks, by the monotonic clock.
        on_late: ends the work, called from another thread once its time is over.
        alone: whether nothing else may be computed beside it.
        computing: whether its work has begun.
        begun: when it did, by the monotonic clock.
        late: whether its time was over before its work.
        given_up: whether another request of the same visitor has taken its place in line.
        news: set once its waiting is over, in one way or the other.
    """

    who: Hashable
    since: float
    on_late: Callable[[], None]
    alone: bool = False
    computing: bool = False
    begun: float = 0.0
    late: bool = False
    given_up: bool = False
    news: threading.Event = field(default_factory=threading.Event, repr=False)
    _done: bool = field(default=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def waits(self) -> bool:
        """Whether it stands in line."""
        return not self.computing and not self.given_up

    def end_late(self) -> None:
        """End the work, unless it is done; for the thread that watches the time."""
        with self._lock:
            if self._done:
                return
            self.late = True
        self.on_late()

    def close(self) -> None:
        """The work is done: its time no longer counts."""
        with self._lock:
            self._done = True


class WorkQueue:
    """Places for model work. Safe to use from many threads at once.

    Args:
        at_once: requests that are computed at the same time.
        longest: requests that may wait.
        each: requests that one visitor may have in line; the oldest makes room for the newest.
        long_seconds: the last of several places is given only while all who compute have been at it
            for so long. Short work is done sooner one after the other, since it shares Python's
            interpreter lock with the pages; long work must not hold up all the rest.
    """

    def __init__(
        self, at_once: int, longest: int, each: int = 1, long_seconds: float = 0.0
    ) -> None:
        self.at_once = at_once
        self.longest = longest
        self._each = each
        self._long_seconds = long_seconds
        # In the order in which they came, those that are computed among them.
        self._places: list[Place] = []
        self._lock = threading.Lock()

    @property
    def computing(self) -> int:
        """How many requests are computed now."""
        return sum(place.computing for place in self._places)

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return sum(place.waits for place in self._places)

    @contextmanager
    def place(
        self,
        who: Hashable,
        seconds: float,
        wait: Callable[[int], None] = lambda before: None,
        on_late: Callable[[], None] = lambda: None,
        alone: bool = False,
        since: float | None = None,
    ) -> Iterator[Place]:
        """Wait for a place, and hold it while the block runs.

        Args:
            who: the visitor.
            seconds: how long the work may take, once it has begun.
            wait: called every LOOK_SECONDS while waiting, with the number of requests that come
                first; may raise.
            on_late: ends the work; called when the time is over.
            alone: whether nothing else may be computed beside it, as where time is measured.
            since: when the page began that asks, by the monotonic clock; now by default.

        Raises:
            FullLineError: too many wait.
            Replaced: the same visitor asks for something else meanwhile.
        """
        place = Place(who, time.monotonic() if since is None else since, on_late, alone)
        self._enter(place)
        try:
            while not place.news.wait(LOOK_SECONDS):
                with self._lock:
                    self._hand_out()  # somebody's work may have become long
                wait(self._before(place))
            if place.given_up:
                raise Replaced
            timer = threading.Timer(seconds, place.end_late)
            timer.daemon = True
            timer.start()
            try:
                yield place
            finally:
                timer.cancel()
                place.close()
        finally:
            with self._lock:
                self._places.remove(place)
                self._hand_out()

    def _enter(self, place: Place) -> None:
        with self._lock:
            mine = [older for older in self._places if older.waits and older.who == place.who]
            replaced = mine[: max(0, len(mine) + 1 - self._each)]
            self._places.append(place)
            # Whoever begins at once makes no line longer. Nobody is given up for a refusal.
            if self.waiting - 1 - len(replaced) >= self.longest and self._next() is not place:
                self._places.remove(place)
                raise FullLineError(
                    f"The line for model work is full: {self.waiting:,} of at most "
                    f"{self.longest:,} wait already. Try again in a moment."
                )
            for older in replaced:
                older.given_up = True
                older.news.set()
            self._hand_out()

    def _hand_out(self) -> None:
        """Let begin whoever can. They alone are woken: thirty that look would hold up the work."""
        while place := self._next():
            place.computing = True
            place.begun = time.monotonic()
            place.news.set()

    def _next(self) -> Place | None:
        """Who may begin now, if there is anybody."""
        order = self._order()
        return order[0] if order and self._has_room_for(order[0]) else None

    def _has_room_for(self, place: Place) -> bool:
        computing = [other for other in self._places if other.computing]
        if not computing:
            return True
        if place.alone or any(other.alone for other in computing):
            return False
        if len(computing) == self.at_once - 1:
            youngest = max(other.begun for other in computing)
            return time.monotonic() - youngest >= self._long_seconds
        return len(computing) < self.at_once

    def _order(self) -> list[Place]:
        """Those that wait, the next one first: who computes already lets the others go first."""
        busy = {place.who for place in self._places if place.computing}
        waiting = [place for place in self._places if place.waits]
        return sorted(waiting, key=lambda place: (place.who in busy, place.since))

    def _before(self, place: Place) -> int:
        with self._lock:
            order = self._order()
            return order.index(place) if place in order else 0
