"""The text and the target: the model's own output, what the person types, or an earlier answer."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import streamlit as st

from explorer.charts import pieces
from explorer.dashboard import answers, links, messages
from explorer.dashboard.attention import earlier
from explorer.dashboard.playground import asking as playground
from explorer.dashboard.requests import Request, request_of
from explorer.generation import Decoding, Generation
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.cards import ModelCard
    from explorer.model import Seq2SeqModel

Says = Literal["Its own answer", "A text of mine", "An earlier answer"]
SAYS: tuple[Says, ...] = ("Its own answer", "A text of mine", "An earlier answer")


@dataclass(frozen=True)
class Asked:
    """What the page is about, ready to be computed.

    Attributes:
        model: with its languages.
        text: the exact text that the model reads.
        target: what the decoder says; an answer's own pieces, or the text that was typed.
        decoding: how the target was written; None where the model did not write it.
        limit: the most pieces that the target could have had, as far as that is known.
        answer: the whole answer, where the target is one that this session has seen.
        key: everything that decides the maps, for the memory.
    """

    model: "Seq2SeqModel"
    text: str
    target: Tokens | str
    decoding: Decoding | None
    limit: int | None
    answer: Generation | None
    key: tuple[Request, Tokens | str]


def ask(model: "Seq2SeqModel", card: "ModelCard", line: "DeltaGenerator") -> Asked:
    """One sentence with the text and the target; their controls open from a button in `line`.

    The page ends here where there is nothing to read.
    """
    notices, slot, cut = st.container(), st.empty(), st.empty()
    with (
        links.notices_in(notices),
        line.popover("Text and target", icon=":material/edit:", width="content"),
    ):
        task = playground.choose_task(card)
        model = playground.choose_languages(model, task)
        question = playground.ask(card, task)
        says = _choose_says()
        said, before = "", None
        if says == "A text of mine":
            said = playground.long_text("It is made to say", "", key="say")
        plain = answers.plain()
        own = request_of(model, question.source, plain)
        if says == "An earlier answer":
            before = earlier.choose(model, own)
        else:
            earlier.leave_link()
    if before is not None:
        asked = _asked(
            model, before.text, before.tokens, before.decoding, before.limit, before.answer
        )
    elif question.blank:
        st.info("Type a text for the model to read.", icon=":material/edit:")
        st.stop()
    elif said.strip():
        asked = _asked(model, question.source, said, None, None)
    else:
        answer = answers.answer(model, question.source, plain, slot)
        answers.offer_again(answer)
        limit = plain.max_new_tokens
        asked = _asked(model, question.source, answer.tokens, plain, limit, answer)
    words = asked.target if isinstance(asked.target, str) else asked.target.text
    said = messages.plain(words.strip()) or "(empty)"
    slot.markdown(f"{messages.quoted(asked.text)} → **{said}**")
    source = model.tokenize(asked.text)
    if source.truncated:
        cut.html(pieces.cut_html(source, model.facts.max_source_tokens))
    return asked


def _choose_says() -> Says:
    # A link that brings a text to say means that text.
    first = SAYS[1] if st.query_params.get("say") else SAYS[0]
    found: Says = links.bound(
        st.segmented_control, "The model says", SAYS,
        default=st.session_state.setdefault("_first_says", first),
        required=True, key="says", wrap=True,
        help="Its own answer is decoded greedily. With a text of yours, or an answer that you saw "
        "in the playground, the decoder is made to say that, whatever it would have said itself.",
    )  # fmt: skip
    return found


def _asked(
    model: "Seq2SeqModel",
    text: str,
    target: Tokens | str,
    decoding: Decoding | None,
    limit: int | None,
    answer: Generation | None = None,
) -> Asked:
    key = (request_of(model, text, decoding or answers.plain()), target)
    return Asked(model, text, target, decoding, limit, answer, key)
