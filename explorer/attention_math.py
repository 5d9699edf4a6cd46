"""Scaled dot-product attention as the textbook writes it, with every intermediate kept.

The formula is that of Vaswani et al., "Attention Is All You Need" (2017), section 3.2, with two
additions that real models make: a bias on the scores (T5) and a temperature in the softmax.
Everything here is NumPy and made for reading; nothing is faster than it needs to be.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer import attention_inputs as inputs
from explorer.arrays import Array, Mask
from explorer.checks import Check
from explorer.errors import ExplorerError

TOLERANCE = {np.dtype(np.float64): 1e-12, np.dtype(np.float32): 1e-5}
"""How far rounding may take two ways of computing attention apart, for values around 1."""


@dataclass(frozen=True)
class AttentionSteps:
    """Attention, step by step. Every array is (head, query, key) unless it says otherwise.

    Attributes:
        query: (head, query, d_k)
        key: (head, key, d_k)
        value: (head, key, d_v)
        scale: what the scores are multiplied by.
        temperature: what the scores are divided by inside the softmax.
        bias: what is added to the scaled scores; None for nothing.
        mask: True where a query may look at a key; None for everywhere.
        scores: Q K^T, the dot product of each query with each key.
        scaled: scores times the scale.
        biased: scaled plus the bias.
        masked: biased, and minus infinity where the mask forbids to look.
        weights: softmax of masked over the keys. Each row sums to 1; a masked entry is exactly 0.
        output: (head, query, d_v), the mean of the values, weighted by the row's weights.
    """

    query: Array
    key: Array
    value: Array
    scale: float
    temperature: float
    bias: Array | None
    mask: Mask | None
    scores: Array
    scaled: Array
    biased: Array
    masked: Array
    weights: Array
    output: Array


def attend(
    query: npt.ArrayLike,
    key: npt.ArrayLike,
    value: npt.ArrayLike,
    mask: npt.ArrayLike | None = None,
    scale: float | None = None,
    bias: npt.ArrayLike | None = None,
    temperature: float = 1.0,
) -> AttentionSteps:
    """Attention of every query to every key, head by head.

    Laws: each row of weights sums to 1; a masked entry is exactly 0; the same number added to a
    whole row of scores changes no weight; the output of a query lies within the values it sees.

    Args:
        query: (head, query, d_k). float32 and float64 are computed as such, integers as float64;
            where Q, K and V differ, everything is computed in the wider one.
        key: (head, key, d_k)
        value: (head, key, d_v)
        mask: booleans that stretch to (head, query, key); True where a query may look.
        scale: multiplies the scores; None is 1 / sqrt(d_k).
        bias: numbers that stretch to (head, query, key), added after the scale.
        temperature: above 0; 1 is the formula of the paper.

    Raises:
        ExplorerError: shapes that do not fit, a number that is NaN or infinite, a mask that is
            not made of booleans, or a query that may look at no key.
    """
    q, k, v = inputs.rows(query, key, value)
    heads, queries, d_k = q.shape
    shape = (heads, queries, k.shape[1])
    allowed = None if mask is None else inputs.stretched_mask(mask, shape)
    added = None if bias is None else inputs.stretched_bias(bias, shape, q.dtype)
    factor = 1.0 / math.sqrt(d_k) if scale is None else inputs.number("scale", scale)
    temperature = inputs.number("temperature", temperature)
    if not q.dtype.type(temperature) > 0:
        raise ExplorerError(
            f"The temperature is {temperature}; choose a number above 0 that {q.dtype} can hold."
        )

    # What overflows is refused below in a sentence, so NumPy need not warn of it.
    with np.errstate(over="ignore", invalid="ignore"):
        scores = q @ k.swapaxes(-1, -2)  # (head, query, key)
        scaled = scores * scores.dtype.type(factor)
        biased = scaled if added is None else scaled + added
        sharpened = biased / biased.dtype.type(temperature)
    if not np.isfinite(sharpened).all():
        raise ExplorerError(
            f"The scores grow beyond the largest number that {biased.dtype} holds; "
            "use smaller values, a smaller scale, a smaller bias or a higher temperature."
        )
    masked = biased if allowed is None else np.where(allowed, biased, -np.inf)
    weights = softmax(masked, temperature)
    return AttentionSteps(
        query=q,
        key=k,
        value=v,
        scale=factor,
        temperature=float(temperature),
        bias=added,
        mask=allowed,
        scores=scores,
        scaled=scaled,
        biased=biased,
        masked=masked,
        weights=weights,
        output=weights @ v,  # (head, query, d_v)
    )


def softmax(scores: Array, temperature: float = 1.0) -> Array:
    """exp(score / temperature), divided by the sum over the last axis.

    The largest score of a row is taken away first: that changes no weight, and no number
    overflows however large the scores are.
    """
    if np.isneginf(scores).all(axis=-1).any():
        row = np.argwhere(np.isneginf(scores).all(axis=-1))[0][-1]
        raise ExplorerError(
            f"Query {row} may look at no key, so its weights cannot sum to 1; "
            "let it look at one key at least."
        )
    largest = scores.max(axis=-1, keepdims=True)
    powers = np.exp((scores - largest) / scores.dtype.type(temperature))
    weights: Array = powers / powers.sum(axis=-1, keepdims=True)
    return weights


def entropy_bits(weights: Array) -> Array:
    """How spread out each row is, in bits: 0 for one key alone, log2(n) for n keys alike.

    Args:
        weights: (..., query, key), each row summing to 1.

    Returns:
        (..., query), in the precision of the weights.
    """
    exact = weights.astype(np.float64)
    logarithms = np.log2(exact, out=np.zeros_like(exact), where=exact > 0)
    # Rounding may take a sharp row a hair below 0, and adding zero turns -0.0 into 0.0.
    entropy: Array = np.maximum(-(exact * logarithms).sum(axis=-1), 0.0) + 0.0
    return np.asarray(entropy, dtype=weights.dtype)


def split_heads(rows: Array, heads: int) -> Array:
    """(position, head · d) as (head, position, d): each head takes its own columns."""
    positions, width = rows.shape
    if width % heads:
        raise ExplorerError(
            f"{width} columns cannot be shared by {heads} heads; choose a number of heads that "
            f"divides {width}."
        )
    split: Array = rows.reshape(positions, heads, width // heads).swapaxes(0, 1)
    return split


def concatenate_heads(output: Array) -> Array:
    """(head, query, d_v) as (query, head · d_v): the heads' outputs side by side."""
    heads, queries, width = output.shape
    joined: Array = output.swapaxes(0, 1).reshape(queries, heads * width)
    return joined


