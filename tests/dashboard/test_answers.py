"""Answers that are shared: one computation for all who ask at once, anew for other weights."""

import copy
import os
import shutil
import threading
from collections.abc import Callable

import pytest
import streamlit as st

from explorer import catalog
from explorer.checkpoint import open_checkpoint
from explorer.dashboard import answers, passing, requests, settings, stopped_answers
from explorer.dashboard.memory import Memory, memory
from explorer.device import Device, detect_device
from explorer.errors import TooLateError
from explorer.generation import Decoding
from explorer.loading import store
from explorer.streaming import Stream
from tests.waiting import PATIENCE_SECONDS, until


def test_what_many_ask_at_once_is_computed_once():
    memory, computed, waited = Memory(), [], threading.Event()
    release = threading.Event()

    def ask():
        with memory.turn("key", waited.set):
            if memory.get("key") is None:
                computed.append(1)
                assert release.wait(PATIENCE_SECONDS)
                memory.keep("key", "result")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert waited.wait(PATIENCE_SECONDS)
    release.set()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert computed == [1]
    assert memory.get_or("key", pytest.fail) == "result"
    assert not memory._turns


def test_who_waits_may_give_up_and_the_next_one_computes_after_a_failure():
    memory = Memory()

    def give_up():
        raise InterruptedError

    with memory.turn("key"):
        failed = []

        def wait():
            try:
                with memory.turn("key", give_up):
                    pass
            except InterruptedError:
                failed.append(1)

        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(PATIENCE_SECONDS)
        assert failed == [1]

    def fail():
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        memory.get_or("key", fail)
    assert memory.get_or("key", lambda: 7) == 7
    assert not memory._turns


def asked_by_many(
    memory: Memory, work: Callable[[], None], visitors: int = 3
) -> tuple[list[object], list[int]]:
    """What each of some visitors gets who all wait when the first one works; and who worked."""
    found, worked = [], []
    all_there = threading.Event()

    def compute():
        worked.append(1)
        assert all_there.wait(PATIENCE_SECONDS)
        return work()

    def ask():
        try:
            found.append(memory.get_or("key", compute))
        except TooLateError as error:
            found.append(str(error))

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(visitors)]
    for thread in threads:
        thread.start()
    until(lambda: worked and memory._turns["key"].present == visitors)
    all_there.set()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    return found, worked


def test_those_who_wait_for_what_takes_too_long_do_not_spend_the_time_again():
    memory = Memory()

    def work():
        raise TooLateError("too long")

    assert asked_by_many(memory, work) == (["too long"] * 3, [1])
    # Who asks later may find a faster machine.
    assert memory.get_or("key", lambda: 7) == 7


def asked_twice(monkeypatch, ask, key):
    """What two visitors get of whom one waits for the other until the time is over; how often
    the work began."""
    monkeypatch.setattr(settings, "limit", lambda name: 0.5)
    both, begun, found = threading.Event(), [], []

    def wait_until_late(cancelled):
        begun.append(1)
        assert both.wait(PATIENCE_SECONDS)
        assert cancelled.wait(PATIENCE_SECONDS)

    visitors = [
        threading.Thread(target=lambda: found.append(ask(wait_until_late)), daemon=True)
        for _ in range(2)
    ]
    for visitor in visitors:
        visitor.start()
    until(lambda: key in memory()._turns and memory()._turns[key].present == 2 and begun)
    both.set()
    for visitor in visitors:
        visitor.join(PATIENCE_SECONDS)
    assert not any(visitor.is_alive() for visitor in visitors)
    return found, begun


def test_who_waits_for_an_answer_gets_what_there_was_when_its_time_was_over(monkeypatch):
    model = store().load("miniature-t5")
    request = requests.request_of(model, "A dog that two ask for.", Decoding())
    # Outside of a page both are one session, in which the second question would end the first.
    monkeypatch.setattr(answers, "end_earlier", lambda: None)

    def ask(wait_until_late):
        def work(cancelled, show):
            wait_until_late(cancelled)
            return model.generate(request.text, request.decoding, cancelled)

        return answers.watched(model, request, lambda: Stream(work), st.empty())

    found, begun = asked_twice(monkeypatch, ask, request)
    assert begun == [1]
    assert [each.stop_reason for each in found] == ["time limit"] * 2
    assert memory().get(request) is None


def test_who_waits_for_work_of_many_passes_gets_the_part_too(monkeypatch):
    model = store().load("miniature-t5")

    def ask(wait_until_late):
        def work(cancelled, progress):
            wait_until_late(cancelled)
            return "a part"

        return passing.done(
            model, "two ask", work, "two", "working", "Stopped.", is_part=lambda found: True
        )

    assert asked_twice(monkeypatch, ask, "two ask") == (["a part"] * 2, [1])
    assert memory().get("two ask") is None


def test_a_part_goes_to_those_who_wait_and_to_nobody_who_comes_later():
    memory = Memory()
    got: list[object] = []

    def ask():
        with memory.turn("key") as turn:
            got.append(turn.part)

    with memory.turn("key") as turn:
        assert not turn.shared
        waiting = threading.Thread(target=ask, daemon=True)
        waiting.start()
        until(lambda: turn.shared)
        turn.pass_on("part")
    waiting.join(PATIENCE_SECONDS)
    ask()
    assert got == ["part", None]


def test_other_keys_do_not_wait():
    memory = Memory()
    with memory.turn("one"):
        assert memory.get_or("two", lambda: 2) == 2


def test_changed_weights_under_the_same_name_are_another_question(tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(catalog.find("miniature-t5").folder, folder)

    def opened():
        return open_checkpoint(str(folder), folder, detect_device())

    first = opened()
    request = requests.request_of(first, "a", Decoding())
    assert requests.request_of(opened(), "a", Decoding()) == request
    weights = folder / "model.safetensors"
    about = weights.stat()
    os.utime(weights, ns=(about.st_atime_ns, about.st_mtime_ns + 1))
    assert requests.request_of(first, "a", Decoding()) == request, "in memory are the old ones"
    assert requests.request_of(opened(), "a", Decoding()) != request
    shutil.rmtree(folder)
    assert requests.fingerprint(folder) != request.files


def test_the_device_is_part_of_the_question():
    model = store().load("miniature-t5")
    elsewhere = copy.copy(model)
    questions = {requests.request_of(model, "a", Decoding())}
    for device in (Device("cuda", "one card", 2**33), Device("cuda", "another card", 2**33)):
        elsewhere.device = device
        questions.add(requests.request_of(elsewhere, "a", Decoding()))
    assert len(questions) == 3


def test_a_model_that_works_stays_in_the_store(fresh, monkeypatch):
    monkeypatch.setattr("explorer.loading._store", fresh)
    model = fresh.load("miniature-t5")
    with answers.working(model, "decoding"):
        assert not fresh.release("miniature-t5")
        assert fresh.peek("miniature-t5") is model
    assert fresh.release("miniature-t5")


def test_stopping_what_still_waits_for_a_place_waits_for_nothing(monkeypatch):
    model = store().load("miniature-t5")
    request = requests.request_of(model, "Nobody reads this.", Decoding())
    with memory().turn(request) as turn:
        running = answers.Running(request, model.stream(request.text, request.decoding), turn)
        monkeypatch.setattr(running.ended, "wait", pytest.fail)
        answers._stop(running)
    assert stopped_answers.of(request) == stopped_answers.NOTHING_YET
    for _ in running.stream:
        pass
    assert running.stream.result.stop_reason == "stopped"
