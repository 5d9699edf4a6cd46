"""The states of a model's layers, read by its own output layer.

Nothing is hooked: the two stacks are called as any user may call them. `transformers` may or may
not have normalised the last of their `hidden_states`, so the last layer is always taken from
`last_hidden_state`, which is.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.ablation import MAX_ROWS
from explorer.checks import Check
from explorer.errors import ExplorerError
from explorer.families import FAMILIES
from explorer.lens import MAX_TOP, Lens, Pieces
from explorer.teacher_forcing import (
    Target,
    answer,
    answer_limit,
    forward,
    read_source,
    read_target,
    reading,
)

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

MAX_LOGITS = 4_000_000
"""Numbers that the output layer, or one attention, may give at once: 16 MB, held a few times."""

CERTAIN = 10_000.0
"""So far above all others, a logit has probability 1 and the others 0, in every format."""

TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-9}
"""How far probabilities of the last layer may be from those of the whole model."""

COARSE_TOLERANCE = 0.05
"""The same for the 16-bit formats."""


def read_decoder(
    model: "Seq2SeqModel", text: str, target: Target, top: int, max_new_tokens: int | None
) -> Lens:
    """The decoder's layers; see `Seq2SeqModel.lens`."""

    def states(source: torch.Tensor, reads: torch.Tensor) -> torch.Tensor:
        encoder, decoder = model.module.get_encoder(), model.module.get_decoder()
        mask = torch.ones_like(source)
        found = decoder(
            input_ids=reads,
            encoder_hidden_states=encoder(source, attention_mask=mask)[0],
            encoder_attention_mask=mask,
            use_cache=False,
            output_hidden_states=True,
        )
        return _after_each_layer(model, decoder, found)

    return _read("decoder", model, text, target, top, max_new_tokens, states)


def read_encoder(
    model: "Seq2SeqModel", text: str, target: Target, top: int, max_new_tokens: int | None
) -> Lens:
    """The encoder's layers, each read by the whole decoder; see `Seq2SeqModel.encoder_lens`."""

    def states(source: torch.Tensor, reads: torch.Tensor) -> torch.Tensor:
        encoder, decoder = model.module.get_encoder(), model.module.get_decoder()
        found = encoder(source, attention_mask=torch.ones_like(source), output_hidden_states=True)
        memory = _after_each_layer(model, encoder, found)  # (layer, source, d_model)
        queries, keys = reads.shape[1], source.shape[1]
        room = MAX_LOGITS // (model.facts.decoder_heads * queries * max(queries, keys))
        rows = min(MAX_ROWS, max(1, room))
        written = []
        for start in range(0, len(memory), rows):
            some = memory[start : start + rows]
            found = decoder(
                input_ids=reads.expand(len(some), -1),
                encoder_hidden_states=some,
                encoder_attention_mask=torch.ones_like(source).expand(len(some), -1),
                use_cache=False,
            )
            written.append(found.last_hidden_state)
        return torch.cat(written)  # (layer, step, d_model)

    return _read("encoder", model, text, target, top, max_new_tokens, states)


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


def _read(
    stack: Literal["encoder", "decoder"],
    model: "Seq2SeqModel",
    text: str,
    target: Target,
    top: int,
    limit: int | None,
    states: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> Lens:
    most = min(MAX_TOP, model.facts.vocabulary_size)
    if isinstance(top, bool) or not isinstance(top, int) or not 1 <= top <= most:
        raise ExplorerError(f"top is {top!r}; it must be a whole number from 1 to {most}.")
    source = read_source(model, text)
    if target is None:
        tokens, limit = answer(model, text), answer_limit(model)
    else:
        tokens = read_target(model, target)
    forced = np.array(model.rules.forced(tokens.ids, limit), dtype=np.bool_)  # (step,)
    read = reading(model, tokens)

    def work() -> dict[str, NDArray[Any]]:
        device = model.module.device
        with torch.inference_mode():
            found = states(
                torch.tensor([source.ids], device=device), torch.tensor([read.ids], device=device)
            )
            return _summary(model, found, tokens.ids, forced, top)

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
        read=read,
        top_pieces=spelled(model.reader.pieces(unique)),
        top_display=spelled(model.reader.display(unique)),
        forced=forced,
        **numbers,
    )


def _summary(
    model: "Seq2SeqModel",
    states: torch.Tensor,
    target: tuple[int, ...],
    forced: NDArray[np.bool_],
    top: int,
) -> dict[str, NDArray[Any]]:
    """What is kept of the logits of states (layer, step, d_model), computed some rows at a time."""
    layers, steps, width = states.shape
    pieces = torch.tensor(target, device=states.device).repeat(layers)  # (layer · step,)
    fixed = torch.tensor(forced, device=states.device).repeat(layers)
    rows = max(1, MAX_LOGITS // model.reader.vocabulary_size)
    parts: dict[str, list[torch.Tensor]] = {}
    flat = states.reshape(-1, width)
    for start in range(0, len(flat), rows):
        piece = pieces[start : start + rows]
        logits = logits_of(model, flat[start : start + rows])  # (row, vocabulary)
        force(logits, piece, fixed[start : start + rows])
        log_probabilities = logits.log_softmax(-1)
        probabilities = log_probabilities.exp()
        # By logit, because forced pieces leave no difference between the others' probabilities.
        best = logits.topk(top).indices
        said = probabilities.gather(1, piece[:, None])  # (row, 1)
        terms = torch.where(probabilities > 0, probabilities * log_probabilities, 0.0)
        for name, value in {
            "top_ids": best,
            "top_probabilities": probabilities.gather(1, best),
            "probability": said[:, 0],
            "rank": (logits > logits.gather(1, piece[:, None])).sum(1),
            "entropy_bits": terms.sum(1).abs() / np.log(2),
        }.items():
            parts.setdefault(name, []).append(value)
    return {
        name: torch.cat(values).reshape(layers, steps, *values[0].shape[1:]).cpu().numpy()
        for name, values in parts.items()
    }


def force(logits: torch.Tensor, pieces: torch.Tensor, forced: torch.Tensor) -> None:
    """Make a piece certain in the rows where it is forced, and leave the order of the others."""
    rows = forced.nonzero()[:, 0]
    logits[rows, pieces[rows]] = logits[rows].amax(-1) + CERTAIN


def check(model: "Seq2SeqModel", found: Lens) -> Check:
    """The last layer's probabilities beside those of one pass of the whole model, in float64."""
    logits = forward(model, found.source, found.target)[0].double()  # (step, vocabulary)
    with torch.inference_mode():
        pieces = torch.tensor(found.target.ids, device=logits.device)
        logits = logits.clone()
        force(logits, pieces, torch.tensor(found.forced, device=logits.device))
        own = logits.softmax(-1).cpu()
    steps = np.arange(len(found.target))
    ids, shown = found.top_ids[-1], found.top_probabilities[-1]
    probabilities = own.numpy()
    distances = (
        probabilities[steps[:, None], ids] - shown,
        own.topk(ids.shape[1]).values.numpy() - shown,
        probabilities[steps, list(found.target.ids)] - found.probability[-1],
    )
    return Check(
        what="probabilities after the last layer: the state read by the output layer here, and "
        "one pass of the whole model",
        # Unlike `max`, this does not pass over a value that is not a number.
        difference=float(np.max([np.abs(distance).max() for distance in distances])),
        tolerance=TOLERANCE.get(model.module.dtype, COARSE_TOLERANCE),
    )
