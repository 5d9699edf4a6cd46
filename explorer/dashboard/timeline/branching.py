"""Other paths: from any step, any other piece, and the answers side by side."""

import streamlit as st

from explorer.dashboard.timeline.asking import Asked


def show(asked: Asked, dark: bool) -> None:
    """The whole view."""
    st.caption(f"{asked.model.name}, {dark}")
