"""The attention sandbox: first sight, good input, bad input, hostile URLs."""

import json

import numpy as np
import pyarrow
import pytest
from streamlit.testing.v1 import AppTest

from explorer.charts.attention_steps import number_text
from explorer.dashboard.sandbox import editing
from explorer.recipe import Edit, Recipe
from explorer.worked_example import work
from tests.pages.visit import badges, fine, link, open_page, said

PAGE = "attention_sandbox"


def texts(array: np.ndarray) -> np.ndarray:
    return np.vectorize(number_text)(array)


def drawn(at: AppTest) -> list[list[str]]:
    """The numbers of every heat map on the page."""
    found = []
    for chart in at.get("vega_lite_chart"):
        data = chart.proto.data.data
        rows = pyarrow.ipc.open_stream(data).read_all().to_pylist() if data else []
        found.append([row["text"] for row in rows if "text" in row])
    return found


def shows(at: AppTest, array: np.ndarray) -> bool:
    """Whether a matrix stands in one of the heat maps."""
    return texts(array).ravel().tolist() in drawn(at)


def passed(at: AppTest) -> int:
    checks = [each for each in badges(at) if "difference" in each or "Differs" in each]
    assert all(":green-badge[" in each for each in checks), checks
    return len(checks)


def test_first_sight_is_the_notebooks_example_and_is_checked():
    at = fine(open_page(PAGE))
    steps = work(Recipe()).steps
    for name in ("scores", "scaled", "weights", "output"):
        assert shows(at, getattr(steps, name)[0]), name
    assert passed(at) == 1
    assert any(r"\sqrt{6}" in each.value for each in at.latex)
    assert not at.warning


@pytest.mark.parametrize(
    ("parameters", "recipe"),
    [
        ({"n": "3", "m": "7", "d_k": "9", "draw": "7"}, Recipe(7, 3, 7, 9)),
        ({"mask": "causal", "heat": "0.5"}, Recipe(mask="causal", temperature=0.5)),
        ({"mask": "padding", "padded": "2"}, Recipe(mask="padding", padded=2)),
        ({"scale": "none"}, Recipe(scale=1.0)),
        ({"scale": "my own", "factor": "-0.5"}, Recipe(scale=-0.5)),
        ({"positions": "T5: relative buckets"}, Recipe(positions="relative")),
        ({"positions": "BART: learned"}, Recipe(positions="learned")),
        ({"positions": "sinusoidal"}, Recipe(positions="sinusoidal")),
        ({"bias": "by distance", "slope": "2"}, Recipe(bias="distance", slope=2.0)),
        ({"edits": "Q.0.5=2.5"}, Recipe(edits=(Edit("Q", 0, 5, 2.5),))),
        (
            {"mask": "by hand", "edits": "mask.1.2=0"},
            Recipe(mask="drawn", edits=(Edit("mask", 1, 2, 0.0),)),
        ),
        (
            {"bias": "by hand", "edits": "bias.0.0=-3"},
            Recipe(bias="drawn", edits=(Edit("bias", 0, 0, -3.0),)),
        ),
    ],
)
def test_a_link_shows_what_it_asks_for(parameters, recipe):
    at = fine(open_page(PAGE, **parameters))
    steps = work(recipe).steps
    assert shows(at, steps.masked[0])
    assert shows(at, steps.weights[0])
    assert shows(at, steps.output[0])
    assert passed(at) == 1
    assert not at.warning


def test_heads_are_shown_one_by_one_and_together():
    at = fine(open_page(PAGE, head_count="3", head_shown="2"))
    example = work(Recipe(heads=3))
    assert shows(at, example.steps.scores[2])
    for weights in example.steps.weights:
        assert shows(at, weights)
    assert shows(at, example.concatenated)
    assert shows(at, example.result)


def test_a_cell_is_written_out():
    at = fine(open_page(PAGE, query="2", key="3"))
    steps = work(Recipe()).steps
    text = "".join(each.value for each in at.latex)
    assert "q_{2} \\cdot k_{3}" in text
    assert f"\\mathbf{{{steps.weights[0, 2, 3]:.4f}}}" in text
    mix = np.vstack([steps.weights[0, 2][:, None] * steps.value[0], steps.output[0, 2]])
    assert shows(at, mix)


