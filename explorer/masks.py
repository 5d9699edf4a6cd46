"""Which query may look at which key: True where it may."""

import numpy as np

from explorer.arrays import Mask
from explorer.errors import ExplorerError


def causal_mask(queries: int, keys: int) -> Mask:
    """(query, key): each query sees the keys up to its own position, never one after it."""
    return np.tri(queries, keys, dtype=np.bool_)


def padding_mask(queries: int, keys: int, padded: int) -> Mask:
    """(query, key): no query sees the last `padded` keys, which only fill up a batch.

    Raises:
        ExplorerError: if no key would be left.
    """
    if not 0 <= padded < keys:
        raise ExplorerError(
            f"{padded} of {keys} keys are padding, which leaves a query nothing to look at; "
            f"choose {keys - 1} at most."
        )
    mask = np.ones((queries, keys), dtype=np.bool_)
    mask[:, keys - padded :] = False
    return mask
