"""Notes every candidate of a beam search while `transformers` looks for the best answers."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any

import torch

from explorer.beams import State
from explorer.errors import ExplorerError
from explorer.following import NO_SCORE, FollowBeams, Record
from explorer.generation import Decoding
from explorer.rules import Rules

OnStep = Callable[[int], None]
Path = tuple[int, ...]


@dataclass
class Growing:
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
        self.nodes: list[Growing] = []
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
        for rank, path in enumerate(paths, 1):
            parent, candidate = self._open.get(path[:-1]), self.running[path]
            self.damaged |= math.isnan(candidate.score)
            # A beam that does not exist yet is a copy of the first with no chance at all.
            copy = path in seen or (step > 0 and parent is None)
            if copy or not math.isfinite(candidate.score):
                continue
            seen.add(path)
            before = 0.0 if parent is None else self.nodes[parent].cumulative
            total = before + candidate.score
            node = Growing(parent, step, rank, path[-1], candidate.score, total)
            self.nodes.append(node)
            ended = over or path[-1] in self.end
            if not ended:
                still_open[path] = len(self.nodes) - 1
            elif rank <= self.decoding.num_beams:
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
        for path in paths:
            if path not in self.answers and self._has_a_chance(path):
                raise ExplorerError(
                    f"The beam search gave an answer of {len(path) - 1} pieces that was not seen "
                    "while it ran, so its tree would be wrong; search again with another number "
                    "of beams."
                )
        paths = list(dict.fromkeys(path for path in paths if path in self.answers))
        for node in list(self._open.values())[: self.decoding.num_beams]:
            self.nodes[node].state = "kept"
        self._date({self.answers[path] for path in paths})
        return paths

    def _has_a_chance(self, path: Path) -> bool:
        """Whether a path is an answer: `transformers` fills up with what scores `NO_SCORE`."""
        if len(path) == 1:
            return False  # not even one piece
        link = self.finished.get(path) or self.running.get(path)
        if link is None:
            # Only a penalty below 0 makes scores so low that what never was is as good.
            return self.decoding.length_penalty >= 0
        total = 0.0
        while link is not None:
            total += link.score
            link = link.before
        score = total / (len(path) - 1) ** self.decoding.length_penalty
        return total > NO_SCORE / 2 and score > NO_SCORE

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
