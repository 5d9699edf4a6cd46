"""Beam search as a tree, with the hypotheses that were lost."""

import streamlit as st

from explorer.dashboard.timeline.asking import Asked


def show(asked: Asked, dark: bool) -> None:
    """The whole view."""
    st.caption(f"{asked.model.name}, {dark}")
