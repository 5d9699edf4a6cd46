"""What a layer and a step cost by themselves, however little there is to compute."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

from explorer.device import Device
from explorer.speed import PASSES, timed
from explorer.stopping import Passes

SMALL_LAYERS = (1, 6)
SMALL_BEAMS = 4
SMALL_PIECES = 16
SMALL_STEPS = 12

FIXED_PASSES = 2 * len(SMALL_LAYERS) * PASSES
"""Passes of `fixed`, for one design."""


@dataclass(frozen=True)
class Fixed:
    """Seconds that do not depend on a model's size.

    Attributes:
        encode, encode_layer: of the encoder, and of each of its layers.
        step, step_layer: of a step of the decoder, and of each of its layers.
        beam_step, beam_step_layer: the same where several answers are followed.
    """

    encode: float
    encode_layer: float
    step: float
    step_layer: float
    beam_step: float
    beam_step_layer: float


def fixed(device: Device, family: str, passes: Passes, cancelled: Event | None) -> Fixed:
    """What layers and steps cost by themselves: two small models of different depths."""
    ids = tuple(range(3, 3 + SMALL_PIECES))
    found: dict[int, list[tuple[float, float]]] = {1: [], SMALL_BEAMS: []}
    for layers in SMALL_LAYERS:
        module, rules = _small(device, family, layers)
        for beams, pairs in found.items():
            pairs.append(timed(module, rules, ids, SMALL_STEPS, beams, passes, cancelled))
    encode, encode_layer = _line([pair[0] for pair in found[1]])
    step, step_layer = _line([pair[1] / SMALL_STEPS for pair in found[1]])
    beam = _line([pair[1] / SMALL_STEPS for pair in found[SMALL_BEAMS]])
    return Fixed(encode, encode_layer, step, step_layer, *beam)


def _line(seconds: Sequence[float]) -> tuple[float, float]:
    """What no layer and what each layer costs, from two depths; noise makes neither negative."""
    shallow, deep = SMALL_LAYERS
    layer = min(max((seconds[1] - seconds[0]) / (deep - shallow), 0.0), seconds[0])
    return seconds[0] - shallow * layer, layer


def _small(device: Device, family: str, layers: int) -> tuple[Any, Any]:
    """A real model so small that its arithmetic costs nothing; its weights are all alike."""
    import torch
    import transformers

    from explorer.device import torch_device, torch_dtype
    from explorer.observation import IMPLEMENTATION
    from explorer.rules import rules

    config: Any
    if family == "t5":
        t5: Any = transformers.T5Config
        config = t5(
            vocab_size=64, d_model=16, d_kv=8, d_ff=32, num_layers=layers, num_heads=2,
            decoder_start_token_id=0,
        )  # fmt: skip
        kind: Any = transformers.T5ForConditionalGeneration
    else:
        config = transformers.BartConfig(
            vocab_size=64, d_model=16, encoder_layers=layers, decoder_layers=layers,
            encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32,
            decoder_ffn_dim=32, max_position_embeddings=64, forced_eos_token_id=None,
        )  # fmt: skip
        kind = transformers.BartForConditionalGeneration
    # Weights drawn by chance would move the generator that the whole process shares.
    with torch.device("meta"):
        module = kind(config)
    module = module.to_empty(device=torch_device(device)).to(torch_dtype(device)).eval()
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            tensor.fill_(0.01)
    module.set_attn_implementation(IMPLEMENTATION)
    return module, rules(module)
