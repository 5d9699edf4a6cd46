"""A text comes into being: every step, other paths, the search, the layers, and the reasons."""

import streamlit as st

from explorer.dashboard import links, models
from explorer.dashboard.timeline import asking, branching, lenses, reasons, searching, tape

WATCHES = {
    "Steps": "Look at the **faintest pieces**: there the model was least sure. Click one to see "
    "what else it considered.",
    "Branches": "Take **another piece** at any step, and see where the text goes from there.",
    "Beam search": "Look at the **grey branches**: beginnings that the search gave up.",
    "Layers": "Look **from the bottom up**: with fewer layers the model would have said something "
    "else.",
    "Why this piece": "Look how much **faster than the grey line** the others fall: that is how "
    "well a method found the words that mattered.",
}
SHOW = {
    "Steps": tape.show,
    "Branches": branching.show,
    "Beam search": searching.show,
    "Layers": lenses.show,
    "Why this piece": reasons.show,
}

watch = links.view("What to watch", WATCHES, key="watch")
st.markdown(WATCHES[watch])
dark = st.context.theme.type == "dark"
card = models.current_card()
SHOW[watch](asking.ask(models.current_model(), card), dark)
