"""The passes behind an attribution: one backwards, and one for every set of words that is gone.

Input x gradient is four lines of `torch.autograd`. captum has it too, but brings matplotlib along
and needs the same forward function from embeddings. The gradient is asked for at the encoder's
input embeddings alone, so that the parameters, which all threads share, are never touched.
"""

from collections.abc import Iterable, Mapping, Sequence
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import DynamicCache, EncoderDecoderCache
from transformers.modeling_outputs import BaseModelOutput

from explorer.ablation import MAX_LOGITS
from explorer.attention_reduction import Unit
from explorer.attribution import Numbers, Removed, removals
from explorer.stopping import Progress, check_stopped
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

MAX_ROWS = 64
"""Sources that are read side by side."""

MAX_BATCH_PIECES = 2_048
"""Source and target pieces of all sources that are read side by side."""


def log_probability(
    model: "Seq2SeqModel",
    source: Mapping[str, torch.Tensor],
    mask: torch.Tensor,
    target: Tokens,
    step: int,
) -> torch.Tensor:
    """The natural log-probability (row,) of one target piece, for several sources side by side.

    What was written before goes through the decoder alone, into its cache: with it, the output
    layer gives one row of the vocabulary for each source and not one for every step.

    Args:
        model: the model.
        source: `input_ids` (row, source) or `inputs_embeds` (row, source, d_model).
        mask: (row, source), 1 where there is a piece.
        target: what the decoder says.
        step: which piece of it.
    """
    module: Any = model.module
    state = module.get_encoder()(**source, attention_mask=mask)[0]  # (row, source, d_model)
    reads = torch.tensor([(model.rules.start, *target.ids[:step])], device=state.device)
    reads = reads.expand(len(state), -1)  # (row, step + 1)
    cache: Any = EncoderDecoderCache(DynamicCache(), DynamicCache())
    if step:
        module.get_decoder()(
            input_ids=reads[:, :-1],
            encoder_hidden_states=state,
            encoder_attention_mask=mask,
            past_key_values=cache,
            use_cache=True,
        )
    logits = module(
        encoder_outputs=BaseModelOutput(last_hidden_state=state),
        attention_mask=mask,
        decoder_input_ids=reads[:, -1:],
        past_key_values=cache,
        use_cache=True,
    ).logits[:, -1]  # (row, vocabulary)
    # Where the piece is nearly certain, the little that is left to lose drowns in float32.
    logits = logits.to(torch.float32 if state.device.type == "mps" else torch.float64)
    found: torch.Tensor = logits.log_softmax(-1)[:, target.ids[step]]
    return found


def input_embeddings(model: "Seq2SeqModel", source: Tokens) -> torch.Tensor:
    """What the encoder makes of the pieces before it adds positions: (1, source, d_model).

    PEGASUS and Marian scale the rows of the table outside of it, and only those that they look up
    themselves; the others scale inside, or not at all.
    """
    encoder = model.module.get_encoder()
    ids = torch.tensor([source.ids], device=model.module.device)
    rows: torch.Tensor = encoder.embed_tokens(ids) * getattr(encoder, "embed_scale", 1.0)
    return rows.detach()


def input_x_gradient(model: "Seq2SeqModel", source: Tokens, target: Tokens, step: int) -> Numbers:
    """Embedding times gradient of the piece's log-probability, summed over d_model: (source,).

    Shrikumar and others, "Not Just a Black Box" (2016), arXiv 1605.01713. In nats; a first guess
    of what the log-probability loses where a piece's embedding becomes 0.
    """

    def work() -> torch.Tensor:
        rows = input_embeddings(model, source).requires_grad_()
        value = log_probability(model, {"inputs_embeds": rows}, present(rows), target, step)
        (gradient,) = torch.autograd.grad(value.sum(), rows)
        # A sum over d_model is no sum any more in 16 bits.
        wide = torch.promote_types(rows.dtype, torch.float32)
        return (rows.detach().to(wide) * gradient.to(wide)).sum(-1)[0]  # (source,)

    with torch.inference_mode(False), torch.enable_grad():
        found: torch.Tensor = model._computing(work)
    return np.asarray(found.cpu().numpy().astype(np.float64))


def present(rows: torch.Tensor) -> torch.Tensor:
    """The mask (row, source) of embeddings (row, source, d_model) without padding."""
    return torch.ones(rows.shape[:2], dtype=torch.long, device=rows.device)


class Removing:
    """Reads a source again and again without some of its words, each set of them once.

    Attributes:
        found: the log-probability of the piece, in nats, for every set of words that was removed.
    """

    def __init__(
        self,
        model: "Seq2SeqModel",
        source: Tokens,
        target: Tokens,
        step: int,
        words: Sequence[Unit],
        cancelled: Event | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.model, self.source, self.target, self.step = model, source, target, step
        self.words, self.cancelled, self.progress = words, cancelled, progress
        self.found: dict[Removed, float] = {}

    def curve(self, order: Sequence[int]) -> Numbers:
        """(removal,): the probability after 0, 1, 2, ... removals, all of which were read."""
        return np.exp([self.found[gone] for gone in removals(order)])

    def read(self, sets: Iterable[Removed], total: int) -> None:
        """Read the source without each of these sets of words.

        Raises:
            ExplorerError: it was cancelled.
        """
        rest = [(gone, self._without(gone)) for gone in sets if gone not in self.found]
        rest.sort(key=lambda one: -len(one[1]))  # neighbours of one length need little padding
        while rest:
            check_stopped("attribution", self.cancelled, len(self.found), total)
            pieces = len(rest[0][1]) + self.step + 1
            room = min(MAX_BATCH_PIECES // pieces, MAX_LOGITS // self.model.facts.vocabulary_size)
            rows = max(1, min(MAX_ROWS, room))
            batch, rest = rest[:rows], rest[rows:]
            values = self._log_probabilities([ids for _, ids in batch])
            self.found.update(zip((gone for gone, _ in batch), values, strict=True))
            if self.progress is not None:
                self.progress(len(self.found), total)

    def _without(self, gone: Removed) -> tuple[int, ...]:
        hidden = {place for word in gone for place in self.words[word].pieces}
        ids = tuple(id for place, id in enumerate(self.source.ids) if place not in hidden)
        # Without an end token nothing may be left, and a model must read something.
        return ids or (self.model.rules.padding,)

    def _log_probabilities(self, sources: Sequence[tuple[int, ...]]) -> list[float]:
        longest, device = max(map(len, sources)), self.model.module.device
        padding = self.model.rules.padding
        ids = [(*one, *[padding] * (longest - len(one))) for one in sources]
        mask = [[1] * len(one) + [0] * (longest - len(one)) for one in sources]

        def work() -> torch.Tensor:
            return log_probability(
                self.model,
                {"input_ids": torch.tensor(ids, device=device)},  # (row, source)
                torch.tensor(mask, device=device),  # (row, source)
                self.target,
                self.step,
            )

        with torch.inference_mode():
            values: torch.Tensor = self.model._computing(work)
        return list(values.tolist())
