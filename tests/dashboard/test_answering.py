import threading

import pytest

from explorer.dashboard.memory import Memory
from explorer.dashboard.playground import controls
from explorer.dashboard.requests import request_of
from explorer.generation import Decoding

LONG = Decoding(min_new_tokens=128, max_new_tokens=128)


@pytest.fixture(scope="module")
def model():
    from explorer.loading import store

    return store().load("miniature-t5")


@pytest.mark.parametrize("decoding", [LONG, Decoding("beam", 8, 128, 128)])
def test_another_thread_can_stop_an_answer_and_its_reader_gets_what_there_is(model, decoding):
    with model.stream("translate English to German: The dog eats.", decoding) as stream:
        timer = threading.Timer(0.02, stream.cancel)
        timer.start()
        for _ in stream:
            pass
        timer.join()
    assert stream.result.stop_reason == "stopped"
    assert 0 < len(stream.result.tokens) < 128


def test_a_request_tells_apart_what_decides_an_answer(model):
    first = request_of(model, "a", Decoding())
    assert first == request_of(model, "a", Decoding())
    assert first != request_of(model, "b", Decoding())
    assert first != request_of(model, "a", Decoding(max_new_tokens=5))
    assert first.model == "miniature-t5"


def test_the_memory_keeps_the_latest():
    held = Memory(limit_bytes=2_500)
    first, second, third = (letter * 1_000 for letter in "abc")
    held.keep("a", first)
    held.keep("b", second)
    assert held.get("a") == first
    held.keep("c", third)
    assert (held.get("a"), held.get("b"), held.get("c")) == (first, None, third)
    assert held.get_or("c", lambda: 9) == third
    assert held.get_or("d", lambda: 9) == 9
    # One larger than all others may be together is remembered alone, beside them.
    for letter in "ef":
        held.keep(letter, letter * 3_000)
        assert held.get(letter) == letter * 3_000
    assert held.get("e") is None
    assert held.get("c") == third
    held.keep("a", first)
    held.keep("a", first)
    assert held.get("a") == first, "the same key twice counts once"


def test_the_memory_counts_what_results_really_take():
    held = Memory(limit_bytes=1_000_000)
    for key in range(9):
        # Each number takes 24 bytes and the pointer to it 8; written to a file, all take 9.
        held.keep(key, tuple(number + key / 9 for number in range(10_000)))
    assert [key for key in range(9) if held.get(key) is not None] == [6, 7, 8]


def test_what_is_too_large_is_not_kept(monkeypatch):
    monkeypatch.setattr("explorer.dashboard.memory.LARGEST_BYTES", 2_900)
    held = Memory(limit_bytes=2_500)
    held.keep("e", "e" * 3_000)
    assert held.get("e") is None


def test_a_decoding_in_words_names_only_what_differs():
    assert controls.in_words(Decoding()) == "greedy"
    decoding = Decoding("sampling", temperature=1.5, seed=7)
    assert controls.in_words(decoding) == "sampling, temperature 1.5, seed 7"


def test_there_is_a_control_for_every_setting():
    shown = {each.field for each in (*controls.GENERAL, *controls.BEAM, *controls.SAMPLING)}
    assert shown | {"strategy", "early_stopping"} == set(Decoding.__dataclass_fields__)
