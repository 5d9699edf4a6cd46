"""What a person set about decoding: where it stands, and which views do not use it."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import streamlit as st

from explorer.dashboard import messages
from explorer.dashboard.playground.controls import DEFAULTS, GENERAL
from explorer.errors import ExplorerError
from explorer.generation import Decoding

PREFIX = "t_"
"""Before the URL names of this page's decoding."""
BEGIN_KEY = f"{PREFIX}begin"
_GIVEN = "_t_given"


def note(decoding: Decoding, begin: str) -> None:
    """Remember what the controls hold, for the views that do not draw them."""
    st.session_state[_GIVEN] = _in_words(decoding, begin)


def say_unused(instead: str) -> None:
    """A caption where a person has set what this view does not use; else nothing.

    Args:
        instead: what the view goes by, as a sentence.
    """
    state = st.session_state
    # The controls are not drawn here. Until they were, what they will hold stands in the link, and
    # Streamlit takes that out of it while they are away.
    if _GIVEN not in state:
        state[_GIVEN] = _by_link()
    told = state[_GIVEN]
    if told:
        st.caption(
            f":material/block: Not used here: {', '.join(told)}. The other views go by that. "
            f"{instead}"
        )


def _in_words(decoding: Decoding, begin: str) -> tuple[str, ...]:
    """What a person set that other views do not use, in words."""
    changed = [
        control.label.lower()
        for control in GENERAL
        if getattr(decoding, control.field) != getattr(DEFAULTS, control.field)
    ]
    sampling = ["sampling"] if decoding.strategy == "sampling" else []
    forced = [f"the beginning {messages.quoted(begin)}"] if begin.strip() else []
    return (*sampling, *changed, *forced)


def _by_link() -> tuple[str, ...]:
    asked = st.query_params
    values: dict[str, Any] = {"strategy": asked.get(f"{PREFIX}strategy")}
    for control in GENERAL:
        with suppress(ValueError):
            kind = type(getattr(DEFAULTS, control.field))
            values[control.field] = kind(asked.get(f"{PREFIX}{control.url}", ""))
    found = Decoding()
    for name, value in values.items():
        # One by one: what cannot be is not set.
        with suppress(ExplorerError):
            found = replace(found, **{name: value})
    return _in_words(found, asked.get(BEGIN_KEY, ""))
