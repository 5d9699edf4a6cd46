"""A timeline beside one pass of the model over all its pieces, without the cache."""

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.checks import Check, closest
from explorer.observation import Observer
from explorer.teacher_forcing import Rows, forward
from explorer.timeline import (
    COARSE_TOLERANCE,
    LOOSER,
    TOLERANCE,
    WEIGHT_TOLERANCE,
    Timeline,
    TimelineStep,
)

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

Numbers = NDArray[np.float64]


def check(model: "Seq2SeqModel", timeline: Timeline) -> Check:
    """See `explorer.timeline.check_timeline`."""
    return closest(
        checks(model, timeline),
        "every number of the steps: decoded step by step with the cache, and in one pass over the "
        "finished answer without it",
    )


def checks(model: "Seq2SeqModel", timeline: Timeline) -> tuple[Check, Check]:
    """The numbers of the steps, as differences of probabilities; and the weights that they read."""
    dtype = str(model.module.dtype).removeprefix("torch.")
    tolerance = TOLERANCE.get(dtype, COARSE_TOLERANCE)
    observer = Observer(model.module, looks=("cross",))
    logits = forward(model, timeline.source, timeline.target, observer)[0]  # (step, vocabulary)
    weights = [_cross(timeline, observer, layer) for _, layer in sorted(observer.queries)]
    differences = []
    total = 0.0
    for start, rows in Rows(logits):
        steps = timeline.steps[start : start + len(rows)]
        for step, row in zip(steps, rows, strict=True):
            own = 0.0 if step.fixed else float(row[step.token.id])
            total += own
            # Log-probabilities differ by shares of a probability: rounding grows with their sum.
            apart = abs(total - step.cumulative_log_probability) / LOOSER / (step.index + 1)
            differences += [apart, *_step(step, row, tolerance)]
    # `max` would pass over a value that is not a number.
    return (
        Check("probabilities of the steps", float(np.max(differences)), tolerance),
        Check(
            "weights of the cross-attention",
            float(np.max(weights)),
            WEIGHT_TOLERANCE.get(dtype, COARSE_TOLERANCE),
        ),
    )


def _cross(timeline: Timeline, observer: Observer, layer: int) -> float:
    """How far the weights of a layer (head, step, key) are from those of the pass."""
    with torch.inference_mode():
        own = observer.looked(("cross", layer), slice(None))[0].float().cpu().numpy()
    theirs = np.stack([step.cross[layer] for step in timeline.steps], axis=1)
    return float(np.abs(own - theirs).max())


def _step(step: TimelineStep, logs: Numbers, tolerance: float) -> list[float]:
    """How far one step is from its log-probabilities (vocabulary,)."""
    said, values = step.token.id, np.exp(logs)
    theirs = [one.probability for one in step.alternatives]
    if step.fixed:
        alone = all(one.id == said for one in step.alternatives)
        return [
            abs(step.probability - 1.0),
            abs(step.log_probability),
            abs(step.entropy_bits),
            abs(step.margin - 1.0),
            *(abs(one - 1.0) for one in theirs),
            0.0 if alone and step.rank == 1 else math.inf,
        ]
    count = len(theirs)
    largest = np.sort(np.partition(values, -max(2, count))[-max(2, count) :])[::-1]
    entropy = -float((values * np.maximum(logs, -1e4)).sum()) / math.log(2)
    least = 1 + int((values > values[said] + tolerance).sum())
    most = int((values >= values[said] - tolerance).sum())
    return [
        abs(float(values[said]) - step.probability),
        abs(float(logs[said]) - step.log_probability) / LOOSER,
        abs(entropy - step.entropy_bits) / LOOSER,
        abs(float(largest[0] - largest[1]) - step.margin) / 2,  # each of the two may be off
        *(abs(float(values[one.id]) - one.probability) for one in step.alternatives),
        *np.abs(largest[:count] - theirs).tolist(),
        0.0 if least <= step.rank <= most else math.inf,
    ]
