"""Parameters and caches beside the real classes, built without any weights.

torch's meta device has shapes and no numbers, so that even the largest model of the catalogue
goes through its own code here in a moment, and takes no memory.
"""

from functools import lru_cache
from typing import Any

from explorer import catalog
from explorer.cards import ModelCard
from explorer.checks import Check
from explorer.configuration import open_configuration
from explorer.families import read_shape
from explorer.footprint import NUMBER_BYTES, Footprint


def check_parameters(card: ModelCard, found: Footprint) -> Check:
    """The parameters by arithmetic against those of the real class."""
    counted = catalog.parameter_count(card.name)
    return Check(
        f"The parameters of {card.name} by arithmetic against the {counted:,} of the real class.",
        float(abs(found.parameters - counted)),
        0.0,
    )


def check_cache(card: ModelCard, found: Footprint) -> Check:
    """The bytes of the cache by arithmetic against the tensors that the real class makes."""
    real = (
        sum(real_cache_numbers(card, found.source_tokens, found.target_tokens, found.beams))
        * NUMBER_BYTES[found.precision]
    )
    return Check(
        f"The cache of {card.name} by arithmetic against the {real:,} bytes of the tensors that "
        "one pass of the real class makes.",
        float(abs(found.cache_bytes - real)),
        0.0,
    )


# Of a name of the catalogue and some numbers: below 100 kB.
@lru_cache(maxsize=256)
def _sizes(name: str, source: int, target: int, beams: int) -> tuple[int, int]:
    card = catalog.find(name)
    assert card is not None
    return _pass(card, source, target, beams)


def real_cache_numbers(card: ModelCard, source: int, target: int, beams: int) -> tuple[int, int]:
    """Numbers in the cache of the written and of the read pieces after one pass over all."""
    if catalog.find(card.name) is card:
        return _sizes(card.name, source, target, beams)
    return _pass(card, source, target, beams)


def _pass(card: ModelCard, source: int, target: int, beams: int) -> tuple[int, int]:
    import torch
    import transformers
    from transformers import DynamicCache, EncoderDecoderCache

    family = read_shape(card.configuration).family
    config = open_configuration(family, card.configuration)
    cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
    with torch.device("meta"), torch.inference_mode():
        module: Any = getattr(transformers, family.model_class)(config).eval()
        # The other implementations look whether a mask hides anything, which has no answer here.
        module.set_attn_implementation("eager")
        module(
            input_ids=torch.empty(beams, source, dtype=torch.long),
            decoder_input_ids=torch.empty(beams, target, dtype=torch.long),
            past_key_values=cache,
        )
    parts: tuple[Any, Any] = (cache.self_attention_cache, cache.cross_attention_cache)
    own, cross = (
        sum(layer.keys.numel() + layer.values.numel() for layer in part.layers) for part in parts
    )
    return own, cross
