"""What an encoder-decoder is: one drawing with the live numbers of the chosen model."""

import streamlit as st

from explorer import shapes
from explorer.charts import architecture, pieces
from explorer.dashboard import (
    answer_checks,
    answers,
    badges,
    explain,
    exports,
    folded,
    knowledge,
    links,
    messages,
    models,
    stories,
)

FIRST_STEP = 3

st.markdown(
    "Follow the text down the left side, over the **violet bridge**, and down the right side: "
    "every number is this model's own, for this sentence."
)

facts = models.current_facts()
card = models.current_card()
task = card.tasks[0] if card.tasks else None
example = task.example if task else "The weather is beautiful today."

left, right = st.columns([3, 2], gap="medium")
with left:
    links.follow_default("sentence", example)
    typed = links.text_input("Sentence", example, key="sentence")
if not typed.strip():
    st.info("Type a sentence to see it go through the model.", icon=":material/edit:")
    st.stop()
source = task.compose(typed) if task else typed

dark = st.context.theme.type == "dark"
drawing = st.empty()


def draw(sentence: architecture.Sentence | None) -> None:
    """Put the drawing where it belongs; without a sentence it has letters for numbers."""
    drawing.vega_lite_chart(
        spec=architecture.specification(facts, sentence, source, dark),
        width="stretch",
        alt=architecture.in_words(facts, sentence),
    )


# What was drawn before stays while the model answers.
drawn = st.session_state.get("_drawn")
draw(drawn[2] if drawn and drawn[:2] == (facts.name, source) else None)
model = models.ready_model()
generation, sentence = None, None
with right:
    if model:
        slot = st.empty()
        generation = answers.answer(model, source, answers.plain(), slot)
        with slot.container():
            st.caption("The whole answer")
            st.html(pieces.text_html(generation.text))
        answers.offer_again(generation)
        last = len(generation.tokens.ids) - 1
        written = links.slider("Pieces written so far", 0, last, FIRST_STEP, key="step")
        sentence = answers.step_of(model, generation, written)
        draw(sentence)
    else:
        models.wait_for_active()
st.session_state["_drawn"] = (facts.name, source, sentence)
st.caption(
    f"{messages.plain(card.title)}: {facts.parameters:,} parameters, "
    f"{facts.encoder_layers} encoder and {facts.decoder_layers} decoder layers. The model reads: "
    f"`{messages.code(source)}`"
)

counts = (len(generation.source.ids), 1 + written) if generation else (None, None)
table = shapes.foretold(facts, *counts)
if model and generation:
    if generation.source.truncated:
        st.html(pieces.cut_html(generation.source, facts.max_source_tokens))
    decoder_ids = (model.rules.start, *generation.tokens.ids[:written])
    badges.check_badge(shapes.check_parameters(model))
    badges.check_badge(answer_checks.shape_check(model, generation.source.ids, decoder_ids))

knowledge.offer(card, facts)

st.header("Stories")
with st.grid(min_column_width=250, border=True):
    for story in stories.STORIES:
        with st.container(gap="xsmall"):
            st.page_link(
                story.path,
                label=f"**{story.title}**",
                icon=story.icon,
                query_params=story.parameters,
            )
            st.markdown(story.sentence)

st.header("Two phases")
for column, (title, words) in zip(st.columns(2, border=True), explain.PHASES, strict=True):
    column.markdown(f"**{title}**\n\n{words}")

st.header("Three kinds of attention")
for kind in explain.attention_kinds(facts, *counts):
    with st.container(border=True):
        why, how = st.columns(2, gap="medium")
        why.markdown(f"**{kind.title}**\n\n{kind.reason}")
        how.markdown(
            f"$$\n{kind.formula}\n$$\n\nQueries, keys and values in one head:\n{kind.shapes}"
        )
st.markdown(explain.formula_note(facts))

st.header("Take home")
rows = [shape.row() for shape in table]
folded.fold(
    "Every shape as a table",
    "table",
    "shapes_open",
    lambda: st.dataframe(rows, hide_index=True, width="stretch"),
)
exports.take_home(
    f"{facts.name}-shapes",
    table=rows,
    data=rows,
    chart=lambda: architecture.drawing(facts, sentence, source),
    script=(lambda: shapes.script(model, source, written)) if model else None,
)
