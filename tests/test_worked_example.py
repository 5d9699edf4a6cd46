"""Worked examples: the notebook's numbers, torch's draws, and the Python that is taken home."""

import contextlib
import io
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import saturation as saturation_module
from explorer.draws import Draws
from explorer.errors import ExplorerError
from explorer.recipe import Edit, Recipe
from explorer.saturation import check_saturation, saturation, softmax_gradient
from explorer.worked_example import before_edits, check_example, work
from explorer.worked_example_script import script
from tests.printed import run


def test_the_first_example_is_the_notebooks():
    torch.manual_seed(42)
    q, k, v = (torch.randn(1, 4, 6) for _ in range(3))
    scores = torch.matmul(q, k.transpose(-2, -1)) / np.sqrt(6)
    weights = torch.softmax(scores, dim=-1)
    steps = work(Recipe()).steps
    np.testing.assert_allclose(steps.scaled, scores.numpy(), atol=1e-5)
    np.testing.assert_allclose(steps.weights, weights.numpy(), atol=1e-5)
    np.testing.assert_allclose(steps.output, (weights @ v).numpy(), atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=5),
)
def test_draws_are_torchs(seed, shapes):
    torch.manual_seed(seed)
    draws = Draws(seed)
    for shape in shapes:
        np.testing.assert_allclose(draws.normal(*shape), torch.randn(*shape).numpy(), atol=1e-5)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ExplorerError, match="choose one from 0 to 4294967295"):
        Draws(seed)


RECIPES = [
    Recipe(),
    Recipe(seed=7, queries=3, keys=5, d_k=4, heads=2, mask="causal", temperature=0.5),
    Recipe(heads=4, d_k=3, positions="relative", mask="causal"),
    Recipe(queries=9, keys=16, positions="relative", scale=1.0),
    Recipe(positions="sinusoidal", d_k=5, mask="padding", padded=2, keys=6),
    Recipe(positions="learned", heads=2, bias="distance", slope=0.25),
    Recipe(queries=1, keys=2, d_k=2, scale=-0.5, bias="distance", positions="relative"),
    Recipe(
        mask="drawn",
        bias="drawn",
        edits=(
            Edit("mask", 0, 1, 0.0),
            Edit("mask", 2, 2, 0.0),
            Edit("bias", 1, 1, -3.25),
            Edit("bias", 0, 0, 0.1),
            Edit("Q", 0, 5, 2.5),
            Edit("V", 3, 0, -1e-3),
        ),
    ),
]


