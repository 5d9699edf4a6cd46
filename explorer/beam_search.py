"""The beam search of `transformers`, recorded as a tree while it runs."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING, Any

import torch

from explorer.beams import (
    AgainstGreedy,
    BeamHypothesis,
    BeamNode,
    BeamToken,
    BeamTree,
    SearchEnd,
    State,
)
from explorer.checks import Check
from explorer.decoding import decode, processors, run
from explorer.errors import ExplorerError
from explorer.following import NO_SCORE, FollowBeams, Record, no_winner
from explorer.generation import Decoding
from explorer.rules import Rules
from explorer.teacher_forcing import log_probabilities

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

OnStep = Callable[[int], None]
Path = tuple[int, ...]

TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-6}
"""How far the mean log-probability of a piece may differ with and without the cache, in nats."""

COARSE_TOLERANCE = 0.5
"""The same for the 16-bit formats."""


@dataclass
class _Growing:
    """A node of which it is not yet known what becomes of it."""

    parent: int | None
    step: int
    rank: int
    piece: int
    log_probability: float
    cumulative: float
    state: State = "pruned"
    pruned_step: int | None = None
    score: float | None = None


class FollowTree(FollowBeams):
    """Keeps every candidate, and what became of it.

    What went on is read from the beams that the next step continues. Only for the last step, which
    has no next one, the rule is applied here: the best unfinished candidates would have gone on.
    """

    def __init__(
        self,
        record: Record,
        bent: Record,
        cancelled: Event | None,
        rules: Rules,
        decoding: Decoding,
        on_step: OnStep | None = None,
    ) -> None:
        super().__init__(record, bent, cancelled, rules.end)
        self.decoding = decoding
        self.nodes: list[_Growing] = []
        self.answers: dict[Path, int] = {}
        self._open: dict[Path, int] = {}
        self._best: list[int] = []
        self.damaged = False
        if on_step is not None:
            self.on_piece = lambda ids: on_step(len(ids))

    def __call__(self, input_ids: torch.Tensor, scores: object, **kwargs: object) -> torch.Tensor:
        """Called by `generate` with all candidates of a step, best first."""
        ends = super().__call__(input_ids, scores, **kwargs)
        self._keep(set(map(tuple, self.record.prefixes.tolist())))
        self._grow([tuple(ids) for ids in input_ids.tolist()])
        return ends

    def _keep(self, running: set[Path]) -> None:
        for path, node in self._open.items():
            if path in running:
                self.nodes[node].state = "kept"
        self._open = {path: node for path, node in self._open.items() if path in running}

    def _grow(self, paths: list[Path]) -> None:
        step = len(paths[0]) - 2
        over = self.stopped or step + 1 == self.decoding.max_new_tokens
        seen: set[Path] = set()
        still_open: dict[Path, int] = {}
        for rank, path in enumerate(paths):
            parent, candidate = self._open.get(path[:-1]), self.running[path]
            self.damaged |= math.isnan(candidate.score)
            # A beam that does not exist yet is a copy of the first with no chance at all.
            copy = path in seen or (step > 0 and parent is None)
            if copy or not math.isfinite(candidate.score):
                continue
            seen.add(path)
            before = 0.0 if parent is None else self.nodes[parent].cumulative
            total = before + candidate.score
            node = _Growing(parent, step, rank, path[-1], candidate.score, total)
            self.nodes.append(node)
            ended = over or path[-1] in self.end
            if not ended:
                still_open[path] = len(self.nodes) - 1
            elif rank < self.decoding.num_beams:
                node.state = "finished"
                node.score = total / (step + 1) ** self.decoding.length_penalty
                self.answers[path] = len(self.nodes) - 1
                self._finish(len(self.nodes) - 1, step)
        self._open = still_open

    def _finish(self, node: int, step: int) -> None:
        """Let the worst finished answer go where there are too many."""

        def score(number: int) -> float:
            return self.nodes[number].score or 0.0

        if score(node) > NO_SCORE:
            self._best.append(node)
        else:
            self.nodes[node].pruned_step = step
        if len(self._best) > self.decoding.num_beams:
            worst = min(self._best, key=score)
            self._best.remove(worst)
            self.nodes[worst].pruned_step = step

    def answered(self, found: Any) -> list[Path]:
        """The paths of the answers that `generate` returned, best first; ends the record."""
        counts = (found.beam_indices >= 0).sum(1).tolist()
        paths = [
            tuple(sequence[: 1 + count])
            for sequence, count in zip(found.sequences.tolist(), counts, strict=True)
        ]
        paths = list(dict.fromkeys(path for path in paths if path in self.answers))
        for node in list(self._open.values())[: self.decoding.num_beams]:
            self.nodes[node].state = "kept"
        self._date({self.answers[path] for path in paths})
        return paths

    def _date(self, given: set[int]) -> None:
        """Note when the last of what follows from each node was dropped."""
        living = given | set(self._open.values())
        last: dict[int, int] = {}
        for number in reversed(range(len(self.nodes))):
            node = self.nodes[number]
            if node.state == "pruned":
                node.pruned_step = node.step
            elif number in living:
                node.pruned_step = None
            elif node.state == "kept":
                # One of which no continuation was even looked at falls at the next step.
                node.pruned_step = last.get(number, node.step + 1)
            if node.parent is None:
                continue
            if number in living and node.state != "pruned":
                living.add(node.parent)
            elif node.pruned_step is not None:
                last[node.parent] = max(last.get(node.parent, 0), node.pruned_step)


def beam_search(
    model: "Seq2SeqModel",
    text: str,
    num_beams: int = 4,
    length_penalty: float = 1.0,
    max_new_tokens: int = 64,
    early_stopping: bool = False,
    cancelled: Event | None = None,
    on_step: OnStep | None = None,
) -> BeamTree:
    """Search and record; see `Seq2SeqModel.beam_search`."""
    single = num_beams == 1 and not isinstance(num_beams, bool)
    decoding = Decoding(
        "beam",
        num_beams=2 if single else num_beams,
        max_new_tokens=max_new_tokens,
        length_penalty=length_penalty,
        early_stopping=early_stopping,
    )
    model._check(text, decoding)
    if num_beams > model.facts.vocabulary_size:
        raise ExplorerError(
            f"num_beams is {num_beams}, and {model.name} has {model.facts.vocabulary_size} pieces "
            "to begin an answer with; use at most as many beams."
        )
    source = model.tokenize(text)

    def search() -> tuple[list[_Growing], list[Path], SearchEnd]:
        with torch.inference_mode():
            return _beams(model, source.ids, decoding, cancelled, on_step)

    def greedy() -> tuple[list[_Growing], list[Path], SearchEnd]:
        return _greedy(model, source.ids, decoding, cancelled, on_step)

    nodes, paths, end = model._computing(greedy if single else search)
    if not paths:
        raise no_winner(decoding)
    tree = BeamTree(
        text=text,
        source=source,
        start=_tokens(model, [model.rules.start])[0],
        nodes=_frozen(model, nodes),
        hypotheses=(),
        num_beams=num_beams,
        length_penalty=float(length_penalty),
        max_new_tokens=max_new_tokens,
        early_stopping=early_stopping,
        candidates=1 if single else max(2, 1 + len(model.rules.end)) * num_beams,
        end=end,
    )
    return replace(tree, hypotheses=tuple(_hypothesis(model, tree, ids) for ids in paths))


def _beams(
    model: "Seq2SeqModel",
    source: Path,
    decoding: Decoding,
    cancelled: Event | None,
    on_step: OnStep | None,
) -> tuple[list[_Growing], list[Path], SearchEnd]:
    record, bent = Record(), Record()
    follow = FollowTree(record, bent, cancelled, model.rules, decoding, on_step)
    chain = [record, *processors(decoding, model.rules, model.module.device), bent]
    # The indices of the beams say how long each answer is; scores would keep every step's
    # vocabulary in memory.
    found = run(
        model.module,
        source,
        decoding,
        model.rules,
        chain,
        follow,
        num_return_sequences=decoding.num_beams,
        return_dict_in_generate=True,
    )
    if follow.damaged:
        raise model._damaged()
    paths = [path[1:] for path in follow.answered(found)]
    end: SearchEnd = "enough finished" if decoding.early_stopping else "none better"
    if follow.nodes[-1].step + 1 == decoding.max_new_tokens:
        end = "length limit"
    return follow.nodes, paths, "stopped" if follow.stopped else end


def _greedy(
    model: "Seq2SeqModel",
    source: Path,
    decoding: Decoding,
    cancelled: Event | None,
    on_step: OnStep | None,
) -> tuple[list[_Growing], list[Path], SearchEnd]:
    """One beam, which `transformers` decodes greedily: the tree is a path."""
    on_piece = None if on_step is None else lambda ids: on_step(len(ids))
    alone = Decoding(max_new_tokens=decoding.max_new_tokens)
    decoded, stopped = decode(
        model.module, source, alone, model.rules, cancelled=cancelled, on_piece=on_piece
    )
    if any(map(math.isnan, decoded.log_probabilities)):
        raise model._damaged()
    total = 0.0
    nodes: list[_Growing] = []
    for step, (piece, value) in enumerate(zip(decoded.ids, decoded.log_probabilities, strict=True)):
        total += value
        parent = step - 1 if step else None
        nodes.append(_Growing(parent, step, 0, piece, value, total, "kept"))
    nodes[-1].state = "finished"
    nodes[-1].score = total / len(nodes) ** decoding.length_penalty
    end: SearchEnd = "length limit" if len(nodes) == decoding.max_new_tokens else "end token"
    return nodes, [decoded.ids], "stopped" if stopped else end


def _tokens(model: "Seq2SeqModel", ids: list[int]) -> list[BeamToken]:
    pieces, display = model.reader.pieces(ids), model.reader.display(ids)
    return [BeamToken(*token) for token in zip(ids, pieces, display, strict=True)]


def _frozen(model: "Seq2SeqModel", nodes: list[_Growing]) -> tuple[BeamNode, ...]:
    tokens = _tokens(model, [node.piece for node in nodes])
    return tuple(
        BeamNode(
            id=number,
            parent=node.parent,
            step=node.step,
            rank=node.rank,
            token=token,
            log_probability=node.log_probability,
            cumulative_log_probability=node.cumulative,
            state=node.state,
            pruned_step=node.pruned_step,
            score=node.score,
        )
        for number, (node, token) in enumerate(zip(nodes, tokens, strict=True))
    )


def _hypothesis(
    model: "Seq2SeqModel", tree: BeamTree, ids: Path, log_probability: float | None = None
) -> BeamHypothesis:
    """An answer as a hypothesis of a tree; its log-probability is the path's unless given."""
    path = tree.follow(ids)
    if log_probability is None:
        log_probability = tree.nodes[path[-1]].cumulative_log_probability
    return BeamHypothesis(
        text=model.reader.decode(ids),
        tokens=model.reader.written(ids),
        log_probability=log_probability,
        score=log_probability / len(ids) ** tree.length_penalty,
        path=path,
    )


