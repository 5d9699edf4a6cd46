"""The line in which model work waits: order, limits, time."""

import threading
import time
from collections.abc import Callable, Hashable
from contextlib import ExitStack

import pytest

from explorer.dashboard.work_queue import LOOK_SECONDS, FullLineError, Replaced, WorkQueue
from tests.waiting import until

LONG = 1_000.0


class Asker:
    """A request in a thread of its own, which works until it is told to end."""

    def __init__(
        self, queue: WorkQueue, who: Hashable, seconds: float = LONG, since: float | None = None
    ) -> None:
        self.before: list[int] = []
        self.error: BaseException | None = None
        self.working, self.end = threading.Event(), threading.Event()
        self._queue, self._who, self._seconds, self._since = queue, who, seconds, since
        self.late = False
        self.thread = threading.Thread(target=self._ask)
        self.thread.start()
        until(lambda: self.error or self.working.is_set() or self.before)

    def _ask(self) -> None:
        try:
            with self._queue.place(
                self._who, self._seconds, self.before.append, self.end.set, since=self._since
            ) as place:
                self.working.set()
                self.end.wait()
                self.late = place.late
        except BaseException as error:
            self.error = error

    def finish(self) -> None:
        self.end.set()
        self.thread.join()


@pytest.fixture
def asked():
    """Makes requests, and ends them all after the test."""
    made: list[Asker] = []

    def ask(
        queue: WorkQueue, who: Hashable, seconds: float = LONG, since: float | None = None
    ) -> Asker:
        made.append(Asker(queue, who, seconds, since))
        return made[-1]

    yield ask
    for one in made:
        one.end.set()
    for one in made:
        one.thread.join()


Ask = Callable[..., Asker]


def test_who_asked_first_is_served_first_and_everybody_knows_their_place(asked: Ask) -> None:
    queue = WorkQueue(at_once=2, longest=10)
    computing = [asked(queue, who) for who in "ab"]
    waiting = [asked(queue, who) for who in "cde"]
    assert all(one.working.is_set() for one in computing)
    assert [one.before[0] for one in waiting] == [0, 1, 2]
    assert (queue.computing, queue.waiting) == (2, 3)
    for done, following in zip([*computing, *waiting[:1]], waiting, strict=True):
        done.finish()
        until(following.working.is_set)
        later = waiting[waiting.index(following) + 1 :]
        assert not any(one.working.is_set() for one in later)
    until(lambda: waiting[2].before[-1] == 0 or waiting[2].working.is_set())


def test_who_computes_already_lets_the_others_go_first(asked: Ask) -> None:
    queue = WorkQueue(at_once=2, longest=10)
    first, other = asked(queue, "greedy"), asked(queue, "somebody")
    more, patient = asked(queue, "greedy"), asked(queue, "patient")
    assert more.before[0] == 0  # until the patient one came
    other.finish()
    until(patient.working.is_set)
    assert not more.working.is_set()
    first.finish()
    until(more.working.is_set)


def test_whose_page_began_first_is_served_first_whatever_it_asks_for(asked: Ask) -> None:
    queue = WorkQueue(at_once=1, longest=10)
    busy = asked(queue, "busy")
    later = asked(queue, "later", since=2.0)
    earlier = asked(queue, "earlier", since=1.0)
    assert (later.before[0], earlier.before[0]) == (0, 0)
    busy.finish()
    until(earlier.working.is_set)
    assert not later.working.is_set()


def test_the_last_place_is_given_when_the_others_take_long(asked: Ask) -> None:
    queue = WorkQueue(at_once=2, longest=10, long_seconds=2 * LOOK_SECONDS)
    asked(queue, "long")
    short = asked(queue, "short")
    assert not short.working.is_set()
    until(short.working.is_set)
    patient = asked(queue, "patient")
    assert not patient.working.is_set()
    assert queue.computing == 2


def test_short_work_is_done_one_after_the_other(asked: Ask) -> None:
    queue = WorkQueue(at_once=2, longest=10, long_seconds=LONG)
    first, second = asked(queue, "first"), asked(queue, "second")
    assert not second.working.is_set()
    first.finish()
    until(second.working.is_set)
    assert queue.computing == 1


def test_with_nobody_else_in_line_one_visitor_may_use_every_place(asked: Ask) -> None:
    queue = WorkQueue(at_once=2, longest=10)
    both = [asked(queue, "one"), asked(queue, "one")]
    assert all(one.working.is_set() for one in both)


def test_a_newer_request_takes_the_place_of_an_older_one_that_waits(asked: Ask) -> None:
    queue = WorkQueue(at_once=1, longest=10)
    asked(queue, "other")
    older, newer = asked(queue, "me"), asked(queue, "me")
    older.thread.join()
    assert isinstance(older.error, Replaced)
    assert not older.working.is_set()
    assert newer.error is None
    assert queue.waiting == 1


def test_as_many_requests_of_one_visitor_wait_as_are_allowed(asked: Ask) -> None:
    queue = WorkQueue(at_once=1, longest=10, each=2)
    asked(queue, "other")
    mine = [asked(queue, "me") for _ in range(3)]
    mine[0].thread.join()
    assert [type(one.error) for one in mine] == [Replaced, type(None), type(None)]


