"""What is said of the nodes of a beam search, for people."""

from collections import Counter

import numpy as np

from explorer.beams import BeamNode, BeamTree
from explorer.charts.cells import MINUS
from explorer.probabilities import percent

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
UNFINISHED = "unfinished"
"""What stands behind a line that had not come to its end when the search was over."""


def exact(value: float, digits: int = 4) -> str:
    """A number with so many digits that count, as people write it: −1.276, −4.756 × 10⁻⁵."""
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    power = f" × 10{str(int(exponent)).translate(RAISED)}" if exponent else ""
    return mantissa.replace("-", MINUS) + power


def considered(tree: BeamTree) -> Counter[int]:
    """How many nodes each step has."""
    return Counter(node.step for node in tree.nodes)


def numbers(tree: BeamTree, node: BeamNode, within: int) -> dict[str, str]:
    """Everything that is known of a node, for people.

    Args:
        tree: the search.
        node: one of its nodes.
        within: how many nodes the node's step has; see `considered`.
    """
    score = {} if node.score is None else {"Score": exact(node.score)}
    return {
        "Piece": node.token.name,
        "Step": str(node.step),
        "Rank": f"{node.rank} of {within} at this step",
        "Probability": percent(float(np.exp(node.log_probability))),
        "Log-probability": f"{exact(node.log_probability)} nats",
        "Cumulative": f"{exact(node.cumulative_log_probability)} nats",
        "State": state_text(tree, node),
        "Score": "not finished",
        **score,
    }


def state_text(tree: BeamTree, node: BeamNode) -> str:
    """What became of a node, in words."""
    if node.state == "pruned":
        return f"pruned at step {node.step}"
    state = "kept at the end, not finished" if tree.runs_on(node) else node.state
    if node.pruned_step is None:
        return state
    if node.state == "finished":
        return f"{state}, outscored at step {node.pruned_step}"
    return f"kept, given up at step {node.pruned_step}"


def end_text(tree: BeamTree, node: BeamNode, best: dict[int, int]) -> str:
    """What stands behind a line's last node, "" behind others.

    A score, after its place where it is one of the answers, and whether it is not finished.
    """
    ends = node.id in best and tree.hypotheses[best[node.id]].path[-1] == node.id
    parts = [f"#{best[node.id] + 1}"] if ends else []
    parts += [exact(node.score, 3)] if node.score is not None else []
    parts += [UNFINISHED] if tree.runs_on(node) else []
    return "  ".join(parts)
