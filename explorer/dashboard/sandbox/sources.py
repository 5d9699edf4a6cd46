"""Where Q, K and V come from: random numbers, the words of a sentence, or a head of the model."""

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import streamlit as st

from explorer.checks import Check
from explorer.dashboard import answers, explain, links, messages, models
from explorer.dashboard.memory import memory
from explorer.dashboard.requests import request_of
from explorer.dashboard.sandbox import controls, editing
from explorer.dashboard.sandbox.shown import Shown
from explorer.recipe import MAX_POSITIONS, Recipe
from explorer.worked_example import work
from explorer.worked_example_script import script

if TYPE_CHECKING:
    from explorer.attention import HeadSteps, Stack
    from explorer.model import Seq2SeqModel

RANDOM, WORDS, HEAD = "Random numbers", "Words", "A model's head"
SENTENCE = "The dog sees the cat."
STACKS = {"Encoder": "encoder", "Decoder": "decoder", "Cross": "cross"}
WORD_HEADS = (1, 2, 4, 8)


def ask_random() -> Recipe:
    """The controls of a random example, without the cells that are set by hand."""
    return controls.ask_formula(controls.ask_sizes())


def random_example(recipe: Recipe) -> Shown:
    """A random example, worked out."""
    example = work(recipe)
    return Shown(
        "attention",
        example.steps,
        lambda: script(recipe),
        example=example,
        note=f"Q, K and V are what `torch.randn` draws after `torch.manual_seed({recipe.seed})`.",
    )


def words_example() -> Shown:
    """The embeddings of one sentence, or of two, as Q, K and V."""
    from explorer.attention_script import rows_script
    from explorer.embeddings import embedding_rows

    model = models.current_model()
    first = links.text_input("Queries: a sentence", SENTENCE, key="queries_of")
    second = links.text_input(
        "Keys and values: another sentence",
        "",
        key="keys_of",
        placeholder="the same one",
        help="Leave it empty for self-attention; type another one for cross-attention.",
    )
    query_tokens, query = embedding_rows(model, first, MAX_POSITIONS)
    key_tokens, key = embedding_rows(model, (second.strip() and second) or first, MAX_POSITIONS)
    width = query.shape[1]
    heads = int(
        links.bound(
            st.segmented_control,
            "Heads",
            [count for count in WORD_HEADS if width % count == 0],
            default=1,
            required=True,
            key="word_heads",
        )
    )
    sizes = Recipe(queries=len(query), keys=len(key), heads=heads, d_k=width // heads)
    recipe = controls.ask_formula(sizes, by_hand=False)
    example = work(recipe, {"Q": query, "K": key, "V": key})
    lines = rows_script(model, query_tokens.ids, key_tokens.ids)
    return Shown(
        f"{model.card.name}-words",
        example.steps,
        lambda: script(recipe, lines),
        query_tokens.display,
        key_tokens.display,
        example,
        note=f"Q, K and V are the {width} numbers that {messages.plain(model.card.title)} has for "
        "each piece, before any layer and with no projection: pieces look at pieces like them.",
    )


def head_example() -> Shown:
    """One head of the model while it reads a text and writes an answer."""
    from explorer.attention import layers_and_heads
    from explorer.attention_math import attend
    from explorer.attention_script import head_script

    model = models.current_model()
    task = model.card.tasks[0] if model.card.tasks else None
    example = task.example if task else SENTENCE
    links.follow_default("head_reads", example)
    typed = links.text_input("Text", example, key="head_reads")
    text = task.compose(typed) if task else typed
    said = links.text_input("The model says", "", key="head_says", placeholder="its own answer")
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
    facts = model.facts
    layers, heads = layers_and_heads(facts, stack)
    layer = links.slider("Layer", 0, layers - 1, 0, key="head_layer")
    head = links.slider("Head", 0, heads - 1, 0, key="head_number")
    own = _head_steps(model, text, said.strip() or None, stack, layer, head)
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
    target = own.query_tokens if stack != "encoder" else None
    return Shown(
        f"{model.card.name}-{stack}-{layer}-{head}",
        steps,
        lambda: head_script(
            model, source.ids, target.ids if target else (model.rules.start,), stack, layer, head
        ),
        own.query_tokens.display,
        own.key_tokens.display,
        checks=(same_as_model(steps.weights[0], steps.output[0], own),),
        note=f"{messages.plain(model.card.title)} reads `{messages.code(text)}`. "
        + explain.formula_note(facts),
    )


def _head_steps(
    model: "Seq2SeqModel", text: str, said: str | None, stack: "Stack", layer: int, head: int
) -> "HeadSteps":
    request = request_of(model, text, answers.PLAIN)

    def compute() -> "HeadSteps":
        with answers.working(model, "observing"):
            if said is None:
                # Written once for all heads, and for the pages that show the answer itself.
                own = memory().get_or(request, lambda: model.generate(text, answers.PLAIN))
                target = own.tokens if len(own.tokens) else None
            else:
                target = said
            return model.head_steps(text, target, stack, layer, head)

    key = ("head", request, said, stack, layer, head)
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


def with_edits(recipe: Recipe) -> Recipe:
    """The recipe with the cells set by hand."""
    return replace(recipe, edits=editing.edits_for(recipe))
