"""What a session holds of the timeline on screen: its answers, and what the decoder has read.

The memory of the server is for everybody, and what nobody asked for longest goes from it. The
answers that a person looks at must stay, however much others compute meanwhile.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

import streamlit as st

from explorer.generation import UNFINISHED
from explorer.kept_states import KeptStates
from explorer.timeline import Timeline

_HELD = "_timeline_held"


@dataclass
class Held:
    """The answers to one question; of a session the latest question only.

    It holds no model. The weights of all answers are bounded by `explorer.brancher`, and the keys
    and values by `KeptStates`.

    Attributes:
        key: what decides the first answer.
        root: the first answer.
        states: what the decoder has read.
        branches: the finished branches that are wanted, by the pieces that each begins with; they
            share the steps that they have in common.
    """

    key: Hashable
    root: Timeline
    states: KeptStates
    branches: dict[tuple[int, ...], Timeline] = field(default_factory=dict)


def first_answer(key: Hashable) -> Timeline | None:
    """The first answer, if it is held and whole."""
    held: Held | None = st.session_state.get(_HELD)
    if held is None or held.key != key or held.root.stop_reason in UNFINISHED:
        return None
    return held.root


def hold(key: Hashable, root: Timeline, states: KeptStates | None = None) -> Held:
    """What is held of a first answer; what was held of another one goes.

    Args:
        key: what decides the answer.
        root: the answer.
        states: what was read while it was decoded, where that was here and now.
    """
    held: Held | None = st.session_state.get(_HELD)
    if held is None or held.key != key or held.root.target.ids != root.target.ids:
        held = Held(key, root, states or KeptStates())
        st.session_state[_HELD] = held
    return held
