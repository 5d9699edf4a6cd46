"""Answers, decoded in front of the person and remembered for everybody.

An answer grows where it will stand and can be stopped; who asks the same while it is being
decoded waits for it instead of decoding it again.
"""

import math
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException, StopException

from explorer.charts import pieces
from explorer.charts.architecture import Sentence
from explorer.dashboard import earlier_answers, model_work, models, settings, stopped_answers
from explorer.dashboard.memory import Sentence as Waiting
from explorer.dashboard.memory import Turn, memory
from explorer.dashboard.requests import request_of
from explorer.dashboard.work_queue import LOOK_SECONDS, Place
from explorer.generation import UNFINISHED, Decoding, Generation, StopReason

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.model import Seq2SeqModel
    from explorer.streaming import Stream

PLAIN = Decoding()
"""The decoding of pages that have no controls for it, as far as `plain` lets it go: greedy."""
ANSWER_SIZE = "1.35rem"
STOP_SECONDS = 20.0
"""How long a click on Stop waits for the piece under way."""
_RUNNING = "_answer_running"


class Decoded(Protocol):
    """What decoding makes: an answer, a timeline, or whatever else has a text."""

    @property
    def text(self) -> str:
        """What a person reads."""

    @property
    def stop_reason(self) -> StopReason:
        """Why it ended; "stopped" by the person is not the whole of it."""


Found = TypeVar("Found", bound=Decoded)


@dataclass
class Running:
    """An answer that is being decoded, known to the run that reads it and to the one after.

    Attributes:
        turn: of its run; it is decoded for all who wait for theirs.
        begun: set once it has a place; before that no piece is under way.
        ended: set when its run no longer reads it.
    """

    request: Hashable
    stream: "Stream[Any]"
    turn: Turn
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


def plain() -> Decoding:
    """The decoding of pages that have no controls for it, within what the visitor may ask for."""
    return replace(PLAIN, max_new_tokens=min(PLAIN.max_new_tokens, settings.limit("new_tokens")))


def answer(
    model: "Seq2SeqModel", text: str, decoding: Decoding, slot: "DeltaGenerator", key: str = ""
) -> Generation:
    """The answer to a text: remembered, or decoded now while it grows in `slot`.

    After a click on Stop the run that follows gets what was written until then; where that is
    nothing yet, the page ends here with a sentence.

    Raises:
        ExplorerError: more than the visitor may ask for, or the model fails.
    """
    words = (
        f"Following {decoding.num_beams} answers at once; the best is shown when all are done …"
        if decoding.strategy == "beam"
        else "Decoding …"
    )
    request = request_of(model, text, decoding)
    found = watched(model, request, lambda: model.stream(text, decoding), slot, key, words)
    earlier_answers.note(request, found)
    return found


def watched(
    model: "Seq2SeqModel",
    request: Hashable,
    begin: "Callable[[], Stream[Found]]",
    slot: "DeltaGenerator",
    key: str = "",
    words: str = "Decoding …",
) -> Found:
    """What `begin` makes: remembered, or made now while its text grows in `slot`; as `answer`.

    Args:
        model: which one works.
        request: everything that decides the result, for the memory.
        begin: gives the stream to be read.
        slot: where the text grows.
        key: of the Stop button.
        words: what stands there before the first piece.
    """
    stopped = stopped_answers.of(request)
    known: Found | None = memory().get(request)
    if known is None and isinstance(stopped, str):
        with slot.container():
            st.caption(stopped)
            stopped_answers.again_button()
        st.stop()
    known = known or stopped
    if known is None:
        end_earlier()
        with memory().turn(request, Waiting(slot).show) as turn:
            # Somebody else may have asked the same and been first.
            known = memory().get(request)
            if known is None and turn.part is not None:
                known = turn.part
                stopped_answers.keep(request, known)
            if known is None:
                known = _decode(model, Running(request, begin(), turn), slot, key, words)
    return known


