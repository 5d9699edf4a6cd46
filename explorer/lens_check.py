"""The last layer of a lens beside one pass of the whole model."""

from typing import TYPE_CHECKING

import numpy as np
import torch

from explorer.checks import Check
from explorer.lens import Lens
from explorer.teacher_forcing import Rows, forward

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-9}
"""How far probabilities of the last layer may be from those of the whole model."""

COARSE_TOLERANCE = 0.05
"""The same for the 16-bit formats."""


def check(model: "Seq2SeqModel", found: Lens) -> Check:
    """The last layer beside one pass of the whole model, measured in float64, some rows at once."""
    logits = forward(model, found.source, found.target)[0]  # (step, vocabulary)
    said, differences = np.array(found.target.ids), []
    for start, logs in Rows(logits):
        part = slice(start, start + len(logs))
        steps, fixed = np.arange(len(logs)), found.forced[part]
        own = np.exp(logs)  # (step, vocabulary)
        own[fixed] = 0
        own[steps[fixed], said[part][fixed]] = 1
        ids, shown = found.top_ids[-1, part], found.top_probabilities[-1, part]
        largest = -np.sort(-np.partition(own, -ids.shape[1])[:, -ids.shape[1] :])
        differences += [
            np.abs(own[steps[:, None], ids] - shown).max(),
            np.abs(largest - shown).max(),
            np.abs(own[steps, said[part]] - found.probability[-1, part]).max(),
        ]
    return Check(
        what="probabilities after the last layer: the state read by the output layer here, and "
        "one pass of the whole model",
        # Unlike `max`, this does not pass over a value that is not a number.
        difference=float(np.max(differences)),
        tolerance=TOLERANCE.get(model.module.dtype, COARSE_TOLERANCE),
    )
