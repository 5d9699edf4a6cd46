"""Branches that grow in front of the person: each watched, remembered, and stoppable."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Grown:
    """What became of the branches that were wanted.

    Attributes:
        tree: the first answer, and all branches that can be, each once.
        leavings: how each of these leaves; one for each branch after the first answer.
        repeats: the answer that the last wanted branch only repeats; None where it is new.
    """

    tree: BranchTree
    leavings: tuple[Leaving, ...]
    repeats: int | None


def grow(asked: Asked, chosen: Chosen, root: Timeline, wanted: Sequence[Leaving]) -> Grown:
    """The tree of the branches that can be; a notice says which cannot."""
    branches = [Branch(0, None, 0, root)]
    numbers = {0: 0}
    grown: list[Leaving] = []
    repeats: int | None = None
    slot = st.empty()
    refused = ""
    for place, one in enumerate(wanted, 1):
        repeats = None
        if one.parent not in numbers:
            refused = refused or f"There is no answer {one.parent} that branch {place} could leave."
            continue
        parent = branches[numbers[one.parent]]
        repeats = same(branches, parent, one)
        if repeats is not None:
            numbers[place] = repeats
            continue
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
    tree = BranchTree(root.source.text, tuple(branches))
    return Grown(tree, tuple(grown), repeats)


def same(branches: Sequence[Branch], parent: Branch, one: Leaving) -> int | None:
    """The answer that a branch would only repeat: the same pieces, and then on greedily.

    A sampled first answer is not repeated by going on greedily from its own pieces.
    """
    steps = parent.timeline.steps
    if one.step >= len(steps):
        return None
    begin = (*parent.timeline.target.ids[: one.step], one.piece)
    for branch in branches:
        greedily = branch.at_step <= one.step
        if branch.parent is None:
            greedily = branch.timeline.decoding.strategy == "greedy"
        if greedily and branch.timeline.target.ids[: len(begin)] == begin:
            return branch.id
    return None


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
