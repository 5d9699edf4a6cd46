"""Q, K and V of one head of the model while it reads a text and writes an answer."""

from typing import TYPE_CHECKING, cast

import numpy as np
import streamlit as st

from explorer.checks import Check
from explorer.dashboard import answers, explain, links, messages, models
from explorer.dashboard.memory import memory
from explorer.dashboard.requests import request_of
from explorer.dashboard.sandbox.shown import Shown
from explorer.dashboard.sandbox.sources import SENTENCE
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.attention import HeadSteps, Stack
    from explorer.model import Seq2SeqModel

STACKS = {"Encoder": "encoder", "Decoder": "decoder", "Cross": "cross"}


def head_example() -> Shown:
    """One head of the model while it reads a text and writes an answer.

    The page ends here where a click on Stop left no answer to look at.
    """
    from explorer.attention import layers_and_heads
    from explorer.attention_math import attend
    from explorer.attention_script import head_script

    model = models.current_model()
    task = model.card.tasks[0] if model.card.tasks else None
    example = task.example if task else SENTENCE
    links.follow_default("head_reads", example)
    typed = links.text_input("Text", example, key="head_reads")
    text = task.compose(typed) if task else typed
    name = links.bound(
        st.segmented_control,
        "Attention",
        list(STACKS),
        default="Encoder",
        required=True,
        key="head_stack",
        wrap=True,
    )
    stack = cast("Stack", STACKS[name])
    said = links.text_input(
        "The model says",
        "",
        key="head_says",
        placeholder="its own answer",
        disabled=stack == "encoder",
        help="The encoder has read the text before the first word is said.",
    )
    slot = st.empty()
    facts = model.facts
    layers, heads = layers_and_heads(facts, stack)
    layer = links.slider("Layer", 0, layers - 1, 0, key="head_layer")
    head = links.slider("Head", 0, heads - 1, 0, key="head_number")
    target: Tokens | str | None = None
    if stack != "encoder":
        target = said.strip() or own_answer(model, text, slot)
    own = head_steps(model, text, target, stack, layer, head)
    steps = attend(
        own.queries[None],
        own.keys[None],
        own.values[None],
        mask=own.mask[None] if not own.mask.all() else None,
        scale=own.scale,
        bias=None if own.bias is None else own.bias[None],
    )
    source = model.tokenize(text)
    if source.truncated:
        from explorer.charts import pieces

        st.html(pieces.cut_html(source, facts.max_source_tokens))
    written = own.query_tokens.ids if stack != "encoder" else (model.rules.start,)
    return Shown(
        f"{model.card.name}-{stack}-{layer}-{head}",
        steps,
        lambda: head_script(model, source.ids, written, stack, layer, head),
        own.query_tokens.display,
        own.key_tokens.display,
        checks=(same_as_model(steps.weights[0], steps.output[0], own),),
        note=f"{messages.plain(model.card.title)} reads `{messages.code(text)}`. "
        + explain.formula_note(facts),
    )


def own_answer(model: "Seq2SeqModel", text: str, slot: "DeltaGenerator") -> Tokens:
    """What the model itself says; it grows in `slot` and is decoded once for all.

    The page ends here where a click on Stop came before the first piece.
    """
    answer = answers.answer(model, text, answers.PLAIN, slot, key="head")
    with slot.container():
        st.caption(f"It says {messages.quoted(answer.text)}.")
        answers.offer_again(answer)
    if not len(answer.tokens):
        st.stop()
    return answer.tokens


def head_steps(
    model: "Seq2SeqModel",
    text: str,
    target: Tokens | str | None,
    stack: "Stack",
    layer: int,
    head: int,
) -> "HeadSteps":
    """Every intermediate of one head, computed now or remembered; the encoder needs no target.

    Whoever waits for a place to work holds the turn of this result alone: an answer that is still
    to be written has to be asked for before.
    """

    def compute() -> "HeadSteps":
        with answers.working(model, "observing"):
            return model.head_steps(text, target, stack, layer, head)

    said = target.ids if isinstance(target, Tokens) else target
    key = ("head", request_of(model, text, answers.PLAIN), said, stack, layer, head)
    return cast("HeadSteps", memory().get_or(key, compute))


def same_as_model(weights: np.ndarray, output: np.ndarray, own: "HeadSteps") -> Check:
    """What the formula gives beside what the model itself computed."""
    differences = (np.abs(weights - own.weights).max(), np.abs(output - own.output).max())
    size = max(1.0, float(np.abs(own.scores).max()) / 10, float(np.abs(own.values).max()))
    return Check(
        "Weights and output by the formula against what the model itself computed.",
        float(max(differences)),
        1e-5 * size,
    )