def check_attention(steps: AttentionSteps) -> Check:
    """The output beside torch's `scaled_dot_product_attention` of the same Q, K and V."""
    # A score is exact to its own size, and the softmax turns that into a relative error.
    size = max(1.0, float(np.abs(steps.biased).max()) / steps.temperature)
    size *= max(1.0, float(np.abs(steps.value).max()))
    return Check(
        "The output against torch's scaled_dot_product_attention of the same Q, K and V.",
        float(np.abs(torchs_output(steps).numpy() - steps.output).max()),
        TOLERANCE[steps.output.dtype] * size,
    )


def torchs_output(steps: AttentionSteps) -> Any:
    """(head, query, d_v): what torch itself makes of the same Q, K and V, as its tensor."""
    import torch

    def tensor(array: npt.NDArray[Any]) -> torch.Tensor:
        # A copy: torch wants to be able to write, and these may be shared.
        return torch.tensor(array)

    # torch has no temperature: dividing the scale and the bias by it is the same thing.
    added = None if steps.bias is None else tensor(steps.bias / steps.temperature)
    if steps.mask is not None:
        start = tensor(np.zeros_like(steps.scores)) if added is None else added
        added = start.masked_fill(~tensor(steps.mask), -math.inf)
    with torch.inference_mode():
        return torch.nn.functional.scaled_dot_product_attention(
            tensor(steps.query),
            tensor(steps.key),
            tensor(steps.value),
            attn_mask=added,
            scale=steps.scale / steps.temperature,
        )
