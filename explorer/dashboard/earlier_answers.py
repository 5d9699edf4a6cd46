"""The finished answers that a session has seen, to be used again on another page."""

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

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
    noted: OrderedDict[Request, Generation] = st.session_state.setdefault(_NOTED, OrderedDict())
    noted[request] = generation
    noted.move_to_end(request)
    while len(noted) > KEPT:
        noted.popitem(last=False)


def of(model: "Seq2SeqModel") -> list[tuple[Request, Generation]]:
    """What this session saw a model say, between its present languages too; the latest first."""
    now = request_of(model, "", Decoding())
    noted: OrderedDict[Request, Generation] = st.session_state.get(_NOTED, OrderedDict())
    return [
        (request, generation)
        for request, generation in reversed(noted.items())
        if replace(request, text="", decoding=Decoding()) == now
    ]
