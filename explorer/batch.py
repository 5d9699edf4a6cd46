"""Many texts, one by one, in the background: watch it, stop it, go on where it stopped.

A text that cannot be used, or on which the model fails, becomes a row with its reason; it never
costs the other rows. Where the model or a place to work cannot be had, no row is to blame: the
batch stops and says why, and goes on later with the same row.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from explorer.errors import ExplorerError
from explorer.generation import Generation

LOGGER = logging.getLogger("explorer.batch")
UNWATCHED_SECONDS = 60.0
"""A batch that nobody has looked at for this long stops: its page was left."""
GONE_SECONDS = 5.0
"""So long a batch goes on without the window that asked for it: a lost connection may come back."""
FAILED = "The model failed on this text, for a reason in the server's log: change the text."
EMPTY = "The text is empty: write one in this row."

State = Literal["waiting", "running", "stopped", "finished"]
Generate = Callable[[str, threading.Event], Generation | None]
"""Answers a text; None where the event was set before the model began.

An ExplorerError is the fault of the text and a `NotNowError` that of nobody's text.
"""


class NotNowError(ExplorerError):
    """Why a batch cannot go on now, whatever the text: there is no model or no place for it."""


@dataclass(frozen=True)
class RowResult:
    """What became of one text.

    Attributes:
        row: its number, from 1.
        text: what was read; output: the answer, "" if there is none.
        score, pieces, seconds, stop_reason: of the answer, as in Generation.
        note: what a person should know of a row that worked, such as a cut end.
        error: why there is no answer; "" if there is one.
    """

    row: int
    text: str
    output: str = ""
    score: float | None = None
    pieces: int | None = None
    seconds: float | None = None
    stop_reason: str = ""
    note: str = ""
    error: str = ""

    def record(self) -> dict[str, object]:
        """One line of a table."""
        return dict(vars(self))


@dataclass(frozen=True)
class Progress:
    """How far a batch is. `seconds_left` is None until a row has been timed."""

    done: int
    total: int
    errors: int
    seconds_left: float | None


def run_row(
    row: int, text: str, generate: Generate, cancelled: threading.Event, error: str = ""
) -> RowResult | None:
    """One text; None when it was stopped before its answer was complete.

    Raises:
        NotNowError: no text can be answered now, so that this one has no result.
    """
    if error:
        return RowResult(row, text, error=error)
    if not text.strip():
        return RowResult(row, text, error=EMPTY)
    try:
        answer = generate(text, cancelled)
    except NotNowError:
        raise
    except ExplorerError as failure:
        return RowResult(row, text, error=str(failure))
    except Exception:
        LOGGER.exception("Row %d of a batch failed.", row)
        return RowResult(row, text, error=FAILED)
    if answer is None or answer.stop_reason == "stopped":
        return None
    cut = len(answer.source.truncated)
    notes = [f"The last {cut:,} characters were cut: the model cannot read more."] if cut else []
    if answer.stop_reason == "time limit":
        notes.append("The answer is a part: the limit of time for one row was over.")
    return RowResult(
        row,
        text,
        output=answer.text,
        score=answer.sequence_score,
        pieces=len(answer.tokens),
        seconds=answer.seconds,
        stop_reason=answer.stop_reason,
        note=" ".join(notes),
    )


class BatchJob:
    """Texts that are worked through in a thread of their own.

    Laws: every text has at most one result, results stand in the order of the texts, and going
    on after a stop repeats no finished row.
    """

    def __init__(
        self,
        texts: Sequence[str],
        generate: Generate,
        errors: Mapping[int, str] | None = None,
        gone: Callable[[], bool] = lambda: False,
    ) -> None:
        """Prepare; nothing runs before `start`.

        Args:
            texts: what to work through.
            generate: gives the answer to a text and looks at the event between pieces.
            errors: reasons, by index, for texts which are known to be unusable.
            gone: whether whoever asked for it is away.
        """
        self._gone = gone
        self._texts = tuple(texts)
        self._generate = generate
        self._errors = dict(errors or {})
        self._results: list[RowResult] = []
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None
        self._interruption = ""
        self._working_seconds = 0.0
        self._seen = time.monotonic()

    @property
    def results(self) -> tuple[RowResult, ...]:
        """What is finished so far."""
        with self._lock:
            return tuple(self._results)

    @property
    def state(self) -> State:
        """Whether it runs, was stopped, or is through."""
        with self._lock:
            return self._state()

    @property
    def interruption(self) -> str:
        """Why it stopped by itself, in a sentence; "" where it did not, or goes on since."""
        with self._lock:
            return self._interruption

    def look(self) -> Progress:
        """How far it is. A batch nobody looks at stops by itself, see UNWATCHED_SECONDS."""
        self._seen = time.monotonic()
        with self._lock:
            done = len(self._results)
            errors = sum(1 for result in self._results if result.error)
            worked = done - errors
            left = self._working_seconds / worked * (len(self._texts) - done) if worked else None
        return Progress(done, len(self._texts), errors, left)

    def start(self) -> None:
        """Begin, or go on after the last finished row. Does nothing while it runs."""
        with self._lock:
            if self._state() in ("running", "finished"):
                return
            self._seen = time.monotonic()
            self._interruption = ""
            # A fresh event for each run: the old thread may still be on its last piece.
            self._cancelled = threading.Event()
            self._thread = threading.Thread(
                target=self._work, args=(self._cancelled,), name="explorer-batch", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Stop within one piece; finished rows stay."""
        self._cancelled.set()

    def wait(self, timeout_seconds: float | None = None) -> None:
        """Wait until it has stopped or is through."""
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    def _state(self) -> State:
        if len(self._results) == len(self._texts):
            return "finished"
        if self._thread is None:
            return "waiting"
        return "stopped" if self._cancelled.is_set() else "running"

    def _work(self, cancelled: threading.Event) -> None:
        away: float | None = None
        while not cancelled.is_set():
            index = len(self._results)
            if index == len(self._texts):
                return
            began = time.monotonic()
            away = (away or began) if self._gone() else None
            if began - self._seen > UNWATCHED_SECONDS or (away and began - away > GONE_SECONDS):
                cancelled.set()
                return
            text, error = self._texts[index], self._errors.get(index, "")
            try:
                result = run_row(index + 1, text, self._generate, cancelled, error)
            except NotNowError as failure:
                with self._lock:
                    if not cancelled.is_set():
                        self._interruption = str(failure)
                    cancelled.set()
                return
            with self._lock:
                if cancelled.is_set() or result is None:
                    cancelled.set()
                    return
                self._results.append(result)
                if not result.error:
                    self._working_seconds += time.monotonic() - began
