"""One map out of many, computed a second way: by torch, in float64, piece by piece."""

from collections.abc import Sequence

import torch

from explorer.attention import AttentionMaps, Floats, Stack
from explorer.attention_reduction import Unit
from explorer.checks import Check

TOLERANCE = 1e-5
"""How far a weight of the reduced map may differ."""


def check_reduced(
    maps: AttentionMaps,
    stack: Stack,
    how: str,
    layers: Sequence[int],
    heads: Sequence[int],
    rows: Sequence[Unit],
    columns: Sequence[Unit],
    found: Floats,
) -> Check:
    """A map of units beside the same from the weights of pieces.

    Args:
        maps: with the stack; with the encoder's for the rollout of cross-attention.
        stack: whose weights.
        how: "One head", "Mean", "Largest" or "Rollout".
        layers, heads: those that become one.
        rows, columns: the units on screen; columns that are left out are hidden, and each row is
            scaled to sum to 1 without them.
        found: (row, column), the map on screen.
    """
    weights = torch.from_numpy(maps.of(stack)).double()[list(layers)][:, list(heads)]
    if how == "Rollout":
        through = weights if stack != "cross" else torch.from_numpy(maps.encoder).double()
        same = torch.eye(through.shape[-1], dtype=torch.float64)
        parts = [(layer.mean(0) + same) / 2 for layer in through.flip(0)]
        rolled = torch.linalg.multi_dot(parts) if len(parts) > 1 else parts[0]
        # One map takes the place of all layers and heads.
        weights = (weights.mean((0, 1)) @ rolled if stack == "cross" else rolled)[None, None]
    weights = torch.stack([weights[..., list(row.pieces), :].mean(-2) for row in rows], -2)
    weights = torch.stack([weights[..., list(each.pieces)].sum(-1) for each in columns], -1)
    shown = {piece for each in columns for piece in each.pieces}
    if len(shown) < maps.of(stack).shape[-1]:
        sums = weights.sum(-1, keepdim=True)
        weights = torch.where(sums > 0, weights / sums, 0.0)
    expected = weights.amax((0, 1)) if how == "Largest" else weights.mean((0, 1))
    return Check(
        "the map on screen: ours, and merged by torch in float64 from the weights of pieces",
        float((expected - torch.from_numpy(found)).abs().max()),
        TOLERANCE,
    )
