"""A CSV of texts through the model: run, stop, go on, take the results.

A session keeps its latest batches. Where a control changes, the present settings get a batch of
their own, and the results made with others stay to be looked at and taken home.
"""

import hashlib
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.batch import BatchJob, Generate, NotNowError
from explorer.bounded import Bounded, size_of
from explorer.cards import Task
from explorer.dashboard import (
    allowance,
    drawing_turns,
    messages,
    models,
    session_parts,
    settings,
)
from explorer.dashboard.playground import controls, files, rows
from explorer.dashboard.requests import request_of
from explorer.dashboard.work_queue import LOOK_SECONDS, FullLineError, Place
from explorer.errors import ExplorerError
from explorer.generation import Decoding, Generation
from explorer.names import label_of
from explorer.table import Table

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

POLL_SECONDS = 1.0
BATCHES_KEPT = 3
"""Batches that a session keeps, the present one included; the oldest goes first."""
_BATCHES = "_playground_batches"
# One row of all visitors' batches at a time, so that a batch leaves room for people who wait.
_turn = threading.BoundedSemaphore(1)


@dataclass
class Batch:
    """A job, what it was made with, in words, and the right answers as last chosen."""

    job: BatchJob
    settings: str
    references: tuple[str, ...] = ()


def run(
    model: "Seq2SeqModel",
    texts: list[str],
    table: Table,
    reference: str | None,
    decoding: Decoding,
    settings: str,
) -> None:
    """Start, stop, go on; the results so far, and how good they are."""
    key, batch = _batch(model, texts, table, decoding, settings)
    batch.references = table.texts(reference) if reference else ()
    job = batch.job
    if job.state == "running":
        drawing_turns.fragment(_watch, POLL_SECONDS)(job, key)
    else:
        _buttons(job, key)
        _progress(job)
        if job.interruption:
            messages.show_sentence(f"The batch stopped. {job.interruption}")
        if job.results:
            rows.show(job.results)
            rows.take_home(job.results, batch.references, batch.settings, "batch")
        else:
            rows.preview(texts)
    for number, other in enumerate(_others(key), start=1):
        with st.container(border=True):
            st.markdown("**Earlier results, made with other settings or texts**")
            st.caption(messages.plain(other.settings))
            _progress(other.job)
            found = other.job.results
            rows.show(found)
            rows.take_home(found, other.references, other.settings, f"batch-earlier-{number}")


def _batches() -> "Bounded[Hashable, Batch]":
    return session_parts.part(_BATCHES, BATCHES_KEPT)


def _batch(
    model: "Seq2SeqModel", texts: list[str], table: Table, decoding: Decoding, settings: str
) -> tuple[Hashable, Batch]:
    """This session's batch of exactly this; every other one stops where it is."""
    errors = {index: row.error for index, row in enumerate(table.rows) if row.error}
    # As Python writes them: no character inside a text can look like the border between two.
    digest = hashlib.sha256(repr((texts, sorted(errors.items()))).encode()).hexdigest()
    key = (digest, request_of(model, "", decoding))
    held = _batches()
    for other, batch in held.items():
        if other != key:
            batch.job.stop()
            if not batch.job.results:
                held.pop(other)
    found = held.get(key)
    if found is None:
        words = f"{label_of(model.name)}. {settings}"
        job = BatchJob(texts, _generate(model, decoding), errors, _closed())
        found = Batch(job, words)
    # Its results grow: it is measured anew at every look.
    held.keep(key, found, size_of(key, texts, errors, found.references, found.job.results))
    return key, found


