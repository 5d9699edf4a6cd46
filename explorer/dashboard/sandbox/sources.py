"""Where Q, K and V come from: random numbers, or the words of a sentence."""

import streamlit as st

from explorer.dashboard import links, messages, models
from explorer.dashboard.sandbox import controls
from explorer.dashboard.sandbox.shown import Asked, Shown
from explorer.recipe import MAX_POSITIONS, Recipe
from explorer.worked_example import Given, work
from explorer.worked_example_script import script

RANDOM, WORDS, HEAD = "Random numbers", "Words", "A model's head"
SENTENCE = "The dog sees the cat."
WORD_HEADS = (1, 2, 4, 8)


def ask_random() -> Asked:
    """The controls of a random example."""

    def work_out(recipe: Recipe) -> Shown:
        example = work(recipe)
        return Shown(
            "attention",
            example.steps,
            lambda: script(recipe),
            example=example,
            note="Q, K and V are what `torch.randn` draws after "
            f"`torch.manual_seed({recipe.seed})`.",
        )

    return Asked(controls.ask_formula(controls.ask_sizes()), None, work_out)


def ask_words() -> Asked:
    """The embeddings of one sentence, or of two, as Q, K and V."""
    from explorer.attention_script import rows_lines
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
    given: Given = {"Q": query, "K": key, "V": key}

    def work_out(recipe: Recipe) -> Shown:
        example = work(recipe, given)
        lines = rows_lines(model, query_tokens.ids, key_tokens.ids)
        return Shown(
            f"{model.card.name}-words",
            example.steps,
            lambda: script(recipe, lines),
            query_tokens.display,
            key_tokens.display,
            example,
            note=f"Q, K and V are the {width} numbers that {messages.plain(model.card.title)} has "
            "for each piece, before any layer and with no projection: pieces look at pieces like "
            "them.",
        )

    return Asked(controls.ask_formula(sizes, controls.OF_WORDS), given, work_out)
