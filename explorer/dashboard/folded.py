"""What stands behind a fold and is made only for who opens it."""

from collections.abc import Callable

import streamlit as st


def fold(label: str, icon: str, key: str, draw: Callable[[], object]) -> None:
    """An expander that is filled once somebody opens it: closed, it costs nothing.

    Args:
        label: what it holds.
        icon: the name of a Material icon.
        key: tells it apart from every other one on the page.
        draw: puts its content on the page.
    """
    folder = st.expander(label, icon=f":material/{icon}:", key=key, on_change="rerun")
    if folder.open:
        with folder:
            draw()
