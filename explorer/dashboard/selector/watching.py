"""Work in a thread of its own, while the page says how far it is and can stop it."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field

import streamlit as st

from explorer.dashboard import models
from explorer.stopping import Progress

LOOK_SECONDS = 0.1
"""How often the page looks how far the work is."""

Work = Callable[[threading.Event, Progress], None]
"""Looks at the event between its passes, and tells how far it is."""


@dataclass
class Running:
    """Some work, known to the run that watches it.

    Attributes:
        cancelled: setting it ends the work.
        ended: set when the thread is through.
        done, total: passes.
    """

    work: Work
    cancelled: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    done: int = 0
    total: int = 0
    error: Exception | None = None

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=copy_context().run, args=(self._run,), daemon=True).start()

    def _run(self) -> None:
        try:
            self.work(self.cancelled, self._tell)
        except Exception as error:
            # Raised again where the page waits.
            self.error = error
        finally:
            self.ended.set()

    def _tell(self, done: int, total: int) -> None:
        self.done, self.total = done, total


def watch(
    work: Work,
    words: str,
    key: str,
    on_stop: Callable[[], None],
    look: Callable[[], None] = lambda: None,
) -> None:
    """Do some work while a bar shows how far it is, beside a button that stops it.

    Whatever else ends this run of the page, such as leaving it, ends the work too.

    Args:
        work: what is done.
        words: what it is, for people.
        key: of the button.
        on_stop: called after a click on it, before the page runs again.
        look: called now and then, to show what there is so far.

    Raises:
        ExplorerError: what the work raises.
    """
    running = Running(work)
    slot = st.empty()
    with slot.container():
        bar = st.progress(0.0, text=f"{words} …")
        st.button("Stop", icon=":material/stop_circle:", key=key, on_click=on_stop)
    with models.busy("measuring"):
        running.start()
        try:
            # A click ends this run at its next call to Streamlit, inside the loop.
            while not running.ended.wait(LOOK_SECONDS):
                share = running.done / running.total if running.total else 0.0
                bar.progress(share, text=f"{words}: {share:.0%}")
                look()
        finally:
            running.cancelled.set()
            running.ended.wait()
    slot.empty()
    if running.error is not None:
        raise running.error
