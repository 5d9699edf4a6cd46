"""The layers of the timeline page: first sight, good input, bad input, hostile links."""

import contextlib
import io
import json
from dataclasses import replace

import numpy as np
import pyarrow
import pytest
import torch
from streamlit.testing.v1 import AppTest

import explorer
from explorer.charts import lens as charts
from explorer.dashboard.exports import json_bytes
from explorer.dashboard.timeline import lenses
from explorer.dashboard.timeline.moment import first_step
from explorer.probabilities import percent
from tests.charts.test_lens import tokens
from tests.loaded import loaded
from tests.pages.visit import badges, fine, link, open_page, said, scripts, stop_between_passes

PAGE = {"page": "timeline", "watch": "Layers"}
TEXT = "The small dog sees the old cat in the garden."
LONG = "The small dog and the old cat and the big bird see the house in the garden. " * 3


def opened(**parameters):
    """The view of a text without an unsure step, unless another text or model is given."""
    if "model" not in parameters:
        parameters.setdefault("text", TEXT)
    return open_page(**PAGE, **parameters)


def worked_example(stack="encoder", name="miniature-t5", text=None):
    model = explorer.load(name)
    task = model.card.tasks[0]
    read = model.encoder_lens if stack == "encoder" else model.lens
    return model, read(task.compose(text or (TEXT if name == "miniature-t5" else task.example)))


def grid(at: AppTest) -> list[dict]:
    """The cells of the grid."""
    (chart,) = [each for each in at.get("vega_lite_chart") if '"star"' in each.proto.spec]
    return pyarrow.ipc.open_stream(chart.proto.data.data).read_all().to_pylist()


def bars(at: AppTest) -> list[tuple[str, float]]:
    (chart,) = [each for each in at.get("vega_lite_chart") if '"star"' not in each.proto.spec]
    rows = [
        row
        for data in chart.proto.datasets
        for row in pyarrow.ipc.open_stream(data.data.data).read_all().to_pylist()
    ]
    return [(row["piece"], row["probability"]) for row in rows]


def shown(at: AppTest) -> str:
    return said(at.markdown)


def test_first_sight():
    at = fine(opened())
    _, found = worked_example()
    cells = grid(at)
    assert [cell["text"] for cell in cells] == [
        step[0] for layer in reversed(found.top_display) for step in layer
    ]
    first = found.first_on_top.tolist()
    starred = {(int(c["row name"]), int(c["column name"])) for c in cells if c["star"]}
    assert starred == {(layer, step) for step, layer in enumerate(first)}
    # A hand count of the steps whose answer is on top in the last layer alone.
    said_first = found.top_ids[:, :, 0] == np.array(found.target.ids)  # (layer, step)
    late = [step for step in range(11) if not said_first[:4, step].any()]
    assert f"At **{len(late)} of 11 steps** the answer is on top only in the last" in shown(at)
    early = int(said_first[0].sum())
    assert f"at {early or 'none'} already in the first" in shown(at)
    assert not at.warning
    assert len([each for each in badges(at) if "Checked: difference" in each]) == 1


def test_first_sight_shows_something_else_than_the_answer():
    at = fine(opened())
    below = [cell["text"] for cell in grid(at) if cell["row name"] != "4" and not cell["said"]]
    assert len(below) > 10


def test_the_first_row_is_the_model_itself_in_plain_transformers():
    at = fine(opened(t_lens="Decoder layers"))
    model, found = worked_example("decoder")
    source = model.tokenizer(found.text, return_tensors="pt").input_ids
    reads = torch.tensor([[model.module.config.decoder_start_token_id, *found.target.ids[:-1]]])
    with torch.inference_mode():
        own = model.module(input_ids=source, decoder_input_ids=reads).logits[0].softmax(-1)
    top = [cell for cell in grid(at) if cell["row"] == 0]
    assert [float(cell["exact"]) for cell in top] == pytest.approx(own.amax(-1).tolist(), abs=1e-5)
    assert [cell["text"] for cell in top] == list(found.target.display)


