"""What the timeline page is about: the text, and which of an answer's steps is on screen."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from explorer.dashboard.playground import asking as playground
from explorer.dashboard.requests import Request, request_of
from explorer.generation import Decoding

if TYPE_CHECKING:
    from explorer.cards import ModelCard
    from explorer.model import Seq2SeqModel

STEP_KEY = "at"
"""The URL name of the step on screen, which all views share; steps count from 0."""


@dataclass(frozen=True)
class Asked:
    """A model with its languages, and the exact text that it reads."""

    model: "Seq2SeqModel"
    text: str

    def request(self, decoding: Decoding) -> Request:
        """Everything that decides an answer, for the memory."""
        return request_of(self.model, self.text, decoding)


def ask(model: "Seq2SeqModel", card: "ModelCard") -> Asked:
    """The task and the text; the page ends here where there is nothing to read."""
    task = playground.choose_task(card)
    model = playground.choose_languages(model, task)
    question = playground.ask(card, task)
    if question.blank:
        st.info("Type a text for the model to read.", icon=":material/edit:")
        st.stop()
    return Asked(model, question.source)
