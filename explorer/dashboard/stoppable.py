"""Long work in front of a person: its progress, a Stop, and its result remembered for everybody."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Event
from typing import TypeVar, cast

import streamlit as st

from explorer.dashboard.memory import memory

KEPT = 8
"""Stopped works that a session remembers as stopped."""
_STOPPED = "_stopped_works"

Result = TypeVar("Result")
Progress = Callable[[int, int], None]
"""Called with what is done and with all there is to do."""


def computed(
    key: Hashable,
    compute: Callable[[Progress, Event], Result],
    *,
    units: str,
    stopped_words: str,
    name: str,
) -> Result | None:
    """What was computed, now or before; None where the person has stopped it.

    Args:
        key: everything that decides the result.
        compute: the work; it says how far it is, and may look whether it was stopped.
        units: what is counted: "12 of 40 UNITS".
        stopped_words: one sentence for what was stopped.
        name: of its Stop, told apart from others on the page.
    """
    known = memory().get(key)
    if known is not None:
        return cast("Result", known)
    stopped = st.session_state.get(_STOPPED, {})
    if key in stopped:
        st.caption(stopped_words)
        st.button(
            "Go on",
            icon=":material/replay:",
            key=f"go_on_{name}",
            on_click=stopped.pop,
            args=(key,),
        )
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
        bar.progress(min(done / total, 1.0), text=f"{done:,} of {total:,} {units}")

    try:
        return cast("Result", memory().get_or(key, lambda: compute(progress, cancelled)))
    finally:
        # Whoever left this run meanwhile needs no more of it.
        cancelled.set()
        slot.empty()


def _stop(key: Hashable, cancelled: Event) -> None:
    """The click on Stop: the run that follows says so."""
    cancelled.set()
    stopped = st.session_state.setdefault(_STOPPED, OrderedDict())
    stopped[key] = True
    while len(stopped) > KEPT:
        stopped.popitem(last=False)
