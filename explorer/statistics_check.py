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
    categorical: Any = torch.distributions.Categorical
    weights = torch.from_numpy(maps.of(found.stack)).double()  # (layer, head, query, key)
    queries, keys = weights.shape[-2:]
    rows = categorical(probs=weights)
    whole = categorical(probs=weights.mean(-2))
    spoken = torch.tensor([not each for each in maps.keys(found.stack).special])
    ends = torch.linspace(0, keys - 1, queries, dtype=torch.float64)  # where the diagonal goes
    away = torch.cdist(ends[:, None], torch.arange(keys).double()[:, None])  # (query, key)
    expected = {
        "entropy_bits": rows.entropy().mean(-1) / math.log(2),
        "confidence": weights.amax(-1).mean(-1),
        "special_share": 1 - weights[..., spoken].sum(-1).mean(-1),
        "diagonal_distance": torch.einsum("lhqk,qk->lh", weights, away) / queries,
        "coverage": whole.entropy().exp() / keys,
    }
    differences = [
        float((torch.from_numpy(getattr(found, name)) - value).abs().max())
        for name, value in expected.items()
    ]
    return Check(
        f"all {len(expected)} numbers of all {weights[..., 0, 0].numel()} heads: ours, and by "
        "torch's distributions in float64",
        max(differences),
        TOLERANCE * keys,
    )
