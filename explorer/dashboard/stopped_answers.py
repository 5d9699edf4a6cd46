"""The answers that a session has stopped: what there is of each, until it is decoded again."""

from collections.abc import Hashable
from typing import Any

import streamlit as st

from explorer.bounded import Bounded
from explorer.dashboard import session_parts

NOTHING_YET = "Stopped before the first piece was written."
GOES_ON = "Stopped. Others have asked the same, so it is still written for them."
"""What stands instead of a stopped answer where there is no part of it."""
KEPT = 8
"""Stopped answers that a session keeps; the oldest goes first."""
_STOPPED = "_answers_stopped"


def of(request: Hashable) -> Any:
    """What there is of an answer, or a sentence where that is nothing; None if it was not stopped.

    Args:
        request: everything that decides the answer.
    """
    return _stopped().get(request)


def keep(request: Hashable, found: Any) -> None:
    """Keep what there is of an answer for this session, or a sentence where that is nothing."""
    _stopped().keep(request, found)


def again_button() -> None:
    """A button that decodes what was stopped anew."""
    st.button("Decode again", icon=":material/replay:", on_click=_forget)


def _stopped() -> Bounded[Hashable, Any]:
    return session_parts.part(_STOPPED, KEPT)


def _forget() -> None:
    _stopped().clear()
