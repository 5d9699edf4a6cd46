import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.attention_reduction import (
    combine,
    cross_rollout,
    merge,
    pieces_of,
    rollout,
    without,
    words_of,
)
from explorer.errors import ExplorerError
from tests.loaded import SOURCE, loaded

TARGET = "Der kleine Hund sieht die Katze."
FIELDS = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 6), st.integers(1, 6))


def rows(shape, seed=0):
    """Random rows that sum to 1."""
    drawn = np.random.default_rng(seed).random(shape) + 1e-3
    return (drawn / drawn.sum(-1, keepdims=True)).astype(np.float32)


def test_words_of_a_text():
    tokens = loaded("bart").tokenize("The small dog.")
    units = words_of(tokens)
    assert [unit.text for unit in units[1:-1]] == ["The", "small", "dog", "."]
    assert [unit.special for unit in units] == [True, False, False, False, False, True]
    assert [place for unit in units for place in unit.pieces] == list(range(len(tokens)))
    for unit in units[1:-1]:
        assert {tokens.words[place] for place in unit.pieces} == {unit.word}
    alone = pieces_of(tokens)
    assert [unit.text for unit in alone] == list(tokens.display)
    assert [unit.pieces for unit in alone] == [(place,) for place in range(len(tokens))]


def test_rows_are_averaged_and_columns_summed():
    tokens = loaded("t5").tokenize(SOURCE)
    units = words_of(tokens)
    assert len(units) < len(tokens)
    weights = rows((2, 3, len(tokens), len(tokens)))
    merged = merge(weights, units, units)
    for query, row in enumerate(units):
        for key, column in enumerate(units):
            block = weights[..., list(row.pieces), :][..., list(column.pieces)]
            expected = block.sum(-1).mean(-1)
            assert np.allclose(merged[..., query, key], expected, atol=1e-6)
    assert np.abs(merged.sum(-1) - 1).max() < 1e-5
    single = pieces_of(tokens)
    assert np.allclose(merge(weights, single, single), weights)


def test_merging_a_models_own_maps():
    maps = loaded("t5").attention(SOURCE, TARGET)
    for stack in ("encoder", "decoder", "cross"):
        queries, keys = words_of(maps.queries(stack)), words_of(maps.keys(stack))
        merged = merge(maps.of(stack), queries, keys)
        assert merged.shape[2:] == (len(queries), len(keys))
        assert np.abs(merged.sum(-1) - 1).max() < 1e-5
    assert words_of(maps.read)[0].special


@given(FIELDS, st.data())
def test_hiding_columns_keeps_the_law(shape, data):
    weights = rows(shape)
    hidden = data.draw(st.lists(st.booleans(), min_size=shape[-1], max_size=shape[-1]))
    if all(hidden):
        with pytest.raises(ExplorerError, match="leaves nothing"):
            without(weights, hidden)
        return
    kept = without(weights, hidden)
    assert kept.shape[-1] == shape[-1] - sum(hidden)
    assert np.abs(kept.sum(-1) - 1).max() < 1e-5
    stays = weights[..., ~np.array(hidden)]
    # Within a row the proportions stay.
    assert np.allclose(kept * stays[..., :1], stays * kept[..., :1], atol=1e-6)


def test_a_row_that_saw_only_hidden_columns_is_empty():
    weights = np.array([[[[1.0, 0.0], [0.5, 0.5]]]], dtype=np.float32)
    assert without(weights, [True, False]).tolist() == [[[[0.0], [1.0]]]]


def test_combine():
    weights = rows((3, 4, 5, 6))
    assert np.allclose(combine(weights), weights.mean((0, 1)))
    assert np.abs(combine(weights).sum(-1) - 1).max() < 1e-5
    assert np.array_equal(combine(weights, [1], [2]), weights[1, 2])
    picked = weights[[0, 2]][:, [1, 3]]
    assert np.allclose(combine(weights, [0, 2], [1, 3]), picked.mean((0, 1)))
    assert np.array_equal(combine(weights, [0, 2], [1, 3], "max"), picked.max((0, 1)))


@pytest.mark.parametrize(
    ("options", "message"),
    [({"layers": [3]}, "0 to 2"), ({"heads": [-1]}, "0 to 3"), ({"heads": []}, "No head")],
)
def test_combine_nothing(options, message):
    with pytest.raises(ExplorerError, match=message):
        combine(rows((3, 4, 5, 6)), **options)


def test_rollout_by_hand():
    first = np.array([[0.2, 0.8], [0.6, 0.4]])
    second = np.array([[1.0, 0.0], [0.5, 0.5]])
    weights = np.stack([first, second])[:, None].astype(np.float32)
    found = rollout(weights)
    assert np.allclose(found[0], [[0.6, 0.4], [0.3, 0.7]])
    assert np.allclose(found[1], np.array([[1.0, 0.0], [0.25, 0.75]]) @ found[0])
    # Without the residual share it is the plain product, with nothing else it is the piece itself.
    assert np.allclose(rollout(weights, 0.0)[1], second @ first)
    assert np.allclose(rollout(weights, 1.0)[1], np.eye(2))
    with pytest.raises(ExplorerError, match="from 0 to 1"):
        rollout(weights, 1.5)


def test_rollout_of_a_model():
    maps = loaded("nllb").attention(SOURCE, TARGET)
    for weights in (maps.encoder, maps.decoder):
        found = rollout(weights)
        assert found.shape == (weights.shape[0], *weights.shape[2:])
        assert np.abs(found.sum(-1) - 1).max() < 1e-5
    ahead = np.triu(np.ones(maps.decoder.shape[2:], dtype=bool), 1)
    assert not rollout(maps.decoder)[:, ahead].any()
    cross = cross_rollout(maps)
    assert cross.shape == (maps.cross.shape[0], *maps.cross.shape[2:])
    assert np.abs(cross.sum(-1) - 1).max() < 1e-5
    assert np.allclose(cross[1], maps.cross[1].mean(0) @ rollout(maps.encoder)[-1], atol=1e-5)
    # An encoder that mixes nothing leaves the cross-attention as it is.
    assert np.allclose(cross_rollout(maps, 1.0), maps.cross.mean(1), atol=1e-6)
