"""What the decoder of one text has read: its keys and values, to go on from or to branch off."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from transformers import DynamicCache, EncoderDecoderCache
from transformers.modeling_outputs import BaseModelOutput

from explorer.tokens import Tokens

MAX_LOGITS = 16_000_000
"""Numbers of the output layer that are held at once: 64 MB."""


class DecoderState:
    """What the decoder of one text has read so far.

    It holds no model: who keeps it does not keep a model in memory that has to make room.

    Attributes:
        read: the pieces that were read, the start token first; the cache holds a key and a value
            of each.
    """

    def __init__(self, encoded: Any, mask: Any, cache: Any, read: list[int]) -> None:
        self.read = read
        self._encoded, self._mask, self._cache = encoded, mask, cache

    @classmethod
    def of(cls, module: Any, source: Tokens) -> "DecoderState":
        """Read the source; the decoder has read nothing yet."""
        ids = torch.tensor([source.ids], device=module.device)
        mask = torch.ones_like(ids)
        encoded = module.get_encoder()(ids, attention_mask=mask)[0]  # (1, source, d_model)
        return cls(encoded, mask, EncoderDecoderCache(DynamicCache(), DynamicCache()), [])

    @property
    def tensors(self) -> list[torch.Tensor]:
        """All that is held: the encoder's output, which states share, and the keys and values."""
        encoded = [self._encoded, self._mask]
        if not self.read:
            return encoded
        caches = (self._cache.self_attention_cache, self._cache.cross_attention_cache)
        layers = [layer for cache in caches for layer in cache.layers]
        return encoded + [rows for layer in layers for rows in (layer.keys, layer.values)]

    def cropped(self, length: int) -> "DecoderState":
        """A copy that has read only the first `length` pieces; nothing is computed again."""
        own, cross = self._cache.self_attention_cache, self._cache.cross_attention_cache
        kept = DynamicCache()
        if length and self.read:
            # (1, head, key, d_head)
            rows = ((one.keys[..., :length, :], one.values[..., :length, :]) for one in own.layers)
            kept = DynamicCache(list(rows))
        # The keys and values of the source are the same for all: they are shared, once there.
        cache = EncoderDecoderCache(kept, cross if cross.layers else DynamicCache())
        return DecoderState(self._encoded, self._mask, cache, self.read[:length])

    def unread(self) -> "DecoderState":
        """A state that knows what the encoder made of the source, and nothing else."""
        cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
        return DecoderState(self._encoded, self._mask, cache, [])

    def feed(self, module: Any, ids: Sequence[int], vocabulary_size: int) -> Iterator[torch.Tensor]:
        """Read on; for each piece, what the output layer says after it: (1, vocabulary)."""
        # M2M100 counts no padding among the positions of one pass, but all pieces before it.
        counts_padding = module.config.model_type != "m2m_100"
        alone = None if counts_padding else module.config.pad_token_id
        for run in _runs(ids, max(1, MAX_LOGITS // vocabulary_size), alone):
            logits = module(
                encoder_outputs=BaseModelOutput(last_hidden_state=self._encoded),
                attention_mask=self._mask,
                decoder_input_ids=torch.tensor([run], device=self._mask.device),
                past_key_values=self._cache,
                use_cache=True,
            ).logits[0]
            self.read += run
            yield from logits.float().split(1)


def _runs(ids: Sequence[int], most: int, alone: int | None) -> Iterator[list[int]]:
    """The pieces in runs that can be read in one pass each; one piece only by itself."""
    run: list[int] = []
    for number in ids:
        if run and (len(run) == most or alone in (number, run[-1])):
            yield run
            run = []
        run.append(number)
    if run:
        yield run
