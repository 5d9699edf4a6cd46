"""Attention by hand against torch's own, and the laws that its docstring states."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from explorer.attention_math import (
    attend,
    check_attention,
    concatenate_heads,
    entropy_bits,
    softmax,
    split_heads,
)
from explorer.errors import ExplorerError

FEW = settings(max_examples=60, deadline=None)
sizes = st.integers(1, 5)
numbers = st.floats(-4, 4, width=32)


@st.composite
def inputs(draw, dtype=np.float64):
    heads, queries, keys, d_k, d_v = (draw(sizes) for _ in range(5))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    shapes = ((heads, queries, d_k), (heads, keys, d_k), (heads, keys, d_v))
    q, k, v = (random.normal(size=shape).astype(dtype) for shape in shapes)
    mask = None
    if draw(st.booleans()):
        mask = draw(hnp.arrays(np.bool_, draw(st.sampled_from([(queries, keys), (1, 1, keys)]))))
        mask = np.broadcast_to(mask, (heads, queries, keys)).copy()
        mask[..., draw(st.integers(0, keys - 1))] = True
    bias = None
    if draw(st.booleans()):
        shape = draw(st.sampled_from([(heads, queries, keys), (1, queries, keys), (keys,)]))
        bias = random.normal(size=shape).astype(dtype) * 3
    scale = draw(st.none() | st.floats(-3, 3))
    temperature = draw(st.sampled_from([1.0, 0.25, 1.7, 8.0]))
    return q, k, v, mask, scale, bias, temperature


def torchs_own(q, k, v, mask, scale, bias, temperature):
    """The same by torch, whose float mask carries both the bias and the mask."""
    added = np.zeros((q.shape[0], q.shape[1], k.shape[1]), q.dtype)
    added = added if bias is None else added + bias / temperature
    if mask is not None:
        added = np.where(mask, added, -np.inf)
    factor = (1 / math.sqrt(q.shape[-1]) if scale is None else scale) / temperature
    q, k, v, added = (torch.from_numpy(np.ascontiguousarray(each)) for each in (q, k, v, added))
    return torch.nn.functional.scaled_dot_product_attention(
        q, k, v, attn_mask=added.to(q.dtype), scale=factor
    ).numpy()


@FEW
@given(inputs())
def test_the_output_is_torchs(given_inputs):
    q, k, v, mask, scale, bias, temperature = given_inputs
    steps = attend(q, k, v, mask, scale, bias, temperature)
    assert steps.output.dtype == np.float64
    np.testing.assert_allclose(steps.output, torchs_own(*given_inputs), atol=1e-11)


@FEW
@given(inputs(np.float32))
def test_single_precision_stays_single_and_is_torchs(given_inputs):
    q, k, v, mask, scale, bias, temperature = given_inputs
    steps = attend(q, k, v, mask, scale, bias, temperature)
    for name in ("scores", "scaled", "biased", "masked", "weights", "output"):
        assert getattr(steps, name).dtype == np.float32, name
    np.testing.assert_allclose(steps.output, torchs_own(*given_inputs), atol=1e-4)


@FEW
@given(inputs())
def test_the_laws(given_inputs):
    q, k, v, mask, scale, bias, temperature = given_inputs
    steps = attend(q, k, v, mask, scale, bias, temperature)
    shape = (q.shape[0], q.shape[1], k.shape[1])
    for name in ("scores", "scaled", "biased", "masked", "weights"):
        assert getattr(steps, name).shape == shape, name
    np.testing.assert_allclose(steps.weights.sum(-1), 1, atol=1e-12)
    if mask is not None:
        assert (steps.weights[~steps.mask] == 0).all()
        assert np.isneginf(steps.masked[~steps.mask]).all()
        assert (steps.masked[steps.mask] == steps.biased[steps.mask]).all()
    np.testing.assert_allclose(steps.scaled, steps.scores * steps.scale)
    assert (steps.output <= v.max(1, keepdims=True) + 1e-9).all()
    assert (steps.output >= v.min(1, keepdims=True) - 1e-9).all()
    bits = entropy_bits(steps.weights)
    assert (bits >= 0).all()
    assert (bits <= math.log2(k.shape[1]) + 1e-9).all()


@FEW
@given(inputs(), st.floats(-50, 50))
def test_a_number_added_to_a_whole_row_changes_no_weight(given_inputs, shift):
    q, k, v, mask, scale, _, temperature = given_inputs
    plain = attend(q, k, v, mask, scale, None, temperature)
    moved = attend(q, k, v, mask, scale, np.full((1, 1, 1), shift), temperature)
    np.testing.assert_allclose(moved.weights, plain.weights, atol=1e-10)


@FEW
@given(inputs())
def test_the_check_on_the_page_passes(given_inputs):
    q, k, v, mask, scale, bias, temperature = given_inputs
    check = check_attention(attend(q, k, v, mask, scale, bias, temperature))
    assert check.passed, check


def test_the_check_on_the_page_fails_where_the_output_is_wrong():
    from dataclasses import replace

    steps = attend(*(np.ones((1, 3, 2)) for _ in range(3)))
    wrong = replace(steps, output=steps.output + 1e-6)
    check = check_attention(wrong)
    assert not check.passed
    assert check.difference == pytest.approx(1e-6)


def test_the_scale_is_one_over_the_root_of_d_k_unless_given():
    q, k, v = np.ones((1, 1, 16)), np.ones((1, 2, 16)), np.ones((1, 2, 3))
    assert attend(q, k, v).scaled.tolist() == [[[4.0, 4.0]]]
    assert attend(q, k, v, scale=1.0).scaled.tolist() == [[[16.0, 16.0]]]


def test_large_scores_do_not_overflow():
    weights = softmax(np.array([[1e300, 0.0], [-1e300, -1e300]]))
    assert weights.tolist() == [[1.0, 0.0], [0.5, 0.5]]


def test_entropy_in_bits():
    rows = np.array([[1.0, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25] * 4])
    assert entropy_bits(rows).tolist() == [0.0, 1.0, 2.0]
    assert not np.signbit(entropy_bits(rows)).any()


def test_a_low_temperature_sharpens_and_a_high_one_flattens():
    random = np.random.default_rng(0)
    q, k, v = (random.normal(size=(1, 3, 4)) for _ in range(3))
    cold, plain, warm = (
        entropy_bits(attend(q, k, v, temperature=t).weights).mean() for t in (0.1, 1, 10)
    )
    assert cold < plain < warm


@given(heads=st.integers(1, 4), width=st.integers(1, 4), count=st.integers(1, 4))
def test_heads_are_split_by_columns_and_concatenated_again(heads, width, count):
    rows = np.arange(count * heads * width, dtype=float).reshape(count, heads * width)
    split = split_heads(rows, heads)
    assert split.shape == (heads, count, width)
    assert (split[0] == rows[:, :width]).all()
    assert (concatenate_heads(split) == rows).all()


ONE = np.ones((1, 2, 3))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"query": np.full((1, 2, 3), np.nan)}, "Q holds no number (NaN) at [0, 0, 0]"),
        ({"key": np.full((1, 2, 3), -np.inf)}, "K holds minus infinity"),
        ({"value": [[[10**400]]]}, "V holds something that is not a real number"),
        ({"value": [[[1j]]]}, "V holds something that is not a real number"),
        ({"scale": 10**400}, "The scale is 1000000000"),
        ({"temperature": "1"}, "The temperature is 1; choose a finite number"),
        ({"value": [[["a"]]]}, "V holds something that is not a real number"),
        ({"value": [[[1], [1, 2]]]}, "V holds something that is not a real number"),
        ({"query": np.ones((2, 3))}, "Q has the shape (2, 3); it must be (head, query, d_k)"),
        ({"query": np.ones((1, 0, 3))}, "each at least 1"),
        ({"query": np.ones((2, 2, 3))}, "Q has 2 heads, K 1 and V 1"),
        ({"query": np.ones((1, 2, 4))}, "A query has 4 numbers and a key 3"),
        ({"value": np.ones((1, 5, 3))}, "There are 2 keys and 5 values"),
        ({"mask": np.ones((2, 2))}, "must hold booleans"),
        ({"mask": np.ones((3, 2), bool)}, "which does not stretch to (head, query, key) = "),
        ({"mask": [[True], [True, False]]}, "The mask has rows of different lengths"),
        ({"mask": [[True, False], [False, False]]}, "Query 1 may look at no key"),
        (
            {"bias": np.ones((5, 2, 2))},
            "does not stretch to (head, query, key) = (1, 2, 2); give each axis that length",
        ),
        ({"bias": [np.inf, 0]}, "The bias holds infinity at [0]"),
        ({"scale": math.nan}, "The scale is nan"),
        ({"temperature": 0.0}, "The temperature is 0.0; choose a number above 0"),
        ({"temperature": -1.0}, "choose a number above 0"),
        (
            {
                "query": ONE.astype(np.float32),
                "key": ONE.astype(np.float32),
                "value": ONE.astype(np.float32),
                "temperature": 1e-46,
            },
            "a number above 0 that float32",
        ),
        ({"temperature": 1e-310}, "a higher temperature"),
        (
            {
                "query": ONE.astype(np.float32),
                "key": ONE.astype(np.float32),
                "value": ONE.astype(np.float32),
                "bias": [1e39, 0],
            },
            "The bias holds infinity at [0]",
        ),
        ({"query": np.full((1, 2, 3), 1e200), "key": np.full((1, 2, 3), 1e200)}, "grow beyond"),
    ],
)
def test_what_cannot_be_computed_is_refused_in_a_sentence(arguments, sentence):
    with pytest.raises(ExplorerError) as caught:
        attend(**{"query": ONE, "key": ONE, "value": ONE, **arguments})
    message = str(caught.value)
    assert sentence in message
    assert message.endswith(".")


@pytest.mark.parametrize("bias", [[0.5, -1.25], np.array([1, -3]), np.ones((1, 2, 2))])
def test_a_bias_of_another_precision_takes_that_of_the_scores(bias):
    random = np.random.default_rng(3)
    q, k, v = random.normal(size=(3, 1, 2, 3)).astype(np.float32)
    steps = attend(q, k, v, bias=bias)
    arrays = (steps.biased, steps.masked, steps.weights, steps.output, steps.bias)
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    check = check_attention(steps)
    assert check.passed
    assert check.tolerance < 1e-4


def test_rows_of_different_precision_are_computed_in_the_wider_one():
    random = np.random.default_rng(4)
    q, k, v = random.normal(size=(3, 1, 2, 3))
    steps = attend(q.astype(np.float32), k, v)
    assert {steps.query.dtype, steps.scores.dtype, steps.output.dtype} == {np.dtype(np.float64)}
    assert check_attention(steps).passed


def test_columns_that_heads_cannot_share_are_refused():
    with pytest.raises(ExplorerError, match="7 columns cannot be shared by 2 heads"):
        split_heads(np.ones((3, 7)), 2)
