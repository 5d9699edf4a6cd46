"""Decode an answer in front of the person: it grows, it can be stopped, it is remembered."""

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from explorer.charts import pieces
from explorer.checks import Check
from explorer.dashboard import badges, models
from explorer.dashboard.answers import Request, request_of
from explorer.dashboard.memory import memory
from explorer.generation import Decoding, Generation

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.model import Seq2SeqModel
    from explorer.streaming import Stream

ANSWER_SIZE = "1.35rem"
STOP_SECONDS = 20.0
"""How long a click on Stop waits for the piece under way."""
_RUNNING = "_playground_running"
_STOPPED = "_playground_stopped"


@dataclass
class Running:
    """An answer that is being decoded, known to the run that reads it and to the one after."""

    request: Request
    stream: "Stream"
    ended: threading.Event = field(default_factory=threading.Event)


def answer(
    model: "Seq2SeqModel", text: str, decoding: Decoding, slot: "DeltaGenerator", key: str = ""
) -> Generation:
    """The answer to a text: remembered, or decoded now while it grows in `slot`.

    After a click on Stop the run that follows gets what was written until then.
    """
    request = request_of(model, text, decoding)
    known: Generation | None = memory().get(request) or _stopped(request)
    if known is None:
        known = _decode(model, request, slot, key)
        if known.stop_reason != "stopped":
            memory().keep(request, known)
    return known


def _decode(
    model: "Seq2SeqModel", request: Request, slot: "DeltaGenerator", key: str
) -> Generation:
    end_earlier()
    stream = model.stream(request.text, request.decoding)
    running = Running(request, stream)
    st.session_state[_RUNNING] = running
    with slot.container():
        growing = st.empty()
        growing.caption(
            f"Following {request.decoding.num_beams} answers at once; the best is shown when all "
            "are done …"
            if request.decoding.strategy == "beam"
            else "Decoding …"
        )
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            key=f"stop_{key}",
            on_click=_stop,
            args=(running,),
        )
    try:
        # A click ends this run inside the loop; leaving the block then ends the decoding.
        with models.busy("decoding"), stream:
            for so_far in stream:
                growing.html(pieces.text_html(so_far, ANSWER_SIZE))
    finally:
        running.ended.set()
    assert stream.result is not None
    return stream.result


def _stop(running: Running) -> None:
    """The click on Stop, in the thread of the run that follows."""
    running.stream.cancel()
    running.ended.wait(STOP_SECONDS)
    if running.stream.result is not None:
        stopped = st.session_state.setdefault(_STOPPED, {})
        stopped[running.request] = running.stream.result


def _stopped(request: Request) -> Generation | None:
    held: Generation | None = st.session_state.get(_STOPPED, {}).get(request)
    return held


def forget_stopped() -> None:
    """Let stopped answers be decoded again."""
    st.session_state.pop(_STOPPED, None)


def end_earlier() -> None:
    """End what an earlier run of this page is still decoding: its answer has no reader now."""
    running: Running | None = st.session_state.pop(_RUNNING, None)
    if running is not None:
        running.stream.cancel()


def show_answer(generation: Generation, slot: "DeltaGenerator") -> None:
    """The finished answer and its pieces."""
    with slot.container():
        if generation.text.strip():
            st.html(pieces.text_html(generation.text, ANSWER_SIZE))
        else:
            st.caption("The answer is empty: the model wrote only special pieces.")
        st.html(pieces.pieces_html(generation.tokens))


def show_figures(generation: Generation) -> None:
    """How it was reached: pieces, speed, score, and why it stopped."""
    probability = generation.log_probability / max(len(generation.tokens), 1)
    with st.container(horizontal=True, gap="medium"):
        st.metric("Pieces", len(generation.tokens), width="content")
        st.metric("Pieces per second", f"{generation.tokens_per_second:.0f}", width="content")
        st.metric(
            "Score",
            f"{generation.sequence_score:.3f}",
            help="The sum of the natural logarithms of the pieces' probabilities; for beam "
            "search the number that ranked the answers. Nearer to 0 is more certain.",
            width="content",
        )
        st.metric(
            "Mean per piece",
            f"{probability:.3f}",
            help="The mean log-probability of a piece: comparable between answers of "
            "different lengths.",
            width="content",
        )
        st.metric("Stopped by", generation.stop_reason, width="content")
    if generation.stop_reason == "stopped":
        st.button("Decode again", icon=":material/replay:", on_click=forget_stopped)


def show_check(model: "Seq2SeqModel", text: str, generation: Generation) -> None:
    """A badge: the score beside an independent computation."""
    if generation.stop_reason == "stopped":
        return

    def compute() -> Check:
        with models.busy("checking"):
            return model.check_generation(text, generation)

    key = ("check", request_of(model, text, generation.decoding), generation.tokens.ids)
    badges.check_badge(memory().get_or(key, compute))
