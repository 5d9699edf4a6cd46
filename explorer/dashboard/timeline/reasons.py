"""Why this piece: which source words made the model say it, by three methods."""

import streamlit as st

from explorer.dashboard.timeline.asking import Asked


def show(asked: Asked, dark: bool) -> None:
    """The whole view."""
    st.caption(f"{asked.model.name}, {dark}")
