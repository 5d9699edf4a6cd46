"""Which model: will it run here?"""

import streamlit as st

from explorer.dashboard.selector import fitting

st.markdown(
    "Look at the **verdict**: what each model of the catalogue takes on this machine, before "
    "anything is loaded."
)
fitting.show(st.context.theme.type == "dark")
