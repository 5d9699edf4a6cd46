"""The kinds of arrays that the textbook's attention is made of."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
"""Numbers, single or double precision."""

Mask = npt.NDArray[np.bool_]
"""True where a query may look at a key."""

Integers = npt.NDArray[np.int64]
"""Distances, and buckets of them."""
