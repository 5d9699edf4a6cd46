"""Two models or two decodings on the same text, side by side, with what differs marked."""

from typing import TYPE_CHECKING

import streamlit as st

from explorer import catalog
from explorer.charts import pieces
from explorer.dashboard import badges, exports, frame, links, messages, models, settings
from explorer.dashboard.playground import answering, asking, controls
from explorer.dashboard.playground.asking import Question
from explorer.differences import differences
from explorer.generation import Decoding, Generation

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.model import Seq2SeqModel

PREFIX = "b_"


def compare(
    model: "Seq2SeqModel",
    question: Question,
    decoding: Decoding,
    left: "DeltaGenerator",
    right: "DeltaGenerator",
) -> None:
    """The second choice, both answers, and what differs between them.

    The controls of B stand below those of A: the model on the left, the decoding on the right.
    """
    with left:
        other = _other_model(model, question)
    limit = (other or model).facts.max_target_tokens
    with right:
        st.markdown("**B**")
        second = controls.decoding_controls(limit, PREFIX, default="sampling")
    if other is not None:
        with left:
            _show(model, question, decoding, other, second)


def _show(
    model: "Seq2SeqModel",
    question: Question,
    decoding: Decoding,
    other: "Seq2SeqModel",
    second: Decoding,
) -> None:
    asked = asking.same_question(question, other.card)
    same = asked.source == question.source and other.name == model.name
    reader = "The model" if same else "A"
    asking.show_source(model.tokenize(question.source), model.facts.max_source_tokens, reader)
    if not same:
        asking.show_source(other.tokenize(asked.source), other.facts.max_source_tokens, "B")
    sides = ((model, question.source, decoding, "A"), (other, asked.source, second, "B"))
    slots = []
    columns = st.columns(2, gap="medium")
    for column, (who, _, how, name) in zip(columns, sides, strict=True):
        with column.container(border=True):
            st.markdown(f"**{name}** · {messages.plain(who.name)}")
            st.caption(messages.plain(controls.in_words(how)))
            slots.append(st.empty())
    answers = [
        answering.answer(who, text, how, slot, key=name)
        for slot, (who, text, how, name) in zip(slots, sides, strict=True)
    ]
    found = differences(answers[0].text, answers[1].text)
    for slot, spans in zip(slots, (found.left, found.right), strict=True):
        slot.html(pieces.differences_html(spans) if spans else pieces.text_html("(empty)"))
    if found.equal:
        st.badge("The same answer, character for character", icon=":material/equal:")
    else:
        st.badge(
            f"Words that differ: {found.words_left} in A, {found.words_right} in B",
            icon=":material/difference:",
            color="orange",
        )
    rows = [_figures(answer) for answer in answers]
    st.table({"A": rows[0], "B": rows[1]})
    st.caption(
        "The log-probability is the model's own, whatever the decoding, so A and B compare. "
        "Answers of different models are measured by different models, each with its own pieces."
    )
    if any(answer.stop_reason == "stopped" for answer in answers):
        st.button("Decode again", icon=":material/replay:", on_click=answering.forget_stopped)
    for (who, text, _, _), answer in zip(sides, answers, strict=True):
        answering.show_check(who, text, answer)
    exports.take_home(
        "comparison",
        data={"A": answers[0], "B": answers[1]},
        table=[{"side": side, **row} for side, row in zip("AB", rows, strict=True)],
        script=lambda: "\n".join(
            f"# {name}\n{who.script(text, how)}" for who, text, how, name in sides
        ),
    )


def _other_model(model: "Seq2SeqModel", question: Question) -> "Seq2SeqModel | None":
    names = frame.offered(settings.read_settings())
    if model.name not in names:
        names.append(model.name)
    links.follow_default(f"{PREFIX}model", model.name)
    name = links.bound(
        st.selectbox,
        "Model of B",
        names,
        names.index(model.name),
        key=f"{PREFIX}model",
        help="The same model, to compare two decodings; or another one.",
    )
    card = catalog.find(name)
    if card is not None and not card.bundled and not models.is_ready(name):
        st.caption(f"{messages.plain(frame.label(name))}")
    if name == model.name:
        return model
    if not models.is_ready(name):
        models.wait_for(name)
        return None
    other = models.model_store().peek(name)
    if other is not None and other.languages and question.task and question.task.source_language:
        alike = [task for task in other.card.tasks if task.title == question.task.title]
        if alike and alike[0].source_language and alike[0].target_language:
            return other.for_languages(alike[0].source_language, alike[0].target_language)
    return other


def _figures(generation: Generation) -> dict[str, str]:
    count = max(len(generation.tokens), 1)
    return {
        "Log-probability": f"{generation.log_probability:.3f}",
        "Mean per piece": f"{generation.log_probability / count:.3f}",
        "Pieces": str(len(generation.tokens)),
        "Pieces per second": f"{generation.tokens_per_second:.0f}",
        "Seconds": badges.number_text(generation.seconds),
        "Stopped by": generation.stop_reason,
    }