def _closed() -> Callable[[], bool]:
    """Tells whether the window of this run has been closed since, or has lost its connection."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or not runtime.exists():
        return lambda: False
    server, session = runtime.get_instance(), context.session_id
    return lambda: not server.is_active_session(session)


def _generate(model: "Seq2SeqModel", decoding: Decoding) -> Generate:
    """What answers a row. It holds the model's name alone, so that a batch keeps no memory."""
    name, source, target = model.name, model.source_language, model.target_language
    # Read here: in the thread of a batch there is no visitor.
    seconds, allowed = settings.limit("seconds"), allowance.of_visitor(model)

    def generate(text: str, cancelled: threading.Event) -> Generation | None:
        allowed.check(text, decoding)
        with ExitStack() as leases:
            try:
                loaded = leases.enter_context(models.model_store().lease(name))
            except ExplorerError as failure:
                raise NotNowError(str(failure)) from failure
            end = _RowEnd(cancelled)
            try:
                # The turn comes last: nobody else's row waits while this model loads.
                place = leases.enter_context(_my_turn(end, seconds))
            except _StoppedError:
                return None
            except FullLineError as failure:
                raise NotNowError(str(failure)) from failure
            asked = loaded.for_languages(source, target) if source and target else loaded
            answer = asked.generate(text, decoding, end)
        if place.late and answer.stop_reason == "stopped" and not cancelled.is_set():
            return replace(answer, stop_reason="time limit")
        return answer

    return generate


class _StoppedError(Exception):
    """The batch was stopped while a row waited for its turn."""


class _RowEnd(threading.Event):
    """Ends one row: when its time is over, or with its batch."""

    def __init__(self, batch: threading.Event) -> None:
        super().__init__()
        self._batch = batch

    def is_set(self) -> bool:
        """Whether the row must end."""
        return super().is_set() or self._batch.is_set()


@contextmanager
def _my_turn(end: _RowEnd, seconds: float) -> Iterator[Place]:
    """The turn of one row: among all batches' rows, and then among all requests."""

    def look(_: int = 0) -> None:
        if end.is_set():
            raise _StoppedError

    while not _turn.acquire(timeout=LOOK_SECONDS):
        look()
    try:
        look()
        with settings.work_queue().place(_turn, seconds, look, end.set) as place:
            yield place
    finally:
        _turn.release()


def _others(key: Hashable) -> list[Batch]:
    """Batches with results that were made otherwise, the latest first."""
    return [batch for other, batch in reversed(_batches().items()) if other != key]


def _forget(key: Hashable) -> None:
    held = _batches().pop(key)
    if held:
        held.job.stop()


def _watch(job: BatchJob, key: Hashable) -> None:
    if job.state != "running":
        st.rerun()
    _buttons(job, key)
    _progress(job)
    rows.show(job.results)


def _buttons(job: BatchJob, key: Hashable) -> None:
    state = job.state
    with st.container(horizontal=True):
        if state == "running":
            st.button("Stop", icon=":material/stop_circle:", on_click=job.stop, key="batch_stop")
        elif state != "finished":
            begin = "Start" if files.is_given() else "Start the example"
            label = begin if state == "waiting" else "Go on"
            st.button(
                label,
                icon=":material/play_arrow:",
                type="primary",
                on_click=job.start,
                key="batch_start",
            )
        if state in ("stopped", "finished"):
            st.button(
                "Start over",
                icon=":material/replay:",
                on_click=_forget,
                args=(key,),
                key="batch_over",
            )


def _progress(job: BatchJob) -> None:
    now = job.look()
    text = f"{now.done:,} of {now.total:,} rows"
    if now.errors:
        text += f", {now.errors:,} with an error"
    if job.state == "running":
        left = now.seconds_left
        text += ", estimating the time …" if left is None else f", about {duration(left)} left"
    elif job.state == "stopped":
        text += ", stopped"
    st.progress(now.done / max(now.total, 1), text=text)


def duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min"


def settings_line(task: Task | None, decoding: Decoding) -> str:
    """What every row gets, in a sentence."""
    before = f"the prefix “{task.prefix}”" if task and task.prefix else "no prefix"
    return f"Every row gets {before} and the decoding {controls.in_words(decoding)}."
