"""Which model? From a task to a model that fits it, and what tells the architectures apart."""

import streamlit as st

from explorer.charts.side_by_side import MARK
from explorer.dashboard import links
from explorer.dashboard.selector import architectures, families, fitting, questions, tables

VIEWS = {
    "Which model?": "Answer the questions, or begin with a job. Follow the **violet way** to a "
    "model: the bars say how many are left.",
    "Will it run here?": "Look at the **verdict**: what each model of the catalogue takes on this "
    "machine, before anything is loaded.",
    "Three architectures": "Look at the **grey squares**: they are what an architecture hides. One "
    "sentence goes through all three at once.",
    "Tasks and architectures": "Look for the **strongest colour** of each row: the architecture "
    "that was made for the task.",
    "Families": f"Look at the cells with a **{MARK}**: there a model is built in "
    "another way than most.",
}
SHOW = {
    "Which model?": questions.show,
    "Will it run here?": fitting.show,
    "Three architectures": architectures.show,
    "Tasks and architectures": tables.show,
    "Families": families.show,
}

view = links.view("What to look at", VIEWS, key="guide")
st.markdown(VIEWS[view])
SHOW[view](st.context.theme.type == "dark")
