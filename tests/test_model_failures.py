"""What goes wrong inside a model ends in one sentence."""

import pytest
import torch

from explorer.errors import ExplorerError
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
