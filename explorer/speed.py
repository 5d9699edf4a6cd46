"""How fast a model reads and writes on this machine: measured by doing it."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any

from explorer.generation import Decoding
from explorer.stopping import Passes, Progress

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel
    from explorer.rules import Rules

REPEATS = 3
"""Times that reading and writing are timed; the middle one counts."""

PASSES = 1 + REPEATS
"""Of one model: one to warm up, which nobody times."""


@dataclass(frozen=True)
class Speed:
    """How long a model takes to read a text and to write an answer.

    Attributes:
        name: of the model.
        source_tokens: pieces that the encoder reads.
        target_tokens: pieces that the decoder writes, one after the other.
        beams: answers followed at once.
        encode_seconds: for all pieces read.
        decode_seconds: for all pieces written, with the loop around the model.
        repeats: how many measurements these are the medians of; 0 for an estimate.
    """

    name: str
    source_tokens: int
    target_tokens: int
    beams: int
    encode_seconds: float
    decode_seconds: float
    repeats: int

    @property
    def estimated(self) -> bool:
        """Whether nobody has measured it."""
        return self.repeats == 0

    @property
    def encode_rate(self) -> float:
        """Pieces read in a second."""
        return self.source_tokens / self.encode_seconds

    @property
    def decode_rate(self) -> float:
        """Pieces of the one best answer written in a second."""
        return self.target_tokens / self.decode_seconds


def speed(
    model: "Seq2SeqModel",
    source_tokens: int,
    target_tokens: int,
    beams: int = 1,
    cancelled: Event | None = None,
    progress: Progress | None = None,
) -> Speed:
    """The speed of a loaded model, after one warm-up, as the median of REPEATS measurements.

    Lengths that are more than the model can read or write are cut to that.

    Args:
        model: a loaded model.
        source_tokens: pieces that the encoder reads.
        target_tokens: pieces that are written, whatever the model would like to say.
        beams: answers followed at once.
        cancelled: setting it ends the work within one piece.
        progress: called with how many passes are done, and how many there are.

    Raises:
        ExplorerError: the work was cancelled, or the model fails on so much text.
    """
    source = min(source_tokens, model.facts.max_source_tokens)
    target = min(target_tokens, model.facts.max_target_tokens)
    passes = Passes(f"measurement of {model.name}", cancelled, progress)
    passes.total = PASSES
    silent = model.reader.special_ids
    ordinary = [id for id in range(min(model.facts.vocabulary_size, 512)) if id not in silent]
    ids = tuple(ordinary[index % len(ordinary)] for index in range(source))
    encode, decode = model._computing(
        lambda: timed(model.module, model.rules, ids, target, beams, passes, cancelled)
    )
    return Speed(model.name, source, target, beams, encode, decode, REPEATS)


def speeds(
    leases: Sequence[Callable[[], AbstractContextManager["Seq2SeqModel"]]],
    source_tokens: int,
    target_tokens: int,
    beams: int = 1,
    cancelled: Event | None = None,
    progress: Progress | None = None,
) -> Iterator[Speed]:
    """The speed of one model after the other, each as soon as it is known.

    Args:
        leases: each gives a model for the time of a `with` block, loaded if need be.
        source_tokens, target_tokens, beams, cancelled: as in `speed`.
        progress: called with how many passes of all models are done, and how many there are.
    """
    total = PASSES * len(leases)
    for number, lease in enumerate(leases):

        def told(done: int, _: int, before: int = PASSES * number) -> None:
            if progress is not None:
                progress(before + done, total)

        with lease() as model:
            found = speed(model, source_tokens, target_tokens, beams, cancelled, told)
        yield found


def timed(
    module: Any,
    rules: "Rules",
    ids: tuple[int, ...],
    target: int,
    beams: int,
    passes: Passes,
    cancelled: Event | None = None,
) -> tuple[float, float]:
    """Median seconds of the encoder alone, and of everything that comes after it.

    Raises:
        ExplorerError: the work was cancelled.
    """
    import torch

    from explorer.decoding import decode

    decoding = Decoding(
        "beam" if beams > 1 else "greedy",
        num_beams=beams,
        max_new_tokens=target,
        min_new_tokens=target,
    )
    source = torch.tensor([ids], device=module.device)  # (1, source)
    reading, writing = [], []
    for turn in range(PASSES):
        with passes:
            with torch.inference_mode():
                encode = _seconds(module, lambda: module.get_encoder()(source))
            whole = _seconds(module, lambda: decode(module, ids, decoding, rules, cancelled))
            # Stopped within the answer, it took less time than an answer takes.
            passes.begin()
        if turn:
            reading.append(encode)
            # The encoder runs once more in there; on a busy machine it may seem slower alone.
            writing.append(max(whole - encode, whole / 10))
    return statistics.median(reading), statistics.median(writing)


def _seconds(module: Any, work: Callable[[], object]) -> float:
    """Wall-clock seconds of some work, until the device is done with it."""
    wait = _waiting(module.device.type)
    wait()
    start = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - start


def _waiting(kind: str) -> Callable[[], None]:
    import torch

    if kind == "cuda":
        return torch.cuda.synchronize
    return torch.mps.synchronize if kind == "mps" else lambda: None
