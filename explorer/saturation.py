"""Why attention divides by the square root of d_k: what the softmax does without it.

A dot product of two rows of d_k numbers of variance 1 has the variance d_k. So scores grow with
the square root of d_k; the softmax of large scores gives nearly everything to one key, and there
its gradient, which learning needs, is nearly zero.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from explorer.arrays import Array
from explorer.attention_math import attend, entropy_bits
from explorer.checks import Check
from explorer.draws import Draws

WIDTHS = (4, 8, 16, 32, 64, 128, 256, 512, 1024)
QUERIES = 64
KEYS = 16


@dataclass(frozen=True)
class Saturation:
    """Means over random queries, for one d_k, with the scale or without it.

    Attributes:
        d_k: the width of a query and a key.
        is_scaled: whether the scores were divided by the square root of d_k.
        deviation: the standard deviation of the scores that the softmax gets.
        largest_weight: the largest weight of a row, from 1 / keys to 1.
        entropy_bits: of a row's weights, from 0 to log2(keys).
        gradient: the length (Frobenius norm) of the softmax's gradient; see `softmax_gradient`.
    """

    d_k: int
    is_scaled: bool
    deviation: float
    largest_weight: float
    entropy_bits: float
    gradient: float


def softmax_gradient(weights: Array) -> Array:
    """How each weight changes with each score: diag(w) - w w^T for every row of weights.

    Args:
        weights: (..., key), each row summing to 1.

    Returns:
        (..., key, key): entry (i, j) is the derivative of weight i by score j. Its rows and its
        columns sum to 0; all of it is 0 where one weight is 1.
    """
    gradient: Array = weights[..., :, None] * (np.eye(weights.shape[-1]) - weights[..., None, :])
    return gradient


# 4 kB each.
@lru_cache(maxsize=8)
def saturation(
    seed: int, widths: Sequence[int] = WIDTHS, queries: int = QUERIES, keys: int = KEYS
) -> tuple[Saturation, ...]:
    """Random queries and keys of each width, with the scale and without."""
    found = []
    for d_k in widths:
        draws = Draws(seed)
        query = draws.normal(1, queries, d_k).astype(np.float64)
        key = draws.normal(1, keys, d_k).astype(np.float64)
        for is_scaled in (True, False):
            scale = 1 / math.sqrt(d_k) if is_scaled else 1.0
            steps = attend(query, key, key, scale=scale)
            gradient = softmax_gradient(steps.weights[0])  # (query, key, key)
            found.append(
                Saturation(
                    d_k=d_k,
                    is_scaled=is_scaled,
                    deviation=float(steps.scaled.std()),
                    largest_weight=float(steps.weights.max(axis=-1).mean()),
                    entropy_bits=float(entropy_bits(steps.weights).mean()),
                    gradient=float(np.sqrt((gradient**2).sum(axis=(-2, -1))).mean()),
                )
            )
    return tuple(found)


def check_saturation(seed: int, found: Sequence[Saturation]) -> Check:
    """Every mean, scaled and not, beside torch: its softmax and its automatic differentiation."""
    import torch

    differences = []
    for each in found:
        draws = Draws(seed)
        query = torch.tensor(draws.normal(QUERIES, each.d_k)).double()
        key = torch.tensor(draws.normal(KEYS, each.d_k)).double()
        scores = query @ key.T  # (query, key)
        if each.is_scaled:
            scores = scores / math.sqrt(each.d_k)
        weights = scores.softmax(-1)
        jacobian: Any = torch.autograd.functional.jacobian
        # A row's weights move with its own scores alone: the sum over the rows keeps them apart.
        moved = jacobian(lambda x: x.softmax(-1).sum(0), scores)  # (key, query, key)
        theirs = (
            scores.std(correction=0),
            weights.amax(-1).mean(),
            torch.special.entr(weights).sum(-1).mean() / math.log(2),
            moved.square().sum((0, 2)).sqrt().mean(),
        )
        ours = (each.deviation, each.largest_weight, each.entropy_bits, each.gradient)
        differences += [abs(float(a) - b) for a, b in zip(theirs, ours, strict=True)]
    return Check(
        "Every mean in the curves, and its gradient by the formula, against torch's softmax and "
        "automatic differentiation.",
        float(np.max(differences)),
        1e-10,
    )


def script(seed: int) -> str:
    """A program for plain torch that prints the same means."""
    return SCRIPT.format(seed=seed, widths=WIDTHS, queries=QUERIES, keys=KEYS)


SCRIPT = """\
import math

import torch

for d_k in {widths}:
    torch.manual_seed({seed})
    query = torch.randn(1, {queries}, d_k).double()
    key = torch.randn(1, {keys}, d_k).double()
    for name, scale in (("scaled", 1 / math.sqrt(d_k)), ("not scaled", 1.0)):
        scores = query @ key.transpose(-2, -1) * scale
        weights = torch.softmax(scores, dim=-1)[0]  # (query, key)
        entropy = torch.special.entr(weights).sum(-1) / math.log(2)
        gradient = weights[:, :, None] * (torch.eye({keys}) - weights[:, None, :])
        length = gradient.square().sum((-2, -1)).sqrt()
        print(
            d_k,
            name,
            f"deviation {{scores.std(correction=0):.4f}}",
            f"largest weight {{weights.max(-1).values.mean():.4f}}",
            f"entropy {{entropy.mean():.4f}}",
            f"gradient {{length.mean():.4f}}",
        )
"""
