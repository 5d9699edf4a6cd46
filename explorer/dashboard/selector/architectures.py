"""Three architectures, live: one sentence through an encoder, a decoder, and both together."""

from typing import TYPE_CHECKING

import streamlit as st

from explorer.charts import pieces
from explorer.dashboard import answers, drawing_turns, links, messages, models, warmup
from explorer.dashboard.selector import three_costs, three_looks, three_outputs
from explorer.load_progress import LoadProgress
from explorer.siblings import ENCODER_DECODER, sibling

if TYPE_CHECKING:
    from explorer.generation import Generation
    from explorer.model import Seq2SeqModel

SENTENCE = "The old farmer feeds the horses in the garden."
MOST_CHARACTERS = 200
"""Three models read it at once."""


def show(dark: bool) -> None:
    """The whole view."""
    if not warmup.is_done():
        models.wait_for_active()
        return
    with drawing_turns.waiting():
        for architecture in ("encoder-only", "decoder-only"):
            sibling(architecture)
    text = links.text_input("One sentence", SENTENCE, key="one_sentence", longest=MOST_CHARACTERS)
    # Of signs that have no shape, nothing is left for a model to read.
    if not text.strip() or not sibling("encoder-only").tokenize(text).word_texts:
        st.info("Type a sentence for the three models to read.", icon=":material/edit:")
        return
    slot = st.empty()

    def wait(_: LoadProgress) -> None:
        with slot.container():
            models.show_progress(ENCODER_DECODER)

    # Counted in the server's memory as long as this page computes with it.
    with models.leased(ENCODER_DECODER, wait) as model:
        question = model.card.tasks[0].compose(text)
        answer = answers.answer(model, question, answers.PLAIN, slot, key="three")
        slot.empty()
        answers.offer_again(answer)
        _say_what_is_cut(text, model, answer)
        three_looks.show(text, model, question, answer, dark)
        st.header("What each makes of it")
        three_outputs.show(text, model, question, answer)
    st.header("What it costs")
    three_costs.show(dark)


def _say_what_is_cut(text: str, model: "Seq2SeqModel", answer: "Generation") -> None:
    """The end of a sentence that has more pieces than a model has places, struck out."""
    encoder, decoder = sibling("encoder-only"), sibling("decoder-only")
    for name, read, most in (
        (encoder.name, encoder.tokenize(text), encoder.longest),
        (decoder.name, decoder.tokenize(text), decoder.longest),
        (model.name, answer.source, model.facts.max_source_tokens),
    ):
        if read.truncated:
            st.warning(
                f"{messages.plain(name)} does not read the whole sentence; shorten it.",
                icon=":material/content_cut:",
            )
            st.html(pieces.cut_html(read, most))
