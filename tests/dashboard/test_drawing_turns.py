"""Few pages are drawn at the same time, and one that waits keeps nobody from it."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from explorer.dashboard.drawing_turns import AT_ONCE, drawing, waiting
from explorer.dashboard.memory import Memory
from tests.waiting import PATIENCE_SECONDS

MANY = 4 * AT_ONCE


class Page(threading.Thread):
    """A thread that does something while it draws, and says when it is through."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.start()

    def run(self) -> None:
        with drawing():
            self.work()

    def ends(self) -> bool:
        self.join(PATIENCE_SECONDS)
        return not self.is_alive()


def test_only_so_many_pages_are_drawn_at_once_and_all_are_drawn() -> None:
    counting = threading.Lock()
    now = most = 0

    def draw() -> None:
        nonlocal now, most
        with counting:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with counting:
            now -= 1

    pages = [Page(draw) for _ in range(MANY)]
    assert all(page.ends() for page in pages)
    assert most == AT_ONCE


def test_pages_that_wait_let_others_draw() -> None:
    others_are_through = threading.Event()
    waits = threading.Barrier(MANY + 1)

    def wait() -> None:
        with waiting(), waiting():  # the inner one has nothing to give back
            waits.wait(PATIENCE_SECONDS)
            others_are_through.wait(PATIENCE_SECONDS)

    pages = [Page(wait) for _ in range(MANY)]
    waits.wait(PATIENCE_SECONDS)
    assert all(Page(lambda: None).ends() for _ in range(MANY))
    assert all(page.is_alive() for page in pages)
    others_are_through.set()
    assert all(page.ends() for page in pages)


def test_pages_that_want_what_another_computes_let_others_draw() -> None:
    memory = Memory()
    looked = threading.Semaphore(0)

    def ask() -> None:
        with memory.turn("the same", looked.release):
            pass

    with memory.turn("the same", lambda: None):
        pages = [Page(ask) for _ in range(MANY)]
        for _ in pages:
            assert looked.acquire(timeout=PATIENCE_SECONDS)
        assert Page(lambda: None).ends()
    assert all(page.ends() for page in pages)


def test_a_page_that_fails_or_is_stopped_gives_its_turn_back() -> None:
    for _ in range(MANY):
        with pytest.raises(KeyboardInterrupt), drawing(), waiting():
            raise KeyboardInterrupt
    assert Page(lambda: None).ends()


def test_who_draws_no_page_waits_for_no_turn() -> None:
    def look() -> None:
        with waiting():
            pass

    fragment = threading.Thread(target=look, daemon=True)
    with drawing(), waiting():
        with ExitStack() as all_turns:
            for _ in range(AT_ONCE):
                all_turns.enter_context(drawing())
            fragment.start()
            fragment.join(PATIENCE_SECONDS)
        assert not fragment.is_alive()