def test_a_full_line_is_refused_with_its_length_and_the_remedy(asked: Ask) -> None:
    queue = WorkQueue(at_once=1, longest=2)
    for who in "abc":
        asked(queue, who)
    refused = asked(queue, "d")
    assert isinstance(refused.error, FullLineError)
    assert str(refused.error) == (
        "The line for model work is full: 2 of at most 2 wait already. Try again in a moment."
    )
    assert asked(queue, "c").error is None  # instead of its own older one


def test_beside_what_is_computed_alone_no_more_wait_than_are_allowed(asked: Ask) -> None:
    queue = WorkQueue(at_once=2, longest=2)
    with queue.place("measures", LONG, alone=True):
        newcomers = [asked(queue, who) for who in range(10)]
        assert [type(one.error) for one in newcomers] == [type(None)] * 2 + [FullLineError] * 8
        assert queue.waiting == 2
    until(lambda: all(one.working.is_set() for one in newcomers[:2]))


def test_who_may_wait_more_than_once_fills_the_line_as_others_do(asked: Ask) -> None:
    queue = WorkQueue(at_once=1, longest=2, each=3)
    asked(queue, "other")
    mine = [asked(queue, "me") for _ in range(3)]
    assert [type(one.error) for one in mine] == [type(None), type(None), FullLineError]
    assert queue.waiting == 2


def test_who_is_refused_keeps_the_place_of_before(asked: Ask) -> None:
    queue = WorkQueue(at_once=1, longest=2)
    computing = asked(queue, "other")
    mine, somebody = asked(queue, "me"), asked(queue, "somebody")
    queue.longest = 1
    assert isinstance(asked(queue, "me").error, FullLineError)
    computing.finish()
    until(mine.working.is_set)
    assert somebody.before
    assert mine.error is None


def test_who_can_begin_at_once_needs_no_room_in_line(asked: Ask) -> None:
    queue = WorkQueue(at_once=2, longest=0)
    found = [asked(queue, who) for who in "abc"]
    assert [type(one.error) for one in found] == [type(None), type(None), FullLineError]


def test_work_whose_time_is_over_is_ended_and_knows_why(asked: Ask) -> None:
    queue = WorkQueue(at_once=1, longest=2)
    slow = asked(queue, "slow", 0.05)
    slow.thread.join()
    assert slow.late
    assert slow.error is None


def test_time_counts_from_the_beginning_of_the_work_and_not_from_its_end() -> None:
    queue = WorkQueue(at_once=1, longest=2)
    ended: list[str] = []
    with queue.place("quick", 0.05, on_late=lambda: ended.append("late")) as place:
        pass
    place.end_late()  # a timer that fires at the last moment
    assert not place.late
    assert not ended


def test_a_place_is_given_back_whatever_happens(asked: Ask) -> None:
    queue = WorkQueue(at_once=1, longest=2)
    with pytest.raises(ZeroDivisionError), queue.place("a", LONG):
        _ = 1 / 0
    holder = asked(queue, "holder")

    def leave(before: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), queue.place("leaver", LONG, leave):
        pass
    assert (queue.computing, queue.waiting) == (1, 0)
    holder.finish()
    assert (queue.computing, queue.waiting) == (0, 0)


def test_never_are_more_computed_at_once_than_there_are_places() -> None:
    queue = WorkQueue(at_once=3, longest=1_000)
    most, now, lock = 0, 0, threading.Lock()

    def work(who: int) -> None:
        nonlocal most, now
        for _ in range(20):
            with queue.place(who, LONG):
                with lock:
                    now += 1
                    most = max(most, now)
                time.sleep(0.001)
                with lock:
                    now -= 1

    with ExitStack() as stack:
        for who in range(20):
            thread = threading.Thread(target=work, args=(who,))
            thread.start()
            stack.callback(thread.join)
    assert most == 3
    assert (queue.computing, queue.waiting) == (0, 0)


def test_what_is_measured_has_the_machine_for_itself() -> None:
    queue = WorkQueue(at_once=2, longest=10)
    began: dict[str, threading.Event] = {name: threading.Event() for name in "abc"}
    end: dict[str, threading.Event] = {name: threading.Event() for name in "abc"}

    def ask(name: str, alone: bool) -> threading.Thread:
        def work() -> None:
            with queue.place(name, LONG, alone=alone):
                began[name].set()
                end[name].wait()

        thread = threading.Thread(target=work)
        thread.start()
        return thread

    threads = [ask("a", alone=False)]
    until(began["a"].is_set)
    threads.append(ask("b", alone=True))
    until(lambda: queue.waiting == 1)
    threads.append(ask("c", alone=False))
    until(lambda: queue.waiting == 2)
    # There is a second place, but the one who measures must find the machine idle, and comes first.
    assert not began["b"].wait(0.1)
    assert not began["c"].is_set()
    end["a"].set()
    until(began["b"].is_set)
    assert not began["c"].wait(0.1)
    end["b"].set()
    until(began["c"].is_set)
    end["c"].set()
    for thread in threads:
        thread.join()
