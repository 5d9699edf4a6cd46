"""Where Q, K and V come from: random numbers, or the words of a sentence."""

from dataclasses import replace

import streamlit as st

from explorer.dashboard import links, messages, models
from explorer.dashboard.sandbox import controls, editing
from explorer.dashboard.sandbox.shown import Shown
from explorer.recipe import MAX_POSITIONS, Recipe
from explorer.worked_example import work
from explorer.worked_example_script import script

RANDOM, WORDS, HEAD = "Random numbers", "Words", "A model's head"
SENTENCE = "The dog sees the cat."
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


def with_edits(recipe: Recipe) -> Recipe:
    """The recipe with the cells set by hand."""
    return replace(recipe, edits=editing.edits_for(recipe))
