"""The server. `streamlit run streamlit_app.py` and `uvicorn streamlit_app:app` both start it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

from explorer.dashboard import messages, warmup


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Import the light libraries first, and prepare the default model in the background."""
    warmup.import_light()
    warmup.begin_when_quiet()
    yield


app = st.App(
    Path(__file__).with_name("explorer") / "dashboard" / "main.py",
    lifespan=lifespan,
    on_script_error=messages.show_failure,
)
