"""Positions against transformers' own, and masks."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer import positions
from explorer.errors import ExplorerError
from explorer.masks import causal_mask, padding_mask


@pytest.mark.parametrize("both_ways", [True, False])
@pytest.mark.parametrize(("buckets", "far"), [(32, 128), (8, 20), (16, 64), (4, 5), (64, 1000)])
def test_buckets_are_those_of_transformers(both_ways, buckets, far):
    from transformers.models.t5.modeling_t5 import T5Attention

    offsets = np.arange(-1500, 1501)
    theirs = T5Attention._relative_position_bucket(torch.tensor(offsets), both_ways, buckets, far)
    ours = positions.relative_buckets(offsets, both_ways, buckets, far)
    assert (ours == theirs.numpy()).all()


@given(st.integers(-300, 300), st.booleans())
def test_buckets_are_in_range_and_far_ones_share(offset, both_ways):
    bucket = int(positions.relative_buckets(offset, both_ways))
    assert 0 <= bucket < positions.BUCKETS
    if abs(offset) >= positions.MAX_DISTANCE:
        assert bucket == positions.relative_buckets(offset * 2, both_ways)


def test_the_bias_is_that_of_a_t5():
    from transformers import T5Config
    from transformers.models.t5.modeling_t5 import T5Attention

    torch.manual_seed(0)
    config = T5Config(d_model=8, d_kv=4, num_heads=2)
    layer = T5Attention(config, has_relative_attention_bias=True, layer_idx=0)
    table = layer.relative_attention_bias.weight.detach().numpy()  # (bucket, head)
    buckets = positions.relative_buckets(positions.distances(5, 7))
    ours = positions.relative_bias(table, buckets)
    with torch.no_grad():
        theirs = layer.compute_bias(5, 7)[0].numpy()
    assert ours.shape == (2, 5, 7)
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(("buckets", "far"), [(2, 128), (32, 8), (0, 10)])
def test_buckets_that_cannot_be_are_refused(buckets, far):
    with pytest.raises(ExplorerError, match="leave nothing to share"):
        positions.relative_buckets(3, True, buckets, far)


@pytest.mark.parametrize("width", [2, 6, 64])
def test_sinusoids_turn_by_the_same_angle_for_the_same_distance(width):
    rows = positions.sinusoidal(20, width).reshape(20, width // 2, 2)
    number = rows[..., 1] + 1j * rows[..., 0]  # cosine + i sine: one turn of the wave
    np.testing.assert_allclose(np.abs(number), 1, atol=1e-12)
    turned = number[3:] / number[:-3]
    np.testing.assert_allclose(turned, np.broadcast_to(turned[0], turned.shape), atol=1e-9)


def test_sinusoids_are_those_of_the_paper():
    rows = positions.sinusoidal(3, 5)
    assert rows.shape == (3, 5)
    assert rows[0].tolist() == [0, 1, 0, 1, 0]
    assert rows[2, 0] == pytest.approx(np.sin(2))
    assert rows[2, 3] == pytest.approx(np.cos(2 / 10_000 ** (2 / 5)))


def test_learned_positions_are_those_of_a_bart():
    from transformers.models.bart.modeling_bart import BartLearnedPositionalEmbedding

    torch.manual_seed(0)
    layer = BartLearnedPositionalEmbedding(10, 4)
    table = layer.weight.detach().numpy()
    with torch.no_grad():
        theirs = layer(torch.zeros(1, 6, dtype=torch.long)).numpy().reshape(6, 4)
    np.testing.assert_array_equal(positions.learned(table, 6), theirs)
    with pytest.raises(ExplorerError, match="rows for 10 positions, and there are 11"):
        positions.learned(table, 11)


def test_the_distance_bias_falls_alike_both_ways():
    bias = positions.distance_bias(3, 4, 0.5)
    assert bias.tolist() == [[[0, -0.5, -1, -1.5], [-0.5, 0, -0.5, -1], [-1, -0.5, 0, -0.5]]]


def test_masks():
    causal = [[True, False, False], [True, True, False]]
    assert causal_mask(2, 3).tolist() == causal
    padding = padding_mask(2, 3, 1)
    assert padding.tolist() == [[True, True, False]] * 2
    assert padding_mask(2, 3, 0).all()
    for padded in (3, 4, -1):
        with pytest.raises(ExplorerError, match="of 3 keys are padding"):
            padding_mask(2, 3, padded)
