"""The formula with the shapes on screen, the terms, and the limits of the view."""

import streamlit as st

from explorer.attention import AttentionMaps
from explorer.dashboard import explain
from explorer.dashboard.attention.asking import Asked
from explorer.dashboard.attention.reduced import Choice

WHERE = {
    "cross": "the queries come from the decoder, the keys and values from the encoder's output",
    "encoder": "queries, keys and values all come from the source",
    "decoder": "queries, keys and values all come from what was written so far, and a mask hides "
    "the rest",
}
LIMITS = (
    "**Attention is not explanation.** A weight says how much of a value goes into a sum, not how "
    "much the answer depends on it: switch a head off to see that. By the last layer a position "
    "holds more than its own piece, because every layer has mixed the pieces. Rows and columns of "
    "words are made of pieces: the rows of a word are averaged, its columns summed."
)


def show(asked: Asked, maps: AttentionMaps, choice: Choice) -> None:
    """What stands behind the numbers."""
    facts = asked.model.facts
    _, _, queries, keys = maps.of(choice.stack).shape
    scaled = facts.attention_scale != "1"
    products = r"\frac{QK^\top}{\sqrt{d_k}}" if scaled else r"QK^\top"
    biased = not scaled and choice.stack != "cross"
    masked = " + M" if choice.stack == "decoder" else ""
    st.latex(
        rf"A = \mathrm{{softmax}}\left({products}{' + B' if biased else ''}{masked}\right), \quad "
        rf"A: {queries} \times {keys}"
    )
    st.markdown(
        f"In {choice.stack} attention {WHERE[choice.stack]}. $A$ has a row for each of {queries} "
        f"queries and a column for each of {keys} keys, in pieces. {explain.formula_note(facts)}"
    )
    st.markdown(LIMITS)
