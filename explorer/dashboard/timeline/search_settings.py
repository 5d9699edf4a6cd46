"""How a beam search is done: its controls."""

from dataclasses import dataclass

import streamlit as st

from explorer.dashboard import links, settings
from explorer.dashboard.timeline.asking import Asked

MOST_PIECES = 128


@dataclass(frozen=True)
class Settings:
    """How to search, in plain values."""

    width: int
    penalty: float
    most: int
    early: bool


def choose_settings(asked: Asked) -> Settings:
    """The controls, in one row where there is room."""
    facts = asked.model.facts
    most = min(MOST_PIECES, facts.max_target_tokens, settings.limit("new_tokens"))
    columns = st.columns(4, gap="medium", vertical_alignment="top")
    with columns[0]:
        width = links.slider(
            "Beams",
            1,
            settings.limit("beams"),
            4,
            key="t_width",
            help="How many beginnings are followed at once. One beam is greedy decoding.",
        )
    with columns[1]:
        penalty = links.bound(
            st.slider,
            "Length penalty",
            -2.0,
            2.0,
            1.0,
            0.1,
            key="t_penalty",
            help="A score is a log-probability divided by length to this power.",
        )
    with columns[2]:
        pieces = links.slider(
            "Most pieces",
            1,
            most,
            min(64, most),
            key="t_most",
            help="The search ends after so many steps, whatever is finished by then.",
        )
    with columns[3]:
        early = links.bound(
            st.toggle,
            "Stop early",
            False,
            key="t_early",
            help="End as soon as as many answers are finished as there are beams, though a line "
            "that still runs might get better.",
        )
    return Settings(width, round(float(penalty), 1), pieces, bool(early))
