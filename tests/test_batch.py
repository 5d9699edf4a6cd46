import threading
import time

import pytest

from explorer import batch
from explorer.batch import FAILED, BatchJob
from explorer.errors import ExplorerError
from explorer.generation import Decoding, Generation, StopReason
from explorer.tokens import Tokens
from tests.waiting import until

TEXTS = [f"text {number}" for number in range(6)]


def tokens(text: str, truncated: str = "") -> Tokens:
    return Tokens(text, (1,), (text,), (text,), (0,), (text,), (False,), (False,), truncated)


def answer(text: str, stop: StopReason = "end token", truncated: str = "") -> Generation:
    return Generation(
        text.upper(), tokens(text.upper()), -1.5, (-1.5,), 0.5, 2.0, stop,
        tokens(text, truncated), Decoding(),
    )  # fmt: skip


class Worker:
    """Answers one text each time a permit is given, and looks at the event as a model does."""

    def __init__(self) -> None:
        self.permits = threading.Semaphore(0)
        self.asked: list[str] = []

    def __call__(self, text: str, cancelled: threading.Event) -> Generation:
        self.asked.append(text)
        while not self.permits.acquire(timeout=0.01):
            if cancelled.is_set():
                return answer(text, "stopped")
        return answer(text)


def test_every_text_gets_its_answer_in_order() -> None:
    job = BatchJob(TEXTS, lambda text, cancelled: answer(text))
    assert job.state == "waiting"
    job.start()
    job.wait(10)
    assert job.state == "finished"
    assert [result.output for result in job.results] == [text.upper() for text in TEXTS]
    assert [result.row for result in job.results] == [1, 2, 3, 4, 5, 6]
    first = job.results[0]
    assert (first.score, first.pieces, first.seconds, first.stop_reason) == (
        -1.5, 1, 0.5, "end token",
    )  # fmt: skip


def test_one_bad_row_does_not_lose_the_rest() -> None:
    def generate(text: str, cancelled: threading.Event) -> Generation:
        if text == "text 1":
            raise ExplorerError("The sentence to show.")
        if text == "text 2":
            raise RuntimeError("tensor shapes: secret path /home")
        return answer(text, truncated="abc" if text == "text 4" else "")

    texts = [*TEXTS, " \t"]
    job = BatchJob(texts, generate, errors={3: "Line 5 is broken."})
    job.start()
    job.wait(10)
    errors = [result.error for result in job.results]
    assert errors == ["", "The sentence to show.", FAILED, "Line 5 is broken.", "", "",
                          "The text is empty: write one in this row."]  # fmt: skip
    assert "last 3 characters were cut" in job.results[4].note
    assert job.look().errors == 4


def test_a_stop_keeps_what_is_finished_and_a_start_goes_on_there() -> None:
    worker = Worker()
    job = BatchJob(TEXTS, worker)
    job.start()
    worker.permits.release(2)
    until(lambda: len(job.results) == 2 and len(worker.asked) == 3)
    job.stop()
    job.wait(10)
    assert job.state == "stopped"
    assert len(job.results) == 2
    worker.permits.release(4)
    job.start()
    job.wait(10)
    assert job.state == "finished"
    assert [result.text for result in job.results] == TEXTS
    # The third text was cut off and asked again; no other was.
    assert worker.asked == ["text 0", "text 1", "text 2", *TEXTS[2:]]


def test_starting_twice_runs_once() -> None:
    worker = Worker()
    job = BatchJob(TEXTS, worker)
    job.start()
    job.start()
    worker.permits.release(6)
    job.wait(10)
    assert worker.asked == TEXTS
    job.start()
    assert worker.asked == TEXTS


class SlowLock:
    """A lock after which every thread pauses, so that others come in between."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def __enter__(self) -> None:
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()
        time.sleep(0.01)


def test_two_who_start_at_the_same_time_start_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    begin = threading.Thread.start

    def count(thread: threading.Thread) -> None:
        begun.append(thread.name)
        begin(thread)

    worker = Worker()
    job = BatchJob(TEXTS, worker)
    monkeypatch.setattr(job, "_lock", SlowLock())
    monkeypatch.setattr(threading.Thread, "start", count)
    people = [threading.Thread(target=job.start) for _ in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert begun.count("explorer-batch") == 1
    worker.permits.release(len(TEXTS))
    job.wait(10)
    assert worker.asked == TEXTS


def test_progress_counts_rows_and_estimates_from_real_ones() -> None:
    worker = Worker()
    job = BatchJob(["", *TEXTS], worker)
    assert job.look().seconds_left is None
    job.start()
    until(lambda: job.look().done == 1)
    assert job.look().seconds_left is None  # only an empty row, which says nothing
    worker.permits.release(2)
    until(lambda: job.look().done == 3)
    progress = job.look()
    assert (progress.total, progress.errors) == (7, 1)
    assert progress.seconds_left is not None
    assert progress.seconds_left > 0
    job.stop()
    job.wait(10)


def test_a_batch_that_nobody_looks_at_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "UNWATCHED_SECONDS", -1.0)
    job = BatchJob(TEXTS, lambda text, cancelled: answer(text))
    job.start()
    job.wait(10)
    assert job.state == "stopped"
    assert job.results == ()


def test_a_batch_whose_window_is_closed_stops_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not at once: a connection that is lost may come back."""
    answered: list[str] = []

    class Clock:
        @staticmethod
        def monotonic() -> float:
            """Each answer takes 2 s."""
            return 100.0 + 2 * len(answered)

    def generate(text: str, cancelled: threading.Event) -> Generation:
        answered.append(text)
        return answer(text)

    away = iter([True] * 2 + [False] + [True] * 100)
    monkeypatch.setattr(batch, "time", Clock)
    job = BatchJob(["a"] * 50, generate, gone=lambda: next(away))
    job.start()
    job.wait(10)
    assert job.state == "stopped"
    # Two while it was away, one while it was back, and three in the 5 s after.
    assert len(answered) == 6


def test_a_record_is_a_plain_row() -> None:
    job = BatchJob(["a"], lambda text, cancelled: answer(text))
    job.start()
    job.wait(10)
    assert job.results[0].record() == {
        "row": 1, "text": "a", "output": "A", "score": -1.5, "pieces": 1, "seconds": 0.5,
        "stop_reason": "end token", "note": "", "error": "",
    }  # fmt: skip
