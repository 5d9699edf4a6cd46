"""An answer beside an independent computation of its log-probabilities."""

import math
from typing import TYPE_CHECKING

import torch

from explorer.checks import Check
from explorer.errors import ExplorerError
from explorer.generation import Generation
from explorer.tokens import readable

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-6}
"""How far log-probabilities may differ between decoding with and without the cache."""

COARSE_TOLERANCE = 0.5
"""The same for the 16-bit formats, which keep three digits at most."""

USUAL_SCORE = 20.0
"""Scores up to this size are usual; rounding, and with it the tolerance, grows with larger ones."""


def check_generation(model: "Seq2SeqModel", text: str, generation: Generation) -> Check:
    """The answer's log-probabilities beside one pass over all its pieces, without the cache.

    Raises:
        ExplorerError: the answer belongs to another text.
    """
    source, ids = generation.source, generation.tokens.ids
    if source.text != readable(text):
        raise ExplorerError("The answer belongs to another text; generate it again.")

    def forward() -> tuple[list[float], float]:
        device = model.module.device
        with torch.inference_mode():
            logits = (
                model.module(
                    input_ids=torch.tensor([source.ids], device=device),
                    attention_mask=torch.ones(1, len(source.ids), dtype=torch.long, device=device),
                    decoder_input_ids=torch.tensor([(model.rules.start, *ids[:-1])], device=device),
                    use_cache=False,
                )
                .logits[0]
                .float()
            )  # (target, vocabulary)
            chosen = torch.tensor(ids, device=logits.device)[:, None]
            own = logits.log_softmax(-1).gather(1, chosen)[:, 0]
        return own.tolist(), logits.abs().max().item()

    own, largest = model._computing(forward)
    forced = model.rules.forced(ids, generation.decoding.max_new_tokens)
    own = [0.0 if fixed else value for value, fixed in zip(own, forced, strict=True)]
    pairs = zip(own, generation.token_log_probabilities, strict=True)
    differences = [abs(ours - theirs) for ours, theirs in pairs]
    tolerance = TOLERANCE.get(model.module.dtype, COARSE_TOLERANCE)
    return Check(
        what="log-probability of each piece: decoded one by one with the cache, "
        "and in one pass over the finished answer without it",
        # `max` would pass over a value that is not a number.
        difference=math.nan if any(map(math.isnan, differences)) else max(differences),
        tolerance=tolerance * max(1.0, largest / USUAL_SCORE),
    )
