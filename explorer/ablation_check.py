"""What switching heads off changes, computed a second way: by plain `transformers`.

A head's output reaches the rest of the model only through its columns of the layer's output
projection. So a model with these columns zero is the model without the head. The model itself is
shared and stays as it is: a second one is made of the same tensors, with only these columns new.
"""

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from explorer.ablation import Ablation
from explorer.attention import HeadRef, Stack, layers_and_heads
from explorer.checks import Check
from explorer.observation import places

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-6}
"""How far the change of a piece's log-probability may differ, in nats, for usual logits."""

COARSE_TOLERANCE = 0.3
"""The same for the 16-bit formats."""

USUAL_LOGIT = 30.0
"""Logits up to this size are usual; rounding, and with it the tolerance, grows with larger ones."""


def projections(module: Any) -> dict[tuple[Stack, int], str]:
    """The name of the output projection of every attention layer, by stack and layer."""
    names = {part: name for name, part in module.named_modules()}
    return {
        place: f"{names[part]}.{'o' if hasattr(part, 'o') else 'out_proj'}"
        for part, place in places(module).items()
    }


def check_ablation(model: "Seq2SeqModel", found: Ablation) -> Check:
    """The change of each piece's log-probability; see `Seq2SeqModel.check_ablation`."""

    def work() -> tuple[np.ndarray, float]:
        with_all, largest = _log_probabilities(plain(model), model, found)
        without, changed = _log_probabilities(plain(model, found.heads), model, found)
        return without - with_all, max(largest, changed)

    expected, largest = model._computing(work)
    forced = model.rules.forced(found.target.ids, found.limit)
    expected[forced] = 0
    tolerance = TOLERANCE.get(model.module.dtype, COARSE_TOLERANCE)
    return Check(
        what="change of each piece's log-probability: the head's output set to 0 while the model "
        "computes, and plain transformers with its columns of the output projection set to 0",
        difference=float(np.abs(expected - found.change).max(initial=0.0)),
        tolerance=tolerance * max(1.0, largest / USUAL_LOGIT),
    )


def plain(model: "Seq2SeqModel", heads: Sequence[HeadRef] = ()) -> Any:
    """A model of the same tensors with `transformers`' own attention, and some heads cut off."""
    module: Any = model.module
    shared: dict[int, Any] = {id(each): each for each in module.parameters()}
    shared |= {id(each): each for each in module.buffers()}
    found = copy.deepcopy(module, shared)
    found.set_attn_implementation("eager")
    names = projections(module)
    for head in heads:
        part = found.get_submodule(names[head.stack, head.layer])
        weight = part.weight.detach().clone()  # (d_model, head * d_head)
        size = weight.shape[1] // layers_and_heads(model.facts, head.stack)[1]
        weight[:, head.head * size : (head.head + 1) * size] = 0
        part.weight = torch.nn.Parameter(weight, requires_grad=False)
    return found


def _log_probabilities(
    plain: Any, model: "Seq2SeqModel", found: Ablation
) -> tuple[np.ndarray, float]:
    """Of each piece of the target (target,), and the largest logit."""
    ids, device = found.target.ids, plain.device
    source = torch.tensor([found.before.source.ids], device=device)
    with torch.inference_mode():
        logits = (
            plain(
                input_ids=source,
                attention_mask=torch.ones_like(source),
                decoder_input_ids=torch.tensor([(model.rules.start, *ids[:-1])], device=device),
                use_cache=False,
            )
            .logits[0]
            .float()
        )  # (target, vocabulary)
        chosen = torch.tensor(ids, device=device)[:, None]
        values = logits.log_softmax(-1).gather(1, chosen)[:, 0]
    return values.cpu().numpy(), logits.abs().max().item()
