"""Decoding a step at a time: at every step the piece, the alternatives, and where it looked.

Plain NumPy and tokens. The work is done in `explorer.stepping`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING

import numpy as np

from explorer.attention import Floats
from explorer.checks import Check
from explorer.generation import Decoding, StopReason
from explorer.tokens import Tokens, named

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

DEFAULT_ALTERNATIVES = 10
MAX_ALTERNATIVES = 1_000
"""Alternatives at each step; more make a result of many megabytes."""

MAX_WEIGHTS = 30_000_000
"""Cross-attention weights that one timeline may hold: 120 MB, which leaves room for its pieces and
alternatives within what a server remembers of one result."""

TOLERANCE = {"float32": 2e-5, "float64": 1e-6}
"""How far probabilities may be from those of a pass without the cache. In float32 every family
stays below 1e-5 where it decodes greedily, random weights included. One case is known to break it:
a random mT5, whose attention is sharp, that says improbable pieces by chance comes to 4e-5. It is
the pass itself that rounds: a softmax in float64 changes nothing."""

WEIGHT_TOLERANCE = {"float32": 5e-4, "float64": 1e-6}
"""How far weights of the cross-attention may be from those of that pass. In float32 sharp random
attention comes to 2.5e-4."""

COARSE_TOLERANCE = 0.1
"""Both for the 16-bit formats, which keep three digits at most."""

LOOSER = 50.0
"""Entropies in bits and log-probabilities in nats may be this many times as far apart as
probabilities; a sum of log-probabilities once more for each of its pieces."""

Progress = Callable[[int, str], None]
"""Is told after every step how many pieces there are, and the text so far."""


@dataclass(frozen=True)
class Piece:
    """An entry of the vocabulary: its number, its spelling there, and how people read it."""

    id: int
    piece: str
    display: str

    @property
    def name(self) -> str:
        """As people read it, with ␣ for a space in front: no other piece has this name."""
        return named(self.piece, self.display)


@dataclass(frozen=True)
class Alternative(Piece):
    """A piece that could stand at a step.

    Attributes:
        probability, log_probability: the model's own, over the whole vocabulary; natural.
        after: its probability after the settings (temperature, top-k, top-p, penalties), so that
            all that are kept sum to 1; None where no setting bends the scores.
        cut: whether the settings leave it no chance at all; None as well.
    """

    probability: float
    log_probability: float
    after: float | None = None
    cut: bool | None = None


@dataclass(frozen=True)
class AfterSettings:
    """What the settings made of a step's probabilities: those from which a piece is drawn.

    Attributes:
        probability: of the chosen piece; 0 if a person forced a piece that was cut.
        kept: how many pieces are left to choose from.
        cut_probability: what the model itself gave all the pieces that were cut, together.
    """

    probability: float
    kept: int
    cut_probability: float


@dataclass(frozen=True)
class TimelineStep:
    """One step: the decoder has read the start token and all pieces before, and says the next.

    Every probability is the model's own, over the whole vocabulary, before the settings; what
    these made of it stands in `after`. A piece that the model's own rules fix has probability 1,
    as in `Generation`: then the entropy is 0, the margin 1, and it is its own only alternative.

    Laws: 0 <= entropy_bits <= log2(vocabulary); 0 <= margin; the weights of each layer and head
    in `cross` sum to 1; a greedy choice has rank 1, unless settings or the model's rules (Marian
    never says its padding) cut what is more probable.

    Attributes:
        index: counted from 0.
        token: the chosen piece.
        probability, log_probability: of the chosen piece; natural.
        entropy_bits: of the whole distribution.
        margin: the probability of the most probable piece minus that of the second.
        rank: of the chosen piece; 1 is the most probable.
        cumulative_log_probability: of all pieces up to this one.
        forced: whether a person gave this piece.
        fixed: whether the model's rules left no choice (BART's first piece, a language, the end
            at the length limit).
        alternatives: the most probable first; the chosen piece need not be among them.
        cross: where the step looks in the source: (layer, head, key).
        after: what the settings made of the step; None where no setting bends the scores.
    """

    index: int
    token: Piece
    probability: float
    log_probability: float
    entropy_bits: float
    margin: float
    rank: int
    cumulative_log_probability: float
    forced: bool
    fixed: bool
    alternatives: tuple[Alternative, ...]
    cross: Floats
    after: AfterSettings | None = None


@dataclass(frozen=True)
class Timeline:
    """An answer step by step.

    Law: the probabilities of the steps, multiplied, are exp of the last cumulative one.

    Attributes:
        text: what a person reads.
        source: the pieces that the encoder read.
        target: all chosen pieces, end token included, start token not.
        steps: one for each piece of `target`.
        stop_reason: "end token", "length limit" or "stopped" (by the person).
        seconds: the time that reading, decoding and looking back took.
        decoding: how pieces were chosen.
        alternatives: how many were asked for at each step.
    """

    text: str
    source: Tokens
    target: Tokens
    steps: tuple[TimelineStep, ...]
    stop_reason: StopReason
    seconds: float
    decoding: Decoding
    alternatives: int

    @property
    def log_probability(self) -> float:
        """Of the whole answer."""
        return self.steps[-1].cumulative_log_probability

    @property
    def mean_log_probability(self) -> float:
        """Of one piece, on average."""
        return self.log_probability / len(self.steps)

    @property
    def cross(self) -> Floats:
        """The cross-attention of all steps: (layer, head, step, key), as in `AttentionMaps`."""
        return np.stack([step.cross for step in self.steps], axis=2)


def timeline(
    model: "Seq2SeqModel",
    text: str,
    alternatives: int = DEFAULT_ALTERNATIVES,
    forced: str | Sequence[int] = (),
    max_new_tokens: int | None = None,
    decoding: Decoding = Decoding(),  # noqa: B008 - frozen
    cancelled: Event | None = None,
    on_step: Progress | None = None,
) -> Timeline:
    """Decode a text step by step; see `Seq2SeqModel.timeline`."""
    from explorer.stepping import begin

    if max_new_tokens is not None:
        decoding = replace(decoding, max_new_tokens=max_new_tokens)
    return begin(model, text, alternatives, forced, decoding, cancelled, on_step)[0]


def check_timeline(model: "Seq2SeqModel", timeline: Timeline) -> Check:
    """Every number of the steps beside one pass over all pieces, without the cache.

    For each step: the probability and the rank of the chosen piece, entropy, margin, the sum of
    log-probabilities, every alternative and that no other piece is more probable than these, and
    the weights of each layer and head beside the pass's own. Pieces whose probabilities are nearer
    than the tolerance may stand in either order.
    """
    from explorer.timeline_check import check

    return check(model, timeline)
