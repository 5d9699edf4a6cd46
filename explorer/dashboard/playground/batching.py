"""A CSV of texts through the model: choose the columns, run, stop, go on, take the results."""

import hashlib
import threading
from typing import TYPE_CHECKING

import streamlit as st

from explorer.batch import BatchJob, RowResult
from explorer.cards import Task
from explorer.dashboard import exports, messages
from explorer.dashboard.playground import controls, scoring
from explorer.dashboard.requests import request_of
from explorer.errors import ExplorerError
from explorer.generation import Decoding, Generation
from explorer.metrics import corpus_score
from explorer.table import Table

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

POLL_SECONDS = 1.0
PREVIEW_ROWS = 10
_JOB = "_playground_batch"
# One row of all visitors' batches at a time, so that a batch leaves room for people who wait.
_turn = threading.BoundedSemaphore(1)


def run(
    model: "Seq2SeqModel",
    texts: list[str],
    table: Table,
    reference: str | None,
    decoding: Decoding,
) -> None:
    """Start, stop, go on; the results so far, and how good they are."""
    job = _job(model, texts, table, decoding)
    if job.state == "running":
        st.fragment(_watch, run_every=POLL_SECONDS)(job)
    else:
        _buttons(job)
        _progress(job)
        if job.results:
            _results(job)
        else:
            _preview(texts)
    references = table.texts(reference) if reference else ()
    if job.state != "running" and job.results:
        _scores(job.results, references)
        rows = _rows(job.results, references)
        exports.take_home("batch", table=rows, data=rows)


def _job(model: "Seq2SeqModel", texts: list[str], table: Table, decoding: Decoding) -> BatchJob:
    """This session's batch; other texts, another model or decoding make a new one."""
    digest = hashlib.sha256("\x1f".join(texts).encode(errors="replace")).hexdigest()
    key = (digest, request_of(model, "", decoding))
    held = st.session_state.get(_JOB)
    if held and held[0] == key:
        job: BatchJob = held[1]
        return job
    if held:
        held[1].stop()
    errors = {index: row.error for index, row in enumerate(table.rows) if row.error}

    def generate(text: str, cancelled: threading.Event) -> Generation:
        with _turn:
            return model.generate(text, decoding, cancelled)

    job = BatchJob(texts, generate, errors)
    st.session_state[_JOB] = (key, job)
    return job


def _forget() -> None:
    held = st.session_state.pop(_JOB, None)
    if held:
        held[1].stop()


def _watch(job: BatchJob) -> None:
    if job.state != "running":
        st.rerun()
    _buttons(job)
    _progress(job)
    _results(job)


def _buttons(job: BatchJob) -> None:
    state = job.state
    with st.container(horizontal=True):
        if state == "running":
            st.button("Stop", icon=":material/stop_circle:", on_click=job.stop, key="batch_stop")
        elif state != "finished":
            label = "Start" if state == "waiting" else "Go on"
            st.button(
                label,
                icon=":material/play_arrow:",
                type="primary",
                on_click=job.start,
                key="batch_start",
            )
        if state in ("stopped", "finished"):
            st.button("Start over", icon=":material/replay:", on_click=_forget, key="batch_over")


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


def _rows(results: tuple[RowResult, ...], references: tuple[str, ...]) -> list[dict[str, object]]:
    rows = [result.record() for result in results]
    for row, right in zip(rows, references, strict=False):
        row["reference"] = right
    return rows


def _preview(texts: list[str]) -> None:
    rows = [{"Row": row, "The model will read": text} for row, text in enumerate(texts, start=1)]
    st.dataframe(
        rows[:PREVIEW_ROWS],
        hide_index=True,
        width="stretch",
        column_config={"Row": st.column_config.NumberColumn(width="small")},
    )
    if len(rows) > PREVIEW_ROWS:
        st.caption(f"The first {PREVIEW_ROWS} of {len(rows):,} rows.")


def _results(job: BatchJob) -> None:
    st.dataframe(
        [
            {
                "Row": result.row,
                "The model reads": result.text,
                "Answer": result.output,
                "Error": " ".join(filter(None, (result.error, result.note))),
                "Score": result.score,
                "Pieces": result.pieces,
                "Seconds": result.seconds,
            }
            for result in job.results
        ],
        hide_index=True,
        width="stretch",
        height=min(38 + 35 * len(job.results), 400),
        column_config={
            "Score": st.column_config.NumberColumn(format="%.3f"),
            "Seconds": st.column_config.NumberColumn(format="%.2f"),
        },
    )


def _scores(results: tuple[RowResult, ...], references: tuple[str, ...]) -> None:
    pairs = [
        (result.output, right)
        for result, right in zip(results, references, strict=False)
        if right.strip() and not result.error
    ]
    if not pairs:
        return
    exact = sum(1 for text, right in pairs if text.strip() == right.strip())
    st.markdown(f"**Scores over {len(pairs):,} rows with a right answer**, {exact:,} exact")
    try:
        scoring.show_scores(corpus_score(*zip(*pairs, strict=True)))
    except ExplorerError as error:
        messages.show_sentence(str(error))


def settings_line(task: Task | None, decoding: Decoding) -> str:
    """What every row gets, in a sentence."""
    before = f"the prefix “{task.prefix}”" if task and task.prefix else "no prefix"
    return f"Every row gets {before} and the decoding {controls.in_words(decoding)}."
