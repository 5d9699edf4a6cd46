"""Batches of many visitors: one row at a time, and nobody waits for somebody else's load."""

import threading

import pytest
import streamlit as st

from explorer import catalog
from explorer.batch import BatchJob
from explorer.bounded import Bounded
from explorer.checkpoint import open_checkpoint
from explorer.dashboard import settings
from explorer.dashboard.playground import batching, files
from explorer.dashboard.work_queue import WorkQueue
from explorer.generation import Decoding
from explorer.loading import ModelStore
from tests.waiting import PATIENCE_SECONDS, until

FIRST, SECOND = "miniature-t5", "miniature-bart"
SHORT = Decoding(max_new_tokens=3)
TEXT = "The dog sleeps."


@pytest.fixture
def store(monkeypatch):
    store = ModelStore()
    monkeypatch.setattr("explorer.loading._store", store)
    return store


def batch_of(model, rows=1):
    return BatchJob([TEXT] * rows, batching._generate(model, SHORT))


@pytest.fixture
def session(monkeypatch):
    """The batches of a session of its own."""
    monkeypatch.setitem(st.session_state, batching._BATCHES, Bounded(10**6))


def key(model, texts, data):
    return batching._batch(model, texts, files.read_table(data), SHORT, "settings")[0]


def test_while_a_model_loads_another_batch_has_the_turn(store, monkeypatch):
    loading, go_on = threading.Event(), threading.Event()

    def open_slowly(name, *rest):
        if name == SECOND:
            loading.set()
            assert go_on.wait(PATIENCE_SECONDS)
        return open_checkpoint(name, *rest)

    first = store.load(FIRST)
    slow = store.load(SECOND)
    assert store.release(SECOND)
    monkeypatch.setattr("explorer.checkpoint.open_checkpoint", open_slowly)
    waits = batch_of(slow)
    waits.start()
    assert loading.wait(PATIENCE_SECONDS)
    try:
        quick = batch_of(first)
        quick.start()
        until(lambda: quick.state == "finished")
        assert waits.state == "running"
    finally:
        go_on.set()
    until(lambda: waits.state == "finished")
    assert [row.error for row in (*quick.results, *waits.results)] == ["", ""]
    assert quick.results[0].output == first.generate(TEXT, SHORT).text


def test_a_row_waits_for_its_turn_with_its_model_kept(store):
    model = store.load(FIRST)
    decoded = []

    def generate(text, cancelled):
        decoded.append(text)
        return made(text, cancelled)

    made = batching._generate(model, SHORT)
    job = BatchJob([TEXT], generate)
    with batching._turn:
        job.start()
        until(lambda: decoded and not store.release(FIRST))
        job.wait(3 * batching.LOOK_SECONDS)
        assert job.results == ()
        assert job.state == "running"
    until(lambda: job.state == "finished")
    assert job.results[0].output == model.generate(TEXT, SHORT).text
    assert store.release(FIRST)


def test_a_batch_that_is_stopped_while_it_waits_ends_and_gives_back_its_model(store):
    job = batch_of(store.load(FIRST), rows=2)
    with batching._turn:
        job.start()
        until(lambda: not store.release(FIRST))
        job.stop()
        job.wait(PATIENCE_SECONDS)
        assert job.results == ()
        assert store.release(FIRST)
    job.start()
    until(lambda: job.state == "finished")
    assert [row.error for row in job.results] == ["", ""]
    assert batching._turn.acquire(blocking=False), "the turn was not given back"
    batching._turn.release()


def test_a_model_without_room_stops_the_batch_and_costs_no_row(monkeypatch):
    store = tight_store(monkeypatch, room_wait_seconds=0.05)
    job = batch_of(store.load(FIRST), rows=2)
    with store.lease(SECOND):
        job.start()
        job.wait(PATIENCE_SECONDS)
    assert (job.state, job.results) == ("stopped", ())
    assert job.interruption.startswith(f"There is no room for {FIRST}")
    goes_on(job)


def test_a_load_that_somebody_cancels_stops_the_batch_and_costs_no_row(monkeypatch):
    store = tight_store(monkeypatch, room_wait_seconds=PATIENCE_SECONDS)
    job = batch_of(store.load(FIRST), rows=2)
    with store.lease(SECOND):
        job.start()
        until(lambda: store.cancel(FIRST))
        job.wait(PATIENCE_SECONDS)
    assert (job.state, job.results) == ("stopped", ())
    assert job.interruption.startswith(f"Loading {FIRST} was cancelled")
    goes_on(job)


def test_a_row_that_is_longer_than_a_text_may_be_is_not_read(store, monkeypatch):
    monkeypatch.setenv("EXPLORER_MAX_CHARACTERS", "100")
    job = BatchJob([TEXT, "x" * 200], batching._generate(store.load(FIRST), SHORT))
    monkeypatch.delenv("EXPLORER_MAX_CHARACTERS")
    job.start()
    job.wait(PATIENCE_SECONDS)
    assert [row.error for row in job.results] == [
        "",
        "The text has 200 characters and the limit of this server is 100: shorten it.",
    ]


def test_a_full_line_stops_the_batch_and_costs_no_row(store, monkeypatch):
    queue = WorkQueue(at_once=1, longest=1)
    monkeypatch.setattr(settings, "work_queue", lambda: queue)
    job = batch_of(store.load(FIRST), rows=2)
    end = threading.Event()

    def ask():
        with queue.place(object(), PATIENCE_SECONDS):
            end.wait(PATIENCE_SECONDS)

    people = [threading.Thread(target=ask) for _ in range(2)]
    for person in people:
        person.start()
    until(lambda: (queue.computing, queue.waiting) == (1, 1))
    try:
        job.start()
        job.wait(PATIENCE_SECONDS)
        assert (job.state, job.results) == ("stopped", ())
        assert job.interruption.startswith("The line for model work is full: 1 of at most 1")
    finally:
        end.set()
    for person in people:
        person.join()
    assert batching._turn.acquire(blocking=False), "the turn was not given back"
    batching._turn.release()
    goes_on(job)


def tight_store(monkeypatch, room_wait_seconds):
    """The process's store, with room for one of the two models."""
    budget = max(catalog.facts(catalog.find(name)).memory_bytes for name in (FIRST, SECOND))
    store = ModelStore(budget, room_wait_seconds=room_wait_seconds)
    monkeypatch.setattr("explorer.loading._store", store)
    return store


def goes_on(job):
    job.start()
    assert job.interruption == ""
    job.wait(PATIENCE_SECONDS)
    assert job.state == "finished"
    assert [row.error for row in job.results] == ["", ""]


@pytest.mark.usefixtures("session")
def test_other_texts_and_other_errors_are_another_batch(store):
    model = store.load(FIRST)
    two, one = ["a", "b"], ["a\x1fb"]
    data = b"text\na\nb\n"
    assert key(model, two, data) == key(model, list(two), data)
    assert key(model, two, data) != key(model, one, data)
    assert key(model, ["\udc80"], data) != key(model, ["?"], data)
    assert key(model, two, b"text,more\na,1\nb,2\n") != key(model, two, b"text,more\na,1\nb,2,3\n")
