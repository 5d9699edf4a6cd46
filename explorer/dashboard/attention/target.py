"""The rows of the map as words to click: what the chosen one looks at lights up."""

import streamlit as st

from explorer.dashboard import links, messages

MOST_WORDS = 60
"""Rows offered as words; more are chosen by their number."""
KEY = "row"


def choose_row(names: tuple[str, ...]) -> int:
    """The number of the chosen row; the link holds it."""
    count = len(names)
    if count > MOST_WORDS:
        return links.slider("Row whose sources light up", 0, count - 1, 0, key=KEY)
    row = _row(count)
    st.session_state["row_words"] = row
    st.pills(
        "Word whose sources light up",
        range(count),
        format_func=_labels(names).__getitem__,
        key="row_words",
        required=True,
        wrap=True,
        label_visibility="collapsed",
        on_change=lambda: pick(st.session_state["row_words"]),
    )
    wanted = str(row) if row else None
    if st.query_params.get(KEY) != wanted:
        if wanted is None:
            del st.query_params[KEY]
        else:
            st.query_params[KEY] = wanted
    return row


def pick(row: int) -> None:
    """Choose a row in the run that follows."""
    st.session_state[KEY] = row


def _row(count: int) -> int:
    held = st.session_state.get(KEY)
    asked = st.query_params.get(KEY)
    if held is None and asked is not None:
        fits = asked.isascii() and asked.isdigit() and len(asked) < 9 and int(asked) < count
        if fits:
            held = int(asked)
        else:
            links.notice(
                f"The link asks for row = {messages.quoted(asked)}, which cannot be; there are the "
                f"rows 0 to {count - 1}, and the first stands instead."
            )
    row = min(held, count - 1) if isinstance(held, int) else 0
    st.session_state[KEY] = row
    return row


def _labels(names: tuple[str, ...]) -> list[str]:
    """Each name as plain text; a name that comes again is numbered, to be one choice of its own."""
    labels: list[str] = []
    seen: dict[str, int] = {}
    for name in names:
        label = messages.plain(name).strip() or "␣"
        seen[label] = seen.get(label, 0) + 1
        again = f"{label} ({seen[label]})" if seen[label] > 1 else label
        while again in labels:
            again += "’"
        labels.append(again)
    return labels
