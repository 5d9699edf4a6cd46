"""The states of a model's layers, read by its own output layer.

Nothing is hooked: the two stacks are called as any user may call them. `transformers` may or may
not have normalised the last of their `hidden_states`, so the last layer is always taken from
`last_hidden_state`, which is.
"""

import math
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.ablation import MAX_ROWS
from explorer.families import FAMILIES
from explorer.lens import MAX_TOP, Lens, Pieces, Stack
from explorer.measures import entropy_bits, rank
from explorer.stopping import Passes, Progress
from explorer.teacher_forcing import (
    Target,
    answer,
    answer_limit,
    read_source,
    read_target,
    reading,
)
from explorer.whole_numbers import check_whole

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

MAX_LOGITS = 4_000_000
"""Numbers that the output layer, or one attention of the encoder's lens, may give at once: 16 MB,
of which the lens holds four such arrays. The check holds the logits of its one pass besides, which
`transformers` gives whole, and measures them a few rows at a time."""

CERTAIN = 10_000.0
"""So far above all others, a logit has probability 1 and the others 0, in every format."""


def read(
    stack: Stack,
    model: "Seq2SeqModel",
    text: str,
    target: Target,
    top: int,
    max_new_tokens: int | None = None,
    cancelled: Event | None = None,
    progress: Progress | None = None,
) -> Lens:
    """The layers of one stack; see `Seq2SeqModel.lens` and `Seq2SeqModel.encoder_lens`."""
    passes = Passes("lens", cancelled, progress)
    most = min(MAX_TOP, model.facts.vocabulary_size)
    check_whole("top", top, 1, most)
    passes.begin()
    source = read_source(model, text)
    if target is None:
        tokens, max_new_tokens = answer(model, text), answer_limit(model)
    else:
        tokens = read_target(model, target)
    forced = np.array(model.rules.forced(tokens.ids, max_new_tokens), dtype=np.bool_)  # (step,)
    reads = reading(model, tokens)
    states = _decoder_states if stack == "decoder" else _encoder_states

    def work() -> dict[str, NDArray[Any]]:
        device = model.module.device
        layers = model.facts.decoder_layers if stack == "decoder" else model.facts.encoder_layers
        passes.total = math.ceil(layers * len(tokens) / _rows(model))
        with torch.inference_mode():
            found = states(
                model,
                torch.tensor([source.ids], device=device),
                torch.tensor([reads.ids], device=device),
                passes,
            )
            return _summary(model, found, tokens.ids, forced, top, passes)

    numbers = model._computing(work)
    if np.isnan(numbers["probability"]).any():
        raise model._damaged()
    unique = np.unique(numbers["top_ids"]).tolist()

    def spelled(pieces: tuple[str, ...]) -> Pieces:
        of = dict(zip(unique, pieces, strict=True))
        return tuple(
            tuple(tuple(of[number] for number in step) for step in layer)
            for layer in numbers["top_ids"].tolist()
        )

    return Lens(
        stack=stack,
        text=text,
        source=source,
        target=tokens,
        read=reads,
        top_pieces=spelled(model.reader.pieces(unique)),
        top_display=spelled(model.reader.display(unique)),
        forced=forced,
        **numbers,
    )


def _decoder_states(
    model: "Seq2SeqModel", source: torch.Tensor, reads: torch.Tensor, passes: Passes
) -> torch.Tensor:
    """The decoder's state after each of its layers: (layer, step, d_model)."""
    encoder, decoder = model.module.get_encoder(), model.module.get_decoder()
    mask = torch.ones_like(source)
    passes.total += 1
    with passes:
        found = decoder(
            input_ids=reads,
            encoder_hidden_states=encoder(source, attention_mask=mask)[0],
            encoder_attention_mask=mask,
            use_cache=False,
            output_hidden_states=True,
        )
    return _after_each_layer(model, decoder, found)


def _encoder_states(
    model: "Seq2SeqModel", source: torch.Tensor, reads: torch.Tensor, passes: Passes
) -> torch.Tensor:
    """The whole decoder's state after reading each layer of the encoder, in the same shape."""
    encoder, decoder = model.module.get_encoder(), model.module.get_decoder()
    queries, keys = reads.shape[1], source.shape[1]
    room = MAX_LOGITS // (model.facts.decoder_heads * queries * max(queries, keys))
    rows = min(MAX_ROWS, max(1, room))
    passes.total += 1 + math.ceil(model.facts.encoder_layers / rows)
    mask = torch.ones_like(source)
    with passes:
        found = encoder(source, attention_mask=mask, output_hidden_states=True)
    memory = _after_each_layer(model, encoder, found)  # (layer, source, d_model)
    written = []
    for start in range(0, len(memory), rows):
        some = memory[start : start + rows]
        with passes:
            found = decoder(
                input_ids=reads.expand(len(some), -1),
                encoder_hidden_states=some,
                encoder_attention_mask=mask.expand(len(some), -1),
                use_cache=False,
            )
        written.append(found.last_hidden_state)
    return torch.cat(written)  # (layer, step, d_model)


