"""What is noted while `generate` decodes: the log-probability of every piece of the answer.

`Record` sits among the logits processors and keeps the scores of the step under way. `Follow` is
a stopping criterion: it sees the pieces chosen from these scores, step by step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import torch
from transformers import LogitsProcessor, StoppingCriteria

from explorer.errors import ExplorerError
from explorer.generation import Decoding
from explorer.rules import Rules

NO_SCORE = -1e9
"""The score that `transformers` gives to an answer that there is not."""


@dataclass(frozen=True)
class Decoded:
    """The pieces of one answer and what was noted while they were chosen."""

    ids: tuple[int, ...]
    log_probabilities: tuple[float, ...]
    score: float


class Record(LogitsProcessor):
    """Keeps the scores of the step under way; changes nothing."""

    def __init__(self) -> None:
        self.prefixes = torch.empty(0)  # (beam, step)
        self.scores = torch.empty(0)  # (beam, vocabulary)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Called by `generate` at every step; the scores are passed on as they are."""
        self.prefixes, self.scores = input_ids, scores
        return scores


class SeededDraw(LogitsProcessor):
    """Draws one piece from a generator of its own and leaves no other to choose."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self.generator = torch.Generator(device=device).manual_seed(seed)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Scores that make the drawn piece the only possible one."""
        probabilities = torch.nn.functional.softmax(scores, dim=-1)
        drawn = torch.multinomial(probabilities, num_samples=1, generator=self.generator)
        return torch.full_like(scores, -torch.inf).scatter_(1, drawn, 0.0)


class Follow(StoppingCriteria):
    """Notes the log-probability of each chosen piece, shows it, and stops when told to."""

    def __init__(
        self,
        record: Record,
        cancelled: Event | None,
        on_piece: Callable[[list[int]], None] | None,
    ) -> None:
        self.record = record
        self.cancelled = cancelled
        self.on_piece = on_piece
        self.stopped = False
        self.log_probabilities: list[torch.Tensor] = []

    def __call__(self, input_ids: torch.Tensor, scores: object, **kwargs: object) -> torch.Tensor:
        """Called by `generate` after every choice; whether each answer must end here."""
        self.note(input_ids)
        if self.on_piece is not None:
            self.on_piece(input_ids[0, 1:].tolist())
        self.stopped = self.cancelled is not None and self.cancelled.is_set()
        return torch.full((input_ids.shape[0],), self.stopped, device=input_ids.device)

    def note(self, input_ids: torch.Tensor) -> None:
        """Keep the chosen piece's log-probability, on the device: reading it would wait for it."""
        logits = self.record.scores[0]
        self.log_probabilities.append(logits[input_ids[0, -1]] - logits.logsumexp(-1))

    def decoded(self, sequence: torch.Tensor, decoding: Decoding, rules: Rules) -> Decoded:
        """The answer, once `generate` has returned its sequence."""
        ids = tuple(sequence[1:].tolist())
        values = torch.stack(self.log_probabilities)[: len(ids)].tolist()
        forced = rules.forced(ids, decoding.max_new_tokens)
        values = [0.0 if fixed else value for value, fixed in zip(values, forced, strict=True)]
        return Decoded(ids, tuple(values), sum(values))


class FollowBeams(Follow):
    """The same for beam search, where a step has many candidates and any of them may win.

    The criterion is asked about every candidate, so each is noted with a link to the one it
    continues. In beam search `transformers` hands log-probabilities to the processors.
    """

    def __init__(
        self, record: Record, bent: Record, cancelled: Event | None, end: tuple[int, ...]
    ) -> None:
        super().__init__(record, cancelled, None)
        self.end = end
        self.bent = bent
        self.running: dict[tuple[int, ...], _Candidate] = {}
        self.finished: dict[tuple[int, ...], _Candidate] = {}

    def note(self, input_ids: torch.Tensor) -> None:
        """Keep what the model, and the processors after it, think of each candidate."""
        prefixes, own, bent = self.record.prefixes, self.record.scores, self.bent.scores
        same = (input_ids[:, None, :-1] == prefixes[None]).all(-1)  # (candidate, beam)
        beams, pieces = same.int().argmax(1), input_ids[:, -1]
        rows = zip(
            input_ids.tolist(),
            own[beams, pieces].tolist(),
            bent[beams, pieces].tolist(),
            strict=True,
        )
        step: dict[tuple[int, ...], _Candidate] = {}
        for ids, log_probability, score in rows:
            key = tuple(ids)
            step[key] = _Candidate(self.running.get(key[:-1]), log_probability, score)
            if key[-1] in self.end:
                self.finished[key] = step[key]
        self.running = step

    def decoded(self, sequence: torch.Tensor, decoding: Decoding, rules: Rules) -> Decoded:
        """The winner, with the score that ranked it."""
        key = tuple(sequence.tolist())
        ids = key[1:]
        candidate = self.finished.get(key) or self.running.get(key)
        if candidate is None:
            raise no_winner(decoding)
        values: list[float] = []
        total = 0.0
        link: _Candidate | None = candidate
        while link is not None:
            values.append(link.log_probability)
            total += link.score
            link = link.before
        forced = rules.forced(ids, decoding.max_new_tokens)
        values = [
            0.0 if fixed else value for value, fixed in zip(values[::-1], forced, strict=True)
        ]
        return Decoded(ids, tuple(values), total / len(ids) ** decoding.length_penalty)


def no_winner(decoding: Decoding) -> ExplorerError:
    """Why a search came back without a finished answer: its scores were below `NO_SCORE`."""
    return ExplorerError(
        f"length_penalty is {decoding.length_penalty:g}, and with answers as long as these it "
        f"gives scores below {NO_SCORE:,.0f}, where beam search knows no better and worse; use a "
        "value nearer to 0."
    )


@dataclass(frozen=True)
class _Candidate:
    before: "_Candidate | None"
    log_probability: float
    score: float
