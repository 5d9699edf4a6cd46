"""What reading and writing costs each architecture as the length grows, measured here and now.

The three models are of nearly one size, and all hold their numbers in float32.

Every model reads as many pieces as it writes. The encoder-only model writes all places at once, in
one pass. The other two write one piece after another, each in a pass of its own over that piece
alone: what was read before stands in their cache of keys and values.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from explorer.costs import Cost
from explorer.peak_memory import PeakMemory
from explorer.siblings import Architecture, Sibling, sibling

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

LENGTHS = (4, 8, 16, 24, 32, 40)
"""Pieces read, and as many written; the smallest of the three models has 80 places."""

REPEATS = 3
"""Times that each is timed; the middle one counts."""

FIRST_PIECE = 10
"""The pieces below are special ones."""


@dataclass
class Count:
    """What a run counts on its way."""

    passes: int = 0
    positions: int = 0
    cache_bytes: int = 0

    def one(self, ids: torch.Tensor) -> None:
        """Count a pass over ids (1, piece)."""
        self.passes += 1
        self.positions += ids.shape[1]


@dataclass(frozen=True)
class Runner:
    """What stands for an architecture: its name and size, and how it reads and writes pieces."""

    architecture: Architecture
    model: str
    parameters: int
    run: Callable[[int], Count]


def measured(
    encoder_decoder: "Seq2SeqModel",
    lengths: tuple[int, ...] = LENGTHS,
    repeats: int = REPEATS,
) -> Iterator[Cost]:
    """Every length of every architecture, short ones first. Close the iterator to stop.

    Args:
        encoder_decoder: the model of two stacks; the two of one stack are the bundled ones.
        lengths: pieces that are read, and as many are written.
        repeats: times that each is timed; the middle one counts.
    """
    runners = (
        sibling_runner(sibling("encoder-only")),
        sibling_runner(sibling("decoder-only")),
        two_stacks(encoder_decoder),
    )
    with torch.inference_mode():
        for each in runners:
            each.run(lengths[0])  # the first run of a model makes ready what the others find
    for length in lengths:
        for each in runners:
            yield _cost(each, length, repeats)


def _cost(runner: Runner, length: int, repeats: int) -> Cost:
    seconds = []
    # Entered here and not around a yield: what runs between two lengths is not ours.
    with torch.inference_mode():
        for _ in range(repeats):
            started = time.perf_counter()
            runner.run(length)
            seconds.append(time.perf_counter() - started)
        with PeakMemory() as memory:
            count = runner.run(length)
    return Cost(
        runner.architecture,
        runner.model,
        runner.parameters,
        length,
        count.passes,
        count.positions,
        statistics.median(seconds),
        memory.peak_bytes,
        count.cache_bytes,
    )


def sibling_runner(model: Sibling) -> Runner:
    """A model of one stack."""
    module, device = model.module, model.device

    def run(length: int) -> Count:
        ids = _pieces(length, device)
        once = model.architecture == "encoder-only"
        return _all_at_once(module, ids) if once else _one_by_one(module, ids, length)

    return Runner(model.architecture, model.name, model.parameters, run)


def _all_at_once(module: Any, ids: torch.Tensor) -> Count:
    """One pass that predicts every place: (1, piece)."""
    count = Count()
    count.one(ids)
    int(module(input_ids=ids).logits.argmax(-1).sum())
    return count


def _one_by_one(module: Any, ids: torch.Tensor, length: int) -> Count:
    """A pass over what is read, then one for each piece that is written but the last."""
    count, cache = Count(), None
    for _ in range(length):
        count.one(ids)
        out = module(input_ids=ids, past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        ids = out.logits[:, -1:].argmax(-1)  # (1, 1)
        int(ids)  # a GPU computes on its own until somebody asks
    count.cache_bytes = bytes_of(cache)
    return count


def two_stacks(model: "Seq2SeqModel") -> Runner:
    """An encoder-decoder; where it is held in a shorter number format, a copy in float32."""
    module: Any = model.module
    if module.dtype != torch.float32:
        module = deepcopy(module).float()

    def run(length: int) -> Count:
        count, cache = Count(), None
        ids = _pieces(length, module.device)
        count.one(ids)
        encoded = module.get_encoder()(input_ids=ids)
        mask = torch.ones_like(ids)
        ids = torch.full((1, 1), model.rules.start, device=module.device)
        for _ in range(length):
            count.one(ids)
            out = module(
                encoder_outputs=encoded,
                attention_mask=mask,
                decoder_input_ids=ids,
                past_key_values=cache,
                use_cache=True,
            )
            cache = out.past_key_values
            ids = out.logits[:, -1:].argmax(-1)  # (1, 1)
            int(ids)
        count.cache_bytes = bytes_of(cache)
        return count

    return Runner("encoder-decoder", model.name, model.facts.parameters, run)


def bytes_of(cache: Any) -> int:
    """The keys and values of a `transformers` cache, of self- and of cross-attention."""
    both = hasattr(cache, "self_attention_cache")
    parts = [cache.self_attention_cache, cache.cross_attention_cache] if both else [cache]
    return sum(
        each.numel() * each.element_size()
        for part in parts
        for layer in part.layers
        for each in (layer.keys, layer.values)
        if each is not None
    )


def _pieces(length: int, device: Any) -> torch.Tensor:
    """Ordinary pieces, each another one: what they say does not change what they cost."""
    return torch.arange(FIRST_PIECE, FIRST_PIECE + length, device=device)[None]
