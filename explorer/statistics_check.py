"""What kind of head it is, computed a second way: by torch, in float64."""

import math
from typing import Any

import torch

from explorer.attention import AttentionMaps
from explorer.attention_statistics import HeadStatistics
from explorer.checks import Check

TOLERANCE = 1e-5
"""How far a statistic may differ, for each piece that a row can look at."""


def check_statistics(maps: AttentionMaps, found: HeadStatistics) -> Check:
    """Every statistic of every head beside what torch's distributions say of the same weights."""
    weights = maps.of(found.stack)
    keys = weights.shape[-1]
    special = torch.tensor(maps.keys(found.stack).special)
    differences = [
        float((torch.from_numpy(getattr(found, name)[layer]) - value).abs().max())
        for layer in range(len(weights))
        for name, value in _expected(torch.from_numpy(weights[layer]).double(), special).items()
    ]
    return Check(
        f"all 5 numbers of all {weights[..., 0, 0].size} heads: ours, and by torch's "
        "distributions in float64",
        max(differences),
        TOLERANCE * keys,
    )


def _expected(weights: torch.Tensor, special: torch.Tensor) -> dict[str, torch.Tensor]:
    """Of one layer (head, query, key): each statistic, (head,)."""
    categorical: Any = torch.distributions.Categorical
    queries, keys = weights.shape[-2:]
    rows, whole = categorical(probs=weights), categorical(probs=weights.mean(-2))
    ends = torch.linspace(0, keys - 1, queries, dtype=torch.float64)  # where the diagonal goes
    away = torch.cdist(ends[:, None], torch.arange(keys).double()[:, None])  # (query, key)
    return {
        "entropy_bits": rows.entropy().mean(-1) / math.log(2),
        "confidence": weights.amax(-1).mean(-1),
        "special_share": 1 - weights[..., ~special].sum(-1).mean(-1),
        "diagonal_distance": torch.einsum("hqk,qk->h", weights, away) / queries,
        "coverage": whole.entropy().exp() / keys,
    }
