"""Answers that are remembered for everybody: the same model, text and decoding decode once."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.charts.architecture import Sentence
from explorer.checks import Check
from explorer.dashboard import models
from explorer.dashboard.memory import memory
from explorer.generation import Decoding, Generation

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel


@dataclass(frozen=True)
class Request:
    """Everything that decides an answer, in plain values: the key it is remembered by."""

    model: str
    device: str
    source_language: str | None
    target_language: str | None
    text: str
    decoding: Decoding


def request_of(model: "Seq2SeqModel", text: str, decoding: Decoding) -> Request:
    """What is asked of a model, as a key."""
    device = f"{model.device.kind} {model.device.name}"
    return Request(model.name, device, model.source_language, model.target_language, text, decoding)


def answer(model: "Seq2SeqModel", text: str, decoding: Decoding) -> Generation:
    """The model's answer, decoded now or remembered."""

    request = request_of(model, text, decoding)

    def compute() -> Generation:
        with models.busy("decoding"):
            # Somebody else may have asked the same and been first in line.
            known: Generation | None = memory().get(request)
            return known or model.generate(text, decoding)

    generation: Generation = memory().get_or(request, compute)
    return generation


def shape_check(model: "Seq2SeqModel", source: tuple[int, ...], decoder: tuple[int, ...]) -> Check:
    """The overview's shapes against those of a real pass, computed now or remembered."""

    def compute() -> Check:
        from explorer import shapes

        with models.busy("measuring"):
            real = shapes.measured(model, source, decoder)
        return shapes.check_shapes(shapes.foretold(model.facts, len(source), len(decoder)), real)

    check: Check = memory().get_or(("shapes", model.name, source, decoder), compute)
    return check


def step_of(model: "Seq2SeqModel", generation: Generation, written: int) -> Sentence:
    """The moment when `written` pieces of an answer are there and the next one is chosen."""
    pieces = generation.tokens
    ids = pieces.ids[:written]
    return Sentence(
        source=generation.source.text,
        source_pieces=len(generation.source.ids),
        written=model.reader.decode(ids),
        decoder_pieces=1 + len(ids),
        next_piece=pieces.display[written],
        next_probability=math.exp(generation.token_log_probabilities[written]),
    )