def test_a_link_opens_a_cell():
    at = fine(opened(t_lens="Decoder layers", at="4", t_lens_layer="0"))
    _, found = worked_example("decoder")
    names = [
        piece if piece == shown else f"␣{shown}"
        for piece, shown in zip(found.top_pieces[0][4], found.top_display[0][4], strict=True)
    ]
    expected = [
        (f"{place}. {piece}", pytest.approx(float(probability)))
        for place, (piece, probability) in enumerate(
            zip(names, found.top_probabilities[0, 4], strict=True), start=1
        )
    ]
    assert bars(at) == expected
    assert "Step 4, decoder layer 0." in shown(at)
    assert f"the probability {percent(found.probability[0, 4])}" in shown(at)
    picked = [cell for cell in grid(at) if cell["thick"] == 4]
    assert [(cell["row name"], cell["column name"]) for cell in picked] == [("0", "4")]
    assert not at.warning


def test_the_controls_move_the_cell():
    at = fine(opened())
    at.slider(key="at").set_value(8)
    at.slider(key="t_lens_layer").set_value(0)
    fine(at.run())
    assert "Step 8, encoder layer 0." in shown(at)


def test_bart_begins_with_a_forced_piece():
    at = fine(opened(model="miniature-bart", t_lens="Decoder layers", at="0"))
    _, found = worked_example("decoder", "miniature-bart")
    assert "force this piece" in said(at.caption)
    late = int((found.first_on_top[1:] == 2).sum())
    assert f"At **{late} of {len(found.target) - 1} steps**" in shown(at)


@pytest.mark.parametrize(
    ("parameters", "notice"),
    [
        ({"at": "99"}, "this answer has the steps 0 to 10"),
        ({"at": "-1"}, "which cannot be"),
        ({"at": "Hund"}, "which cannot be"),
        ({"at": "nan"}, "which cannot be"),
        ({"t_lens": "Both"}, "which cannot be"),
        ({"t_lens_layer": "77"}, "which cannot be"),
    ],
)
def test_hostile_links(parameters, notice):
    at = fine(opened(**parameters))
    assert notice in said(at.warning)
    assert grid(at)


def test_a_stale_step_is_the_last_one():
    at = opened(at="99")
    assert at.slider(key="at").value == 10


def test_an_empty_text_is_asked_for():
    at = fine(opened(text=" "))
    assert "Type a text" in said(at.info)
    assert not at.get("vega_lite_chart")


def test_markup_stays_text():
    at = fine(opened(text="<script>alert(1)</script> **bold** $x$"))
    assert grid(at)


@pytest.mark.parametrize("stack", ["encoder", "decoder"])
def test_it_can_be_stopped_and_goes_on(stack, monkeypatch):
    text = f"The old dog of the {stack} sleeps."
    asked = link(**PAGE, text=text, t_lens=f"{stack.capitalize()} layers")
    at = fine(stop_between_passes(asked, monkeypatch))
    assert "Stopped before every layer was read." in said(at.caption)
    assert not at.get("vega_lite_chart")
    (again,) = [each for each in at.button if each.label == "Go on"]
    fine(again.click().run())
    _, found = worked_example(stack, text=text)
    assert [cell["text"] for cell in grid(at)] == [
        step[0] for layer in reversed(found.top_display) for step in layer
    ]
    assert not [each for each in at.button if each.label in ("Go on", "Stop")]


def test_a_shorter_answer_takes_the_step_along():
    at = fine(opened(at="10"))
    at.text_area(key="text").set_value("The dog sleeps.").run()
    fine(at)
    _, found = worked_example(text="The dog sleeps.")
    assert at.slider(key="at").value == len(found.target) - 1 < 10


def test_many_steps_are_narrowed_and_said():
    at = fine(opened(model="miniature-bart", text=LONG, at="40"))
    cells = grid(at)
    columns = {int(cell["column name"]) for cell in cells}
    assert len(columns) == charts.MOST_STEPS
    assert 40 in columns
    assert f"steps {min(columns)} to {max(columns)} of" in said(at.caption)


