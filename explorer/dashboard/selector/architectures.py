"""Three architectures, live: one sentence through an encoder, a decoder, and both together."""

import streamlit as st

from explorer.dashboard import answers, links, messages, models, warmup
from explorer.dashboard.selector import three_costs, three_looks, three_outputs
from explorer.load_progress import LoadProgress
from explorer.siblings import ENCODER_DECODER

SENTENCE = "The small dog sees the old cat in the garden."
MOST_CHARACTERS = 200


def show(dark: bool) -> None:
    """The whole view."""
    if not warmup.is_done():
        models.wait_for_active()
        return
    text = links.text_input("One sentence", SENTENCE, key="one_sentence")
    if not text.strip():
        st.info("Type a sentence for the three models to read.", icon=":material/edit:")
        return
    if len(text) > MOST_CHARACTERS:
        messages.show_sentence(
            f"The sentence has {len(text):,} characters and the limit here is {MOST_CHARACTERS}, "
            "for three models read it at once; shorten it."
        )
        return
    slot = st.empty()

    def wait(_: LoadProgress) -> None:
        with slot.container():
            models.show_progress(ENCODER_DECODER)

    # Counted in the server's memory as long as this page computes with it.
    with models.model_store().lease(ENCODER_DECODER, wait) as model:
        question = model.card.tasks[0].compose(text)
        answer = answers.answer(model, question, answers.PLAIN, slot, key="three")
        slot.empty()
        answers.offer_again(answer)
        three_looks.show(text, model, question, answer, dark)
        st.header("What each makes of it")
        three_outputs.show(text, model, question, answer)
    st.header("What it costs")
    three_costs.show(dark)
