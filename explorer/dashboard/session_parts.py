"""What sessions keep, each by itself, and what all of them may keep together.

Five hundred sessions must not add up without end: when all have too much, the session that was
quiet for longest gives first, and computes anew what it asks for again.
"""

from typing import Any

import streamlit as st

from explorer.bounded import Bounded, Total

EACH_BYTES = 160_000_000
"""What one part of a session may take: as much as the largest result that is remembered."""
ALL_BYTES = 512_000_000
"""What the parts of all sessions of this server may take together."""

ALL = Total(ALL_BYTES)


def part(name: str, most: int, most_bytes: int = EACH_BYTES) -> Bounded[Any, Any]:
    """What this session keeps under a name: the latest few, within a limit of bytes."""
    held: Bounded[Any, Any] | None = st.session_state.get(name)
    if held is None:
        held = st.session_state[name] = Bounded(most_bytes, most, ALL)
    return held