@pytest.mark.parametrize(
    ("parameters", "steps"),
    [
        ({"at": "4"}, ""),
        ({"model": "miniature-bart", "text": LONG, "at": "40"}, ", steps {}–{} of {}"),
    ],
)
def test_the_picture_taken_home_is_the_grid_on_screen(parameters, steps, picture):
    # In memory, so that a busy machine does not show the page without it.
    explorer.load(parameters.get("model", "miniature-t5"))
    at = fine(opened(t_lens="Decoder layers", t_lens_layer="0", **parameters))
    (sheet,) = picture["vconcat"][0]["hconcat"]
    cells, shown = sheet["data"]["values"], grid(at)
    for field in ("text", "fill", "stroke", "thick", "row name", "column name"):
        assert [cell[field] for cell in cells] == [cell[field] for cell in shown]
    framed = [cell for cell in cells if cell["thick"] == 4]
    assert [(cell["row name"], cell["column name"]) for cell in framed] == [("0", parameters["at"])]
    columns = [int(cell["column name"]) for cell in cells]
    count = int(at.slider(key="at").max) + 1
    assert sheet["title"] == (
        "The most probable piece after each decoder layer"
        + steps.format(min(columns), max(columns), count)
    )


@pytest.mark.parametrize("stack", ["encoder", "decoder"])
def test_the_table_holds_every_number(stack):
    _, found = worked_example(stack)
    rows = lenses.table(found)
    assert len(rows) == found.layers * len(found.target)
    for row in rows:
        place = row["layer"], row["step"]
        assert row["probability"] == pytest.approx(float(found.probability[place]))
        assert row["rank"] == found.rank[place]
        assert row["top 1"] == found.top_pieces[row["layer"]][row["step"]][0]
        assert row["first on top"] == (found.first_on_top[row["step"]] == row["layer"])
    assert json.loads(json_bytes(found))["rank"] == found.rank.tolist()


def test_copy_as_python_prints_the_grid():
    at = fine(opened())
    (script,) = scripts(at)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(script, {})
    lines = [json.loads(line) for line in printed.getvalue().splitlines()]
    _, found = worked_example()
    assert np.array_equal(lines[::2], found.top_ids)
    assert np.allclose(lines[1::2], found.top_probabilities, atol=1e-5)


def test_the_formula_has_what_the_model_has():
    t5 = lenses.formula(explorer.load("miniature-t5"), "decoder")
    assert r"\mathrm{norm}(h_\ell)" in t5
    assert r"\sqrt{" in t5
    assert "+ b" not in t5
    bart = lenses.formula(explorer.load("miniature-bart"), "decoder")
    assert "norm" not in bart
    assert "sqrt" not in bart
    assert "+ b" in bart
    untied = lenses.formula(loaded("mt5"), "decoder")
    assert "sqrt" not in untied
    assert "norm" in untied
    assert "decoder" in lenses.formula(loaded("mt5"), "encoder")


@pytest.mark.parametrize(
    ("forced", "words", "expected"),
    [
        ((0, 0, 0), ("the", "house", "</s>"), 1),
        ((0, 1, 0), ("the", "house", "</s>"), 0),
        ((1, 1, 0), ("the", "house", "</s>"), 2),
        ((1, 1, 1), ("the", "house", "</s>"), 0),
        ((0, 0, 0), ("a", "be", "</s>"), 0),
    ],
)
def test_the_first_step_worth_looking_at(forced, words, expected):
    special = tuple(word == "</s>" for word in words)
    made = replace(tokens(*words), special=special, words=(0, 1, None))
    sure = [-0.01] * len(words)
    assert first_step(made, sure, [bool(each) for each in forced]) == expected


def test_the_first_step_is_where_the_model_was_least_sure():
    made = replace(tokens("the", "house", "</s>"), words=(0, 1, None))
    assert first_step(made, [-0.9, -0.01, -0.3], [False, False, False]) == 0
    # A forced piece is no doubt of the model's.
    assert first_step(made, [-0.9, -0.01, -0.3], [True, False, False]) == 2


def test_the_page_opens_on_a_text_where_something_happens():
    at = fine(open_page(**PAGE))
    assert any("Checked: difference" in each for each in badges(at))
    assert not at.warning
