"""Ask the model something, and see exactly what it reads, what it writes and how."""

import streamlit as st

from explorer.dashboard import answers, exports, knowledge, links, messages, models
from explorer.dashboard.playground import (
    answering,
    asking,
    batching,
    compare,
    controls,
    files,
    piece_list,
    repair,
    scoring,
    splitting,
)

MODES = {
    "Answer": "Look at the pieces: the model reads them, prefix and end token included, and "
    "writes its answer one piece at a time.",
    "Compare": "Look at the underlined words: they are where two answers to the same text part.",
    "Repair": "Look at what was hidden and what the model puts there: BART learned language by "
    "repairing text.",
    "Batch": "Start the example, or take a file of your own: every row is answered by itself, "
    "and a bad row does not stop the others.",
}

sentence = st.empty()
card = models.current_card()
mode = links.view("What to do", MODES, key="mode")
sentence.markdown(MODES[mode])
model = models.current_model()
if mode == "Repair" and not repair.can_repair(model):
    repair.offer_repairer()
    st.stop()

# What is asked stands on the left; the answer on the right, and its settings below it: all three
# in sight at once on a projector, and in the order of use on a phone.
compared = st.container()
left, right = st.columns(2, gap="large")
with left:
    if mode == "Repair":
        original, damage, seed = repair.ask_original()
    else:
        task = asking.choose_task(card)
        model = asking.choose_languages(model, task)
        if mode == "Batch":
            table = files.choose_file(task)
        else:
            question = asking.ask(card, task)
with right:
    written = st.container()
    if mode == "Compare":
        st.markdown("**A**")
    decoding = controls.decoding_controls(model.facts.max_target_tokens)
    if mode != "Compare":
        knowledge.offer(card, model.facts)

if mode == "Batch":
    if table is not None:
        columns, reference = files.choose_columns(table, task)
        settings = batching.settings_line(task, decoding)
        st.caption(messages.plain(settings))
        texts = files.compose(table, columns, task)
        batching.run(model, texts, table, reference, decoding, settings)
    st.stop()
if not (original if mode == "Repair" else question.source if not question.blank else "").strip():
    left.info("Type a text for the model to read.", icon=":material/edit:")
    st.stop()
if mode == "Repair":
    harm = repair.damaged(original, damage, seed)
    with left:
        repair.show_damage(model, harm)
    with written:
        repair.show_repair(model, harm, decoding)
    st.stop()
if mode == "Compare":
    compare.compare(model, question, decoding, compared, left, right)
    st.stop()

with left:
    source = piece_list.show_source(model, question.source)
    knowledge.say_untaught(card, question.source)
with written:
    st.markdown("**The model writes**")
    slot = st.empty()
    generation = answers.answer(model, question.source, decoding, slot)
    answering.show_answer(model, generation, slot)
    answering.show_figures(generation)
answering.show_check(model, question.source, generation)
scoring.score_against_reference(generation.text)
splitting.show_splits(model, source)
exports.take_home(
    f"{card.name}-answer",
    table=lambda: answering.piece_table(generation),
    data=generation,
    script=lambda: model.script(question.source, decoding),
)
