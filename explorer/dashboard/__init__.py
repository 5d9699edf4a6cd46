"""The Streamlit side: the frame around the pages and the controls that pages share."""
