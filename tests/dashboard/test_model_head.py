"""A head of the model: the answer that it is seen in is waited for without a place to work."""

import threading

import pytest
import streamlit as st

from explorer.dashboard import answers, settings
from explorer.dashboard.memory import Memory
from explorer.dashboard.requests import request_of
from explorer.dashboard.sandbox import model_head
from explorer.dashboard.settings import AT_ONCE, LONGEST_LINE
from explorer.dashboard.work_queue import WorkQueue
from explorer.loading import load
from tests.waiting import PATIENCE_SECONDS, until

TEXT = "translate English to German: The dog waits."


@pytest.fixture
def shared(monkeypatch):
    """A memory and places to work of their own, which a test may leave taken."""
    memory = Memory()
    for module in (answers, model_head):
        monkeypatch.setattr(module, "memory", lambda: memory)
    queue = WorkQueue(AT_ONCE.public, LONGEST_LINE.public)
    monkeypatch.setattr(settings, "work_queue", lambda: queue)
    return memory


def test_visitors_of_two_heads_and_of_the_answer_do_not_wait_for_each_other(shared, monkeypatch):
    model = load("miniature-t5")
    request = request_of(model, TEXT, answers.PLAIN)
    everybody_is_there, done = threading.Event(), []
    decode = answers._decode

    def decode_late(*rest):
        # In its turn, but without a place to work: the others come meanwhile.
        assert everybody_is_there.wait(PATIENCE_SECONDS)
        return decode(*rest)

    monkeypatch.setattr(answers, "_decode", decode_late)

    def read_the_answer():
        done.append(answers.answer(model, TEXT, answers.PLAIN, st.empty()).text)

    def look_at(head):
        tokens = model_head.own_answer(model, TEXT, st.empty())
        done.append(model_head.head_steps(model, TEXT, tokens, "cross", 0, head).head.head)

    visitors = [threading.Thread(target=read_the_answer, daemon=True)]
    visitors += [threading.Thread(target=look_at, args=[n], daemon=True) for n in range(2)]
    visitors[0].start()
    until(lambda: request in shared._turns)
    for visitor in visitors[1:]:
        visitor.start()
    until(lambda: shared._turns[request].present == len(visitors))
    everybody_is_there.set()
    for visitor in visitors:
        visitor.join(PATIENCE_SECONDS / 3)
    assert {0, 1, model.generate(TEXT).text} == set(done)


def test_another_answer_another_layer_and_another_stack_are_other_results(shared):
    model = load("miniature-t5")
    seen = set()
    for target in ("Der Hund schläft.", "Die Katze schläft.", model.generate(TEXT).tokens):
        for stack in ("decoder", "cross"):
            for layer, head in ((0, 0), (1, 0), (0, 1)):
                found = model_head.head_steps(model, TEXT, target, stack, layer, head)
                own = model.head_steps(TEXT, target, stack, layer, head)
                assert found.weights.tobytes() == own.weights.tobytes()
                seen.add(found.weights.tobytes())
    assert len(seen) == 3 * 2 * 3
