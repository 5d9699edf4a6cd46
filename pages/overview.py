"""What an encoder-decoder is, with the numbers of the chosen model."""

import streamlit as st

from explorer.dashboard import models

st.title("Overview")
model = models.current_model()
st.write(model.name)