def prints_the_example(printed, example):
    """Every step that is on screen is printed, in full and to four decimals."""
    steps = example.steps
    expected = {
        "Q": steps.query, "K": steps.key, "V": steps.value,
        "scores": steps.scores, "scaled": steps.scaled, "bias": steps.bias, "mask": steps.mask,
        "weights": steps.weights, "output": steps.output,
        "W_O": example.projection, "result": example.result,
    }  # fmt: skip
    if steps.bias is not None or steps.mask is not None:
        expected["softmax input"] = steps.masked
    if len(steps.weights) > 1:
        expected["concatenated"] = example.concatenated
    expected = {name: array for name, array in expected.items() if array is not None}
    assert set(expected) == set(printed)
    for name, array in expected.items():
        # The same mask, and mostly the same bias, serves all heads.
        found = np.broadcast_to(printed[name], array.shape)
        np.testing.assert_allclose(found * 1.0, array * 1.0, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_python_to_take_home_prints_the_same_numbers(recipe):
    printed, _ = run(script(recipe))
    prints_the_example(printed, work(recipe))
    assert "explorer" not in script(recipe)


GIVEN = {
    "Q": np.linspace(-1, 1, 8).reshape(2, 4),
    "K": np.linspace(2, -1, 12).reshape(3, 4),
    "V": np.linspace(0, 3, 12).reshape(3, 4),
    "mask": np.array([[1.0, 0, 1], [1, 1, 1]]),
    "bias": np.array([[0.5, 0, -1], [2, 0, 0.25]]),
}
OF_THEM = {"queries": 2, "keys": 3, "d_k": 4}


def test_given_rows_bring_their_mask_and_their_bias():
    own = work(Recipe(mask="given", bias="given", **OF_THEM), GIVEN).steps
    assert own.mask[0].tolist() == [[True, False, True], [True] * 3]
    np.testing.assert_array_equal(own.bias[0], GIVEN["bias"])
    plain = work(Recipe(**OF_THEM), GIVEN).steps
    assert plain.mask is None
    assert plain.bias is None
    changed = Recipe(
        mask="drawn",
        bias="drawn",
        edits=(Edit("mask", 1, 0, 0.0), Edit("bias", 0, 1, 7.0), Edit("K", 2, 3, 9.0)),
        **OF_THEM,
    )
    steps = work(changed, GIVEN).steps
    assert steps.mask[0].tolist() == [[True, False, True], [False, True, True]]
    assert steps.bias[0].tolist() == [[0.5, 7.0, -1], [2, 0, 0.25]]
    assert steps.key[0, 2, 3] == 9.0
    assert GIVEN["K"][2, 3] == -1, "what was given stays as it is"
    two = work(Recipe(queries=2, keys=3, d_k=2, heads=2, mask="given"), GIVEN)
    assert two.projection is None
    assert two.steps.mask[0].tolist() == two.steps.mask[1].tolist() == own.mask[0].tolist()


@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        ({**OF_THEM, "positions": "learned"}, "choose none or sinusoidal for given ones"),
        ({**OF_THEM, "keys": 4}, "K has the shape \\(3, 4\\); by the recipe it must be"),
    ],
)
def test_a_recipe_that_does_not_fit_given_rows_is_refused(recipe, sentence):
    with pytest.raises(ExplorerError, match=sentence):
        work(Recipe(**recipe), GIVEN)


def test_edits_and_positions_are_in_the_rows():
    recipe = Recipe(edits=(Edit("K", 2, 3, 9.0),))
    assert before_edits(recipe)["K"][2, 3] != 9.0
    assert work(recipe).key[2, 3] == 9.0
    moved = work(Recipe(positions="sinusoidal"))
    np.testing.assert_allclose(moved.query[0] - before_edits(Recipe())["Q"][0], [0, 1] * 3)


def test_without_positions_attention_is_blind_to_order():
    plain = work(Recipe())
    order = [2, 0, 3, 1]
    from explorer.attention_math import attend

    shuffled = attend(plain.query[None], plain.key[None, order], plain.value[None, order])
    np.testing.assert_allclose(shuffled.output, plain.steps.output, atol=1e-12)


def test_each_head_works_on_its_own_columns():
    both = work(Recipe(heads=2, d_k=3))
    from explorer.attention_math import attend

    second = attend(*(each[None, :, 3:] for each in (both.query, both.key, both.value)))
    np.testing.assert_array_equal(second.weights[0], both.steps.weights[1])
    assert both.concatenated.shape == (4, 6)
    np.testing.assert_allclose(both.result, both.concatenated @ both.projection)
    assert work(Recipe()).result is None


