"""What if another piece had stood there: answers that branch off from the steps of a timeline.

Plain results; `explorer.brancher` grows them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from explorer.differences import Differences, differences
from explorer.timeline import Timeline


@dataclass(frozen=True)
class Branch:
    """One answer of a tree, whole: the steps before the branching are those of its parent.

    Attributes:
        id: its place in the tree's `branches`; the root is 0.
        parent: the branch it left; None for the root.
        at_step: the first step that is its own.
        timeline: all its steps.
    """

    id: int
    parent: int | None
    at_step: int
    timeline: Timeline

    @property
    def log_probability(self) -> float:
        """Of the whole answer, the forced piece included; natural."""
        return self.timeline.log_probability

    @property
    def mean_log_probability(self) -> float:
        """Of one piece, on average."""
        return self.timeline.mean_log_probability


@dataclass(frozen=True)
class BranchTree:
    """Answers to one text, each but the first branching off from another.

    Attributes:
        text: what the encoder read.
        branches: the root first; a parent stands before its children.
    """

    text: str
    branches: tuple[Branch, ...]

    @property
    def steps(self) -> int:
        """How many steps the longest answer has."""
        return max(len(branch.timeline.steps) for branch in self.branches)

    def children(self, parent: int) -> tuple[Branch, ...]:
        """The branches that leave one directly, in the order in which they were made."""
        return tuple(branch for branch in self.branches if branch.parent == parent)


@dataclass(frozen=True)
class BranchComparison:
    """Two answers to one text; every difference is the first minus the second, in nats.

    Attributes:
        first, second: their numbers in the tree.
        common: how many pieces they have in common from the beginning.
        log_probabilities: of each whole answer.
        mean_log_probabilities: of one piece of each, on average.
        parts_at: the character of each text at which the word begins where their pieces part; its
            length where one says nothing more.
        words: which words differ from there on.

    Law: a text up to `parts_at`, and the runs of its side of `words` joined, are that text.
    """

    first: int
    second: int
    common: int
    log_probabilities: tuple[float, float]
    mean_log_probabilities: tuple[float, float]
    parts_at: tuple[int, int]
    words: Differences

    @property
    def difference(self) -> float:
        """Of the whole answers; above 0 where the first is the more probable one."""
        return self.log_probabilities[0] - self.log_probabilities[1]

    @property
    def mean_difference(self) -> float:
        """Of one piece: answers of different lengths can be compared by it."""
        return self.mean_log_probabilities[0] - self.mean_log_probabilities[1]


def compare(first: Branch, second: Branch) -> BranchComparison:
    """Put two answers side by side."""
    ours, theirs = first.timeline, second.timeline
    common = common_length(ours.target.ids, theirs.target.ids)
    left, right = (_parting(each, common) for each in (ours, theirs))
    return BranchComparison(
        first=first.id,
        second=second.id,
        common=common,
        log_probabilities=(first.log_probability, second.log_probability),
        mean_log_probabilities=(first.mean_log_probability, second.mean_log_probability),
        parts_at=(left, right),
        words=differences(ours.text[left:], theirs.text[right:]),
    )


def _parting(timeline: Timeline, common: int) -> int:
    """The character at which the word of a piece begins, or the text's end where there is none."""
    tokens, text = timeline.target, timeline.text
    later = [word for word in tokens.words[common:] if word is not None]
    if not later:
        return len(text)
    at = end = 0
    for word in tokens.word_texts[: later[0] + 1]:
        found = text.find(word, end)
        if found >= 0:
            at, end = found, found + len(word)
    return at


def common_length(first: Sequence[int], second: Sequence[int]) -> int:
    """How many pieces two sequences have in common from the beginning."""
    pairs = zip(first, second, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
