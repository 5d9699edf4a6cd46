"""Two models or two decodings on the same text, side by side, with what differs marked."""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from explorer import catalog
from explorer.budget import BUDGET_VARIABLE
from explorer.cards import FLOAT32_BYTES, ModelFacts
from explorer.charts import pieces
from explorer.dashboard import (
    answers,
    badges,
    exports,
    frame,
    knowledge,
    links,
    messages,
    models,
    settings,
)
from explorer.dashboard.playground import answering, asking, controls, piece_list
from explorer.dashboard.playground.asking import Question
from explorer.device import bytes_for_each_weight
from explorer.differences import differences
from explorer.errors import ExplorerError
from explorer.generation import Decoding, Generation
from explorer.names import label_of

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.load_progress import LoadProgress
    from explorer.model import Seq2SeqModel

PREFIX = "b_"
HOT = Decoding("sampling", temperature=2.0, seed=7)
"""What B decodes with at first: so hot that its answer differs from the most probable one."""
_TRIED_KEY = "_compare_tried"
"""The model that this session asked for and has not got: its failure is this session's own."""
_FETCHED_KEY = "_compare_fetched"
"""The model that somebody has clicked to fetch."""


@dataclass(frozen=True)
class Side:
    """One of the two: its letter, who answers, the exact text that is read, and how."""

    name: str
    model: "Seq2SeqModel"
    source: str
    decoding: Decoding


def compare(
    model: "Seq2SeqModel",
    question: Question,
    decoding: Decoding,
    top: "DeltaGenerator",
    left: "DeltaGenerator",
    right: "DeltaGenerator",
) -> None:
    """The second choice, both answers, and what differs between them.

    The answers stand on top. The controls of B stand below those of A: the model on the left, the
    decoding on the right.
    """
    with left:
        name = _choose_other(model)
    card = catalog.find(name)
    facts = catalog.facts(card) if card and name != model.name else model.facts
    with right:
        st.markdown("**B**")
        second = controls.decoding_controls(facts.max_target_tokens, PREFIX, HOT)
    # Both stay in the store until the answers are there: else each would push the other out.
    with ExitStack() as leases:
        leases.enter_context(answers.kept(model))
        with top:
            other = _other_model(model, name, facts, leases)
        if other is not None:
            other = _same_languages(other, question)
            asked = asking.same_question(question, other.card)
            first = Side("A", model, question.source, decoding)
            _show(first, Side("B", other, asked.source, second), top, left)


def _choose_other(model: "Seq2SeqModel") -> str:
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
        st.caption(messages.plain(frame.label(name)))
    return str(name)


