"""What a session holds of the timeline on screen: its answers, and what the decoder has read.

The memory of the server is for everybody, and what nobody asked for longest goes from it. The
answers that a person looks at must stay, however much others compute meanwhile: they go only when
all sessions hold too much, and this one was quiet for longest.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

from explorer.bounded import Bounded, size_of
from explorer.brancher import MAX_TREE_BYTES
from explorer.dashboard import session_parts
from explorer.generation import UNFINISHED
from explorer.kept_states import MAX_KEPT_BYTES, KeptStates
from explorer.timeline import Timeline

_HELD = "_timeline_held"
HELD_BYTES = MAX_TREE_BYTES + MAX_KEPT_BYTES
"""Memory of all that a session holds here."""


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

    @property
    def bytes(self) -> int:
        """Memory of all this; what answers share counts once."""
        return size_of(self.key, self.root, self.branches) + self.states.bytes


def first_answer(key: Hashable) -> Timeline | None:
    """The first answer, if it is held and whole."""
    held = _part().get(key)
    return None if held is None or held.root.stop_reason in UNFINISHED else held.root


def _part() -> "Bounded[Hashable, Held]":
    return session_parts.part(_HELD, 1, HELD_BYTES)


def hold(key: Hashable, root: Timeline, states: KeptStates | None = None) -> Held:
    """What is held of a first answer; what was held of another one goes.

    Args:
        key: what decides the answer.
        root: the answer.
        states: what was read while it was decoded, where that was here and now.
    """
    part = _part()
    held = part.get(key)
    if held is None or held.root.target.ids != root.target.ids:
        held = Held(key, root, states or KeptStates())
    # It grows: it is measured anew at every look.
    part.keep(key, held, held.bytes)
    return held
