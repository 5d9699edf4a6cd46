"""Beam search as a tree: what was considered at every step, what went on, and what was dropped.

The search itself is the one of `transformers`; `explorer.beam_search` records it while it runs.

At every step each of the `num_beams` running beams is continued with every piece of the vocabulary,
and the best 2 · `num_beams` of all these candidates are looked at (more where a model has several
end pieces). An end piece finishes a candidate if it is among the best `num_beams`; the best
`num_beams` of the others go on. Of the finished ones the best `num_beams` by score are kept:

    score = log P(pieces | text) / length ** length_penalty

where length counts every piece of the answer, its end piece included and the start piece not.
"""

from dataclasses import dataclass
from typing import Literal

from explorer.timeline import Piece
from explorer.tokens import Tokens

State = Literal["kept", "pruned", "finished"]
SearchEnd = Literal["none better", "enough finished", "end token", "length limit", "stopped"]


BeamToken = Piece
"""What a node says."""


@dataclass(frozen=True)
class BeamNode:
    """One candidate: a piece after the pieces of its parent.

    Laws: `cumulative_log_probability` is that of the parent plus `log_probability`; a parent was
    "kept" and is of the step before; no two nodes spell the same pieces.

    Attributes:
        id: its place in `BeamTree.nodes`.
        parent: the node it continues; None at the first step.
        step: from 0.
        rank: its place among the candidates of its step; 1 is the best.
        token: the piece.
        log_probability: of the piece after those before it, in nats, over the whole vocabulary;
            0 for a piece that the model's rules force.
        cumulative_log_probability: the sum along the path that ends here, in nats.
        state: "kept" went on as a running beam, "finished" ended an answer (with an end piece, or
            because the search was over), "pruned" did neither.
        pruned_step: the step at which the last of what follows from it was dropped: its own for a
            pruned node; for a finished one that at which enough better answers were finished.
            None if an answer that was given comes from it, or if it still ran when the search
            was over.
        score: of a finished node, as above.
        ends_text: whether its piece is one that ends a text. A "finished" node that does not was
            only cut off: the search was over.
    """

    id: int
    parent: int | None
    step: int
    rank: int
    token: BeamToken
    log_probability: float
    cumulative_log_probability: float
    state: State
    pruned_step: int | None = None
    score: float | None = None
    ends_text: bool = False


@dataclass(frozen=True)
class BeamHypothesis:
    """One finished answer.

    Attributes:
        text: what a person reads.
        tokens: its pieces, end token included, start token not.
        log_probability: the sum over its pieces, in nats.
        score: `log_probability` / length ** length_penalty.
        path: the nodes of its pieces, first to last; of an answer from elsewhere, as many as the
            tree has.
    """

    text: str
    tokens: Tokens
    log_probability: float
    score: float
    path: tuple[int, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        """The number of each piece."""
        return self.tokens.ids


@dataclass(frozen=True)
class BeamTree:
    """A whole search.

    There are at most 2 · num_beams nodes a step (`candidates` says how many exactly). Candidates
    that `transformers` looks at only because nothing else is there (copies of a beam, forbidden
    pieces) are not candidates here; so a forced step has one node.

    Attributes:
        text: what was asked.
        source: the pieces that the model read.
        start: the piece that the decoder reads first; parent of all nodes without one.
        nodes: every candidate, step by step and best first within a step.
        hypotheses: the answers, best first.
        num_beams, length_penalty, max_new_tokens, early_stopping: how it was searched.
        candidates: how many are looked at in one step.
        end: why the search ended: "none better" (no running beam can get better than the
            finished answers by transformers' estimate), "enough finished" (early stopping),
            "length limit", "stopped" (by the person), or, with one beam, "end token".
    """

    text: str
    source: Tokens
    start: BeamToken
    nodes: tuple[BeamNode, ...]
    hypotheses: tuple[BeamHypothesis, ...]
    num_beams: int
    length_penalty: float
    max_new_tokens: int
    early_stopping: bool
    candidates: int
    end: SearchEnd

    @property
    def steps(self) -> int:
        """How many steps the search took."""
        return self.nodes[-1].step + 1

    def runs_on(self, node: BeamNode) -> bool:
        """Whether a line had not come to its end yet when the search was over."""
        return (
            node.step + 1 == self.steps
            and node.state != "pruned"
            and not node.ends_text
            and (node.state == "finished" or node.pruned_step is None)
        )

    def path(self, node: int) -> tuple[int, ...]:
        """The nodes from the first step to one node, itself included."""
        found: list[int] = []
        at: int | None = node
        while at is not None:
            found.append(at)
            at = self.nodes[at].parent
        return tuple(reversed(found))

    def follow(self, ids: tuple[int, ...]) -> tuple[int, ...]:
        """The nodes that spell these pieces from the first on, as far as the tree has them."""
        children = {(node.parent, node.token.id): node.id for node in self.nodes}
        found: list[int] = []
        for number in ids:
            node = children.get((found[-1] if found else None, number))
            if node is None:
                break
            found.append(node)
        return tuple(found)


@dataclass(frozen=True)
class AgainstGreedy:
    """What beam search found that greedy decoding did not.

    Attributes:
        greedy: the answer of always taking the most probable piece, scored as the hypotheses are;
            its path is as long as the search looked at it.
        best: the first hypothesis.
        differs_at: the first step at which the two say different pieces; None if never.
        dropped_at: the step at which the search lost sight of the greedy answer: it was not among
            the candidates any more, or was pruned, or (`BeamTree.steps`) the search was over
            while it still ran; None if it was finished as well.
    """

    greedy: BeamHypothesis
    best: BeamHypothesis
    differs_at: int | None
    dropped_at: int | None

    @property
    def log_probability_gain(self) -> float:
        """How much more probable the best hypothesis is, in nats; below 0 where it is less."""
        return self.best.log_probability - self.greedy.log_probability

    @property
    def score_gain(self) -> float:
        """How much higher its score is."""
        return self.best.score - self.greedy.score
