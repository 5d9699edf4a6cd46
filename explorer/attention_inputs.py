"""What attention takes in: rows, masks and biases, checked before anything is computed."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.arrays import Array, Mask
from explorer.errors import ExplorerError

PRECISIONS = (np.dtype(np.float64), np.dtype(np.float32))
"""What is computed as it is given; everything else becomes the first of them."""


def rows(
    query: npt.ArrayLike, key: npt.ArrayLike, value: npt.ArrayLike
) -> tuple[Array, Array, Array]:
    """Q, K and V as numbers of one precision, with shapes that fit each other.

    Raises:
        ExplorerError: for anything that is no finite number, and shapes that do not fit.
    """
    q, k, v = numbers("Q", query), numbers("K", key), numbers("V", value)
    _check_shapes(q, k, v)
    widest = np.result_type(q, k, v)
    return q.astype(widest, copy=False), k.astype(widest, copy=False), v.astype(widest, copy=False)


def numbers(name: str, given: npt.ArrayLike) -> Array:
    """An input as floating-point numbers, every one of them finite."""
    try:
        array = np.asarray(given)
        if np.iscomplexobj(array):
            raise TypeError("half of a complex number would be lost")
        if array.dtype not in PRECISIONS:
            array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ExplorerError(
            f"{name} holds something that is not a real number of a usual size, or rows of "
            "different lengths; put a number in every cell."
        ) from error
    if not np.isfinite(array).all():
        place = tuple(int(index) for index in np.argwhere(~np.isfinite(array))[0])
        raise ExplorerError(
            f"{name} holds {_spoken(array[place])} at {list(place)}; put a finite number there."
        )
    return array


def number(name: str, given: Any) -> float:
    """A scale or a temperature.

    Raises:
        ExplorerError: it is no number, or none that is finite.
    """
    try:
        found = float(given) if not isinstance(given, str) else math.nan
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise ExplorerError(f"The {name} is {str(given)[:40]}; choose a finite number.")
    return found


def _spoken(number: Any) -> str:
    if np.isnan(number):
        return "no number (NaN)"
    return "infinity" if number > 0 else "minus infinity"


def _check_shapes(query: Array, key: Array, value: Array) -> None:
    for name, array, axes in (
        ("Q", query, "(head, query, d_k)"),
        ("K", key, "(head, key, d_k)"),
        ("V", value, "(head, key, d_v)"),
    ):
        if array.ndim != 3 or 0 in array.shape:
            raise ExplorerError(
                f"{name} has the shape {array.shape}; it must be {axes}, each at least 1."
            )
    if not query.shape[0] == key.shape[0] == value.shape[0]:
        raise ExplorerError(
            f"Q has {query.shape[0]} heads, K {key.shape[0]} and V {value.shape[0]}; "
            "give all three the same number."
        )
    if query.shape[2] != key.shape[2]:
        raise ExplorerError(
            f"A query has {query.shape[2]} numbers and a key {key.shape[2]}; "
            "a dot product needs the same number of both."
        )
    if key.shape[1] != value.shape[1]:
        raise ExplorerError(
            f"There are {key.shape[1]} keys and {value.shape[1]} values; each key needs its value."
        )


def stretched_mask(given: npt.ArrayLike, shape: tuple[int, ...]) -> Mask:
    """A mask in the shape (head, query, key)."""
    try:
        mask = np.asarray(given)
    except ValueError as error:
        raise ExplorerError(
            "The mask has rows of different lengths; give every row a boolean for each key."
        ) from error
    if mask.dtype != np.bool_:
        raise ExplorerError(
            f"The mask holds {mask.dtype} numbers; it must hold booleans, True where a query may "
            "look. Numbers to add to the scores are a bias."
        )
    return _stretched("mask", mask, shape)


def stretched_bias(given: npt.ArrayLike, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """A bias in the shape (head, query, key) and in the precision of the scores."""
    with np.errstate(over="ignore"):
        bias = numbers("The bias", numbers("The bias", given).astype(dtype))
    return _stretched("bias", bias, shape)


def _stretched(name: str, array: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    try:
        return np.broadcast_to(array, shape)
    except ValueError as error:
        raise ExplorerError(
            f"The {name} has the shape {array.shape}, which does not stretch to (head, query, "
            f"key) = {shape}; give each axis that length, or 1 to repeat it."
        ) from error
