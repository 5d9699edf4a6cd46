"""What goes wrong inside a model ends in one sentence."""

import errno

import pytest
import torch

from explorer.errors import ExplorerError
from explorer.memory_shortage import is_shortage
from explorer.store import ModelStore
from tests.loaded import loaded


def test_a_failure_inside_is_told_in_a_sentence():
    model = loaded("pegasus")
    with pytest.raises(ExplorerError, match="failed while") as caught:
        model._computing(lambda: torch.zeros(2) @ torch.zeros(3))
    assert isinstance(caught.value.__cause__, RuntimeError)
    with pytest.raises(ExplorerError, match="not enough memory"):
        model._computing(lambda: torch.empty(2**60))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: not enough memory"),
    ],
)
def test_a_lack_of_memory_is_told_as_one(error):
    def fail():
        raise error

    with pytest.raises(ExplorerError, match="not enough memory on"):
        loaded("t5")._computing(fail)


def test_other_errors_that_speak_of_memory_are_not_taken_for_a_lack_of_it():
    def fail():
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(ExplorerError, match="failed while"):
        loaded("t5")._computing(fail)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        OSError("Cannot allocate memory (os error 12)"),
        ImportError("libgomp.so.1: failed to map segment from shared object"),
        RuntimeError("can't start new thread"),
    ],
)
def test_the_system_tells_a_lack_of_memory_in_words_of_its_own(error):
    assert is_shortage(error)
    outer = ValueError("it did not work")
    outer.__cause__ = error
    assert is_shortage(outer)
    assert not is_shortage(OSError(errno.ENOENT, "No such file or directory"))


@pytest.mark.parametrize("where", ["explorer.checkpoint._open_module", "torch.nn.Module.to"])
def test_a_lack_of_memory_while_a_model_is_loaded_is_not_called_damage(
    where, checkpoint, monkeypatch
):
    def fail(*_, **__):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9")

    monkeypatch.setattr(where, fail)
    with pytest.raises(ExplorerError, match="not enough memory for t5") as refusal:
        ModelStore().load(str(checkpoint("t5")))
    assert "damaged" not in str(refusal.value)
