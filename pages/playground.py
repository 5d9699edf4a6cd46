"""Ask the model something, and see exactly what it reads, what it writes and how."""

import streamlit as st

from explorer.dashboard import exports, links, models
from explorer.dashboard.playground import answering, asking, controls

MODES = ("Answer", "Compare", "Repair", "Batch")

st.title("Playground")
st.markdown(
    "Look at the pieces: the model reads them, prefix and end token included, and writes its "
    "answer one piece at a time."
)

card = models.current_card()
mode = links.bound(
    st.segmented_control,
    "Mode",
    MODES,
    default=MODES[0],
    required=True,
    key="mode",
    label_visibility="collapsed",
)
model = models.current_model()
answering.end_earlier()

left, right = st.columns([3, 2], gap="large")
with left:
    task = asking.choose_task(card)
    model = asking.choose_languages(model, task)
    question = asking.ask(card, task)
with right:
    decoding = controls.decoding_controls(model.facts.max_target_tokens)

if question.blank:
    st.info("Type a text for the model to read.", icon=":material/edit:")
    st.stop()

asking.show_source(model.tokenize(question.source), model.facts.max_source_tokens)
st.markdown("**The model writes**")
slot = st.empty()
generation = answering.answer(model, question.source, decoding, slot)
answering.show_answer(generation, slot)
answering.show_figures(generation)
answering.show_check(model, question.source, generation)
exports.take_home(
    f"{card.name}-answer",
    data=generation,
    script=lambda: model.script(question.source, decoding),
)
