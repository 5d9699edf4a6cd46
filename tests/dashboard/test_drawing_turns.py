"""Few pages are drawn at the same time, and one that waits keeps nobody from it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.dashboard import drawing_turns
from explorer.dashboard.drawing_turns import AT_ONCE, Turns, drawing, waiting
from explorer.dashboard.memory import Memory, memory
from explorer.dashboard.settings import work_queue
from explorer.dashboard.work_queue import LOOK_SECONDS
from tests.waiting import PATIENCE_SECONDS, until

MANY = 4 * AT_ONCE


@contextmanager
def no_turn_left() -> Iterator[None]:
    for _ in range(AT_ONCE):
        drawing_turns._turns.take(lambda: None)
    yield
    for _ in range(AT_ONCE):
        drawing_turns._turns.give_back()


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


def test_turns_are_given_in_order_and_who_comes_back_is_the_first() -> None:
    turns = Turns(1)
    turns.take(lambda: None)
    came: list[str] = []
    waits = threading.Semaphore(0)

    def come(name: str, first: bool) -> None:
        turns.take(waits.release, first)
        came.append(name)
        turns.give_back()

    threads = []
    for name, first in (("one", False), ("two", False), ("back", True)):
        threads.append(threading.Thread(target=come, args=(name, first), daemon=True))
        threads[-1].start()
        assert waits.acquire(timeout=PATIENCE_SECONDS)
    turns.give_back()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert came == ["back", "one", "two"]


def test_who_is_stopped_while_waiting_leaves_the_line() -> None:
    turns = Turns(1)
    turns.take(lambda: None)

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        turns.take(stop)
    turns.give_back()
    turns.take(lambda: None)  # would wait for ever, had the turn gone to who left


requests: list[Any] = []
"""Of the run that waits, through which the server asks it to stop."""


def waits_for_a_turn() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from explorer.dashboard.drawing_turns import drawing
    from tests.dashboard import test_drawing_turns

    context = get_script_run_ctx()
    assert context is not None
    test_drawing_turns.requests.append(context.script_requests)
    with drawing():
        st.text("drawn")


def test_a_run_that_is_stopped_while_it_waits_ends() -> None:
    requests.clear()
    page = AppTest.from_function(waits_for_a_turn, default_timeout=PATIENCE_SECONDS)
    with no_turn_left():
        thread = threading.Thread(target=page.run, daemon=True)
        thread.start()
        until(lambda: requests)
        requests[0].request_stop()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()
    assert not page.text


def polls() -> None:
    import streamlit as st

    from explorer.dashboard.drawing_turns import fragment

    fragment(lambda: st.text("drawn"))()


def test_a_fragment_is_drawn_in_turn() -> None:
    page = AppTest.from_function(polls, default_timeout=PATIENCE_SECONDS)
    with no_turn_left():
        thread = threading.Thread(target=page.run, daemon=True)
        thread.start()
        thread.join(2 * LOOK_SECONDS)
        assert thread.is_alive()
    thread.join(PATIENCE_SECONDS)
    assert [each.value for each in page.text] == ["drawn"]


def test_a_message_that_empties_streamlits_caches_leaves_line_and_memory() -> None:
    line = work_queue()
    memory().keep("kept", 1)
    st.cache_data.clear()
    st.cache_resource.clear()
    assert work_queue() is line
    assert memory().get("kept") == 1


def test_who_draws_no_page_waits_for_no_turn() -> None:
    def look() -> None:
        with waiting():
            pass

    thread = threading.Thread(target=look, daemon=True)
    with no_turn_left():
        thread.start()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()
