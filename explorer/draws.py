"""torch's normal random numbers, drawn without torch.

A page that needs no model must not wait for torch's import, and yet `torch.manual_seed(42)` and
`torch.randn(1, 4, 6)` in a notebook must give the numbers that stand on the page. Both draw from
the same Mersenne Twister; this is what torch's CPU generator makes of its bits.
"""

import math

import numpy as np
import numpy.typing as npt

from explorer.errors import ExplorerError
from explorer.whole_numbers import is_whole

MAX_SEED = 2**32 - 1
BLOCK = 16
"""From this many numbers on, torch makes them in blocks of so many."""


class Draws:
    """The stream of `torch.randn` after `torch.manual_seed(seed)` on a CPU, in float32.

    The blocks of large draws equal torch's up to the last bit of a float32: torch approximates
    logarithm and cosine there, in a way that depends on the processor.
    """

    def __init__(self, seed: int) -> None:
        if not is_whole(seed, 0, MAX_SEED):
            raise ExplorerError(f"The seed is {seed}; choose one from 0 to {MAX_SEED}.")
        self._bits = np.random.RandomState(seed)
        self._next: float | None = None

    def normal(self, *shape: int) -> npt.NDArray[np.float32]:
        """Numbers of mean 0 and variance 1, as `torch.randn(*shape)`."""
        size = math.prod(shape)
        if size < BLOCK:
            return np.array([self._single() for _ in range(size)], np.float32).reshape(shape)
        uniform = self._uniform(size)
        numbers = np.empty(size, np.float32)
        full = size - size % BLOCK
        numbers[:full] = _block_normal(uniform[:full])
        if size % BLOCK:
            # torch draws anew for the last sixteen, some of which it has filled already.
            numbers[-BLOCK:] = _block_normal(self._uniform(BLOCK))
        return numbers.reshape(shape)

    def _words(self, count: int) -> npt.NDArray[np.uint64]:
        return self._bits.randint(0, 2**32, count, dtype=np.uint32).astype(np.uint64)

    def _uniform(self, count: int) -> npt.NDArray[np.float32]:
        """Numbers from 0 to below 1 with 24 bits."""
        kept = self._words(count) & np.uint64(2**24 - 1)
        return kept.astype(np.float32) / np.float32(2**24)

    def _single(self) -> float:
        """One number; they are made in pairs, and the second waits."""
        if self._next is not None:
            waiting, self._next = self._next, None
            return waiting
        angle, height = self._precise(), self._precise()
        radius = math.sqrt(-2.0 * math.log1p(-height))
        self._next = radius * math.sin(2.0 * math.pi * angle)
        return radius * math.cos(2.0 * math.pi * angle)

    def _precise(self) -> float:
        """A number from 0 to below 1 with 53 bits."""
        high, low = (int(word) for word in self._words(2))
        return float(((high << 32 | low) & (2**53 - 1)) / 2**53)


def _block_normal(uniform: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Box and Muller's transform, eight pairs to a block of sixteen."""
    halves = uniform.reshape(-1, 2, BLOCK // 2).astype(np.float64)
    radius = np.sqrt(-2.0 * np.log(1.0 - halves[:, 0]))
    angle = 2.0 * np.pi * halves[:, 1]
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return pairs.reshape(-1).astype(np.float32)
