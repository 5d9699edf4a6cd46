"""Going on to another page by a button, with a model that was just chosen.

Streamlit switches pages only while no control on screen is bound to the URL. So one run draws the
frame alone; a moment later, when the page's controls are gone, the other page is opened.
"""

import streamlit as st

from explorer.dashboard import drawing_turns, frame, models
from explorer.dashboard.settings import DEFAULT_MODEL
from explorer.dashboard.stories import PAGES

PAUSE_SECONDS = 0.2
_GOAL = "_page_to_open"
_DRAWN = "_page_to_open_drawn"


def with_model(name: str, file: str) -> None:
    """Choose a model and open a page, named by its file; for the callback of a button."""
    frame.choose(name)
    st.session_state[_GOAL] = file
    st.session_state[_DRAWN] = False


def is_under_way() -> bool:
    """Whether this run only leaves the page; it must draw nothing else then."""
    if _GOAL not in st.session_state:
        return False
    drawing_turns.fragment(_go, PAUSE_SECONDS)()
    return True


def _go() -> None:
    st.caption("Opening the page …")
    if not st.session_state.get(_DRAWN):
        # The first time is part of the whole run; the controls go when that is over.
        st.session_state[_DRAWN] = True
        return
    goal = st.session_state.pop(_GOAL, None)
    if goal is not None:
        # Named at once: what is added to an address later is one step more on the way back.
        name = models.selected_name()
        said = None if name == DEFAULT_MODEL else {frame.URL_NAME: name}
        st.switch_page(PAGES / goal, query_params=said)
