"""Branches that grow in front of the person: each watched, remembered, and stoppable."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

import streamlit as st

from explorer.brancher import Brancher
from explorer.branches import BranchTree
from explorer.dashboard import answers, links, messages
from explorer.dashboard.timeline import branch_list, decoded, held
from explorer.dashboard.timeline.asking import Asked
from explorer.dashboard.timeline.branch_list import Leaving
from explorer.dashboard.timeline.decoded import Chosen
from explorer.errors import ExplorerError
from explorer.generation import UNFINISHED
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


def wanted(asked: Asked, chosen: Chosen, root: Timeline) -> tuple[tuple[Leaving, ...], bool]:
    """The branches that a person or a link asked for, and whether nobody did.

    At first that is the second choice where the model hesitated most.
    """
    of: Hashable = (asked.request(chosen.decoding), chosen.begin)
    found = branch_list.asked_for(of)
    if found is not None:
        return found, False
    first = first_branch(root, decoded.hesitations(root) or decoded.least_sure(root))
    return ((first,) if first else ()), True


def first_branch(root: Timeline, marked: tuple[int, ...]) -> Leaving | None:
    """The branch of the first sight: the second choice where the model hesitated most."""
    for index in marked:
        step = root.steps[index]
        for one in step.alternatives:
            if one.id != step.token.id:
                return Leaving(0, index, one.id)
    return None


def grow(asked: Asked, chosen: Chosen, root: Timeline, leavings: Sequence[Leaving]) -> Grown:
    """The tree of the branches that can be; a notice says which cannot.

    Those that the session holds are there at once, and new ones go on from what was read before.
    """
    kept = held.hold(chosen.key(asked), root)
    grower = Brancher(asked.model, root, kept.states)
    numbers = {0: 0}
    grown: list[Leaving] = []
    finished: dict[tuple[int, ...], Timeline] = {}
    repeats: int | None = None
    slot = st.empty()
    refused = ""
    for place, one in enumerate(leavings, 1):
        repeats = None
        if one.parent not in numbers:
            refused = refused or f"There is no answer {one.parent} that branch {place} could leave."
            continue
        parent = grower.tree.branches[numbers[one.parent]]
        try:
            known = grower.said(one.step, one.piece, parent.id)
            if known is not None:
                repeats = numbers[place] = known.id
                continue
            begin = (*parent.timeline.target.ids[: one.step], one.piece)
            found = kept.branches.get(begin)
            if found is None:
                leaving = Leaving(parent.id, one.step, one.piece)
                found = _own_steps(asked, chosen, grower, leaving, begin, slot, place)
            branch = grower.put(one.step, found, parent.id)
        except ExplorerError as error:
            slot.empty()
            refused = refused or str(error)
            continue
        numbers[place] = branch.id
        grown.append(Leaving(parent.id, one.step, one.piece))
        if branch.timeline.stop_reason not in UNFINISHED:
            finished[begin] = branch.timeline
            kept.branches[begin] = branch.timeline
    # What is wanted no more is held no more.
    kept.branches = finished
    if refused:
        links.notice(f"A branch cannot be, and is left out. {messages.plain(refused)}")
    tree = grower.tree
    answers.offer_again(*(branch.timeline for branch in tree.branches[1:]))
    return Grown(tree, tuple(grown), repeats)


def _own_steps(
    asked: Asked,
    chosen: Chosen,
    grower: Brancher,
    one: Leaving,
    begin: tuple[int, ...],
    slot: Any,
    place: int,
) -> Timeline:
    """A branch without the steps before it, which the memory would hold once for each branch."""

    def work(cancelled: Event, show: Callable[[str], None]) -> Timeline:
        found = grower.branch(
            one.step,
            one.piece,
            one.parent,
            cancelled=cancelled,
            on_step=lambda _, text: show(text),
        ).timeline
        return replace(found, steps=found.steps[one.step :])

    key: Hashable = (KEY, chosen.key(asked), begin)
    return decoded.watch(asked, key, work, slot, f"branch_{place}")
