"""The text and the target: the model's own output, or what the person makes it say."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import streamlit as st

from explorer.attention import AttentionMaps, Stack, layers_and_heads
from explorer.checks import Check
from explorer.dashboard import answers, links, messages
from explorer.dashboard.attention.reduced import HOWS, Choice
from explorer.dashboard.memory import memory
from explorer.dashboard.playground import asking as playground
from explorer.dashboard.requests import Request, request_of
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.alignment import AlignmentErrors, Rows
    from explorer.cards import ModelCard
    from explorer.model import Seq2SeqModel

STACKS: dict[str, Stack] = {"Cross": "cross", "Encoder": "encoder", "Decoder": "decoder"}
ROWS: dict[str, "Rows"] = {"predicts": "predicted", "reads": "read"}
SENTENCES = 20
"""Sentences with known links by which the heads of a bundled translator are judged."""
SEED = 7


@dataclass(frozen=True)
class Asked:
    """What the page is about, ready to be computed.

    Attributes:
        model: with its languages.
        text: the exact text that the model reads.
        target: what the decoder says; an answer's own pieces, or the text that was typed.
        key: everything that decides the maps, for the memory.
    """

    model: "Seq2SeqModel"
    text: str
    target: Tokens | str
    key: tuple[Request, Tokens | str]


def ask(model: "Seq2SeqModel", card: "ModelCard") -> Asked:
    """The text fields, and the target; the page ends here where there is nothing to read."""
    left, right = st.columns(2, gap="medium")
    with left:
        task = playground.choose_task(card)
        model = playground.choose_languages(model, task)
        question = playground.ask(card, task)
    with right:
        said = playground.long_text(
            "The model says (leave it empty for its own answer)", "", key="say"
        )
        slot = st.empty()
        if question.blank:
            st.info("Type a text for the model to read.", icon=":material/edit:")
            st.stop()
        target: Tokens | str = said
        if said.strip():
            st.caption("The decoder is made to say your text, whatever it would have said itself.")
        else:
            own = answers.answer(model, question.source, answers.PLAIN, slot)
            slot.markdown(f"Its own answer: **{messages.plain(own.text) or '(empty)'}**")
            answers.offer_again(own)
            target = own.tokens
    request = request_of(model, question.source, answers.PLAIN)
    return Asked(model, question.source, target, (request, target))


def attention_maps(asked: Asked) -> AttentionMaps:
    """All maps, computed now or remembered."""

    def compute() -> AttentionMaps:
        with answers.working(asked.model, "observing"):
            return asked.model.attention(asked.text, asked.target)

    return cast("AttentionMaps", memory().get_or(("maps", *asked.key), compute))


def attention_check(asked: Asked, maps: AttentionMaps) -> Check:
    """The maps beside the textbook's formula, computed now or remembered."""

    def compute() -> Check:
        with answers.working(asked.model, "checking"):
            return asked.model.check_attention(maps)

    return cast("Check", memory().get_or(("maps check", *asked.key), compute))


def error_rates(model: "Seq2SeqModel") -> "AlignmentErrors | None":
    """How well each cross-attention head aligns words; None for models without known links."""
    kinds = {task.kind for task in model.card.tasks}
    if not model.card.bundled or "translation" not in kinds:
        return None

    def compute() -> "AlignmentErrors":
        import random

        from explorer.alignment import alignment_errors
        from explorer.miniatures import language

        random_numbers = random.Random(SEED)
        examples = [
            language.example("translation", random_numbers, heldout=True) for _ in range(SENTENCES)
        ]
        with (
            st.spinner(f"Comparing every head with the known links of {SENTENCES} sentences …"),
            answers.working(model, "aligning"),
        ):
            return alignment_errors(model, examples)

    key = ("alignment", request_of(model, "", answers.PLAIN))
    return cast("AlignmentErrors", memory().get_or(key, compute))


def choose(model: "Seq2SeqModel", rates: "AlignmentErrors | None") -> Choice:
    """The controls that say which map is on screen."""
    _, rows, best_layer, best_head = rates.best if rates else (0.0, "predicted", 0, 0)
    stack = STACKS[
        links.bound(
            st.segmented_control, "Attention", list(STACKS), default="Cross", required=True,
            key="stack", wrap=True,
        )
    ]  # fmt: skip
    layers, heads = layers_and_heads(model.facts, stack)
    how = links.bound(
        st.segmented_control, "Show", HOWS, default="One head", required=True, key="show", wrap=True
    )
    links.follow_default("layer", min(best_layer, layers - 1))
    links.follow_default("head", min(best_head, heads - 1))
    layer, head = min(best_layer, layers - 1), min(best_head, heads - 1)
    some_layers: tuple[int, ...] = ()
    some_heads: tuple[int, ...] = ()
    if how in ("One head", "Rollout"):
        layer = links.slider("Layer", 0, layers - 1, layer, key="layer")
    if how == "One head":
        head = links.slider("Head", 0, heads - 1, head, key="head")
    if how in ("Mean", "Largest"):
        some_layers = _some("Layers", layers, "layers")
        some_heads = _some("Heads", heads, "heads")
    words = links.bound(st.toggle, "Pieces merged to words", True, key="words")
    special = links.bound(
        st.toggle,
        "Special pieces shown",
        True,
        key="special",
        help="Hidden, each row is scaled to sum to 1 over what stays.",
    )
    if stack != "encoder":
        names = list(ROWS)
        named = next(name for name in names if ROWS[name] == rows)
        links.follow_default("rows", named)
        rows = ROWS[
            links.bound(
                st.segmented_control, "A row is named by the piece that its step", names,
                default=named, required=True, key="rows",
            )
        ]  # fmt: skip
    return Choice(stack, how, layer, head, some_layers, some_heads, words, special, rows)


def _some(label: str, count: int, key: str) -> tuple[int, ...]:
    held = st.session_state.get(key)
    if held and not set(held) <= set(range(count)):
        # Another stack or model had more of them.
        st.session_state[key] = [number for number in held if number in range(count)]
    chosen = links.bound(st.multiselect, label, list(range(count)), key=key, placeholder="all")
    return tuple(sorted(chosen))
