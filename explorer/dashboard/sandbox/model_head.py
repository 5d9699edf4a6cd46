"""Q, K and V of one head of the model while it reads a text and writes an answer."""

import math
from typing import TYPE_CHECKING, cast

import numpy as np
import streamlit as st

from explorer.attention_math import AttentionSteps
from explorer.checks import Check
from explorer.dashboard import answers, explain, links, messages, models
from explorer.dashboard.memory import memory
from explorer.dashboard.requests import request_of
from explorer.dashboard.sandbox import controls
from explorer.dashboard.sandbox.shown import Asked, Shown
from explorer.dashboard.sandbox.sources import SENTENCE
from explorer.recipe import Matrix, Recipe
from explorer.tokens import Tokens
from explorer.worked_example import Given, work
from explorer.worked_example_script import script

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.attention import HeadSteps, Stack
    from explorer.model import Seq2SeqModel

STACKS = {"Encoder": "encoder", "Decoder": "decoder", "Cross": "cross"}


def ask_head() -> Asked:
    """One head of the model while it reads a text and writes an answer.

    The page ends here where a click on Stop left no answer to look at.
    """
    from explorer.attention_script import head_lines

    model = models.current_model()
    task = model.card.tasks[0] if model.card.tasks else None
    example = task.example if task else SENTENCE
    links.follow_default("head_reads", example)
    typed = links.text_input("Text", example, key="head_reads")
    text = task.compose(typed) if task else typed
    own = _choose(model, text)
    source = model.tokenize(text)
    if source.truncated:
        from explorer.charts import pieces

        st.html(pieces.cut_html(source, model.facts.max_source_tokens))
    place = own.head
    written = own.query_tokens.ids if place.stack != "encoder" else (model.rules.start,)
    given = given_by(own)
    sizes = Recipe(queries=len(own.queries), keys=len(own.keys), d_k=own.queries.shape[1])

    def work_out(recipe: Recipe) -> Shown:
        worked = work(recipe, given)
        changes = changed(worked.steps, own)
        same = () if changes else (same_as_model(worked.steps, own),)
        return Shown(
            f"{model.card.name}-{place.stack}-{place.layer}-{place.head}",
            worked.steps,
            lambda: script(
                recipe,
                head_lines(model, source.ids, written, place.stack, place.layer, place.head),
            ),
            own.query_tokens.display,
            own.key_tokens.display,
            worked,
            checks=same,
            changed=changes,
            note=f"{messages.plain(model.card.title)} reads `{messages.code(text)}`. "
            + explain.formula_note(model.facts),
        )

    recipe = controls.ask_formula(sizes, controls.of_head(own.scale))
    return Asked(recipe, given, work_out)


def _choose(model: "Seq2SeqModel", text: str) -> "HeadSteps":
    """The stack, the layer and the head, and what the model says meanwhile."""
    from explorer.attention import layers_and_heads

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
    layers, heads = layers_and_heads(model.facts, stack)
    layer = links.slider("Layer", 0, layers - 1, 0, key="head_layer")
    head = links.slider("Head", 0, heads - 1, 0, key="head_number")
    target: Tokens | str | None = None
    if stack != "encoder":
        target = said.strip() or own_answer(model, text, slot)
    return head_steps(model, text, target, stack, layer, head)


def own_answer(model: "Seq2SeqModel", text: str, slot: "DeltaGenerator") -> Tokens:
    """What the model itself says; it grows in `slot` and is decoded once for all.

    The page ends here where a click on Stop came before the first piece.
    """
    answer = answers.answer(model, text, answers.plain(), slot, key="head")
    # One element, not a container: that would leave the Stop of the one before it standing.
    slot.caption(f"It says {messages.quoted(answer.text)}")
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
    key = ("head", request_of(model, text, answers.plain()), said, stack, layer, head)
    return cast("HeadSteps", memory().get_or(key, compute))


def given_by(own: "HeadSteps") -> Given:
    """What a head's example starts from: its rows, its mask, and its bias where it has one."""
    given: dict[Matrix, np.ndarray] = {
        "Q": own.queries.astype(np.float64),
        "K": own.keys.astype(np.float64),
        "V": own.values.astype(np.float64),
        "mask": own.mask.astype(np.float64),
    }
    if own.bias is not None:
        given["bias"] = own.bias.astype(np.float64)
    return given


def changed(steps: AttentionSteps, own: "HeadSteps") -> tuple[str, ...]:
    """What goes into the attention and is not as the model has it, by its name."""
    given = given_by(own)
    seen = np.ones_like(own.mask) if steps.mask is None else steps.mask[0]
    added = np.zeros(own.scores.shape) if steps.bias is None else steps.bias[0]
    differs = {
        "Q": (steps.query[0] != given["Q"]).any(),
        "K": (steps.key[0] != given["K"]).any(),
        "V": (steps.value[0] != given["V"]).any(),
        "the scale": not math.isclose(steps.scale, own.scale, rel_tol=1e-6),
        "the temperature": steps.temperature != 1,
        "the mask": (seen != own.mask).any(),
        "the bias": (added != given.get("bias", 0.0)).any(),
    }
    return tuple(name for name, is_changed in differs.items() if is_changed)


def same_as_model(steps: AttentionSteps, own: "HeadSteps") -> Check:
    """What the formula gives beside what the model itself computed."""
    weights, output = steps.weights[0], steps.output[0]
    differences = (np.abs(weights - own.weights).max(), np.abs(output - own.output).max())
    size = max(1.0, float(np.abs(own.scores).max()) / 10, float(np.abs(own.values).max()))
    return Check(
        "Weights and output by the formula against what the model itself computed.",
        float(max(differences)),
        1e-5 * size,
    )
