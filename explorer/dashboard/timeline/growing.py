"""Branches that grow in front of the person: each watched, remembered, and stoppable."""

from collections.abc import Callable, Hashable, Sequence
from threading import Event
from typing import Any

import streamlit as st

from explorer.brancher import Brancher
from explorer.branches import Branch, BranchTree
from explorer.dashboard import answers, links, messages
from explorer.dashboard.timeline import decoded
from explorer.dashboard.timeline.asking import Asked
from explorer.dashboard.timeline.branch_list import Leaving
from explorer.dashboard.timeline.decoded import Chosen
from explorer.errors import ExplorerError
from explorer.timeline import Timeline

KEY = "timeline branch"


def grow(
    asked: Asked, chosen: Chosen, root: Timeline, wanted: Sequence[Leaving]
) -> tuple[BranchTree, tuple[Leaving, ...]]:
    """The tree of the branches that can be, and these; a notice says which cannot."""
    branches = [Branch(0, None, 0, root)]
    numbers = {0: 0}
    grown: list[Leaving] = []
    slot = st.empty()
    refused = ""
    for place, one in enumerate(wanted, 1):
        if one.parent not in numbers:
            refused = refused or f"There is no answer {one.parent} that branch {place} could leave."
            continue
        parent = branches[numbers[one.parent]]
        try:
            found = _branch(asked, chosen, parent.timeline, one, slot, place)
        except ExplorerError as error:
            slot.empty()
            refused = refused or str(error)
            continue
        numbers[place] = len(branches)
        branches.append(Branch(len(branches), parent.id, one.step, found))
        grown.append(Leaving(parent.id, one.step, one.piece))
    if refused:
        links.notice(f"A branch cannot be, and is left out. {messages.plain(refused)}")
    answers.offer_again(*(branch.timeline for branch in branches[1:]))
    return BranchTree(root.source.text, tuple(branches)), tuple(grown)


def _branch(
    asked: Asked, chosen: Chosen, parent: Timeline, one: Leaving, slot: Any, place: int
) -> Timeline:
    """One branch: what came before is read in one pass, and only its own steps are decoded."""

    def work(cancelled: Event, show: Callable[[str], None]) -> Timeline:
        return (
            Brancher(asked.model, parent)
            .branch(one.step, one.piece, cancelled=cancelled, on_step=lambda _, text: show(text))
            .timeline
        )

    key: Hashable = (KEY, chosen.key(asked), parent.target.ids, one.step, one.piece)
    return decoded.watch(asked, key, work, slot, f"branch_{place}")


def table(tree: BranchTree) -> list[dict[str, Any]]:
    """A row for each answer, for the page and a CSV."""
    return [
        {
            "answer": branch.id,
            "leaves": branch.parent,
            "at step": None if branch.parent is None else branch.at_step,
            "piece": branch.timeline.steps[branch.at_step].token.piece,
            "text": branch.timeline.text,
            "log-probability": branch.log_probability,
            "per piece": branch.mean_log_probability,
            "pieces": len(branch.timeline.steps),
            "stopped by": branch.timeline.stop_reason,
        }
        for branch in tree.branches
    ]
