"""Where the decoder looks while it writes: every attention map of one text and one target."""

import streamlit as st

from explorer.dashboard import badges, links, models
from explorer.dashboard.attention import asking, causes, drawing, heads, notes, picture

LOOKS = {
    "Map": "Look at the **dark squares**: each row is one step of the decoder, and the dark "
    "squares are the source words that it looks at.",
    "Every head": "Look at the **first rows**: a few heads look at exactly the word that is being "
    "translated, others rest on the end token.",
    "Switch off": "Look at the **strongest orange**: without that head the model would not have "
    "said what it said.",
    "bertviz": "Point at a word: its lines lead to what it looks at, one colour for each head.",
}

st.title("Cross-attention")
look = links.view("What to look at", LOOKS, key="look")
st.markdown(LOOKS[look])
dark = st.context.theme.type == "dark"
card = models.current_card()
model = models.current_model()
rates = asking.error_rates(model)
asked = asking.ask(model, card)
maps = asking.attention_maps(asked)
left, right = st.columns([5, 2], gap="medium")
with right:
    choice = asking.choose(asked.model, rates)
with left:
    if look == "Map":
        picture.show(asked, maps, choice, dark)
    elif look == "Every head":
        heads.show(asked, maps, choice, rates)
    elif look == "Switch off":
        causes.show(asked, choice, dark)
    else:
        drawing.show(asked, maps, choice, dark)
    badges.check_badge(asking.attention_check(asked, maps))
with st.expander("What this is, and what it is not", icon=":material/functions:"):
    notes.show(asked, maps, choice)
