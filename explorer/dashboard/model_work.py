"""Model work: it takes one of a few places, says how many come first, and ends with its time."""

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer import stopping
from explorer.dashboard import drawing_turns, settings
from explorer.dashboard.memory import others_wait
from explorer.dashboard.work_queue import Place, Replaced

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

LOOK_SECONDS = 0.2
"""How often work is looked after whose passes nobody counts: whether the person is still there."""

_show_state: ContextVar[Callable[[str], None] | None] = ContextVar("show_state", default=None)


@contextmanager
def busy(
    what: str = "computing", on_late: Callable[[], None] | None = None, alone: bool = False
) -> Iterator[Place]:
    """Take one of the few places for model work; while all are taken, say how many come first.

    Args:
        what: is done, for the frame.
        on_late: ends the work; called from another thread when its time is over. Without it the
            work is ended before one of its passes, when its time is over or the person has left
            and nobody waits for the same.
        alone: whether nothing else may be computed beside it, as where time is measured.

    Raises:
        ExplorerError: too many wait; or the time was over, and nothing was given that ends it.
    """
    show = _show_state.get()
    # Nothing is put on the page where nobody waits.
    slot: list[DeltaGenerator] = []
    said: int | None = None

    def wait(before: int) -> None:
        nonlocal said
        drawing_turns.look_whether_wanted()
        if not slot:
            slot.append(st.empty())
        if before != said:
            slot[0].caption(f":material/hourglass_top: {in_line(before)}")
            said = before

    looked = time.monotonic()

    def look() -> None:
        nonlocal looked
        if place.late:
            raise settings.too_late()
        if others_wait() or time.monotonic() - looked < LOOK_SECONDS:
            return
        looked = time.monotonic()
        drawing_turns.look_whether_wanted()

    context = get_script_run_ctx(suppress_warning=True)
    who: Hashable = context.session_id if context else object()
    try:
        seconds = settings.limit("seconds")
        with (
            drawing_turns.waiting(),
            settings.work_queue().place(
                who, seconds, wait, on_late or _nothing, alone, drawing_turns.began()
            ) as place,
            stopping.looking(_nothing if on_late else look),
        ):
            if slot:
                slot[0].empty()
            if show:
                show(what)
            yield place
    except Replaced:
        st.stop()
    finally:
        if show:
            show("ready")


def _nothing() -> None:
    """What happens when its time is over, or before a pass, where the other one ends the work."""


def in_line(before: int) -> str:
    """Where a request that waits stands in line, as a sentence."""
    if before == 0:
        return "Other visitors' requests are being computed; yours is next …"
    others = "1 other request comes" if before == 1 else f"{before:,} other requests come"
    return f"Place {before + 1:,} in line: {others} first …"


def announce_states_with(show: Callable[[str], None]) -> None:
    """Let `busy` write the model's state into the frame of this run."""
    _show_state.set(show)
