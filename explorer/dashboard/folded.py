"""What stands behind a fold and is made only for who opens it: closed, it costs nothing."""

from collections.abc import Callable
from typing import Literal

import streamlit as st


def fold(
    label: str,
    icon: str,
    key: str,
    draw: Callable[[], object],
    *,
    expanded: bool = False,
    filled: bool = False,
) -> None:
    """An expander that is filled once somebody opens it.

    Args:
        label: what it holds.
        icon: the name of a Material icon.
        key: tells it apart from every other one on the page.
        draw: puts its content on the page.
        expanded: whether it is open when it comes on the page.
        filled: whether it is filled closed as well: controls that somebody has set must be there.
    """
    # A fold that is drawn otherwise than before is another one to Streamlit: it would come anew,
    # and whoever types in it would lose their place.
    at_first = f"_at_first_{key}"
    if key not in st.session_state:
        st.session_state[at_first] = expanded
    expanded = st.session_state.get(at_first, expanded)
    folder = st.expander(label, expanded, icon=f":material/{icon}:", key=key, on_change="rerun")
    if folder.open or filled:
        with folder:
            draw()


def drop_down(
    label: str,
    icon: str,
    key: str,
    draw: Callable[[], object],
    width: Literal["stretch", "content"] = "content",
) -> None:
    """A button below which something appears once somebody clicks it.

    Args:
        label: of the button.
        icon: the name of a Material icon.
        key: tells it apart from every other one on the page.
        draw: puts its content on the page.
        width: of the button.
    """
    place = st.popover(label, icon=f":material/{icon}:", key=key, on_change="rerun", width=width)
    if place.open:
        with place:
            draw()
