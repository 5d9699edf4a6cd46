"""What this machine's arithmetic and memory can do, measured.

`explorer.estimate` foretells from it how fast a model would be.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from explorer.device import Device
from explorer.fixed_costs import FIXED_PASSES, Fixed, fixed
from explorer.stopping import Passes, Progress

if TYPE_CHECKING:
    import torch

WIDTHS = (128, 256, 512, 768, 1024)
"""d_model of the models whose matrices are tried; four times as wide inside, as most are."""

ROWS = 128
"""Rows that are multiplied at once: pieces of a text."""

STREAM_BYTES = 192 * 2**20
"""Weights that are read one after the other, more than most processors keep beside them."""

STREAM_WIDTH = 1024
STREAM_ROWS = (1, 4, 16)
"""Rows that go through these weights: answers followed at once."""

TIMES = 5
LEAST_SECONDS = 0.01
"""A measurement of arithmetic goes on for so long at least."""


@dataclass(frozen=True)
class Arithmetic:
    """What a machine can do.

    Attributes:
        device: what it was measured on.
        number_bytes: of one number as the explorer holds weights there.
        flops: floating-point operations a second at each of WIDTHS.
        bytes_per_second: at which weights are read, for each of STREAM_ROWS.
        relative, absolute: fixed costs of the T5 design, and of the other one.
    """

    device: str
    number_bytes: int
    flops: tuple[float, ...]
    bytes_per_second: tuple[float, ...]
    relative: Fixed
    absolute: Fixed

    def flops_at(self, width: int) -> float:
        """Operations a second of the measured width that is next to this one."""
        return self.flops[_nearest(WIDTHS, width)]

    def stream_at(self, rows: int) -> float:
        """Bytes a second of the measured number of rows that is next to this one."""
        return self.bytes_per_second[_nearest(STREAM_ROWS, rows)]


def _nearest(values: Sequence[int], wanted: int) -> int:
    """The index of the value whose ratio to the wanted one is nearest to 1."""
    ratios = [max(each / wanted, wanted / each) for each in values]
    return ratios.index(min(ratios))


def measure(
    device: Device, cancelled: Event | None = None, progress: Progress | None = None
) -> Arithmetic:
    """Measure this machine; takes a second or two.

    Raises:
        ExplorerError: the work was cancelled.
    """
    from explorer.device import bytes_for_each_weight

    passes = Passes("measurement of this machine", cancelled, progress)
    passes.total = len(WIDTHS) + 1 + 2 * FIXED_PASSES
    flops = []
    for width in WIDTHS:
        with passes:
            flops.append(_flops(device, width))
    with passes:
        streams = _bytes_per_second(device)
    return Arithmetic(
        device=f"{device.kind} {device.name}",
        number_bytes=bytes_for_each_weight(device),
        flops=tuple(flops),
        bytes_per_second=streams,
        relative=fixed(device, "t5", passes, cancelled),
        absolute=fixed(device, "bart", passes, cancelled),
    )


def _flops(device: Device, width: int) -> float:
    """Operations a second of ROWS rows through a matrix (4 width, width)."""
    import torch

    rows, matrix = _full(device, ROWS, width), _full(device, 4 * width, width)

    def multiply() -> None:
        torch.nn.functional.linear(rows, matrix)

    return 2 * ROWS * width * 4 * width / _repeated(device, multiply)


def _bytes_per_second(device: Device) -> tuple[float, ...]:
    """Bytes a second while a few rows go through many matrices that are not used again."""
    import torch

    size = 4 * STREAM_WIDTH * STREAM_WIDTH * _full(device, 1).element_size()
    pool = [_full(device, 4 * STREAM_WIDTH, STREAM_WIDTH) for _ in range(STREAM_BYTES // size)]

    def multiply(row: "torch.Tensor") -> None:
        for matrix in pool:
            torch.nn.functional.linear(row, matrix)

    rows = [_full(device, count, STREAM_WIDTH) for count in STREAM_ROWS]
    return tuple(len(pool) * size / _repeated(device, partial(multiply, row)) for row in rows)


def _full(device: Device, *sizes: int) -> "torch.Tensor":
    import torch

    from explorer.device import torch_device, torch_dtype

    return torch.full(sizes, 0.01, device=torch_device(device), dtype=torch_dtype(device))


def _repeated(device: Device, work: Callable[[], None]) -> float:
    """Seconds of some work, the least of several: what else runs here only makes it slower."""
    import torch

    def seconds(count: int) -> float:
        start = time.perf_counter()
        for _ in range(count):
            work()
        if device.kind == "cuda":
            torch.cuda.synchronize()
        elif device.kind == "mps":
            torch.mps.synchronize()
        return (time.perf_counter() - start) / count

    with torch.inference_mode():
        count = max(1, round(LEAST_SECONDS / max(seconds(1), 1e-6)))
        return min(seconds(count) for _ in range(TIMES))
