"""Charts: pure functions from results to Altair charts, with no Streamlit and no torch."""
