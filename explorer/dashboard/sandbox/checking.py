"""The sandbox's checks against torch: at once where torch is there, else as soon as it is."""

from collections.abc import Callable

import streamlit as st

from explorer.checks import Check
from explorer.dashboard import badges, drawing_turns, warmup

WATCH_SECONDS = 0.7


def check_with_torch(check: Callable[[], Check]) -> None:
    """The badge of a check that needs torch; a server that has just started has yet to load it."""
    if warmup.is_done():
        badges.check_badge(check())
    else:
        drawing_turns.fragment(_wait_for_torch, run_every=WATCH_SECONDS)()


def _wait_for_torch() -> None:
    if warmup.is_done():
        st.rerun()
    st.caption("The server has just started: torch will check these numbers in a moment.")
