"""The work behind "Why this piece": with its progress, a Stop, and remembered for everybody."""

from collections import OrderedDict
from threading import Event
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from explorer.checks import Check
from explorer.dashboard import answers
from explorer.dashboard.memory import memory
from explorer.dashboard.timeline.asking import Asked

if TYPE_CHECKING:
    from explorer.attribution import Attribution
    from explorer.generation import Generation

KEPT = 8
"""Stopped attributions that a session remembers as stopped."""
_STOPPED = "_attributions_stopped"


def attribution(
    asked: Asked, answer: "Generation", step: int, whose: tuple[int | None, int | None],
    absolute: bool,
) -> "Attribution | None":  # fmt: skip
    """Computed now with its progress, or remembered; None where it was stopped.

    Args:
        asked: the model and the text.
        answer: what the model says.
        step: which piece of it is explained.
        whose: the layer and the head of the cross-attention, None for all.
        absolute: whether input x gradient ranks words by its size.

    Raises:
        ExplorerError: this text or step can't be explained.
    """
    key = ("attribution", asked.request(answers.PLAIN), answer.tokens.ids, step, whose, absolute)
    known = memory().get(key)
    if known is not None:
        return cast("Attribution", known)
    stopped = st.session_state.get(_STOPPED, {})
    if key in stopped:
        st.caption("Stopped before all words were left out.")
        st.button("Go on", icon=":material/replay:", on_click=stopped.pop, args=(key,))
        return None
    slot, cancelled = st.empty(), Event()
    with slot.container():
        bar = st.progress(0.0, text="Waiting for its turn …")
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            key="stop_attribution",
            on_click=_stop,
            args=(key, cancelled),
        )

    def progress(done: int, total: int) -> None:
        bar.progress(min(done / total, 1.0), text=f"{done:,} of at most {total:,} readings")

    def compute() -> "Attribution":
        with answers.working(asked.model, "leaving words out"):
            return asked.model.attribution(
                asked.text,
                answer.tokens,
                step,
                *whose,
                absolute,
                max_new_tokens=answer.decoding.max_new_tokens,
                cancelled=cancelled,
                progress=progress,
            )

    try:
        return cast("Attribution", memory().get_or(key, compute))
    finally:
        # Whoever left this run meanwhile needs no more of it.
        cancelled.set()
        slot.empty()


def _stop(key: Any, cancelled: Event) -> None:
    """The click on Stop: the run that follows says so."""
    cancelled.set()
    stopped = st.session_state.setdefault(_STOPPED, OrderedDict())
    stopped[key] = True
    while len(stopped) > KEPT:
        stopped.popitem(last=False)


def check(asked: Asked, found: "Attribution") -> Check:
    """Input x gradient beside stretched embeddings, computed now or remembered."""

    def compute() -> Check:
        with st.spinner("Checking the gradient …"), answers.working(asked.model, "checking"):
            return asked.model.check_attribution(found)

    key = ("attribution check", asked.request(answers.PLAIN), found.target.ids, found.step)
    return cast("Check", memory().get_or(key, compute))
