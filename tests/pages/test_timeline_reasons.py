"""Why a piece was said: first sight, good input, bad input, hostile links."""

import contextlib
import io
import re
from dataclasses import replace

import numpy as np
import pyarrow
import pytest
import torch
from streamlit.testing.v1 import AppTest

import explorer
from explorer.attribution import METHOD_NAMES, METHODS
from explorer.charts.attribution import RANDOM_NAME, words_html
from explorer.dashboard.timeline import reasons
from explorer.model import Seq2SeqModel
from tests.pages.visit import (
    badges,
    fine,
    html,
    link,
    open_page,
    passed,
    said,
    scripts,
    stop_between_passes,
)

PAGE = {"page": "timeline", "watch": "Why this piece"}
TEXT = "The small dog sees the old cat in the garden."


def opened(**parameters):
    """The view of a text without an unsure step, unless another text or model is given."""
    if "model" not in parameters:
        parameters.setdefault("text", TEXT)
    return open_page(**PAGE, **parameters)


def worked_example(step, name="miniature-t5", text=None, **options):
    model = explorer.load(name)
    task = model.card.tasks[0]
    return model, model.attribution(
        task.compose(text or (TEXT if name == "miniature-t5" else task.example)),
        step=step,
        **options,
    )


def curves(at: AppTest) -> dict[str, list[float]]:
    """The lines of the chart."""
    (chart,) = at.get("vega_lite_chart")
    found: dict[str, dict[int, float]] = {}
    for data in chart.proto.datasets:
        for row in pyarrow.ipc.open_stream(data.data.data).read_all().to_pylist():
            found.setdefault(row["order"], {})[row["removed"]] = row["probability"]
    return {name: [line[at] for at in sorted(line)] for name, line in found.items()}


def shows(at: AppTest, found) -> None:
    """The page shows this attribution: its verdict, words and curves."""
    assert found.verdict.sentence in said(at.markdown)
    for method in METHODS:
        assert words_html(found, method) in html(at)
    lines = curves(at)
    for method in METHODS:
        expected = found.curve(method).probabilities.tolist()
        assert lines[METHOD_NAMES[method]] == pytest.approx(expected)
    assert lines[RANDOM_NAME] == pytest.approx(found.random_mean.tolist())


def test_first_sight():
    at = fine(opened())
    # “kleine”: the first piece that is no article.
    _, found = worked_example(1)
    assert found.piece == "kleine"
    shows(at, found)
    assert found.verdict.kind == "explains"
    assert not at.warning
    assert len([each for each in badges(at) if "Checked: difference" in each]) == 1
    sentence = next(i for i, m in enumerate(at.markdown) if "Attention named" in m.value)
    words = next(i for i, m in enumerate(at.markdown) if m.value == "**Cross-attention**")
    assert sentence < words


def test_the_fall_without_a_word_is_that_of_plain_transformers():
    at = fine(opened(at="2"))
    model, found = worked_example(2)
    assert found.piece == "Hund"
    shows(at, found)

    def log_probability(text):
        source = model.tokenizer(text, return_tensors="pt").input_ids
        start = model.module.config.decoder_start_token_id
        reads = torch.tensor([[start, *found.target.ids[:2]]])
        with torch.inference_mode():
            logits = model.module(input_ids=source, decoder_input_ids=reads).logits[0, -1]
        return float(logits.double().log_softmax(-1)[found.target.ids[2]])

    fall = log_probability(found.text) - log_probability(found.text.replace("dog ", ""))
    assert f"dog <small>{fall:+.1f}</small>" in html(at)


@pytest.mark.parametrize(
    ("parameters", "options"),
    [
        ({"t_of_layer": "2", "t_of_head": "1"}, {"layer": 2, "head": 1}),
        ({"t_of_head": "3"}, {"head": 3}),
        ({"t_gradient": "Size alone"}, {"absolute": True}),
    ],
)
def test_a_link_shows_what_it_asks_for(parameters, options):
    at = fine(opened(at="8", **parameters))
    _, found = worked_example(8, **options)
    shows(at, found)
    _, other = worked_example(8)
    assert any(found.curve(m).order != other.curve(m).order for m in METHODS)
    assert not at.warning


def test_the_step_moves():
    at = fine(opened())
    at.slider(key="at").set_value(6)
    fine(at.run())
    shows(at, worked_example(6)[1])


def test_the_tables():
    at = fine(opened(at="8"))
    _, found = worked_example(8)
    areas, correlations = (each.value for each in at.table)
    # The area by hand: the mean of the heights on both sides of each removal.
    heights = found.curve("gradient").probabilities
    area = sum((heights[i] + heights[i + 1]) / 2 for i in range(len(heights) - 1)) / (
        len(heights) - 1
    )
    assert areas.loc["input × gradient", "Area"] == f"{area:.3f}"
    assert list(areas.index)[-1] == RANDOM_NAME
    # Spearman by hand: the correlation of the ranks, where no two scores are alike.
    ranks = [np.argsort(np.argsort(found.scores(method))) for method in METHODS[:2]]
    expected = np.corrcoef(*ranks)[0, 1]
    shown = correlations.loc["cross-attention and input × gradient", "Spearman"]
    assert float(shown.replace("−", "-")) == pytest.approx(expected, abs=0.02)


