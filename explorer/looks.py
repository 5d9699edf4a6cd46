"""One kind of attention on one sentence: what may be looked at, and what was."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.arrays import Mask
from explorer.attention import Floats
from explorer.checks import Check

Part = Literal["encoder", "decoder", "cross"]

TOLERANCE = 1e-5
"""How far the sum of a row may be from 1, and a hidden weight from 0."""


@dataclass(frozen=True)
class Looks:
    """One kind of attention on one sentence.

    Attributes:
        part: the encoder's, the decoder's, or from the decoder to the encoder.
        rows: what stands beside each row: the piece that looks.
        columns: what stands below each column: the piece that is looked at.
        mask: (query, key), true where the architecture lets a query look.
        weights: (layer, head, query, key). Law: each row sums to 1, and is 0 where it is masked.
    """

    part: Part
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    mask: Mask
    weights: Floats


def check_looks(looks: tuple[Looks, ...]) -> Check:
    """How far hidden weights are from 0 and the sums of rows from 1, the larger of the two."""
    hidden = [np.abs(each.weights[..., ~each.mask]).max(initial=0.0) for each in looks]
    sums = [np.abs(each.weights.sum(-1, dtype=np.float64) - 1).max() for each in looks]
    return Check(
        "every weight that the mask hides beside 0, and each row's sum beside 1",
        float(max(*hidden, *sums)),
        TOLERANCE,
    )
