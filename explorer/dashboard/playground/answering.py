"""Decode an answer in front of the person: it grows, it can be stopped, it is remembered."""

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
_STREAM = "_playground_stream"
_STOPPED = "_playground_stopped"


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
    with models.busy("decoding"), model.stream(request.text, request.decoding) as stream:
        st.session_state[_STREAM] = stream
        with slot.container():
            growing = st.empty()
            beams = request.decoding.num_beams
            growing.caption(
                f"Following {beams} answers at once; the best is shown when all are done …"
                if request.decoding.strategy == "beam"
                else "Decoding …"
            )
            st.button(
                "Stop",
                icon=":material/stop_circle:",
                key=f"stop_{key}",
                on_click=_stop,
                args=(request, stream),
            )
        for so_far in stream:
            growing.html(pieces.text_html(so_far, ANSWER_SIZE))
    st.session_state.pop(_STREAM, None)
    assert stream.result is not None
    return stream.result


def _stop(request: Request, stream: "Stream") -> None:
    stream.close()
    if stream.result is not None:
        st.session_state[_STOPPED] = (request, stream.result)


def _stopped(request: Request) -> Generation | None:
    held = st.session_state.get(_STOPPED)
    return held[1] if held and held[0] == request else None


def forget_stopped() -> None:
    """Let a stopped answer be decoded again."""
    st.session_state.pop(_STOPPED, None)


def end_earlier() -> None:
    """End what an earlier run of this page is still decoding: its answer has no reader now."""
    stream: Stream | None = st.session_state.pop(_STREAM, None)
    if stream is not None:
        stream.close()


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
    with st.container(horizontal=True, gap="large"):
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
