"""The Python to take home that prints one head of a model, and the same with changed numbers."""

import numpy as np
import pytest

from explorer.attention_script import head_lines, rows_lines
from explorer.embeddings import embedding_rows
from explorer.recipe import Edit, Recipe
from explorer.worked_example import work
from explorer.worked_example_script import script
from tests.loaded import SOURCE, loaded
from tests.printed import run
from tests.test_worked_example import prints_the_example

TARGET = "Der kleine Hund."
FAMILIES = ("t5", "mt5", "bart", "pegasus", "marian", "nllb", "mbart")
OWN = "the model's own weights"


def given_head(own):
    given = {"Q": own.queries, "K": own.keys, "V": own.values, "mask": own.mask * 1.0}
    return given if own.bias is None else {**given, "bias": own.bias}


def sizes(own):
    return {"queries": len(own.queries), "keys": len(own.keys), "d_k": own.queries.shape[1],
            "scale": own.scale}  # fmt: skip


def lines(model, stack, layer, head):
    ids = model.tokenize_target(TARGET).ids
    return head_lines(model, model.tokenize(SOURCE).ids, ids, stack, layer, head)


@pytest.mark.parametrize("stack", ["encoder", "decoder", "cross"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_step_of_a_head_is_printed_as_the_model_computes_it(family, stack):
    model = loaded(family)
    own = model.head_steps(SOURCE, TARGET, stack, 1, 1)
    recipe = Recipe(mask="given", bias="given", **sizes(own))
    printed, _ = run(script(recipe, lines(model, stack, 1, 1)))
    np.testing.assert_allclose(printed.pop(OWN), own.weights, atol=1e-4)
    np.testing.assert_allclose(printed["weights"][0], own.weights, atol=1e-4)
    np.testing.assert_allclose(printed["output"][0], own.output, atol=1e-4)
    into = np.where(own.mask, own.scores, -np.inf)
    np.testing.assert_allclose(printed.get("softmax input", printed["scaled"])[0], into, atol=1e-4)
    assert ("bias" in printed) == (own.bias is not None)
    assert ("mask" in printed) == (stack == "decoder")
    prints_the_example(printed, work(recipe, given_head(own)))


@pytest.mark.parametrize(
    "changes",
    [
        {"mask": "none", "bias": "none", "temperature": 0.5, "scale": None},
        {"mask": "given", "bias": "distance", "slope": 0.25, "scale": -0.5},
        {"mask": "causal", "bias": "given", "edits": (Edit("Q", 0, 1, 2.5), Edit("V", 1, 0, -7.0))},
        {
            "mask": "drawn",
            "bias": "drawn",
            "edits": (Edit("mask", 2, 1, 0.0), Edit("bias", 1, 1, 3.25), Edit("K", 0, 0, 1.5)),
        },
    ],
)
@pytest.mark.parametrize("stack", ["encoder", "decoder", "cross"])
@pytest.mark.parametrize("family", ["t5", "bart"])
def test_what_was_changed_is_printed_as_changed(family, stack, changes):
    model = loaded(family)
    own = model.head_steps(SOURCE, TARGET, stack, 1, 0)
    recipe = Recipe(**{**sizes(own), **changes})
    printed, _ = run(script(recipe, lines(model, stack, 1, 0)))
    np.testing.assert_allclose(printed.pop(OWN), own.weights, atol=1e-4)
    prints_the_example(printed, work(recipe, given_head(own)))


def test_a_value_of_a_word_is_changed_without_its_key():
    model = loaded("t5")
    tokens, rows = embedding_rows(model, SOURCE, 32)
    width = rows.shape[1] // 2
    recipe = Recipe(
        queries=len(rows), keys=len(rows), heads=2, d_k=width, mask="drawn",
        edits=(Edit("V", 1, 0, 5.0), Edit("mask", 0, 2, 0.0), Edit("Q", 2, width, -4.0)),
    )  # fmt: skip
    printed, _ = run(script(recipe, rows_lines(model, tokens.ids, tokens.ids)))
    prints_the_example(printed, work(recipe, {"Q": rows, "K": rows, "V": rows}))


def test_a_long_tensor_is_printed_in_full():
    # Above a thousand numbers torch prints dots, unless it is told not to.
    printed, _ = run(script(Recipe(queries=32, keys=32, d_k=64)))
    assert printed["Q"].shape == (1, 32, 64)
    assert printed["weights"].shape == (1, 32, 32)
