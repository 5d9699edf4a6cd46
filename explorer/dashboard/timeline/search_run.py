"""A beam search that runs while the page says how far it is, and that can be stopped."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import streamlit as st

from explorer.dashboard import answers
from explorer.dashboard.memory import memory

if TYPE_CHECKING:
    from explorer.beams import BeamTree
    from explorer.model import Seq2SeqModel

LOOK_SECONDS = 0.1
"""How often the page looks how far the search is."""
STOPPED_KEPT = 4
_STOPPED = "_beams_stopped"
Work = Callable[[threading.Event, Callable[[int], None]], "BeamTree"]


@dataclass
class Running:
    """A search in a thread of its own, known to the run that waits and to the one after.

    Attributes:
        cancelled: setting it ends the search within a step; what there is then is its result.
        ended: set when the thread is through.
        steps: how many are done.
    """

    key: Hashable
    work: Work
    cancelled: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    begun: bool = False
    steps: int = 0
    tree: "BeamTree | None" = None
    error: Exception | None = None

    def start(self) -> None:
        """Begin to search."""
        self.begun = True
        threading.Thread(target=copy_context().run, args=(self._run,), daemon=True).start()

    def _run(self) -> None:
        try:
            self.tree = self.work(self.cancelled, self._count)
        except Exception as error:
            # Raised again where the page waits.
            self.error = error
        finally:
            self.ended.set()

    def _count(self, steps: int) -> None:
        self.steps = steps


def search(model: "Seq2SeqModel", key: Hashable, most: int, work: Work) -> "BeamTree":
    """The tree of a key: remembered, or searched now in front of the person.

    After a click on Stop the run that follows gets what was found until then; where that is
    nothing, the view ends here with a sentence.

    Raises:
        ExplorerError: what the search raises.
    """
    stopped = st.session_state.get(_STOPPED, {})
    if key in stopped:
        tree: BeamTree | None = stopped[key]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(
                f"Stopped after {tree.steps} steps: this is what there was then."
                if tree
                else "Stopped before the first step was done."
            )
            st.button("Search again", icon=":material/replay:", on_click=stopped.pop, args=(key,))
        if tree is None:
            st.stop()
        return tree
    known: BeamTree | None = memory().get(key)
    if known is None:
        slot = st.empty()

        def wait() -> None:
            slot.caption("Somebody else has just asked the same: waiting for that search …")

        with memory().turn(key, wait):
            known = cast("BeamTree", memory().get(key) or _search(model, Running(key, work), most))
            if known.end != "stopped":
                memory().keep(key, known)
        slot.empty()
    return known


def _search(model: "Seq2SeqModel", running: Running, most: int) -> "BeamTree":
    slot = st.empty()
    with slot.container():
        bar = st.progress(0.0, text="Searching …")
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            key="stop_beams",
            on_click=_stop,
            args=(running,),
        )
    with answers.working(model, "searching"):
        running.start()
        try:
            # A click ends this run at its next call to Streamlit, inside the loop.
            while not running.ended.wait(LOOK_SECONDS):
                text = f"Step {running.steps}, of at most {most}"
                bar.progress(min(running.steps / most, 1.0), text=text)
        finally:
            running.cancelled.set()
            running.ended.wait()
    slot.empty()
    if running.error is not None:
        raise running.error
    return cast("BeamTree", running.tree)


def _stop(running: Running) -> None:
    """The click on Stop, in the thread of the run that follows."""
    running.cancelled.set()
    if running.begun:
        running.ended.wait(answers.STOP_SECONDS)
    if running.tree is not None and running.tree.end != "stopped":
        # It was through before the click arrived.
        memory().keep(running.key, running.tree)
        return
    stopped = st.session_state.setdefault(_STOPPED, OrderedDict())
    stopped[running.key] = running.tree
    while len(stopped) > STOPPED_KEPT:
        stopped.popitem(last=False)
