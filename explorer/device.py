"""The device that models run on: CUDA, then Apple MPS, then CPU, with its name and memory.

`EXPLORER_DEVICE` set to `cpu`, `cuda`, `cuda:1` or `mps` overrides the choice.
"""

import os
import platform
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import ExplorerError

if TYPE_CHECKING:
    import torch

DEVICE_VARIABLE = "EXPLORER_DEVICE"
DEVICE_FORM = re.compile(r"cpu|mps|cuda(?::(\d{1,3}))?")

CGROUPS = Path("/sys/fs/cgroup")
"""Where Linux keeps the limits of control groups, which containers are made of."""

FALLBACK_MEMORY_BYTES = 4 * 1024**3
"""Taken for the memory of a computer that does not tell it."""


@dataclass(frozen=True)
class Device:
    """A place to run models.

    Attributes:
        kind: "cuda", "mps" or "cpu".
        name: what the maker calls it, for people.
        memory_bytes: memory that models can use: the card's own, or the computer's within the
            limit of its container.
        index: which CUDA card; 0 everywhere else.
    """

    kind: str
    name: str
    memory_bytes: int
    index: int = 0


def detect_device() -> Device:
    """The best device of this computer, or the one that `EXPLORER_DEVICE` names."""
    wanted = os.environ.get(DEVICE_VARIABLE, "").strip().lower()
    if wanted:
        return _named_device(wanted)
    import torch

    if torch.cuda.is_available():
        return _cuda_device(torch.cuda.current_device())
    if torch.backends.mps.is_available():
        return _mps_device()
    return _cpu_device()


def torch_device(device: Device) -> "torch.device":
    """The same device as torch names it."""
    import torch

    return (
        torch.device("cuda", device.index) if device.kind == "cuda" else torch.device(device.kind)
    )


def torch_dtype(device: Device) -> "torch.dtype":
    """The number format for weights: bfloat16 on a CUDA card that has it, float32 elsewhere.

    float16 is never used: T5's activations overflow it.
    """
    import torch

    if device.kind == "cuda":
        with torch.cuda.device(device.index):
            if torch.cuda.is_bf16_supported(including_emulation=False):
                return torch.bfloat16
    return torch.float32


def bytes_for_each_weight(device: Device) -> int:
    """Memory of one weight on this device, in bytes."""
    return torch_dtype(device).itemsize


def _named_device(wanted: str) -> Device:
    form = DEVICE_FORM.fullmatch(wanted)
    if form is None:
        raise ExplorerError(
            f"{DEVICE_VARIABLE} is “{wanted[:40]}”, which names no device: use cpu, cuda, cuda:1 "
            "or mps, or leave it unset."
        )
    if wanted == "cpu":
        return _cpu_device()
    import torch

    if wanted == "mps":
        if not torch.backends.mps.is_available():
            raise ExplorerError(
                f"{DEVICE_VARIABLE} is “mps”, but this computer has no Apple GPU that torch can "
                "use: set it to cpu, or leave it unset."
            )
        return _mps_device()
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    index = int(form.group(1) or 0)
    if index >= cards:
        raise ExplorerError(
            f"{DEVICE_VARIABLE} is “{wanted}”, but torch sees {cards} CUDA "
            f"{'card' if cards == 1 else 'cards'} here (counted from 0): set it to cpu, or leave "
            "it unset."
        )
    return _cuda_device(index)


def _cuda_device(index: int) -> Device:
    import torch

    properties = torch.cuda.get_device_properties(index)
    return Device("cuda", properties.name, properties.total_memory, index)


def _mps_device() -> Device:
    import torch

    recommended = getattr(torch.mps, "recommended_max_memory", None)
    memory = int(recommended()) if recommended is not None else computer_memory_bytes()
    return Device("mps", f"Apple GPU ({_processor_name()})", memory)


def _cpu_device() -> Device:
    return Device("cpu", _processor_name(), computer_memory_bytes())


def computer_memory_bytes(limit_files: Iterable[Path] | None = None) -> int:
    """Memory of this computer, or of the container it runs in where that is less."""
    limits = [_physical_memory_bytes()]
    for path in group_limit_files() if limit_files is None else limit_files:
        try:
            text = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        # "max" (version 2) and a number near 2^63 (version 1) both mean: no limit.
        if text.isdecimal() and int(text) > 0:
            limits.append(int(text))
    return min(limits)


def group_limit_files(table: Path = Path("/proc/self/cgroup")) -> list[Path]:
    """The files that may limit this process: those of its control groups and of their parents."""
    files = [CGROUPS / "memory.max", CGROUPS / "memory" / "memory.limit_in_bytes"]
    try:
        lines = table.read_text(encoding="utf-8").splitlines()
    except OSError:
        return files
    for line in lines:
        _, controllers, group = [*line.split(":", 2), "", ""][:3]
        if controllers == "":  # version 2
            place, name = CGROUPS, "memory.max"
        elif "memory" in controllers.split(","):  # version 1
            place, name = CGROUPS / "memory", "memory.limit_in_bytes"
        else:
            continue
        for part in Path(group).parts[1:]:
            place = place / part
            files.append(place / name)
    return files


def _physical_memory_bytes() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return FALLBACK_MEMORY_BYTES


def _processor_name(table: Path = Path("/proc/cpuinfo")) -> str:
    """The processor as its maker calls it, else the architecture."""
    try:
        for line in table.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name" and value.strip():
                return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "CPU"