def test_bart_begins_at_the_first_step_that_is_not_forced():
    at = fine(opened(model="miniature-bart"))
    assert at.slider(key="at").value > 0
    shows(at, worked_example(at.slider(key="at").value, "miniature-bart")[1])


def test_a_forced_step_is_a_sentence_and_the_page_stays():
    at = opened(model="miniature-bart", at="0")
    assert not at.exception
    assert "is forced by the model's rules" in said(at.error)
    at.slider(key="at").set_value(5)
    fine(at.run())


@pytest.mark.parametrize(
    ("parameters", "notice"),
    [
        ({"at": "99"}, "this answer has the steps 0 to 10"),
        ({"at": "-3"}, "which cannot be"),
        ({"t_of_layer": "12"}, "which cannot be"),
        ({"t_of_head": "none"}, "which cannot be"),
        ({"t_gradient": "1"}, "which cannot be"),
    ],
)
def test_hostile_links(parameters, notice):
    at = fine(opened(**parameters))
    assert notice in said(at.warning)
    assert curves(at)


def test_a_layer_of_another_model_is_forgotten():
    at = link(**PAGE, text=TEXT)
    at.session_state["t_of_layer"] = "11"
    fine(at.run())
    assert at.selectbox(key="t_of_layer").value == "all"
    shows(at, worked_example(1)[1])


def test_an_empty_text_is_asked_for():
    at = fine(opened(text="\n "))
    assert "Type a text" in said(at.info)


def test_a_text_of_one_word():
    at = fine(opened(task="Write freely", text="dog", at="0"))
    assert "only one word" in said(at.markdown)
    assert curves(at)[RANDOM_NAME] == pytest.approx(curves(at)["cross-attention"])


def test_too_many_words_are_a_sentence_and_the_page_stays():
    at = opened(text="The dog sees the cat. " * 20)
    assert not at.exception
    assert re.search(r"The text has \d+ words, and at most 96", said(at.error))
    at.text_area(key="text").set_value("The dog sleeps.")
    fine(at.run())


def test_markup_stays_text():
    at = opened(text="<script>alert(1)</script> [x](http://evil.example) $x$")
    assert not at.exception
    assert "<script>" not in html(at)


def test_it_can_be_stopped_and_goes_on(monkeypatch):
    monkeypatch.setattr("explorer.attribution_passes.MAX_ROWS", 1)
    text = "The old dog sleeps in the small house."
    at = fine(stop_between_passes(link(**PAGE, text=text), monkeypatch))
    assert "Stopped before all words" in said(at.caption)
    assert not at.get("vega_lite_chart")
    (again,) = [each for each in at.button if each.label == "Go on"]
    again.click().run()
    fine(at)
    shows(at, worked_example(1, text=text)[1])
    assert not [each for each in at.button if each.label in ("Go on", "Stop")]


def test_the_table_to_take_home():
    _, found = worked_example(8)
    rows = reasons.table(found)
    assert [row["word"] for row in rows] == [unit.text for unit in found.words]
    assert [row["left out (nats)"] for row in rows] == pytest.approx(found.left_out.tolist())
    places = range(1, len(rows) + 1)
    for method in METHODS:
        assert sorted(row[f"goes by {METHOD_NAMES[method]}"] for row in rows) == list(places)
    by_attention = sorted(rows, key=lambda row: -row["cross-attention"])
    assert [row["goes by cross-attention"] for row in by_attention[:3]] == [1, 2, 3]
    assert next(row for row in rows if row["goes by leaving words out"] == 1)["word"] == "garden"


def test_copy_as_python_prints_the_words():
    at = fine(opened(at="2", t_of_layer="1"))
    (script,) = scripts(at)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(script, {})
    _, found = worked_example(2, layer=1)
    lines = [line.split("\t") for line in printed.getvalue().splitlines()]
    assert [eval(line[0]) for line in lines] == [unit.text for unit in found.words]
    numbers = np.array([[float(each) for each in line[1:]] for line in lines])
    assert numbers[:, 0] == pytest.approx(found.attention, abs=1e-5)
    assert numbers[:, 2] == pytest.approx(found.left_out, abs=1e-3)


@pytest.mark.parametrize(
    ("control", "key", "choice", "animal"),
    [
        ("selectbox", "t_of_layer", "2", "dog"),
        ("selectbox", "t_of_head", "1", "cat"),
        ("segmented_control", "t_gradient", "Size alone", "bird"),
    ],
)
def test_each_choice_has_a_check_of_its_own(control, key, choice, animal, monkeypatch):
    # Wrong ones stay in the memory of all tests, so each case has a text that no other one has.
    at = fine(opened(text=f"The {animal} sleeps in the small garden.", at="2"))
    assert passed(at) == 1
    right = Seq2SeqModel.attribution

    def wrong(*args, **options):
        found = right(*args, **options)
        return replace(found, left_out=found.left_out[::-1])

    monkeypatch.setattr(Seq2SeqModel, "attribution", wrong)
    getattr(at, control)(key=key).set_value(choice)
    fine(at.run())
    (badge,) = [each for each in badges(at) if "difference" in each or "Differs" in each]
    assert ":red-badge[" in badge


def test_the_page_opens_on_a_text_where_something_happens():
    at = fine(open_page(**PAGE))
    assert any("Checked: difference" in each for each in badges(at))
    assert not at.warning
