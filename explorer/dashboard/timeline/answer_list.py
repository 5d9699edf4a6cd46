"""All answers of a tree in a table, and the buttons that take some of them away."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from explorer.branches import BranchTree
from explorer.dashboard.folded import fold
from explorer.dashboard.timeline import branch_list
from explorer.dashboard.timeline.branch_list import Leaving


def offer_removal(leavings: Sequence[Leaving]) -> None:
    """A button for each branch; the first answer stays."""
    if not leavings:
        return
    with st.container(horizontal=True, gap="small"):
        for number in range(1, len(leavings) + 1):
            st.button(
                f"Remove answer {number}",
                icon=":material/delete:",
                key=f"t_remove_{number}",
                help="And every answer that leaves it.",
                on_click=_remove,
                args=(leavings, number),
            )


def _remove(leavings: Sequence[Leaving], number: int) -> None:
    branch_list.keep(branch_list.without(leavings, number))


def show(tree: BranchTree) -> None:
    """The table, folded away."""
    fold(
        "All answers",
        "table",
        "t_answers_open",
        lambda: st.dataframe(table(tree), hide_index=True, width="stretch"),
    )


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
