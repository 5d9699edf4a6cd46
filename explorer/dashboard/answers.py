"""Answers that are remembered for everybody: the same model, text and decoding decode once."""

import math
from typing import TYPE_CHECKING

import streamlit as st

from explorer.charts.architecture import Sentence
from explorer.checks import Check
from explorer.dashboard import models
from explorer.generation import Decoding, Generation

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

REMEMBERED = 256


def answer(model: "Seq2SeqModel", text: str, decoding: Decoding) -> Generation:
    """The model's answer, decoded now or remembered."""
    return _answer(model.name, text, decoding, model)


def shape_check(model: "Seq2SeqModel", source: tuple[int, ...], decoder: tuple[int, ...]) -> Check:
    """The overview's shapes against those of a real pass, computed now or remembered."""
    return _shape_check(model.name, source, decoder, model)


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


# The model itself is no part of the keys: its name says which weights they are.
@st.cache_data(max_entries=REMEMBERED, show_spinner="Decoding …")
def _answer(name: str, text: str, decoding: Decoding, _model: "Seq2SeqModel") -> Generation:
    with models.busy("decoding"):
        return _model.generate(text, decoding)


@st.cache_data(max_entries=REMEMBERED, show_spinner=False)
def _shape_check(
    name: str, source: tuple[int, ...], decoder: tuple[int, ...], _model: "Seq2SeqModel"
) -> Check:
    from explorer import shapes

    with models.busy("measuring"):
        real = shapes.measured(_model, source, decoder)
    return shapes.check_shapes(shapes.foretold(_model.facts, len(source), len(decoder)), real)