@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        ({"queries": 33}, "queries is 33; it must be a whole number from 1 to 32"),
        ({"keys": 2049}, "keys is 2049; it must be a whole number from 1 to 2,048"),
        ({"queries": 2.5}, "queries is 2.5; it must be a whole number"),
        ({"heads": "2"}, "heads is '2'; it must be a whole number"),
        ({"d_k": 0}, "d_k is 0"),
        ({"seed": 1.5}, "The seed is 1.5; choose one from 0 to"),
        ({"mask": "padding", "padded": 1.5}, "padded is 1.5; it must be a whole number"),
        ({"bias": "distance", "slope": "1"}, "The slope is 1; choose a finite number"),
        ({"temperature": "1"}, "The temperature is 1; choose a finite number"),
        ({"scale": 10**400}, "The scale is 1000"),
        ({"edits": (Edit("Q", 0, 0.5, 1.0),)}, "The column of an edit of Q is 0.5; it must be"),
        ({"edits": (Edit("Q", 0, 0, 1j),)}, "An edit of Q is 1j; give a number"),
        ({"edits": (Edit("bias", 0, 0, 10**400),)}, "An edit of bias is 1000"),
        ({"mask": "odd"}, "mask is 'odd'; choose one of none, causal, padding, drawn"),
        ({"mask": "padding", "padded": 4}, "4 of 4 keys are padding"),
        (
            {"mask": "drawn", "edits": tuple(Edit("mask", 1, key, 0.0) for key in range(4))},
            "Query 1 may look at no key",
        ),
        ({"edits": (Edit("Q", 0, 6, 1.0),)}, "no cell 0, 6 to edit"),
        ({"edits": (Edit("Q", 0, 0, math.nan),)}, "Q holds no number"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused_in_a_sentence(recipe, sentence):
    with pytest.raises(ExplorerError, match=sentence):
        work(Recipe(**recipe))


def test_the_gradient_is_autograds():
    scores = torch.randn(5, requires_grad=True, dtype=torch.float64)
    theirs = torch.autograd.functional.jacobian(lambda s: s.softmax(-1), scores).numpy()
    ours = softmax_gradient(scores.detach().softmax(-1).numpy())
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_without_the_scale_the_softmax_saturates_and_its_gradient_vanishes():
    found = {(each.d_k, each.is_scaled): each for each in saturation(42)}
    assert {d_k for d_k, _ in found} == {4, 8, 16, 32, 64, 128, 256, 512, 1024}
    for d_k in (64, 1024):
        assert found[d_k, True].deviation == pytest.approx(1, abs=0.15)
        assert found[d_k, False].deviation == pytest.approx(math.sqrt(d_k), rel=0.15)
    assert found[1024, False].largest_weight > 0.95
    assert found[1024, True].largest_weight < 0.4
    assert found[1024, False].entropy_bits < 0.2 < 2 < found[1024, True].entropy_bits
    assert found[1024, False].gradient < found[1024, True].gradient / 4


def test_the_check_of_the_curves_goes_red_for_each_number_of_them():
    found = saturation(42)
    assert check_saturation(42, found).passed
    for at, each in enumerate(found):
        for name in ("deviation", "largest_weight", "entropy_bits", "gradient"):
            wrong = replace(each, **{name: getattr(each, name) + 1e-6})
            check = check_saturation(42, (*found[:at], wrong, *found[at + 1 :]))
            assert not check.passed
            assert check.difference == pytest.approx(1e-6, rel=1e-3)
    swapped = [replace(each, is_scaled=not each.is_scaled) for each in found]
    assert not check_saturation(42, swapped).passed
    assert not check_saturation(43, found).passed


@pytest.mark.parametrize("heads", [1, 3])
def test_the_check_of_an_example_passes(heads):
    recipe = Recipe(heads=heads, mask="causal", positions="relative", temperature=0.5)
    check = check_example(work(recipe))
    assert check.passed
    assert ("W^O" in check.what) == (heads > 1)


def test_the_check_of_an_example_goes_red_for_each_number_that_is_shown():
    example = work(Recipe(heads=3))
    for name in ("concatenated", "result"):
        wrong = replace(example, **{name: getattr(example, name) + 1e-6})
        assert not check_example(wrong).passed, name
        lost = replace(example, **{name: getattr(example, name) * np.nan})
        assert not check_example(lost).passed, name
    for wrong in (example, work(Recipe())):
        steps = replace(wrong.steps, output=wrong.steps.output + 1e-6)
        assert not check_example(replace(wrong, steps=steps)).passed


def test_the_python_of_the_saturation_prints_the_same_means():
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(saturation_module.script(7), "script", "exec"), {})
    lines = printed.getvalue().splitlines()
    found = saturation(7)
    assert len(lines) == len(found) == 18
    for line, each in zip(lines, found, strict=True):
        name = "scaled" if each.is_scaled else "not scaled"
        assert line.startswith(f"{each.d_k} {name} deviation")
        numbers = [float(word) for word in line.split() if "." in word]
        ours = (each.deviation, each.largest_weight, each.entropy_bits, each.gradient)
        assert numbers == pytest.approx(ours, abs=1e-4)
