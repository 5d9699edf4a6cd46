"""Why a word is cut where it is: the ways to spell it, and the score of each."""

from typing import TYPE_CHECKING

import streamlit as st

from explorer.dashboard import links, messages
from explorer.dashboard.folded import fold
from explorer.errors import ExplorerError
from explorer.tokens import Tokens, show

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

SPLITS = 6
MAX_WORD_CHARACTERS = 60


def show_splits(model: "Seq2SeqModel", tokens: Tokens) -> None:
    """An expander for models whose vocabulary gives every piece a score."""
    words = list(dict.fromkeys(w for w in tokens.word_texts if len(w) <= MAX_WORD_CHARACTERS))
    if not words or model.piece_scores([]) is None:
        return
    longest = max(words, key=len)

    def draw() -> None:
        links.follow_default("word", longest)
        if st.session_state.get("word") not in words:
            st.session_state.pop("word", None)
        word = links.bound(st.selectbox, "Word", words, words.index(longest), key="word")
        try:
            found = model.splits(word, SPLITS)
        except ExplorerError as error:
            # A limit of the vocabulary, no failure.
            st.caption(messages.plain(str(error)))
            return
        st.dataframe(
            [
                {
                    "Pieces": " · ".join(show(piece, False) for piece in split.pieces),
                    "Score": round(split.score, 3),
                    "Score of each piece": " · ".join(f"{score:.2f}" for score in split.scores),
                }
                for split in found
            ],
            hide_index=True,
            width="stretch",
        )
        st.caption(
            "A score is the natural logarithm of how probable the vocabulary holds a piece. The "
            "split whose scores add up highest, the first, is the one that the model reads. "
            "With one line only, the vocabulary knows no other way."
        )

    fold(
        "How a word could be split",
        "content_cut",
        "splits_open",
        draw,
        filled=links.are_set({"word": longest}),
    )
