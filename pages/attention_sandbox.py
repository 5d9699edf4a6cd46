"""Attention step by step, with numbers that everybody can change."""

import streamlit as st

from explorer.dashboard import drawing_turns, links, messages
from explorer.dashboard.sandbox import (
    details,
    editing,
    kinds,
    model_head,
    scaling,
    sources,
    steps,
)
from explorer.errors import ExplorerError

VIEWS = {
    "Step by step": "Look at the **violet squares**: each row says how much of every value goes "
    "into one output. Change anything and watch them move.",
    "Why the scale": "Look where the **dashed curves** go: without the scale, the softmax gives "
    "everything to one key as $d_k$ grows, and nothing is left to learn from.",
    "Three kinds": "Look at the **grey squares**: they are what a mask hides. An encoder–decoder "
    "has three kinds of attention, and only the decoder's own hides the future.",
}
SOURCES = (sources.RANDOM, sources.WORDS, sources.HEAD)
ASK = {
    sources.RANDOM: sources.ask_random,
    sources.WORDS: sources.ask_words,
    sources.HEAD: model_head.ask_head,
}
# What the names of each source's edits in the URL begin with.
PLACES = {sources.RANDOM: "", sources.WORDS: "word_", sources.HEAD: "head_"}

view = links.view("What to look at", VIEWS, key="lesson")
st.markdown(VIEWS[view])
dark = st.context.theme.type == "dark"
for place in PLACES.values():
    editing.follow_url(place)

if view == "Why the scale":
    scaling.show(dark)
    st.stop()
if view == "Three kinds":
    kinds.show(dark)
    st.stop()


# A fragment: a change of one control sends this part of the page alone.
@drawing_turns.fragment
def step_by_step(dark: bool) -> None:
    """The controls beside what they change; on a phone they stand below it."""
    asked = shown = None
    left, right = st.columns([5, 2], gap="medium")
    with right:
        source = links.bound(
            st.segmented_control,
            "Q, K and V from",
            SOURCES,
            default=sources.RANDOM,
            required=True,
            key="numbers",
            wrap=True,
        )
    try:
        with right:
            asked = ASK[source]()
        shown = asked.shown(editing.edits_for(asked.recipe, PLACES[source]))
    except ExplorerError as error:
        with left:
            messages.show_sentence(str(error))
    with left:
        if shown:
            steps.show_maps(shown, dark)
        if asked:
            editing.edit_cells(asked.recipe, asked.given, PLACES[source])
    if shown:
        details.show(shown, dark)


step_by_step(dark)
