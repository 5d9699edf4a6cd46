"""Decoding a step at a time with the cache.

The loop is that of `transformers`' greedy search and sampling, with the processors in the same
order (see `explorer.decoding`), so that the same pieces come out. It decodes as fast as it can and
keeps the queries of cross-attention; where each step looks is computed from them at the end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import LogitsProcessorList

from explorer.attention import Floats
from explorer.decoder_state import DecoderState
from explorer.decoding import processors
from explorer.generation import Decoding
from explorer.measures import Measured, Measures
from explorer.observation import Observer, observing

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

OnStep = Callable[[list[int]], None]
"""Is told all pieces so far, the given ones included."""


@dataclass(frozen=True)
class Walk:
    """The pieces of an answer, and what was measured from one step on.

    Attributes:
        ids: all pieces, the given ones included.
        begin: the first step that was measured.
        measured: from that step on.
        cross: (step, layer, head, key), from that step on.
        stopped: whether the person stopped it.
        state: what the decoder has read.
    """

    ids: tuple[int, ...]
    begin: int
    measured: Measured
    cross: Floats
    stopped: bool
    state: DecoderState


def bends(decoding: Decoding) -> bool:
    """Whether a setting changes the probabilities from which a piece is chosen."""
    return (
        decoding.strategy == "sampling"
        or decoding.repetition_penalty != 1.0
        or bool(decoding.no_repeat_ngram_size or decoding.min_new_tokens)
    )


def walk(
    model: "Seq2SeqModel",
    state: DecoderState,
    given: Sequence[int],
    begin: int,
    decoding: Decoding,
    alternatives: int,
    cancelled: Event | None = None,
    on_step: OnStep | None = None,
) -> Walk:
    """Decode on from where a state is.

    Args:
        model: whose decoder it is.
        state: what was read already: the first pieces of the start token and `given`, at most
            `begin` of them. It reads on.
        given: the pieces that the answer must begin with.
        begin: the first step to measure; all before it are given.
        decoding: greedy or sampling.
        alternatives: how many of the most probable pieces to keep.
        cancelled: once set, ends it within one piece.
        on_step: is told the pieces so far.
    """
    rules, size = model.rules, model.reader.vocabulary_size
    device, limit = model.module.device, decoding.max_new_tokens
    chain = processors(decoding, rules, device)
    draw = chain.pop() if decoding.strategy == "sampling" else None
    bend: Any = LogitsProcessorList(chain)
    measures = Measures(alternatives, bends(decoding))
    observer = Observer(model.module, looks=("cross",))
    known = len(state.read)
    with torch.inference_mode(), observing(observer):
        reads = torch.full((1, limit + 1), rules.start, device=device)
        if given:
            reads[0, 1 : len(given) + 1] = torch.tensor(given, device=device)
        # A given end needs no step after it.
        ends = bool(given) and (given[-1] in rules.end or len(given) == limit)
        waiting = [rules.start, *given][known : len(given) + (not ends)]
        rows = state.feed(model.module, waiting, size)
        for _ in range(begin - known):
            next(rows)
        ids, stopped = list(given[:begin]), False
        for step in range(begin, limit):
            logits = next(rows, None)
            if logits is None:
                logits = next(state.feed(model.module, ids[-1:], size))
            scores = bend(reads[:, : step + 1], logits)  # (1, vocabulary)
            # Drawn even where a piece is given, so that giving what would be drawn changes nothing.
            drawn = draw(reads[:, : step + 1], scores) if draw is not None else scores
            piece = int(given[step]) if step < len(given) else int(drawn.argmax(-1))
            measures.add(logits, scores, piece)
            ids.append(piece)
            reads[0, step + 1] = piece
            if on_step is not None:
                on_step(ids)
            stopped = cancelled is not None and cancelled.is_set()
            if stopped or piece in rules.end:
                break
        # Step i is said by position i, and the first position read here is `known`.
        rows_seen = slice(begin - known, len(ids) - known)
        layers = [observer.looked(place, rows_seen)[0] for place in sorted(observer.queries)]
        cross = torch.stack(layers).permute(2, 0, 1, 3)  # (step, layer, head, key)
        looks = np.ascontiguousarray(cross.float().cpu().numpy())
        measured = measures.measured()
    return Walk(tuple(ids), begin, measured, looks, stopped and ids[-1] not in rules.end, state)
