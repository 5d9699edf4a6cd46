"""How an answer is decoded, and the answer itself. The work is done in `explorer.decoding`."""

import math
from dataclasses import dataclass, fields
from typing import Literal

from explorer.errors import ExplorerError
from explorer.tokens import Tokens

Strategy = Literal["greedy", "beam", "sampling"]
StopReason = Literal["end token", "length limit", "stopped", "time limit"]
UNFINISHED = ("stopped", "time limit")
"""Reasons that leave a part of an answer: the person, or the server's limit, ended it."""

STRATEGIES: tuple[Strategy, ...] = ("greedy", "beam", "sampling")
MAX_NEW_TOKENS = 512
"""The most pieces an answer may have."""
MAX_BEAMS = 16
MAX_TEMPERATURE = 10.0
MAX_TOP_K = 1_000_000
MAX_SEED = 2**32 - 1
MAX_LENGTH_PENALTY = 10.0
MAX_REPETITION_PENALTY = 10.0
MAX_NGRAM_SIZE = 20

MAX_SHOWN = 10**12
"""Whole numbers beyond it are not written out in a refusal."""

_BOUNDS: dict[str, tuple[float, float]] = {
    "num_beams": (1, MAX_BEAMS),
    "max_new_tokens": (1, MAX_NEW_TOKENS),
    "min_new_tokens": (0, MAX_NEW_TOKENS),
    "temperature": (0.01, MAX_TEMPERATURE),
    "top_k": (0, MAX_TOP_K),
    "top_p": (0.01, 1.0),
    "seed": (0, MAX_SEED),
    "length_penalty": (-MAX_LENGTH_PENALTY, MAX_LENGTH_PENALTY),
    "repetition_penalty": (0.1, MAX_REPETITION_PENALTY),
    "no_repeat_ngram_size": (0, MAX_NGRAM_SIZE),
}
_WHOLE = (
    "num_beams", "max_new_tokens", "min_new_tokens", "top_k", "seed", "no_repeat_ngram_size",
)  # fmt: skip

_NEEDS: dict[str, tuple[Strategy, str]] = {
    "num_beams": ("beam", "only beam search follows more than one answer at a time"),
    "length_penalty": ("beam", "it ranks finished answers, and only beam search has several"),
    "early_stopping": ("beam", "it says when beam search stops looking for better answers"),
    "temperature": ("sampling", "it does not change which piece is the most probable"),
    "top_k": ("sampling", "the most probable piece is always among the first k"),
    "top_p": ("sampling", "the most probable piece is always kept"),
    "seed": ("sampling", "nothing is drawn by chance"),
}


@dataclass(frozen=True)
class Decoding:
    """How the next piece is chosen. A setting that could change nothing is refused.

    Attributes:
        strategy: "greedy" takes the most probable piece at every step, "beam" follows the best
            `num_beams` answers at once, "sampling" draws pieces by their probability.
        num_beams: answers followed at once, 2 to 16; 1 unless the strategy is "beam".
        max_new_tokens: the most pieces, 1 to 512.
        min_new_tokens: the end token is not allowed before this many pieces.
        temperature: below 1 sharpens the probabilities, above 1 flattens them; 1 is off.
        top_k: draw among the k most probable pieces; 0 is off.
        top_p: draw among the fewest pieces that together have this probability; 1 is off.
        seed: the same seed draws the same answer.
        length_penalty: an answer's log-probability is divided by its length to this power, so
            above 0 favours long answers and below 0 short ones.
        repetition_penalty: above 1 makes pieces that were already said less likely; 1 is off.
        no_repeat_ngram_size: no run of this many pieces is said twice; 0 is off.
        early_stopping: end beam search as soon as `num_beams` answers are finished.
    """

    strategy: Strategy = "greedy"
    num_beams: int = 1
    max_new_tokens: int = 64
    min_new_tokens: int = 0
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0
    length_penalty: float = 1.0
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0
    early_stopping: bool = False

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES:
            raise ExplorerError(
                f"{self.strategy!r} is not a decoding strategy; "
                f"choose one of {', '.join(STRATEGIES)}."
            )
        for name, (low, high) in _BOUNDS.items():
            self._check_number(name, low, high)
        if not isinstance(self.early_stopping, bool):
            raise ExplorerError(f"early_stopping is {self.early_stopping!r}; use True or False.")
        for field in fields(self):
            reason = self.reason_without_effect(self.strategy, field.name)
            if reason and getattr(self, field.name) != field.default:
                raise ExplorerError(
                    f"{field.name}={getattr(self, field.name)} has no effect: {reason} "
                    f"Leave it at {field.default} or change the strategy."
                )
        if self.strategy == "beam" and self.num_beams < 2:
            raise ExplorerError(
                f"Beam search with num_beams={self.num_beams} is greedy decoding; "
                f"use 2 to {MAX_BEAMS} beams, or the strategy greedy."
            )
        if self.min_new_tokens > self.max_new_tokens:
            raise ExplorerError(
                f"min_new_tokens={self.min_new_tokens} is more than "
                f"max_new_tokens={self.max_new_tokens}; lower the one or raise the other."
            )

    def _check_number(self, name: str, low: float, high: float) -> None:
        value = getattr(self, name)
        whole = name in _WHOLE
        right = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if not right or not low <= value <= high:  # a NaN is not
            kind = "a whole number" if whole else "a number"
            # Python writes no number of thousands of digits, and nobody would read it.
            huge = isinstance(value, int) and abs(value) > MAX_SHOWN
            shown = f"a number beyond {MAX_SHOWN:,}" if huge else repr(value)
            raise ExplorerError(f"{name} is {shown}; it must be {kind} from {low} to {high}.")

    @staticmethod
    def reason_without_effect(strategy: str, field: str) -> str | None:
        """Why a setting changes nothing under a strategy, as a sentence; None if it counts."""
        if field not in _NEEDS or _NEEDS[field][0] == strategy:
            return None
        return f"With the strategy {strategy}, {_NEEDS[field][1]}."


@dataclass(frozen=True)
class Generation:
    """An answer.

    Every log-probability is natural, over the whole vocabulary, and the model's own: what its
    output layer says for that step before any decoding setting (temperature, top-k, penalties)
    bends it, so answers of different strategies can be compared. A piece that the model's
    configuration forces (BART's first and last, the language of NLLB) has probability 1.

    Attributes:
        text: what a person reads.
        tokens: the pieces, end token included, start token not.
        sequence_score: greedy and sampling: the sum of the log-probabilities. Beam search: the
            number by which `transformers` ranked the answer (the sum, after the repetition
            penalty if there is one, divided by length to the power of the length penalty).
        token_log_probabilities: one for each piece.
        seconds: the time that reading and decoding took.
        tokens_per_second: pieces decoded in a second.
        stop_reason: "end token", "length limit", "stopped" (by the person), or "time limit" (of the
            server, for one request).
        source: the pieces that the model read; what it could not read is in `source.truncated`.
    """

    text: str
    tokens: Tokens
    sequence_score: float
    token_log_probabilities: tuple[float, ...]
    seconds: float
    tokens_per_second: float
    stop_reason: StopReason
    source: Tokens
    decoding: Decoding

    @property
    def log_probability(self) -> float:
        """The sum of the log-probabilities, comparable between strategies and models."""
        return math.fsum(self.token_log_probabilities)