def against_greedy(model: "Seq2SeqModel", tree: BeamTree) -> AgainstGreedy:
    """The greedy answer beside the best hypothesis; see `Seq2SeqModel.against_greedy`."""
    answer = model.generate(tree.text, Decoding(max_new_tokens=tree.max_new_tokens))
    greedy = _hypothesis(model, tree, answer.tokens.ids, answer.log_probability)
    best = tree.hypotheses[0]
    pairs = list(zip(greedy.ids, best.ids, strict=False))
    differs = next((step for step, (one, other) in enumerate(pairs) if one != other), len(pairs))
    dropped = None
    last = tree.nodes[greedy.path[-1]] if greedy.path else None
    if last is None or last.state == "pruned":
        dropped = len(greedy.path) - 1 if greedy.path else 0
    elif last.state == "kept":
        dropped = len(greedy.path)
    return AgainstGreedy(
        greedy=greedy,
        best=best,
        differs_at=None if greedy.ids == best.ids else differs,
        dropped_at=dropped,
    )


def check_beams(model: "Seq2SeqModel", tree: BeamTree) -> Check:
    """Each score beside one pass over the whole hypothesis; see `Seq2SeqModel.check_beams`."""
    differences = []
    for hypothesis in tree.hypotheses:
        own = log_probabilities(
            model, tree.source, hypothesis.tokens, max_new_tokens=tree.max_new_tokens
        ).sum(dtype="float64")
        # A score's size follows the length penalty; undone, the difference is in nats.
        length = len(hypothesis.ids)
        difference = abs(hypothesis.score - own / length**tree.length_penalty)
        differences.append(float(difference * length**tree.length_penalty / length))
    return Check(
        what="score of each answer of the beam search, and the one that a pass over the whole "
        "answer without the cache gives it; as nats a piece",
        # `max` would pass over a value that is not a number.
        difference=math.nan if any(map(math.isnan, differences)) else max(differences),
        tolerance=TOLERANCE.get(model.module.dtype, COARSE_TOLERANCE),
    )
