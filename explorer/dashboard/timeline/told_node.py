"""The piece of a beam search whose numbers are told: clicked, and in the link, `?t_node=17`."""

from collections.abc import Hashable

import streamlit as st

from explorer.dashboard import links
from explorer.dashboard.messages import quoted

URL_NAME = "t_node"
_NODE, _OF, _WRITTEN, _REFUSED = "_beam_node", "_beam_node_of", "_beam_node_url", "_beam_node_not"


def chosen(search: Hashable, count: int) -> int | None:
    """The number of the piece in this session, or in its link; None where there is none.

    Args:
        search: everything that decides the search: in another one nothing is clicked yet.
        count: how many pieces it has.
    """
    state = st.session_state
    asked = st.query_params.get(URL_NAME, "")
    if asked and asked != state.get(_WRITTEN, ""):
        can_be = asked.isascii() and asked.isdecimal() and int(asked[:9]) < count
        keep(search, int(asked) if can_be else None)
        state[_REFUSED] = "" if can_be else asked
    elif state.get(_OF) != search:
        keep(search, None)
    elif asked != state[_WRITTEN]:
        # Another page was on screen meanwhile.
        _write()
    if state[_REFUSED]:
        links.notice(
            f"The link asks for piece {quoted(state[_REFUSED])}, and this search has the pieces 0 "
            f"to {count - 1:,}: none is told of."
        )
    node: int | None = state[_NODE]
    # A search that was stopped has fewer pieces than the same one that was not.
    return node if node is not None and node < count else None


def keep(search: Hashable, node: int | None) -> None:
    """Remember what was clicked for the session, and in the link."""
    state = st.session_state
    state[_NODE], state[_OF], state[_REFUSED] = node, search, ""
    _write()


def _write() -> None:
    node = st.session_state[_NODE]
    st.session_state[_WRITTEN] = text = "" if node is None else str(node)
    if text:
        st.query_params[URL_NAME] = text
    elif URL_NAME in st.query_params:
        del st.query_params[URL_NAME]
