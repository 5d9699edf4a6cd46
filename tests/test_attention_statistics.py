from dataclasses import replace

import numpy as np
import pytest

from explorer.attention import STACKS
from explorer.attention_statistics import (
    coverage,
    diagonal_distance,
    entropy_bits,
    even_coverage,
    head_statistics,
    special_share,
)
from explorer.statistics_check import check_statistics
from tests.loaded import SOURCE, loaded

EVEN = np.full((1, 1, 4, 8), 1 / 8, dtype=np.float32)
ONE = np.zeros((1, 1, 4, 8), dtype=np.float32)
ONE[..., 0] = 1
DIAGONAL = np.eye(5, dtype=np.float32)[None, None]


def test_entropy():
    assert entropy_bits(EVEN).tolist() == [[[3.0] * 4]]
    assert entropy_bits(ONE).tolist() == [[[0.0] * 4]]
    assert entropy_bits(np.array([0.5, 0.25, 0.25], dtype=np.float32)) == pytest.approx(1.5)


def test_special_share():
    special = [True, *[False] * 6, True]
    assert special_share(EVEN, special).tolist() == [[[0.25] * 4]]
    assert special_share(ONE, special).tolist() == [[[1.0] * 4]]


def test_distance_from_the_diagonal():
    assert not diagonal_distance(DIAGONAL).any()
    shifted = np.roll(DIAGONAL, 1, axis=-1)
    assert diagonal_distance(shifted)[0, 0].tolist() == [1, 1, 1, 1, 4]
    # With 3 rows and 5 columns the diagonal goes through the columns 0, 2 and 4.
    stretched = np.zeros((3, 5), dtype=np.float32)
    stretched[[0, 1, 2], [0, 2, 4]] = 1
    assert not diagonal_distance(stretched).any()
    assert diagonal_distance(np.ones((1, 1), dtype=np.float32)).tolist() == [0]


def test_coverage():
    assert coverage(EVEN).tolist() == [[[0.5] * 8]]
    assert coverage(ONE).tolist() == [[[4.0] + [0.0] * 7]]
    assert even_coverage(EVEN).tolist() == [[1.0]]
    assert even_coverage(ONE).tolist() == [[1 / 8]]
    assert even_coverage(DIAGONAL).item() == pytest.approx(1.0)


@pytest.mark.parametrize("stack", STACKS)
def test_of_a_model(stack):
    maps = loaded("bart").attention(SOURCE, "Der kleine Hund.")
    found, weights = head_statistics(maps, stack), maps.of(stack)
    keys = weights.shape[-1]
    for values, low, high in (
        (found.entropy_bits, 0, np.log2(keys) + 1e-5),
        (found.confidence, 1 / keys, 1),
        (found.special_share, 0, 1 + 1e-5),
        (found.diagonal_distance, 0, keys - 1),
        (found.coverage, 1 / keys, 1 + 1e-5),
    ):
        assert values.shape == weights.shape[:2]
        assert (values >= low).all()
        assert (values <= high).all()
    special = np.array(maps.keys(stack).special)
    assert special.any()
    expected = weights[-1, -1][:, special].sum() / weights.shape[2]
    assert found.special_share[-1, -1] == pytest.approx(expected, abs=1e-5)
    assert found.confidence[0, 1] == pytest.approx(weights[0, 1].max(-1).mean(), abs=1e-6)
    assert found.stack == stack


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("family", ["t5", "bart", "marian"])
def test_the_statistics_are_those_of_torch(family, stack):
    maps = loaded(family).attention(SOURCE, "Der kleine Hund.")
    found = head_statistics(maps, stack)
    check = check_statistics(maps, found)
    assert check.passed
    assert check.difference < 1e-5
    for name in ("entropy_bits", "confidence", "special_share", "diagonal_distance", "coverage"):
        wrong = getattr(found, name).copy()
        wrong[-1, 1] += 0.01
        assert not check_statistics(maps, replace(found, **{name: wrong})).passed
