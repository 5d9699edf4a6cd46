"""A text comes into being: every step, other paths, the search, the layers, and the reasons."""

import streamlit as st

from explorer.dashboard import links, models
from explorer.dashboard.timeline import asking, branching, lenses, reasons, searching, tape

WATCHES = {
    "Steps": "Look at the **faintest pieces**: there the model was least sure. Click one to see "
    "what else it considered.",
    "Branches": "Take **another piece** at any step, and see where the text goes from there.",
    "Beam search": "Look at the **grey branches**: beginnings that the search gave up.",
    "Layers": "Look **from the bottom up**: each layer changes its mind until the answer stands.",
    "Why this piece": "Look at the **steepest curve**: it removed the words that mattered first.",
}
SHOW = {
    "Steps": tape.show,
    "Branches": branching.show,
    "Beam search": searching.show,
    "Layers": lenses.show,
    "Why this piece": reasons.show,
}

st.title("Timeline")
watch = links.view("What to watch", WATCHES, key="watch")
st.markdown(WATCHES[watch])
dark = st.context.theme.type == "dark"
card = models.current_card()
SHOW[watch](asking.ask(models.current_model(), card), dark)
