"""The steps of one answer: what was chosen, what else was considered, and what was read."""

import streamlit as st

from explorer.dashboard.timeline.asking import Asked


def show(asked: Asked, dark: bool) -> None:
    """The whole view."""
    st.caption(f"{asked.model.name}, {dark}")
