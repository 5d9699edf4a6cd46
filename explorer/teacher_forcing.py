"""One pass over a text and a finished target: fast, and everything can be observed in it.

Decode first and observe afterwards: a pass over the finished answer has the same attention as the
steps that wrote it, and one pass costs little more than one step.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers.modeling_outputs import BaseModelOutput

from explorer.attention import Floats, HeadRef
from explorer.errors import ExplorerError
from explorer.generation import Decoding
from explorer.observation import Observer, observing
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

Target = str | Tokens | None

MAX_LOGITS = 2_000_000
"""Numbers of a pass that a check holds in float64 at once: 16 MB, a few times."""


def read_target(model: "Seq2SeqModel", target: str | Tokens) -> Tokens:
    """The pieces to predict: a text as the model was trained to say it, or an answer's own pieces.

    Raises:
        ExplorerError: nothing to say, more than the model can write, or another model's pieces.
    """
    limit, rows = model.facts.max_target_tokens, model.reader.vocabulary_size
    if isinstance(target, str):
        if not target.strip():
            raise ExplorerError(
                "The target is empty; type what the model should say, or leave it out to see what "
                "the model itself says."
            )
        tokens = model.tokenize_target(target)
        cut = model.reader.read(tokens.truncated, (), (), None, target=True)
        count = len(tokens) + len(cut)
    else:
        tokens, count = target, len(target)
        if not count or not all(0 <= number < rows for number in tokens.ids):
            raise ExplorerError(
                f"The target's {count} pieces are not pieces of {model.name}, which has the pieces "
                f"0 to {rows - 1:,}; give the target as text."
            )
    if count > limit:
        raise ExplorerError(
            f"The target has {count:,} pieces and {model.name} can write at most {limit:,}; "
            "shorten it."
        )
    return tokens


def read_source(model: "Seq2SeqModel", text: str) -> Tokens:
    """The pieces of a text that is not empty."""
    model._check_text(text)
    return model.tokenize(text)


def answer_limit(model: "Seq2SeqModel") -> int:
    """The most pieces that `answer` has: as many as usual, or as the model can write."""
    return min(Decoding().max_new_tokens, model.facts.max_target_tokens)


def answer(model: "Seq2SeqModel", text: str, ablate: Sequence[HeadRef] = ()) -> Tokens:
    """What the model itself says greedily, with some heads off or none."""
    decoding = Decoding(max_new_tokens=answer_limit(model))
    if not ablate:
        return model.generate(text, decoding).tokens
    with observing(Observer(model.module, ablate=[tuple(ablate)])):
        return model.generate(text, decoding).tokens


def reading(model: "Seq2SeqModel", target: Tokens) -> Tokens:
    """What the decoder reads to predict a target: the start token, then all but the last piece."""
    start = model.reader.written([model.rules.start])
    return replace(
        target,
        ids=(*start.ids, *target.ids[:-1]),
        pieces=(*start.pieces, *target.pieces[:-1]),
        display=(*start.display, *target.display[:-1]),
        words=(None, *target.words[:-1]),
        special=(True, *target.special[:-1]),
        unknown=(False, *target.unknown[:-1]),
    )


def forward(
    model: "Seq2SeqModel",
    source: Tokens,
    target: Tokens,
    observer: Observer | None = None,
    rows: int = 1,
    share_encoder: bool = False,
) -> torch.Tensor:
    """The logits (row, target, vocabulary) of one pass over a whole target.

    Args:
        model: the model.
        source: what the encoder reads.
        target: what the decoder must predict.
        observer: what to see and to change.
        rows: how many times the same pass is made side by side, for edits that differ by row.
        share_encoder: read the text once for all rows; right where no edit is in the encoder.
    """
    device = model.module.device
    ids = torch.tensor([source.ids], device=device)
    read = torch.tensor([(model.rules.start, *target.ids[:-1])], device=device)

    def work() -> torch.Tensor:
        inputs: dict[str, Any] = {"input_ids": ids.expand(rows, -1)}
        if share_encoder:
            state = model.module.get_encoder()(ids, attention_mask=torch.ones_like(ids))[0]
            state = state.expand(rows, -1, -1)  # (row, source, d_model)
            inputs = {"encoder_outputs": BaseModelOutput(last_hidden_state=state)}
        logits: torch.Tensor = model.module(
            **inputs,
            attention_mask=torch.ones_like(ids).expand(rows, -1),
            decoder_input_ids=read.expand(rows, -1),
            use_cache=False,
        ).logits
        return logits

    with torch.inference_mode():
        if observer is None:
            found: torch.Tensor = model._computing(work)
        else:
            with observing(observer):
                found = model._computing(work)
    return found


class Rows:
    """The log-probabilities of a pass, some rows at a time: never all in float64 at once."""

    def __init__(self, logits: torch.Tensor) -> None:
        """Of logits (row, vocabulary), which stay as they are."""
        self.logits = logits

    def __iter__(self) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """The place of the first row of each part, and the part (row, vocabulary), natural."""
        count = max(1, MAX_LOGITS // self.logits.shape[1])
        for start in range(0, len(self.logits), count):
            with torch.inference_mode():
                part = self.logits[start : start + count].cpu().double().log_softmax(-1)
            yield start, part.numpy()


def log_probabilities(
    model: "Seq2SeqModel",
    source: Tokens,
    target: Tokens,
    ablate: Sequence[Sequence[HeadRef]] = ((),),
    max_new_tokens: int | None = None,
) -> Floats:
    """The natural log-probability of each target piece, for each set of heads that are off.

    A piece that the model's rules force has log-probability 0, as in `Generation`: the first, and
    the last of an answer that was cut off at `max_new_tokens`.

    Returns:
        (row, target), one row for each entry of `ablate`.
    """
    share = all(head.stack != "encoder" for heads in ablate for head in heads)
    observer = Observer(model.module, ablate=ablate)
    logits = forward(model, source, target, observer, len(ablate), share).float()
    with torch.inference_mode():
        chosen = torch.tensor(target.ids, device=logits.device).expand(len(ablate), -1)
        values = logits.gather(2, chosen[..., None])[..., 0] - logits.logsumexp(-1)
        forced = model.rules.forced(target.ids, max_new_tokens)
        values[:, torch.tensor(forced, device=values.device)] = 0
    return values.cpu().numpy()
