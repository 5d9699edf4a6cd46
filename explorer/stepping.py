"""From a text to a timeline: what is asked for is checked, and steps are made readable."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
import torch

from explorer.attention import layers_and_heads
from explorer.decoder_state import DecoderState
from explorer.errors import ExplorerError
from explorer.generation import Decoding
from explorer.measures import Measured
from explorer.prefix import read_prefix
from explorer.streaming import whole_characters
from explorer.timeline import (
    MAX_ALTERNATIVES,
    MAX_WEIGHTS,
    AfterSettings,
    Alternative,
    Piece,
    Progress,
    Timeline,
    TimelineStep,
)
from explorer.tokens import Tokens
from explorer.walk import Walk, walk
from explorer.whole_numbers import is_whole

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel


def begin(
    model: "Seq2SeqModel",
    text: str,
    alternatives: int,
    forced: str | Sequence[int],
    decoding: Decoding,
    cancelled: Event | None = None,
    on_step: Progress | None = None,
) -> tuple[Timeline, DecoderState]:
    """Decode a text, and give the decoder's state for whoever goes on from one of the steps."""
    model._check(text, decoding)
    _check(model, alternatives, decoding)
    given = read_prefix(model, forced, decoding.max_new_tokens)
    source = model.tokenize(text)
    layers, heads = layers_and_heads(model.facts, "cross")
    weights = layers * heads * len(source) * decoding.max_new_tokens
    if weights > MAX_WEIGHTS:
        raise ExplorerError(
            f"{len(source):,} source pieces and up to {decoding.max_new_tokens} steps may give "
            f"{weights / 1e6:,.0f} million attention weights, and the limit is "
            f"{MAX_WEIGHTS / 1e6:,.0f} million; shorten the text or lower max_new_tokens."
        )

    def state() -> DecoderState:
        return DecoderState.of(model.module, source)

    return go_on(model, source, state, given, (), decoding, alternatives, cancelled, on_step)


def _check(model: "Seq2SeqModel", alternatives: int, decoding: Decoding) -> None:
    if decoding.strategy == "beam":
        raise ExplorerError(
            f"The strategy beam follows {decoding.num_beams} answers at once, and a timeline shows "
            "one; choose greedy or sampling."
        )
    most = min(MAX_ALTERNATIVES, model.reader.vocabulary_size)
    if not is_whole(alternatives, 0, most):
        raise ExplorerError(
            f"alternatives is {alternatives!r}; {model.name} can show a whole number from 0 to "
            f"{most:,}."
        )


def go_on(
    model: "Seq2SeqModel",
    source: Tokens,
    state: Callable[[], DecoderState],
    given: tuple[int, ...],
    before: tuple[TimelineStep, ...],
    decoding: Decoding,
    alternatives: int,
    cancelled: Event | None = None,
    on_step: Progress | None = None,
) -> tuple[Timeline, DecoderState]:
    """Decode on from a state of the decoder.

    Args:
        model: the model.
        source: what its encoder read.
        state: gives what the decoder has read so far: `given`, as far as there are steps `before`.
        given: the pieces to begin with.
        before: steps that are known already, the first of `given`.
        decoding: greedy or sampling.
        alternatives: how many at each step.
        cancelled: once set, ends it within one piece.
        on_step: is told how far it is.
    """
    show = None
    if on_step is not None:
        tell, decode = on_step, model.reader.decode

        def show(ids: list[int]) -> None:
            tell(len(ids), whole_characters(decode(ids)))

    def work() -> Walk:
        with torch.inference_mode():
            return walk(model, state(), given, len(before), decoding, alternatives, cancelled, show)

    start = time.perf_counter()
    walked: Walk = model._computing(work)
    if not np.isfinite(walked.measured.log_probability).all():
        raise model._damaged()
    steps = (*before, *_steps(model, walked, before, given, decoding, alternatives))
    ended = walked.ids[-1] in model.rules.end and not steps[-1].fixed
    found = Timeline(
        text=model.reader.decode(walked.ids),
        source=source,
        target=model.reader.written(walked.ids),
        steps=steps,
        stop_reason="stopped" if walked.stopped else "end token" if ended else "length limit",
        seconds=time.perf_counter() - start,
        decoding=decoding,
        alternatives=alternatives,
    )
    return found, walked.state


def _steps(
    model: "Seq2SeqModel",
    walked: Walk,
    before: tuple[TimelineStep, ...],
    given: tuple[int, ...],
    decoding: Decoding,
    count: int,
) -> list[TimelineStep]:
    """The measured steps as people read them."""
    measured, ids = walked.measured, walked.ids[walked.begin :]
    fixed = model.rules.forced(walked.ids, decoding.max_new_tokens)[walked.begin :]
    listed = measured.ids[:, :count].tolist()
    every = sorted({*ids, *(number for row in listed for number in row)})
    spelled = zip(every, model.reader.pieces(every), model.reader.display(every), strict=True)
    pieces = {number: Piece(number, piece, display) for number, piece, display in spelled}
    total = before[-1].cumulative_log_probability if before else 0.0
    bent = measured.bent
    steps: list[TimelineStep] = []
    for row, number in enumerate(ids):
        own = 0.0 if fixed[row] else float(measured.log_probability[row])
        total += own
        index = walked.begin + row
        after = None
        if bent is not None:
            after = AfterSettings(
                probability=float(bent.chosen[row]),
                kept=int(bent.kept[row]),
                cut_probability=float(bent.cut_probability[row]),
            )
        step = TimelineStep(
            index=index,
            token=pieces[number],
            probability=math.exp(own),
            log_probability=own,
            entropy_bits=float(measured.entropy_bits[row]),
            margin=float(measured.margin[row]),
            rank=int(measured.rank[row]),
            cumulative_log_probability=total,
            forced=index < len(given),
            fixed=fixed[row],
            alternatives=_alternatives(measured, row, [pieces[one] for one in listed[row]]),
            cross=walked.cross[row],
            after=after,
        )
        steps.append(_certain(step) if fixed[row] else step)
    return steps


def _alternatives(measured: Measured, row: int, pieces: list[Piece]) -> tuple[Alternative, ...]:
    count, bent = len(pieces), measured.bent
    logs = measured.logs[row, :count].tolist()
    after: list[float | None] = [None] * count
    cut: list[bool | None] = [None] * count
    if bent is not None:
        after, cut = bent.probability[row, :count].tolist(), bent.cut[row, :count].tolist()
    found = [
        Alternative(one.id, one.piece, one.display, math.exp(log), log, value, gone)
        for one, log, value, gone in zip(pieces, logs, after, cut, strict=True)
    ]
    # Equal ones in the order of the vocabulary: the first is what a greedy choice takes.
    return tuple(sorted(found, key=lambda one: (-one.log_probability, one.id)))


def _certain(step: TimelineStep) -> TimelineStep:
    """A step in which the model's rules fix the piece."""
    token, bent = step.token, step.after is not None
    after, cut = (1.0, False) if bent else (None, None)
    only = Alternative(token.id, token.piece, token.display, 1.0, 0.0, after, cut)
    return replace(
        step,
        entropy_bits=0.0,
        margin=1.0,
        rank=1,
        alternatives=(only,) if step.alternatives else (),
        after=AfterSettings(1.0, 1, 0.0) if bent else None,
    )
