"""What the timeline page is about: the text, and which of an answer's steps is on screen."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from explorer.charts import pieces
from explorer.dashboard import links
from explorer.dashboard.messages import quoted
from explorer.dashboard.playground import asking as playground
from explorer.dashboard.requests import Request, request_of
from explorer.generation import Decoding

if TYPE_CHECKING:
    from explorer.cards import ModelCard, Task
    from explorer.model import Seq2SeqModel

STEP_KEY = "at"
"""The URL name of the step on screen, which all views share; steps count from 0."""

EXAMPLES = {
    ("miniature-t5", "translation"): "The dog that the man helps is old.",
    ("miniature-bart-summary", "summary"): "The teacher gives the dog an apple. The dog sleeps.",
}
"""Texts at whose steps something happens, by model and kind of task: T5 must choose between “den”
and “dem” before it has said the verb that decides, and the summary may end or go on with “and”."""

_LAST_STEP = "_at_last"
_STALE = "_at_stale"


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
    left, right = st.columns([1, 2], gap="medium")
    with left:
        task = playground.choose_task(card)
        model = playground.choose_languages(model, task)
    with right:
        question = playground.ask(card, task, example(card, task))
    if question.blank:
        st.info("Type a text for the model to read.", icon=":material/edit:")
        st.stop()
    source = model.tokenize(question.source)
    if source.truncated:
        st.html(pieces.cut_html(source, model.facts.max_source_tokens))
    return Asked(model, question.source)


def example(card: "ModelCard", task: "Task | None") -> str | None:
    """The text of the first sight; None where the task's own example serves."""
    return EXAMPLES.get((card.name, task.kind)) if task else None


def choose_step(count: int, default: int, label: str = "Step on screen") -> int:
    """The slider of the step on screen, the same for all views of the page.

    Args:
        count: how many steps there are.
        default: the one that is worth seeing first.
        label: what the slider says.
    """
    _follow_a_stale_link(count)
    if count == 1:
        st.session_state.pop(STEP_KEY, None)
        return 0
    links.follow_default(STEP_KEY, default)
    return links.slider(label, 0, count - 1, default, key=STEP_KEY)


def _follow_a_stale_link(count: int) -> None:
    """A link to a step beyond the end, of an answer that was longer, goes to the last one."""
    asked = st.query_params.get(STEP_KEY, "")
    is_number = asked.isascii() and asked.isdecimal()
    if STEP_KEY not in st.session_state and is_number and int(asked[:9]) >= count:
        st.session_state[_STALE] = asked
        st.session_state[_LAST_STEP] = count - 1
        del st.query_params[STEP_KEY]
        if count > 1:
            st.session_state[STEP_KEY] = count - 1
    stale = st.session_state.get(_STALE)
    if stale is not None and st.session_state.get(STEP_KEY, 0) == st.session_state[_LAST_STEP]:
        links.notice(
            f"The link asks for step {quoted(stale)}, and this answer has the steps 0 to "
            f"{count - 1}; the last one stands instead."
        )
    else:
        st.session_state.pop(_STALE, None)
