"""Where the decoder looks while it writes: every attention map of one text and one target."""

import streamlit as st

from explorer.dashboard import badges, links, models
from explorer.dashboard.attention import (
    asking,
    causes,
    choosing,
    computing,
    drawing,
    heads,
    notes,
    picture,
)
from explorer.dashboard.folded import fold

LOOKS = {
    "Map": "Look at the **strongly coloured squares**: what each row looks at. Click a word to "
    "light that up in the text.",
    "Every head": "Look at the **entropy**: near 0, a head looks at one piece only; the higher, "
    "the wider it looks. Open a head to see where.",
    "Switch off": "Look at the **strongest orange**: it is the head on which this text "
    "depends most. Blue speaks against it.",
    "bertviz": "Point at a word: its lines lead to what it looks at, one colour for each head.",
}

line = st.container(horizontal=True, vertical_alignment="center", gap="medium")
with line:
    look = links.view("What to look at", LOOKS, key="look")
st.markdown(LOOKS[look])
dark = st.context.theme.type == "dark"
card = models.current_card()
model = models.current_model()
best = computing.best_head(model)
asked = asking.ask(model, card, line)
left, right = st.columns([5, 2], gap="medium")
with right:
    choice = choosing.choose(look, asked.model, best)
with left:
    maps = computing.attention_maps(asked, choice)
    if look == "Map":
        picture.show(asked, maps, choice, right, dark)
    elif look == "Every head":
        heads.show(asked, maps, choice, best)
    elif look == "Switch off":
        causes.show(asked, choice, dark)
    else:
        drawing.show(asked, maps, choice, right, dark)
    badges.check_badge(computing.attention_check(asked, choice, maps))
fold(
    "What this is, and what it is not",
    "functions",
    "notes_open",
    lambda: notes.show(asked, maps, choice),
)
