"""Answers that are shared: one computation for all who ask at once, anew for other weights."""

import copy
import os
import shutil
import threading
import time

import pytest
import streamlit as st

from explorer import catalog
from explorer.checkpoint import open_checkpoint
from explorer.dashboard import answers, requests
from explorer.dashboard.memory import Memory
from explorer.device import Device, detect_device
from explorer.generation import Decoding
from explorer.loading import store

PATIENCE_SECONDS = 60


def until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "never came true"
        time.sleep(0.01)


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
    running = answers.Running(request, model.stream(request.text, request.decoding))
    monkeypatch.setattr(running.ended, "wait", pytest.fail)
    answers._stop(running)
    assert st.session_state[answers._STOPPED] == {request: None}
    for _ in running.stream:
        pass
    assert running.stream.result.stop_reason == "stopped"
