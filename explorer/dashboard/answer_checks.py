"""What stands beside an answer and its shapes: the same, computed a second way."""

from typing import TYPE_CHECKING

from explorer.checks import Check
from explorer.dashboard import answers
from explorer.dashboard.memory import memory
from explorer.dashboard.requests import request_of
from explorer.generation import Generation

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel


def answer_check(model: "Seq2SeqModel", text: str, generation: Generation) -> Check:
    """An answer's log-probabilities beside an independent pass, computed now or remembered."""

    def compute() -> Check:
        with answers.working(model, "checking"):
            return model.check_generation(text, generation)

    key = ("check", request_of(model, text, generation.decoding), generation.tokens.ids)
    check: Check = memory().get_or(key, compute)
    return check


def shape_check(model: "Seq2SeqModel", source: tuple[int, ...], decoder: tuple[int, ...]) -> Check:
    """The overview's shapes against those of a real pass, computed now or remembered."""

    def compute() -> Check:
        from explorer import shapes

        with answers.working(model, "measuring"):
            real = shapes.measured(model, source, decoder)
        return shapes.check_shapes(shapes.foretold(model.facts, len(source), len(decoder)), real)

    # A shape depends on how many pieces there are, not on which.
    key = ("shapes", request_of(model, "", answers.PLAIN), len(source), len(decoder))
    check: Check = memory().get_or(key, compute)
    return check
