"""Which answer a view looks into: the first one, as it is decoded, or one of its branches."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from explorer.branches import Branch
from explorer.dashboard import links, messages
from explorer.dashboard.timeline import branch_list, decoded, growing, moment
from explorer.dashboard.timeline.asking import Asked
from explorer.dashboard.timeline.decoded import Chosen
from explorer.generation import Decoding
from explorer.timeline import Timeline, TimelineStep

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

KEY = "t_answer"
FIRST = "0"


@dataclass(frozen=True)
class Target:
    """An answer whose steps a view explains.

    Attributes:
        chosen: how the first answer is decoded.
        branch: the answer; 0 is the first one.
        instead: for a branch the step of its parent that it leaves.
    """

    chosen: Chosen
    branch: Branch
    instead: TimelineStep | None = None

    @property
    def timeline(self) -> Timeline:
        """All its steps."""
        return self.branch.timeline

    @property
    def limit(self) -> Decoding:
        """What of the decoding counts for an answer that is given: the most pieces."""
        return Decoding(max_new_tokens=self.timeline.decoding.max_new_tokens)

    @property
    def file_part(self) -> str:
        """What the names of its files have besides: nothing for the first answer."""
        return f"-answer-{self.branch.id}" if self.branch.id else ""

    @property
    def first_step(self) -> int:
        """The step worth looking at first: where a branch leaves, else where it was unsure."""
        if self.instead is not None:
            return self.branch.at_step
        steps = self.timeline.steps
        return moment.first_step(
            self.timeline.target,
            [step.log_probability for step in steps],
            [step.fixed or step.forced for step in steps],
        )

    @property
    def is_plain(self) -> bool:
        """Whether every piece is what the model itself says, with nothing set and no beginning."""
        free = self.instead is None and not self.chosen.begin.strip()
        return free and self.chosen.decoding == self.limit

    @property
    def told(self) -> str:
        """Which answer it is, for Markdown."""
        if self.instead is not None:
            here = self.timeline.steps[self.branch.at_step]
            return (
                f"Answer {self.branch.id}, which says **{messages.plain(here.token.display)}** at "
                f"step {self.branch.at_step} where answer {self.branch.parent} says "
                f"**{messages.plain(self.instead.token.display)}**"
            )
        if self.is_plain:
            return "The model's own greedy answer"
        return f"The first answer ({decoded.settings_in_short(self.chosen)})"


def choose(asked: Asked, row: "DeltaGenerator | None" = None) -> Target:
    """The controls of the decoding, and which answer of those that there are.

    A branch that nobody asked for yet is offered, and grows when it is chosen.

    Args:
        asked: the model and the text.
        row: where the choice of the answer stands, if not right here.
    """
    chosen = decoded.choose(asked)
    root = decoded.decode(asked, chosen)
    leavings, at_first = growing.wanted(asked, chosen, root)
    branch_list.say_refused()
    branches: tuple[Branch, ...] = (Branch(0, None, 0, root),)
    if not at_first:
        branches = growing.grow(asked, chosen, root, leavings).tree.branches
    count = len(leavings) + 1 if at_first else len(branches)
    names = [str(number) for number in range(count)]
    if st.session_state.get(KEY) not in (None, *names):
        # The branch was taken away.
        st.session_state[KEY] = FIRST
    with links.notices_in(st.container()), row or st.container():
        number = int(
            links.bound(
                st.segmented_control,
                "Which answer",
                names,
                default=FIRST,
                required=True,
                key=KEY,
                wrap=True,
                help="0 is the first answer, as it is decoded; the others are its branches, which "
                "*Branches* grows and compares.",
            )
        )
    if number >= len(branches):
        branches = growing.grow(asked, chosen, root, leavings).tree.branches
    # What could not grow is said by then.
    branch = branches[min(number, len(branches) - 1)]
    if branch.parent is None:
        return Target(chosen, branch)
    return Target(chosen, branch, branches[branch.parent].timeline.steps[branch.at_step])
