"""The branches a person asked for, in the URL: `?t_branches=0.3.1234;1.5.77`.

Each says which answer it leaves (0 is the first one, 1 the first branch), at which step, and the
number of the piece that is said there instead.
"""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.brancher import MAX_BRANCHES
from explorer.dashboard import links
from explorer.dashboard.messages import quoted

URL_NAME = "t_branches"
NONE = "none"
"""What the URL says when the person took all branches away, the one of the first sight included."""
MOST_BRANCHES = MAX_BRANCHES - 1
"""Branches beside the first answer."""
MOST_URL_CHARACTERS = 1_000
_BRANCHES, _WRITTEN, _OF = "_branches", "_branches_url", "_branches_of"
_REFUSED, _CLICKED = "_branches_refused", "_branches_clicked"
_LEAVING = re.compile(r"(\d{1,2})\.(\d{1,3})\.(\d{1,7})")


@dataclass(frozen=True)
class Leaving:
    """Where a branch leaves which answer, and with which piece."""

    parent: int
    step: int
    piece: int


def asked_for(of: Hashable) -> tuple[Leaving, ...] | None:
    """The branches of this session, or those of its link; None where nobody said anything yet.

    Args:
        of: what the first answer is decided by: for another one, the branches are gone.
    """
    state = st.session_state
    if state.get(_OF) not in (None, of):
        state[_BRANCHES], state[_REFUSED] = None, ""
        _write()
    state[_OF] = of
    asked = st.query_params.get(URL_NAME, "")
    if asked and asked != state.get(_WRITTEN, ""):
        state[_BRANCHES], refused = read(asked)
        state[_WRITTEN] = asked
        state[_REFUSED] = refused[0] if refused else ""
    elif asked != state.get(_WRITTEN, ""):
        # Another page was on screen meanwhile.
        _write()
    found: tuple[Leaving, ...] | None = state.get(_BRANCHES)
    return found


def say_refused() -> None:
    """A notice where the link asked for what cannot be, until the person changes something."""
    if st.session_state.get(_REFUSED):
        links.notice(
            f"The link asks for the branch {quoted(st.session_state[_REFUSED])}, which cannot be; "
            "such branches are left out."
        )


def read(text: str) -> tuple[tuple[Leaving, ...], list[str]]:
    """The branches that a URL holds, and what in it is no branch."""
    if text == NONE:
        return (), []
    found: list[Leaving] = []
    refused = []
    for part in text[:MOST_URL_CHARACTERS].split(";"):
        match = _LEAVING.fullmatch(part)
        if match is None or not part.isascii() or len(found) >= MOST_BRANCHES:
            refused.append(part)
        else:
            found.append(Leaving(*map(int, match.groups())))
    return tuple(found), refused


def written(branches: Sequence[Leaving]) -> str:
    """The same for the URL."""
    return ";".join(f"{one.parent}.{one.step}.{one.piece}" for one in branches) or NONE


def keep(branches: Sequence[Leaving]) -> None:
    """Remember them for the session, and in the link."""
    st.session_state[_BRANCHES] = tuple(branches)
    st.session_state[_REFUSED] = ""
    _write()


def without(branches: Sequence[Leaving], number: int) -> tuple[Leaving, ...]:
    """The list without one branch and all that leave it; numbers count from 1."""
    gone = {number}
    for place, one in enumerate(branches, 1):
        if one.parent in gone:
            gone.add(place)
    stay = [place for place in range(1, len(branches) + 1) if place not in gone]
    renamed = {0: 0, **{old: new for new, old in enumerate(stay, 1)}}
    return tuple(
        Leaving(renamed[branches[old - 1].parent], branches[old - 1].step, branches[old - 1].piece)
        for old in stay
    )


def _write() -> None:
    branches = st.session_state.get(_BRANCHES)
    text = "" if branches is None else written(branches)
    st.session_state[_WRITTEN] = text
    if text:
        st.query_params[URL_NAME] = text
    elif URL_NAME in st.query_params:
        del st.query_params[URL_NAME]


def clicked(one: Leaving, base: tuple[Leaving, ...] | None = None) -> None:
    """A branch that is to grow in the run that follows.

    Args:
        one: the branch.
        base: the list by whose numbers it was named; None where it leaves the first answer.
    """
    st.session_state[_CLICKED] = (one, base)


def with_clicked(
    branches: tuple[Leaving, ...],
) -> tuple[tuple[Leaving, ...], Leaving | None, tuple[Leaving, ...]]:
    """The list with the branch that was clicked, that branch, and the list without it.

    It is kept at once, because a click on Stop may end the run in which it grows.
    """
    one, base = st.session_state.pop(_CLICKED, (None, None))
    if one is None:
        return branches, None, branches
    before = branches if base is None else base
    if len(before) >= MOST_BRANCHES:
        keep(before)
        return before, None, before
    keep((*before, one))
    return (*before, one), one, before
