"""What the playground shows of a finished answer: the text, its pieces, figures and a check."""

import math
from typing import TYPE_CHECKING

import streamlit as st

from explorer.charts import pieces
from explorer.dashboard import answer_checks, answers, badges
from explorer.dashboard.playground import piece_list
from explorer.generation import UNFINISHED, Generation
from explorer.probabilities import percent

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.model import Seq2SeqModel

UNSURE = 0.5
"""Below this probability of a piece, on average, the page says that the model was unsure."""


def show_answer(model: "Seq2SeqModel", generation: Generation, slot: "DeltaGenerator") -> None:
    """The finished answer and its pieces."""
    with slot.container():
        if generation.text.strip():
            st.html(pieces.text_html(generation.text, answers.ANSWER_SIZE))
        else:
            st.caption("The answer is empty: the model wrote only special pieces.")
        st.html(pieces.pieces_html(generation.tokens))
        piece_list.show_table(model, generation.tokens, "Every piece that the model writes")


def show_figures(generation: Generation) -> None:
    """How it was reached: pieces, speed, score, and why it stopped."""
    with st.container(horizontal=True, gap="medium"):
        st.metric("Pieces", len(generation.tokens), width="content")
        st.metric("Pieces per second", f"{generation.tokens_per_second:.0f}", width="content")
        st.metric(
            "Score",
            badges.number_text(generation.sequence_score),
            help="The sum of the natural logarithms of the pieces' probabilities; for beam "
            "search the number that ranked the answers. Nearer to 0 is more certain.",
            width="content",
        )
        st.metric(
            "Mean per piece",
            badges.number_text(answers.mean_log_probability(generation)),
            help="The mean log-probability of a piece: comparable between answers of "
            "different lengths.",
            width="content",
        )
        st.metric("Stopped by", generation.stop_reason, width="content")
    _say_if_unsure(generation)
    answers.offer_again(generation)


def _say_if_unsure(generation: Generation) -> None:
    """One line where the model held its own pieces for improbable."""
    probability = math.exp(answers.mean_log_probability(generation))
    if probability < UNSURE:
        st.caption(
            f":material/help: The model was unsure: it gave its pieces a probability of "
            f"{percent(probability)} on average (geometric mean). Read this answer with doubt."
        )


def show_check(model: "Seq2SeqModel", text: str, generation: Generation, of: str = "") -> None:
    """A badge: the score beside an independent computation; `of` names one answer of several."""
    if generation.stop_reason not in UNFINISHED:
        badges.check_badge(answer_checks.answer_check(model, text, generation), of)


def piece_table(generation: Generation) -> list[dict[str, str | int | float]]:
    """A row for each piece that was written, with its log-probability in nats."""
    tokens = generation.tokens
    return [
        {
            "number": number,
            "piece": piece,
            "id": piece_id,
            "log-probability": value,
            "probability": math.exp(value),
        }
        for number, (piece, piece_id, value) in enumerate(
            zip(tokens.pieces, tokens.ids, generation.token_log_probabilities, strict=True), 1
        )
    ]