def _after_each_layer(model: "Seq2SeqModel", stack: Any, found: Any) -> torch.Tensor:
    """The states after every layer, each through the stack's last norm: (layer, token, d_model)."""
    norm = last_norm(model, stack)
    earlier = [norm(state) for state in found.hidden_states[1:-1]]
    return torch.cat([*earlier, found.last_hidden_state])


def last_norm(model: "Seq2SeqModel", stack: Any) -> Callable[[torch.Tensor], torch.Tensor]:
    """The norm after a stack's last layer, or what changes nothing where there is none."""
    name = last_norm_name(model)
    norm: Callable[[torch.Tensor], torch.Tensor] = (
        getattr(stack, name) if name else torch.nn.Identity()
    )
    return norm


def last_norm_name(model: "Seq2SeqModel") -> str | None:
    """What `transformers` calls the norm after the last layer of a stack; None without one."""
    family = next(family for family in FAMILIES if family.name == model.facts.family)
    if not family.last_norms:
        return None
    return "final_layer_norm" if family.position_kind == "relative buckets" else "layer_norm"


def scaled(model: "Seq2SeqModel") -> bool:
    """Whether the decoder's output is multiplied by d_model ** -0.5, as in a tied T5."""
    return bool(getattr(model.module.config, "scale_decoder_outputs", False))


def logits_of(model: "Seq2SeqModel", states: torch.Tensor) -> torch.Tensor:
    """What the output layer makes of normalised states (row, d_model): (row, vocabulary)."""
    if scaled(model):
        states = states * model.module.config.d_model**-0.5
    logits = model.module.get_output_embeddings()(states)
    bias = getattr(model.module, "final_logits_bias", None)
    found: torch.Tensor = (logits if bias is None else logits + bias).float()
    return found


def _rows(model: "Seq2SeqModel") -> int:
    """Rows that the output layer reads at once."""
    return max(1, MAX_LOGITS // model.reader.vocabulary_size)


def _summary(
    model: "Seq2SeqModel",
    states: torch.Tensor,
    target: tuple[int, ...],
    forced: NDArray[np.bool_],
    top: int,
    passes: Passes,
) -> dict[str, NDArray[Any]]:
    """What is kept of the logits of states (layer, step, d_model), computed some rows at a time."""
    layers, steps, width = states.shape
    pieces = torch.tensor(target, device=states.device).repeat(layers)  # (layer · step,)
    fixed = torch.tensor(forced, device=states.device).repeat(layers)
    rows = _rows(model)
    parts: dict[str, list[torch.Tensor]] = {}
    flat = states.reshape(-1, width)
    for start in range(0, len(flat), rows):
        with passes:
            some = slice(start, start + rows)
            found = _measured(model, flat[some], pieces[some], fixed[some], top)
        for name, value in found.items():
            parts.setdefault(name, []).append(value)
    return {
        name: torch.cat(values).reshape(layers, steps, *values[0].shape[1:]).cpu().numpy()
        for name, values in parts.items()
    }


def _measured(
    model: "Seq2SeqModel",
    states: torch.Tensor,
    pieces: torch.Tensor,
    forced: torch.Tensor,
    top: int,
) -> dict[str, torch.Tensor]:
    """What is kept of the logits of some states (row, d_model)."""
    logits = logits_of(model, states)  # (row, vocabulary)
    force(logits, pieces, forced)
    log_probabilities = logits.log_softmax(-1)
    # By logit, because forced pieces leave no difference between the others' probabilities.
    best = logits.topk(top).indices
    said = pieces[:, None]  # (row, 1)
    return {
        "top_ids": best,
        "top_probabilities": log_probabilities.gather(1, best).exp(),
        "probability": log_probabilities.gather(1, said)[:, 0].exp(),
        "rank": rank(logits, said),
        "entropy_bits": entropy_bits(log_probabilities),
    }


def force(logits: torch.Tensor, pieces: torch.Tensor, forced: torch.Tensor) -> None:
    """Make a piece certain in the rows where it is forced, and leave the order of the others."""
    rows = forced.nonzero()[:, 0]
    logits[rows, pieces[rows]] = logits[rows].amax(-1) + CERTAIN
