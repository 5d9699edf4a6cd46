from pathlib import Path

import pytest
import torch

import explorer
from explorer.device import (
    bytes_for_each_weight,
    computer_memory_bytes,
    group_limit_files,
    torch_device,
    torch_dtype,
)
from explorer.errors import ExplorerError

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")


def test_the_processor_has_a_name_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_DEVICE", "cpu")
    device = explorer.detect_device()
    assert device.kind == "cpu"
    assert device.name
    assert device.memory_bytes > 2**28
    assert torch_device(device) == torch.device("cpu")
    assert torch_dtype(device) is torch.float32
    assert bytes_for_each_weight(device) == 4


def test_without_the_variable_the_best_device_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXPLORER_DEVICE", raising=False)
    kind = explorer.detect_device().kind
    if torch.cuda.is_available():
        assert kind == "cuda"
    elif torch.backends.mps.is_available():
        assert kind == "mps"
    else:
        assert kind == "cpu"


@pytest.mark.parametrize("value", ["gpu", "cuda:x", "cpu;rm", "cuda:-1", "x" * 1000])
def test_a_value_that_names_no_device_is_refused(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_DEVICE", value)
    with pytest.raises(ExplorerError, match="EXPLORER_DEVICE") as refusal:
        explorer.detect_device()
    assert len(str(refusal.value)) < 250


def test_a_card_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_DEVICE", "cuda:99")
    with pytest.raises(ExplorerError, match="cuda:99"):
        explorer.detect_device()


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="has an Apple GPU")
def test_an_apple_gpu_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_DEVICE", "MPS")
    with pytest.raises(ExplorerError, match="no Apple GPU"):
        explorer.detect_device()


def test_the_limit_of_a_container_counts(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    whole = computer_memory_bytes([])
    limit.write_text("300000000\n")
    assert computer_memory_bytes([limit]) == 300_000_000
    limit.write_text("max\n")
    assert computer_memory_bytes([limit]) == whole
    limit.write_text(str(2**63 - 4096))
    assert computer_memory_bytes([limit]) == whole
    assert computer_memory_bytes([tmp_path / "absent", tmp_path]) == whole


def test_the_limits_of_nested_groups_are_looked_at(tmp_path: Path) -> None:
    table = tmp_path / "cgroup"
    table.write_text("4:cpu,cpuacct:/other\n3:memory:/pod/box\n0::/slice/unit\n")
    root = Path("/sys/fs/cgroup")
    assert group_limit_files(table) == [
        root / "memory.max",
        root / "memory/memory.limit_in_bytes",
        root / "memory/pod/memory.limit_in_bytes",
        root / "memory/pod/box/memory.limit_in_bytes",
        root / "slice/memory.max",
        root / "slice/unit/memory.max",
    ]
    assert group_limit_files(tmp_path / "absent") == [
        root / "memory.max",
        root / "memory/memory.limit_in_bytes",
    ]


@needs_cuda
def test_a_cuda_card_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_DEVICE", "cuda:0")
    device = explorer.detect_device()
    assert device.name == torch.cuda.get_device_name(0)
    assert device.memory_bytes == torch.cuda.get_device_properties(0).total_memory
    assert torch_device(device) == torch.device("cuda", 0)
    native = torch.cuda.get_device_capability(0) >= (8, 0)
    assert torch_dtype(device) is (torch.bfloat16 if native else torch.float32)
