"""What the output layer says at each step, measured for many steps in one operation."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.decoder_state import MAX_LOGITS

Array = NDArray[Any]


@dataclass(frozen=True)
class Bent:
    """What the settings made of the same steps.

    Attributes:
        probability: of the most probable pieces, as in `Measured.ids`: (step, piece).
        cut: whether these were cut: (step, piece).
        chosen: the probability of the chosen piece: (step,).
        kept: how many pieces are left: (step,).
        cut_probability: the model's own probability of all that were cut: (step,).
    """

    probability: Array
    cut: Array
    chosen: Array
    kept: Array
    cut_probability: Array


@dataclass(frozen=True)
class Measured:
    """The model's own distribution at each step; log-probabilities are natural.

    Attributes:
        log_probability: of the chosen piece: (step,).
        entropy_bits, margin, rank: (step,); see `TimelineStep`.
        ids, logs: the most probable pieces, the first first, at least two: (step, piece).
        bent: None where no setting bends the scores.
    """

    log_probability: Array
    entropy_bits: Array
    margin: Array
    rank: Array
    ids: Array
    logs: Array
    bent: Bent | None = None


def entropy_bits(log_probabilities: torch.Tensor) -> torch.Tensor:
    """The entropy of natural log-probabilities (row, vocabulary), in bits: (row,)."""
    # 0 times minus infinity would be no number; a piece that cannot be has no part in it.
    logs = log_probabilities.clamp_min(torch.finfo(log_probabilities.dtype).min)
    return (log_probabilities.exp() * logs).sum(-1).abs() / math.log(2)


def rank(logits: torch.Tensor, pieces: torch.Tensor) -> torch.Tensor:
    """The ranks (row,) of pieces (row, 1) among logits (row, vocabulary); 1 is the best."""
    return 1 + (logits > logits.gather(1, pieces)).sum(-1)


class Measures:
    """Collects scores step by step, and measures them whenever there are enough."""

    def __init__(self, alternatives: int, bends: bool) -> None:
        """Measure steps.

        Args:
            alternatives: how many of the most probable pieces to keep at each step.
            bends: whether settings bend the scores, so that both kinds are measured.
        """
        self._alternatives, self._bends = alternatives, bends
        self._rows: list[torch.Tensor] = []
        self._bent_rows: list[torch.Tensor] = []
        self._chosen: list[int] = []
        self._own: list[dict[str, Array]] = []
        self._bent: list[dict[str, Array]] = []

    def add(self, logits: torch.Tensor, bent: torch.Tensor, chosen: int) -> None:
        """One step: the model's own scores and the bent ones, each (1, vocabulary)."""
        self._rows.append(logits)
        self._chosen.append(chosen)
        if self._bends:
            self._bent_rows.append(bent)
        if (len(self._rows) + len(self._bent_rows) + 1) * logits.shape[1] > MAX_LOGITS:
            self._measure()

    def measured(self) -> Measured:
        """All steps; there must be one."""
        if self._rows:
            self._measure()
        return Measured(
            **_joined(self._own), bent=Bent(**_joined(self._bent)) if self._bends else None
        )

    def _measure(self) -> None:
        logits = torch.cat(self._rows)  # (step, vocabulary)
        chosen = torch.tensor(self._chosen, device=logits.device)[:, None]  # (step, 1)
        logs = logits.log_softmax(-1)
        count = min(max(2, self._alternatives), logits.shape[1])
        top, ids = logs.topk(count)  # (step, piece)
        own = {
            "log_probability": logs.gather(1, chosen)[:, 0],
            "entropy_bits": entropy_bits(logs),
            "margin": top[:, 0].exp() - top[:, 1].exp(),
            "rank": rank(logits, chosen),
            "ids": ids,
            "logs": top,
        }
        self._own.append(_arrays(own))
        if self._bends:
            bent = torch.cat(self._bent_rows)  # (step, vocabulary)
            cut, after = bent.isneginf(), bent.softmax(-1)
            settled = {
                "probability": after.gather(1, ids),
                "cut": cut.gather(1, ids),
                "chosen": after.gather(1, chosen)[:, 0],
                "kept": (~cut).sum(-1),
                "cut_probability": logs.exp().masked_fill(~cut, 0).sum(-1),
            }
            self._bent.append(_arrays(settled))
        self._rows, self._bent_rows, self._chosen = [], [], []


def _arrays(found: dict[str, torch.Tensor]) -> dict[str, Array]:
    return {name: value.cpu().numpy() for name, value in found.items()}


def _joined(parts: list[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
