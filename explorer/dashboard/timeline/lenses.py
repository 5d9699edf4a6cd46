"""What each layer would have said, had decoding ended there."""

import streamlit as st

from explorer.dashboard.timeline.asking import Asked


def show(asked: Asked, dark: bool) -> None:
    """The whole view."""
    st.caption(f"{asked.model.name}, {dark}")