def test_what_goes_in_and_the_rows_are_there_when_they_are_opened():
    at = link(PAGE)
    at.session_state["inputs_open"] = True
    at.session_state["rows_open"] = True
    at = fine(at.run())
    steps = work(Recipe()).steps
    for name in ("query", "key", "value"):
        assert shows(at, getattr(steps, name)[0]), name
    rows = at.table[-1].value
    assert list(rows["Row sum"]) == ["1.000000"] * 4
    bits = -(steps.weights[0] * np.log2(steps.weights[0])).sum(-1)
    assert [float(each) for each in rows["Entropy, bits"]] == pytest.approx(bits, abs=6e-4)


def test_a_control_changes_the_numbers():
    at = open_page(PAGE)
    next(each for each in at.slider if each.label == "Queries").set_value(2).run()
    assert shows(fine(at), work(Recipe(queries=2)).steps.weights[0])


def test_words_are_the_models_embeddings():
    at = fine(open_page(PAGE, **{"numbers": "Words", "queries_of": "The dog sleeps."}))
    from explorer.embeddings import embedding_rows
    from explorer.loading import store

    _, rows = embedding_rows(store().load("miniature-t5"), "The dog sleeps.", 32)
    assert shows(at, rows @ rows.T)
    assert passed(at) == 1


@pytest.mark.parametrize("model", ["miniature-t5", "miniature-bart"])
@pytest.mark.parametrize("stack", ["Encoder", "Decoder", "Cross"])
def test_a_head_of_the_model_is_what_the_model_computed(model, stack):
    at = fine(open_page(PAGE, **{"numbers": "A model's head", "head_stack": stack, "model": model}))
    assert passed(at) == 2
    assert any("against what the model itself computed" in each.value for each in at.caption)
    assert any("+ \\overset" in each.value for each in at.latex) == (
        stack == "Decoder" or (model == "miniature-t5" and stack != "Cross")
    )


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"edits": "Q.1.2=nan"}, "Q holds no number (NaN) at [0, 1, 2]"),
        ({"mask": "padding", "padded": "4"}, "4 of 4 keys are padding"),
        (
            {"mask": "by hand", "edits": ";".join(f"mask.1.{key}=0" for key in range(4))},
            "Query 1 may look at no key",
        ),
        ({"numbers": "Words", "queries_of": " "}, "The text is empty"),
        ({"numbers": "Words", "queries_of": "dog " * 50}, "32 are drawn at most"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(parameters, sentence):
    at = open_page(PAGE, **parameters)
    assert not at.exception
    assert len(at.error) == 1
    assert sentence in said(at.error)


def test_a_hostile_link_gives_the_defaults_and_notices():
    hostile = "<script>alert(1)</script>"
    at = open_page(
        PAGE,
        n="1e99",
        d_k="-3",
        mask=hostile,
        scale=hostile,
        edits=f"Q.0.0=1;{hostile}",
        lesson="x",
    )
    fine(at)
    assert len(at.warning) >= 4
    assert shows(at, work(Recipe(edits=(Edit("Q", 0, 0, 1.0),))).steps.weights[0])


@pytest.mark.parametrize(
    "text", ["Q.0.0=inf", "Q.0.0=1e99", "Z.0.0=1", "Q.0.0", "Q.-1.0=2", "Q.0.0=1;" * 9000]
)
def test_edits_that_cannot_be_are_left_out(text):
    edits, refused = editing.read(text)
    assert refused
    assert set(edits.values()) <= {1.0}


def test_edits_survive_the_way_through_a_url():
    edits = {("Q", 0, 5): 2.5, ("mask", 1, 0): 0.0, ("bias", 2, 2): -1e-3, ("V", 3, 1): 123.456}
    assert editing.read(editing.written(edits)) == (edits, [])


@pytest.mark.parametrize("heads", ["1", "2"])
def test_an_edit_out_of_reach_waits(heads):
    at = fine(open_page(PAGE, head_count=heads, edits="Q.0.8=1"))
    recipe = Recipe(heads=int(heads), edits=(Edit("Q", 0, 8, 1.0),) if heads == "2" else ())
    assert shows(at, work(recipe).steps.weights[0])


def test_why_the_scale():
    at = fine(open_page(PAGE, lesson="Why the scale"))
    specs = [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]
    assert len(specs) == 4
    assert passed(at) == 1
    assert any("saturated" in each.value for each in at.markdown)


def test_three_kinds_have_three_masks():
    at = fine(open_page(PAGE, lesson="Three kinds", source="5", target="3", source_padding="1"))
    assert shows(at, work(Recipe(queries=5, keys=5, mask="padding")).steps.weights[0])
    assert shows(at, work(Recipe(queries=3, keys=3, mask="causal")).steps.weights[0])
    assert shows(at, work(Recipe(queries=3, keys=5, mask="padding")).steps.weights[0])
    assert passed(at) == 3
