"""Work in several passes, in front of the person: its progress, a Stop, and remembered for all."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Event
from typing import TYPE_CHECKING, TypeVar, cast

import streamlit as st

from explorer.dashboard import answers
from explorer.dashboard.memory import memory
from explorer.stopping import Progress

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

KEPT = 8
"""Stopped works that a session remembers as stopped."""
_STOPPED = "_passes_stopped"
Found = TypeVar("Found")


def done(
    model: "Seq2SeqModel",
    key: Hashable,
    work: Callable[[Event, Progress], Found],
    name: str,
    doing: str,
    stopped: str,
    units: str = "readings",
) -> Found | None:
    """What some work makes, computed now with its progress, or remembered; None where stopped.

    Args:
        model: which one works.
        key: everything that decides the result, for the memory.
        work: is given what ends it, and what it tells how far it is.
        name: of the Stop button's key.
        doing: what it does, for the frame.
        stopped: what is said after a click on Stop, as a sentence.
        units: what is counted on the way.

    Raises:
        ExplorerError: what the work raises.
    """
    known = memory().get(key)
    if known is not None:
        return cast("Found", known)
    given_up = st.session_state.get(_STOPPED, {})
    if key in given_up:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(stopped)
            st.button("Go on", icon=":material/replay:", on_click=go_on, args=(key,))
        return None
    slot, cancelled = st.empty(), Event()
    with slot.container():
        bar = st.progress(0.0, text="Waiting for its turn …")
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            key=f"stop_{name}",
            on_click=_stop,
            args=(key, cancelled),
        )

    def progress(done: int, total: int) -> None:
        bar.progress(min(done / total, 1.0), text=f"{done:,} of at most {total:,} {units}")

    def compute() -> Found:
        with answers.working(model, doing):
            found = work(cancelled, progress)
        if cancelled.is_set():
            # What was stopped is a part, and must not be remembered as the whole.
            st.stop()
        return found

    try:
        return cast("Found", memory().get_or(key, compute))
    finally:
        # Whoever left this run meanwhile needs no more of it.
        cancelled.set()
        slot.empty()


def go_on(key: Hashable) -> None:
    """Let work that was stopped begin again; for clicks, before anything is drawn."""
    st.session_state.get(_STOPPED, {}).pop(key, None)


def _stop(key: Hashable, cancelled: Event) -> None:
    """The click on Stop: the run that follows says so."""
    cancelled.set()
    stopped = st.session_state.setdefault(_STOPPED, OrderedDict())
    stopped[key] = True
    while len(stopped) > KEPT:
        stopped.popitem(last=False)
