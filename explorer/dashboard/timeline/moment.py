"""The step on screen: a control that all views share, and where it stands at first."""

from collections.abc import Sequence

import streamlit as st

from explorer.dashboard import links, messages
from explorer.dashboard.timeline.asking import STEP_KEY
from explorer.tokens import Tokens

LONG_WORD = 4
"""From so many letters on a word is no article, in the languages of most models."""


def first_step(tokens: Tokens, forced: Sequence[bool]) -> int:
    """The first step worth looking at: a piece with a choice, of a word that is no article.

    Where there is none, the first that stands for text; then the first that is not forced.
    """
    free = [step for step in range(len(tokens)) if not forced[step]]
    text = [step for step in free if not tokens.special[step] and tokens.words[step] is not None]
    long = [step for step in text if len(tokens.word_texts[tokens.words[step] or 0]) >= LONG_WORD]
    return (long or text or free or [0])[0]


def choose_step(tokens: Tokens, default: int) -> int:
    """The control; a step that the answer does not have goes to its end, and that is said."""
    last = len(tokens) - 1
    asked = st.query_params.get(STEP_KEY, "")
    if STEP_KEY not in st.session_state and asked.isdecimal() and int(asked) > last:
        st.session_state[STEP_KEY] = last
        links.notice(
            f"The link asks for step {messages.quoted(asked)}, and the answer's last step is "
            f"{last}; that one is shown."
        )
    return links.slider("Step of the answer", 0, last, default, key=STEP_KEY)