def _other_model(
    model: "Seq2SeqModel", name: str, facts: ModelFacts, leases: ExitStack
) -> "Seq2SeqModel | None":
    """The model of B, leased beside that of A; None where it cannot be, and that is said."""
    if name == model.name:
        return model
    store = models.model_store()
    weight_bytes = bytes_for_each_weight(store.device())
    needed = [each.memory_bytes // FLOAT32_BYTES * weight_bytes for each in (model.facts, facts)]
    if sum(needed) > store.budget_bytes():
        first, second, limit = map(messages.bytes_text, (*needed, store.budget_bytes()))
        messages.show_sentence(
            f"{label_of(model.name)} needs {first} of memory and {name} {second}: more than the "
            f"{limit} that models may take together on this server. Compare smaller models, or "
            f"raise the limit with {BUDGET_VARIABLE}."
        )
        return None
    if frame.must_be_fetched(name) and st.session_state.get(_FETCHED_KEY) != name:
        # The choice may be a link's, which any page elsewhere can hold.
        st.info(f"{messages.plain(name)} is not on the server's disk.", icon=":material/download:")
        frame.fetch_button(name, "_compare_load", _fetch)
        return None
    waiting, stopping = st.empty(), st.empty()
    offered = False

    def show(progress: "LoadProgress") -> None:
        nonlocal offered
        with waiting.container():
            models.show_progress(name)
        if not models.can_cancel(name):
            stopping.empty()
        elif not offered:  # one run may draw a button only once
            offered = True
            with stopping.container():
                models.cancel_button(name, "compare")

    # What failed for somebody else may go well now: each session tries once by itself.
    if st.session_state.get(_TRIED_KEY) != name or not models.has_failed(name):
        st.session_state[_TRIED_KEY] = name
        try:
            other = leases.enter_context(models.leased(name, show))
        except ExplorerError:
            other = None
        waiting.empty()
        stopping.empty()
        if other is not None:
            st.session_state[_TRIED_KEY] = None
            return other
    models.show_failed_load(name, "compare")
    return None


def _fetch(name: str) -> None:
    """Take the model of B, though it has to be fetched; for the click."""
    st.session_state[_FETCHED_KEY] = name


def _same_languages(other: "Seq2SeqModel", question: Question) -> "Seq2SeqModel":
    """A model with language codes, between the languages of the task that both models have."""
    if other.languages and question.task and question.task.source_language:
        alike = [task for task in other.card.tasks if task.title == question.task.title]
        if alike and alike[0].source_language and alike[0].target_language:
            return other.for_languages(alike[0].source_language, alike[0].target_language)
    return other


def _show(first: Side, second: Side, top: "DeltaGenerator", left: "DeltaGenerator") -> None:
    """Both answers on top, what was read on the left, and the figures below everything."""
    sides = (first, second)
    same = first.source == second.source and first.model.name == second.model.name
    with left:
        piece_list.show_source(first.model, first.source, "The model" if same else "A")
        knowledge.say_untaught(first.model.card, first.source)
        if not same:
            piece_list.show_source(second.model, second.source, "B")
            knowledge.say_untaught(second.model.card, second.source)
    slots = []
    with top:
        for column, side in zip(st.columns(2, gap="medium"), sides, strict=True):
            with column.container(border=True):
                st.markdown(f"**{side.name}** · {messages.plain(side.model.name)}")
                st.caption(messages.plain(controls.in_words(side.decoding).capitalize()))
                slots.append(st.empty())
    both = [
        answers.answer(side.model, side.source, side.decoding, slot, key=side.name)
        for slot, side in zip(slots, sides, strict=True)
    ]
    found = differences(*(each.text for each in both))
    for slot, spans in zip(slots, (found.left, found.right), strict=True):
        slot.html(pieces.differences_html(spans) if spans else pieces.text_html("(empty)"))
    with top:
        if found.equal:
            st.badge("The same answer, character for character", icon=":material/equal:")
        else:
            st.badge(
                f"Words that differ: {found.words_left} in A, {found.words_right} in B",
                icon=":material/difference:",
                color="orange",
            )
    st.table({side.name: _figures(each) for side, each in zip(sides, both, strict=True)})
    st.caption(
        "The log-probability is the model's own, whatever the decoding, so A and B compare. "
        "Answers of different models are measured by different models, each with its own pieces."
    )
    answers.offer_again(*both)
    for side, each in zip(sides, both, strict=True):
        answering.show_check(side.model, side.source, each, side.name)
    exports.take_home(
        "comparison",
        data=dict(zip("AB", both, strict=True)),
        table=[_row(side, each) for side, each in zip(sides, both, strict=True)],
        script=lambda: "\n".join(
            f"# {side.name}\n{side.model.script(side.source, side.decoding)}" for side in sides
        ),
    )


def _row(side: Side, generation: Generation) -> dict[str, str | int | float]:
    """One side for a spreadsheet, its numbers as numbers."""
    return {
        "side": side.name,
        "model": side.model.name,
        "decoding": controls.in_words(side.decoding),
        "read": generation.source.text,
        "answer": generation.text,
        "log-probability": generation.log_probability,
        "mean per piece": answers.mean_log_probability(generation),
        "pieces": len(generation.tokens),
        "seconds": generation.seconds,
        "pieces per second": generation.tokens_per_second,
        "stopped by": generation.stop_reason,
    }


def _figures(generation: Generation) -> dict[str, str]:
    return {
        "Log-probability": badges.number_text(generation.log_probability),
        "Mean per piece": badges.number_text(answers.mean_log_probability(generation)),
        "Pieces": str(len(generation.tokens)),
        "Pieces per second": f"{generation.tokens_per_second:.0f}",
        "Seconds": badges.number_text(generation.seconds),
        "Stopped by": generation.stop_reason,
    }
