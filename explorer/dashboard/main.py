"""The script that runs for every visit: the frame, then the page that was asked for."""

from pathlib import Path

import streamlit as st
from streamlit.errors import FragmentHandledException

from explorer.dashboard import answers, drawing_turns, frame, leaving, messages, warmup

PAGES = Path(__file__).resolve().parents[2] / "pages"
# Streamlit fetches Material and emoji icons for the browser tab from the network.
ICON = Path(__file__).with_name("icon.svg")
ENTRIES = (
    ("overview.py", "Overview", ":material/schema:"),
    ("attention_sandbox.py", "Attention sandbox", ":material/grid_on:"),
    ("playground.py", "Playground", ":material/play_circle:"),
    ("cross_attention.py", "Cross-attention", ":material/hub:"),
    ("timeline.py", "Timeline", ":material/timeline:"),
    ("model_selector.py", "Model selector", ":material/checklist:"),
)
# A page is headed by its name in the navigation, but for these.
HEADINGS = {"Overview": "Inside an encoder–decoder", "Model selector": "From a task to a model"}

st.set_page_config(page_title="Seq2Seq Explorer", page_icon=ICON, layout="wide")
try:
    page = st.navigation(
        [
            st.Page(PAGES / file, title=title, icon=icon, default=file == "overview.py")
            for file, title, icon in ENTRIES
        ]
    )
    # Before all else: the browser shows it while it still fetches what the rest is drawn with.
    st.title(HEADINGS.get(page.title, page.title))
    answers.end_earlier()
    with drawing_turns.drawing():
        frame.render()
        if not leaving.is_under_way():
            page.run()
except FragmentHandledException:
    # The fragment has shown its own failure where it stands.
    raise
except Exception as error:
    messages.show_failure(error)
finally:
    warmup.after_run()
