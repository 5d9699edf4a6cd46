"""An answer: the text read, decoded, and everything that was noted on the way put together."""

import math
import time
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING

from explorer.decoding import decode
from explorer.generation import Decoding, Generation
from explorer.streaming import whole_characters

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel


def answer(
    model: "Seq2SeqModel",
    text: str,
    decoding: Decoding,
    cancelled: Event | None,
    show: Callable[[str], None] | None,
) -> Generation:
    """The answer to a text; see `Seq2SeqModel.generate`.

    Args:
        model: who answers.
        text: what it reads.
        decoding: how it writes.
        cancelled: setting it ends the answer within one piece.
        show: gets the text so far after every piece.
    """
    model._check(text, decoding)
    source = model.tokenize(text)
    on_piece = None
    if show is not None:

        def on_piece(ids: list[int]) -> None:
            show(whole_characters(model.reader.decode(ids)))

    begin = time.perf_counter()
    decoded, stopped = model._computing(
        lambda: decode(model.module, source.ids, decoding, model.rules, cancelled, on_piece)
    )
    seconds = time.perf_counter() - begin
    if any(math.isnan(value) for value in decoded.log_probabilities):
        raise model._damaged()
    forced = model.rules.forced(decoded.ids, decoding.max_new_tokens)
    ended = decoded.ids[-1] in model.rules.end and not forced[-1]
    return Generation(
        text=model.reader.decode(decoded.ids),
        tokens=model.reader.written(decoded.ids),
        sequence_score=decoded.score,
        token_log_probabilities=decoded.log_probabilities,
        seconds=seconds,
        tokens_per_second=len(decoded.ids) / seconds,
        stop_reason="stopped" if stopped else "end token" if ended else "length limit",
        source=source,
        decoding=decoding,
    )
