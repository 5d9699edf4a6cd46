"""The finished answers that a session has seen, to be used again on another page."""

from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.dashboard import session_parts
from explorer.dashboard.requests import Request, request_of
from explorer.generation import UNFINISHED, Decoding, Generation

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

KEPT = 8
"""Answers that a session remembers; the oldest goes first."""
_NOTED = "_earlier_answers"


def note(request: Request, generation: Generation) -> None:
    """Remember a finished answer; one that was stopped is none."""
    if generation.stop_reason in UNFINISHED:
        return
    session_parts.part(_NOTED, KEPT).keep(request, generation)


def of(model: "Seq2SeqModel") -> list[tuple[Request, Generation]]:
    """What this session saw a model say, between its present languages too; the latest first."""
    now = request_of(model, "", Decoding())
    return [
        (request, generation)
        for request, generation in reversed(session_parts.part(_NOTED, KEPT).items())
        if replace(request, text="", decoding=Decoding()) == now
    ]
