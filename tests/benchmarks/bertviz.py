"""The size of our bertviz page beside the page that bertviz itself makes of the same tensors."""

import bertviz
import numpy as np
import torch

from explorer.bertviz_view import View, bertviz_view
from tests.benchmarks.table import Figure

# (layer, head, query, key): a long text in a model of the size of t5-small, in each view, then a
# sentence in a bundled model. In the last the libraries, which bertviz leaves on another network,
# weigh more than the data.
CASES: tuple[tuple[View, tuple[int, int, int, int], float | None], ...] = (
    ("head", (6, 8, 128, 60), 0.15),
    ("model", (6, 8, 40, 32), 0.15),
    ("head", (3, 4, 12, 10), None),
)


def figures() -> list[Figure]:
    """One figure for each case."""
    return [_size(view, shape, target) for view, shape, target in CASES]


def bertviz_bytes(weights: np.ndarray, rows: list[str], columns: list[str], view: View) -> int:
    """How many bytes bertviz's own page takes; it loads its libraries from another network."""
    show = bertviz.head_view if view == "head" else bertviz.model_view
    page = show(
        cross_attention=[torch.from_numpy(layer)[None] for layer in weights],
        encoder_tokens=columns,
        decoder_tokens=rows,
        html_action="return",
    )
    return len(page.data.encode())


def _size(view: View, shape: tuple[int, int, int, int], target: float | None) -> Figure:
    scores = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    weights = scores.softmax(dim=-1).numpy()
    rows = [f"query{index}" for index in range(shape[2])]
    columns = [f"key{index}" for index in range(shape[3])]
    return Figure(
        name=f"bertviz {view} view, layers × heads × queries × keys {' × '.join(map(str, shape))}",
        ours=bertviz_view(weights, rows, columns, view=view).size_bytes / 1e6,
        peer=bertviz_bytes(weights, rows, columns, view) / 1e6,
        peer_name="bertviz's own page, without its libraries",
        unit="MB",
        target=target,
    )
