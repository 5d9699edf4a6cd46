"""What reading and writing costs each architecture as the length grows, measured here and now.

Every model reads as many pieces as it writes. The encoder-only model writes all places at once, in
one pass. The other two write one piece after another, each in a pass of its own over that piece
alone: what was read before stands in their cache of keys and values.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from explorer.costs import Cost
from explorer.peak_memory import PeakMemory
from explorer.siblings import ARCHITECTURES, Architecture, encoder_decoder, sibling

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


def measured(lengths: tuple[int, ...] = LENGTHS, repeats: int = REPEATS) -> Iterator[Cost]:
    """Every length of every architecture, short ones first. Close the iterator to stop."""
    runs = {architecture: runner(architecture) for architecture in ARCHITECTURES}
    with torch.inference_mode():
        for run in runs.values():
            run(lengths[0])  # the first run of a model makes ready what the others find
    for length in lengths:
        for architecture, run in runs.items():
            yield _cost(architecture, run, length, repeats)


def _cost(
    architecture: Architecture, run: Callable[[int], Count], length: int, repeats: int
) -> Cost:
    seconds = []
    # Entered here and not around a yield: what runs between two lengths is not ours.
    with torch.inference_mode():
        for _ in range(repeats):
            started = time.perf_counter()
            run(length)
            seconds.append(time.perf_counter() - started)
        with PeakMemory() as memory:
            count = run(length)
    return Cost(
        architecture,
        length,
        count.passes,
        count.positions,
        statistics.median(seconds),
        memory.peak_bytes,
        count.cache_bytes,
    )


def runner(architecture: Architecture) -> Callable[[int], Count]:
    """A function that reads and writes a number of pieces, and counts."""
    if architecture == "encoder-decoder":
        return _encoder_decoder_runner()
    model = sibling(architecture)
    module, device = model.module, model.device
    return lambda length: (
        _all_at_once(module, _pieces(length, device))
        if architecture == "encoder-only"
        else _one_by_one(module, _pieces(length, device), length)
    )


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


def _encoder_decoder_runner() -> Callable[[int], Count]:
    model = encoder_decoder()
    module: Any = model.module

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

    return run


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
