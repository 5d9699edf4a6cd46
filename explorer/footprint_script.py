"""A Python program that prints a model's parameters and cache bytes with plain `transformers`."""

from pprint import pformat

from explorer.cards import ModelCard
from explorer.families import read_shape
from explorer.footprint import NUMBER_BYTES, Footprint


def footprint_script(card: ModelCard, found: Footprint) -> str:
    """Builds the real class without weights, lets it read and write, and counts."""
    family = read_shape(card.configuration).family
    wanted = {
        key: value
        for key, value in sorted(card.configuration.items())
        if isinstance(value, int | float | str)
        and not key.startswith(("_", "transformers", "dtype"))
    }
    untied = not read_shape(card.configuration).tied_embeddings
    return SCRIPT.format(
        name=card.name,
        config_class=family.config_class,
        model_class=family.model_class,
        configuration=pformat(wanted, sort_dicts=False),
        untied=UNTIED if untied else "",
        read=found.source_tokens,
        write=found.target_tokens,
        beams=found.beams,
        number=NUMBER_BYTES[found.precision],
        precision="bfloat16" if found.precision == "int8" else found.precision,
    )


UNTIED = """# Its weights hold an output layer of their own, which an empty model shares at first.
if model.lm_head.weight is model.get_input_embeddings().weight:
    parameters += model.lm_head.weight.numel()
"""

SCRIPT = """# {name}: parameters and cache, from its configuration alone: no weights, no network.
import torch
from transformers import DynamicCache, EncoderDecoderCache, {config_class}, {model_class}

configuration = {configuration}
cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
with torch.device("meta"), torch.inference_mode():  # shapes without numbers
    model = {model_class}({config_class}(**configuration)).eval()
    model.set_attn_implementation("eager")
    model(
        input_ids=torch.empty({beams}, {read}, dtype=torch.long),  # (beam, piece read)
        decoder_input_ids=torch.empty({beams}, {write}, dtype=torch.long),  # (beam, piece written)
        past_key_values=cache,
    )
parameters = sum(parameter.numel() for parameter in model.parameters())
{untied}print("Parameters", parameters)
for name, part in (
    ("Self-attention cache", cache.self_attention_cache),
    ("Cross-attention cache", cache.cross_attention_cache),
):
    numbers = sum(layer.keys.numel() + layer.values.numel() for layer in part.layers)
    print(name, numbers * {number}, "bytes in {precision}")
"""
