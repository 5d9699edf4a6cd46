"""Where the pieces of a beam search stand when it is drawn as a tree, left to right.

A column is a step. A line goes straight on in its row as long as it lives, and another line may
take the row when it has ended; so a search is hardly taller than it is wide, in beams.
"""

import math
import unicodedata
from collections import defaultdict
from collections.abc import Collection

from explorer.beams import BeamTree

LABEL_CHARACTERS = 14
CHARACTER_PIXELS = 7.0
PADDING_PIXELS = 10


def label(text: str) -> str:
    """A piece as it stands in the tree, where there is not room for a long one."""
    return text if len(text) <= LABEL_CHARACTERS else text[: LABEL_CHARACTERS - 1] + "…"


def label_pixels(text: str) -> float:
    """About how wide a label is, with the room around it; wide characters count twice."""
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    return math.ceil((len(text) + wide) * CHARACTER_PIXELS + PADDING_PIXELS)


def places(tree: BeamTree) -> dict[int, int]:
    """The place of the best hypothesis that goes through a node, from 0; others have none."""
    best: dict[int, int] = {}
    for place, hypothesis in enumerate(tree.hypotheses):
        for node in hypothesis.path:
            best.setdefault(node, place)
    return best


def rows(tree: BeamTree, shown: Collection[int]) -> dict[int, int]:
    """The row of each shown node, from 0.

    Laws: the winner's path is row 0; no two nodes of a step share a row; right of a finished node
    its row is free for one step, where its score stands.

    Args:
        tree: the search.
        shown: nodes; a node whose parent is not among them begins a line.
    """
    chains = _chains(tree, frozenset(shown))
    best = places(tree)
    last = len(tree.hypotheses)
    chains.sort(key=lambda chain: (best.get(chain[0], last), tree.nodes[chain[0]].step, chain[0]))
    taken: dict[int, set[int]] = defaultdict(set)
    found: dict[int, int] = {}
    for chain in chains:
        first, end = tree.nodes[chain[0]], tree.nodes[chain[-1]]
        steps = set(range(first.step, end.step + (2 if end.state == "finished" else 1)))
        # The row below or above that is nearest to where the line comes from.
        row, away = found.get(first.parent if first.parent is not None else -1, 0), 0
        while row + away < 0 or taken[row + away] & steps:
            away = -away if away > 0 else 1 - away
        taken[row + away] |= steps
        found.update(dict.fromkeys(chain, row + away))
    return found


def _chains(tree: BeamTree, shown: frozenset[int]) -> list[list[int]]:
    """The shown nodes as lines: each goes on with its best child, the other children begin new."""
    best = places(tree)
    last = len(tree.hypotheses)
    children: dict[int, list[int]] = defaultdict(list)
    until: dict[int, int] = {}
    for number in sorted(shown, reverse=True):
        node = tree.nodes[number]
        until[number] = max([node.step, *(until[child] for child in children[number])])
        if node.parent is not None and node.parent in shown:
            children[node.parent].append(number)
    goes_on = {
        parent: min(each, key=lambda child: (best.get(child, last), -until[child], child))
        for parent, each in children.items()
        if each
    }
    begun = shown - set(goes_on.values())
    chains = []
    for first in begun:
        chain = [first]
        while chain[-1] in goes_on:
            chain.append(goes_on[chain[-1]])
        chains.append(chain)
    return chains