def _decode(
    model: "Seq2SeqModel", running: Running, slot: "DeltaGenerator", key: str, words: str
) -> Any:
    stream = running.stream
    st.session_state[_RUNNING] = running
    with slot.container():
        growing = st.empty()
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            key=f"stop_{key}",
            on_click=_stop,
            args=(running,),
        )
    written = ""
    try:
        # A click ends this run inside the loop; leaving the block then ends the decoding, unless
        # others wait for it.
        with working(model, "decoding", stream.cancel) as place, stream:
            running.begun.set()
            growing.caption(words)
            try:
                for so_far in stream.pulses(LOOK_SECONDS):
                    written = so_far or written
                    if written:
                        growing.html(pieces.text_html(written, ANSWER_SIZE))
                    else:
                        # Who has left is noticed at a call to Streamlit, and only there.
                        growing.caption(words)
            except (RerunException, StopException):
                _finish_for_others(running, place)
                raise
    except Exception:
        _keep_what_was_written(slot, written)
        raise
    finally:
        running.ended.set()
    found = _settled(running, place)
    if found.stop_reason == "time limit":
        stopped_answers.keep(running.request, found)
    return found


def _finish_for_others(running: Running, place: Place) -> None:
    """Decode on while others wait for the answer that whoever asked first has left."""
    for _ in running.stream.pulses(LOOK_SECONDS):
        if not running.turn.shared:
            return
    _settled(running, place)


def _settled(running: Running, place: Place) -> Any:
    """What came of it: a whole answer is remembered, a part is left to those who wait for it."""
    found = running.stream.result
    assert found is not None
    if place.late and found.stop_reason == "stopped":
        found = replace(found, stop_reason="time limit")
        running.turn.pass_on(found)
    if found.stop_reason not in UNFINISHED:
        memory().keep(running.request, found)
    return found


def _keep_what_was_written(slot: "DeltaGenerator", written: str) -> None:
    """Leave the pieces that came before a failure where they stand, without the button."""
    # Emptied first: a container that takes the place of another one keeps what it does not cover.
    slot.empty()
    if not written:
        return
    with slot.container():
        st.caption("This was written before it failed:")
        st.html(pieces.text_html(written, ANSWER_SIZE))


@contextmanager
def working(
    model: "Seq2SeqModel", what: str, on_late: Callable[[], None] | None = None
) -> Iterator[Place]:
    """Take a place for model work, and keep the model in the store until it is done.

    Args:
        model: which one works.
        what: it does, for the frame.
        on_late: as `model_work.busy` takes it, which also says what it raises.
    """
    with kept(model), model_work.busy(what, on_late) as place:
        yield place


@contextmanager
def kept(model: "Seq2SeqModel") -> Iterator[None]:
    """Keep a model in the store, so that its memory is counted while it is used.

    One that has left the store meanwhile still works and is not loaded again for this.
    """
    with models.model_store().keep(model.name):
        yield


def _stop(running: Running) -> None:
    """The click on Stop, in the thread of the run that follows."""
    if running.turn.shared:
        stopped_answers.keep(running.request, stopped_answers.GOES_ON)
        return
    running.stream.cancel()
    if running.begun.is_set():
        running.ended.wait(STOP_SECONDS)
    # Without a result it was still waiting for its turn.
    stopped_answers.keep(running.request, running.stream.result or stopped_answers.NOTHING_YET)


def offer_again(*answers: Decoded) -> None:
    """A button that decodes stopped answers anew, where there is one; and why it is a part."""
    if any(answer.stop_reason == "time limit" for answer in answers):
        st.info(settings.time_is_over(), icon=":material/timer:")
    if any(answer.stop_reason in UNFINISHED for answer in answers):
        stopped_answers.again_button()


def end_earlier() -> None:
    """End what an earlier run of this session is still decoding, if nobody else waits for it."""
    running: Running | None = st.session_state.pop(_RUNNING, None)
    if running is not None and not running.turn.shared:
        running.stream.cancel()


def mean_log_probability(generation: Generation) -> float:
    """The mean log-probability of a piece: comparable between answers of different lengths."""
    return generation.log_probability / max(len(generation.tokens), 1)


def step_of(model: "Seq2SeqModel", generation: Generation, written: int) -> Sentence:
    """The moment when `written` pieces of an answer are there and the next one is chosen."""
    tokens = generation.tokens
    ids = tokens.ids[:written]
    return Sentence(
        source=generation.source.text,
        source_pieces=len(generation.source.ids),
        written=model.reader.decode(ids),
        decoder_pieces=1 + len(ids),
        next_piece=tokens.display[written],
        next_probability=math.exp(generation.token_log_probabilities[written]),
    )
