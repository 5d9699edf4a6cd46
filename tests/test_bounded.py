"""What is kept has a limit in bytes of real memory, each by itself and all together."""

import gc
import pickle
import threading
import tracemalloc

import numpy as np
import pytest
import torch

from explorer.bounded import Bounded, Total, size_of
from explorer.loading import store

TEXT = "translate English to German: The dog sees the cat."
WORKS = {
    "answer": lambda model: model.generate(TEXT),
    "timeline": lambda model: model.timeline(TEXT, 50),
    "beams": lambda model: model.beam_search(TEXT, 4, max_new_tokens=12),
    "attention": lambda model: model.attention(TEXT),
    "lens": lambda model: model.lens(TEXT),
    "numbers": lambda _: tuple(number + 0.5 for number in range(10_000)),
}


@pytest.mark.parametrize("work", WORKS)
def test_sizes_are_those_of_real_memory(work):
    written = pickle.dumps(WORKS[work](store().load("miniature-t5")))
    pickle.loads(written)
    gc.collect()
    tracemalloc.start()
    try:
        copy = pickle.loads(written)
        gc.collect()
        real = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    # Threads of other tests may take a little memory meanwhile.
    assert real - 2_000 <= size_of(copy) <= 1.25 * real + 500


def test_what_is_shared_counts_once_and_a_view_keeps_its_array():
    array, tensor = np.zeros(10_000), torch.zeros(10_000)
    assert 80_000 <= size_of(array) < 80_300
    assert size_of((array, array)) < 80_500
    assert 80_000 <= size_of(array[:3]) < 80_500
    assert 40_000 <= size_of(tensor) < 40_300
    assert 40_000 <= size_of([tensor, tensor[:3]]) < 40_600
    # Code is no part of what points to it.
    assert size_of((pytest, size_of, Bounded)) < 200


def test_the_one_used_longest_ago_goes_first():
    held = Bounded(2_500)
    for key in "ab":
        held.keep(key, key * 1_000)
    assert held.get("a") == "a" * 1_000
    held.keep("c", "c" * 1_000)
    assert [key for key, _ in held.items()] == ["a", "c"]
    assert held.bytes <= 2_500
    held.keep("a", "e" * 5_000)
    assert "a" not in held, "the earlier value of a key is not the value of the key"
    held.keep("c", "c")
    held.pop("c")
    assert (held.bytes, len(held), held.get("c")) == (0, 0, None)
    few = Bounded(10**6, most=2)
    for number in range(5):
        few.keep(number, number)
    assert [key for key, _ in few.items()] == [3, 4]


def test_what_changed_is_measured_when_it_is_kept_again():
    held, grows = Bounded(10**6), ["a"]
    held.keep("key", grows)
    before = held.bytes
    grows.append("b" * 1_000)
    held.keep("key", grows)
    assert before + 1_000 < held.bytes < before + 1_200


def test_all_together_have_a_limit_and_the_quiet_ones_give_first():
    total = Total(5_000)
    parts = [Bounded(3_000, total=total) for _ in range(20)]
    for part in parts:
        part.keep("key", "x" * 1_000)
        parts[0].get("key")
        assert total.bytes <= 5_000
    assert [len(part) for part in parts] == [1] + [0] * 16 + [1] * 3
    # What nobody holds any more takes nothing.
    part = None
    del parts[1:]
    gc.collect()
    assert total.bytes == parts[0].bytes > 1_000


def test_many_threads_at_once_keep_the_limit():
    total = Total(5_000)
    parts = [Bounded(10_000, total=total) for _ in range(4)]

    def keep(number):
        for step in range(300):
            parts[(number + step) % 4].keep(step % 7, "x" * (100 * (step % 9)))

    threads = [threading.Thread(target=keep, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert total.bytes <= 5_000
    assert total.bytes == sum(size_of(key, value) for part in parts for key, value in part.items())
