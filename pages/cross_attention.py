"""Where the decoder looks while it writes: every attention map of one text and one target."""

import streamlit as st

from explorer.dashboard import badges, links, models
from explorer.dashboard.attention import asking, picture

LOOKS = {
    "Map": "Look at the **dark squares**: each row is one step of the decoder, and the dark "
    "squares are the source words that it looks at.",
}

st.title("Cross-attention")
look = links.bound(
    st.segmented_control,
    "What to look at",
    list(LOOKS),
    default="Map",
    required=True,
    key="look",
    label_visibility="collapsed",
)
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
    picture.show(asked, maps, choice, dark)
    badges.check_badge(asking.attention_check(asked, maps))
