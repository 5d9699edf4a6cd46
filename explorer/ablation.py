"""What changes when heads are switched off: the answer, and how probable the old one still is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

import numpy as np

from explorer.attention import Floats, HeadRef, Stack, check_heads, heads_of, layers_and_heads
from explorer.errors import ExplorerError
from explorer.generation import Decoding, Generation
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel
    from explorer.teacher_forcing import Target

MAX_ROWS = 32
"""Heads that are switched off side by side."""

MAX_LOGITS = 16_000_000
"""Numbers that the output layer may give at once: 64 MB."""

FEWEST_ROWS, BATCHES = 8, 4
"""A map is computed in about so many batches of at least so many heads: each shows how far it is,
and one pass of many heads costs less than many passes."""


@dataclass(frozen=True)
class Ablation:
    """An answer with all heads, and one with some of them off.

    Attributes:
        heads: those that were switched off.
        before: the model's answer.
        after: its answer with these heads off.
        target: the pieces whose log-probability is followed: those of `before`, or others that
            the model is made to say.
        log_probabilities: of each piece of the target with all heads, in nats. (target,)
        change: for each piece of the target, its log-probability with the heads off minus that
            with all of them, in nats; below 0 where the heads spoke for the piece. (target,)
    """

    heads: tuple[HeadRef, ...]
    before: Generation
    after: Generation
    target: Tokens
    log_probabilities: Floats
    change: Floats

    @property
    def total_change(self) -> float:
        """The change of the whole target's log-probability, in nats."""
        return float(self.change.sum(dtype=np.float64))

    @property
    def limit(self) -> int | None:
        """The most pieces that the target could have had; None where it is not the answer."""
        own = self.target.ids == self.before.tokens.ids
        return self.before.decoding.max_new_tokens if own else None


@dataclass(frozen=True)
class AblationMap:
    """What each head of a stack does for one target, as far as it is known.

    Attributes:
        stack: whose heads.
        text: what was asked.
        target: the pieces whose log-probability is followed.
        log_probability: of the target with all heads on, in nats.
        change: (layer, head): the target's log-probability with that head off minus
            `log_probability`, in nats; NaN while it is not computed.
        done, total: how many heads are computed, and how many there are.
    """

    stack: Stack
    text: str
    target: Tokens
    log_probability: float
    change: Floats
    done: int
    total: int

    @property
    def finished(self) -> bool:
        """Whether every head is computed."""
        return self.done == self.total


def ablation(
    model: "Seq2SeqModel",
    text: str,
    heads: Sequence[HeadRef],
    decoding: Decoding = Decoding(),  # noqa: B008 - frozen
    target: "Target" = None,
    before: Generation | None = None,
    cancelled: Event | None = None,
) -> Ablation:
    """Switch heads off together; see `Seq2SeqModel.ablation`."""
    from explorer.observation import Observer, observing
    from explorer.teacher_forcing import log_probabilities, read_target

    heads = tuple(heads)
    if not heads:
        raise ExplorerError("No head is switched off; choose one head or all heads of a layer.")
    check_heads(model.facts, heads)
    followed = None if target is None else read_target(model, target)
    if before is None:
        before = model.generate(text, decoding, cancelled)
    with observing(Observer(model.module, ablate=[heads])):
        after = model.generate(text, decoding, cancelled)
    # What is typed has no limit under which it was written, and so no forced end.
    limit = decoding.max_new_tokens if followed is None else None
    followed = followed or before.tokens
    own, changed = (
        log_probabilities(model, before.source, followed, [off], limit)[0] for off in ((), heads)
    )
    return Ablation(heads, before, after, followed, own, changed - own)


def ablation_map(
    model: "Seq2SeqModel",
    text: str,
    target: "Target" = None,
    stack: Stack = "cross",
    rows: int | None = None,
    max_new_tokens: int | None = None,
) -> Iterator[AblationMap]:
    """Switch off every head of a stack, one at a time; see `Seq2SeqModel.ablation_map`."""
    from explorer.teacher_forcing import (
        answer,
        answer_limit,
        log_probabilities,
        read_source,
        read_target,
    )

    heads = heads_of(model.facts, stack)
    source = read_source(model, text)
    if target is None:
        tokens, max_new_tokens = answer(model, text), answer_limit(model)
    else:
        tokens = read_target(model, target)
    change = np.full(layers_and_heads(model.facts, stack), np.nan, dtype=np.float32)
    room = MAX_LOGITS // (len(tokens) * model.facts.vocabulary_size)
    if rows is None:
        rows = min(MAX_ROWS, max(1, room), max(FEWEST_ROWS, -(-len(heads) // BATCHES)))
    own = 0.0
    for start in range(0, len(heads), rows):
        batch = heads[start : start + rows]
        # The first batch has one more row, in which no head is off.
        off: list[tuple[HeadRef, ...]] = [(head,) for head in batch] + [()] * (start == 0)
        found = log_probabilities(model, source, tokens, off, max_new_tokens)
        found = found.sum(-1, dtype=np.float64)
        own = own if start else float(found[-1])
        for head, value in zip(batch, found, strict=False):
            change[head.layer, head.head] = value - own
        done = start + len(batch)
        yield AblationMap(stack, text, tokens, own, change.copy(), done, len(heads))
