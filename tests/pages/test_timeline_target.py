"""Which answer the layers and the reasons of the timeline page are about."""

import contextlib
import io
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.dashboard.timeline import lenses, target
from explorer.dashboard.timeline.decoded import Chosen
from explorer.generation import Decoding
from explorer.probabilities import percent
from explorer.teacher_forcing import forward
from tests.pages.test_timeline_branching import number_of
from tests.pages.test_timeline_layers import bars, grid
from tests.pages.test_timeline_reasons import shows
from tests.pages.test_timeline_tape import button, engine
from tests.pages.visit import badges, fine, open_page, said, scripts

LAYERS = {"page": "timeline", "watch": "Layers"}
REASONS = {"page": "timeline", "watch": "Why this piece"}
SAMPLED = {"t_strategy": "sampling", "t_temperature": "2", "t_seed": "3"}
SETTINGS = Decoding("sampling", temperature=2.0, seed=3)


def texts(at):
    return said((*at.markdown, *at.caption))


def answers_offered(at):
    return at.segmented_control(key="t_answer").options


def printed(at):
    (script,) = scripts(at)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(script, {})
    return out.getvalue().splitlines()


def branch(piece="dem", step=3):
    model, text = engine()
    return model, text, model.branches(text, 6).branch(step, piece).timeline


def checked(at):
    assert all(":green-badge[" in each for each in badges(at) if "ifference" in each)
    return len([each for each in badges(at) if "Checked: difference" in each])


def test_first_sight_is_the_first_answer_and_the_branch_of_the_first_sight_is_offered():
    at = fine(open_page(**LAYERS))
    model, text = engine()
    found = model.encoder_lens(text)
    assert [cell["text"] for cell in grid(at)] == [
        step[0] for layer in reversed(found.top_display) for step in layer
    ]
    assert "The model's own greedy answer: **Der Hund, den der Mann hilft" in texts(at)
    assert answers_offered(at) == ["0", "1"]
    assert "t_answer" not in at.query_params


def test_the_layers_of_a_branch_are_those_of_its_pieces():
    at = fine(open_page(**LAYERS, t_lens="Decoder layers"))
    fine(at.segmented_control(key="t_answer").set_value("1").run())
    model, text, made = branch()
    found = model.lens(text, made.target)
    assert [cell["text"] for cell in grid(at)] == [
        step[0] for layer in reversed(found.top_display) for step in layer
    ]
    assert "Answer 1, which says **dem** at step 3 where answer 0 says **den**" in texts(at)
    # The step where it leaves: one pass of the whole model gives “dem” what the top row says.
    assert at.slider(key="at").value == 3
    own = forward(model, model.tokenize(text), made.target)[0].softmax(-1)
    assert found.probability[-1, 3] == pytest.approx(float(own[3, number_of("dem")]), abs=1e-5)
    fine(at.slider(key="t_lens_layer").set_value(2).run())
    said_here = (
        f"The answer says **dem**; here it has the probability {percent(found.probability[2, 3])}"
    )
    assert said_here in texts(at)
    assert dict(bars(at))["2. ␣dem"] == pytest.approx(float(own[3, number_of("dem")]), abs=1e-5)
    assert "because the model itself would say something else" in texts(at)
    assert checked(at) == 1
    # The link opens the same answer for somebody who has seen nothing yet.
    link = {"t_lens": "Decoder layers", "t_lens_layer": "2", "t_answer": "1"}
    again = fine(open_page(**LAYERS, **link))
    assert grid(again) == grid(at)
    assert not again.warning


def test_the_reasons_of_a_branch():
    at = fine(open_page(**REASONS))
    fine(at.segmented_control(key="t_answer").set_value("1").run())
    model, text, made = branch()
    shows(at, model.attribution(text, made.target, 3))
    given = percent(made.steps[3].probability)
    assert f"the probability that the model gave it: {given}" in texts(at)
    assert "Answer 1, which says **dem** at step 3" in texts(at)
    assert checked(at) == 1
    fine(at.slider(key="at").set_value(5).run())
    shows(at, model.attribution(text, made.target, 5))
    assert "A person chose this piece" not in texts(at)


def test_branches_that_were_grown_and_their_branches_are_offered():
    dem, der = number_of("dem"), number_of("der")
    branches = f"0.3.{dem};0.3.{der};1.6.{number_of('den')}"
    at = fine(open_page(**LAYERS, t_branches=branches, t_answer="3"))
    assert answers_offered(at) == ["0", "1", "2", "3"]
    model, text = engine()
    tree = model.branches(text, 6)
    tree.branch(3, dem)
    made = tree.branch(6, number_of("den"), 1).timeline
    found = model.encoder_lens(text, made.target)
    assert [cell["text"] for cell in grid(at)][-len(made.target) :] == [
        step[0] for step in found.top_display[0]
    ]
    assert at.slider(key="at").value == 6
    # Taken away, the first answer stands again.
    fine(at.segmented_control(key="watch").set_value("Branches").run())
    fine(button(at, "Remove answer 1").click().run())
    fine(at.segmented_control(key="watch").set_value("Layers").run())
    assert answers_offered(at) == ["0", "1"]
    assert "The model's own greedy answer" in texts(at)


@pytest.mark.parametrize("page", [LAYERS, REASONS], ids=["layers", "reasons"])
def test_a_sampled_answer_is_explained_as_it_was_drawn(page):
    at = fine(open_page(**page, **SAMPLED))
    model, text = engine()
    drawn = model.timeline(text, 6, decoding=SETTINGS).target
    assert drawn.ids != model.timeline(text).target.ids
    step = at.slider(key="at").value
    if page is LAYERS:
        cells = [cell for cell in grid(at) if cell["row"] == 0]
        found = model.encoder_lens(text, drawn)
        assert [cell["text"] for cell in cells] == [one[0] for one in found.top_display[-1]]
    else:
        shows(at, model.attribution(text, drawn, step))
    assert "The first answer (sampling, temperature 2.0, seed 3)" in texts(at)
    assert "Not used here" not in texts(at)
    assert at.query_params["t_strategy"] == "sampling"


def test_a_forced_beginning_is_explained():
    at = fine(open_page(**REASONS, t_begin="Der Hund, dem", at="3"))
    model, text = engine()
    said_so = model.timeline(text, 6, "Der Hund, dem")
    shows(at, model.attribution(text, said_so.target, 3))
    assert "A person chose this piece" in texts(at)


@pytest.mark.parametrize("page", [LAYERS, REASONS], ids=["layers", "reasons"])
@pytest.mark.parametrize(
    ("parameters", "notice"),
    [
        ({"t_answer": "7"}, "“7”, which cannot be: “Which answer” stands at its default"),
        ({"t_answer": "-1"}, "which cannot be"),
        ({"t_answer": "<b>1</b>"}, "which cannot be"),
        ({"t_branches": "0.99.5", "t_answer": "1"}, "There is no step 99"),
        ({"t_branches": "perhaps"}, "“perhaps”"),
        ({"t_branches": "none", "t_answer": "1"}, "which cannot be"),
    ],
)
def test_an_answer_that_is_not_there_is_a_notice_and_the_first_one_stands(page, parameters, notice):
    at = fine(open_page(**page, **parameters))
    assert notice in said(at.warning)
    assert at.segmented_control(key="t_answer").value == "0"
    assert at.get("vega_lite_chart")
    fine(at.run())


def test_copy_as_python_and_the_table_follow_the_answer():
    at = fine(open_page(**LAYERS, t_answer="1"))
    model, text, made = branch()
    found = model.encoder_lens(text, made.target)
    lines = [json.loads(line) for line in printed(at)]
    assert np.array_equal(lines[::2], found.top_ids)
    assert np.allclose(lines[1::2], found.top_probabilities, atol=1e-5)
    assert lenses.table(found)[3]["answer's piece"] == "▁dem"

    at = fine(open_page(**REASONS, t_answer="1"))
    words = model.attribution(text, made.target, 3)
    rows = [line.split("\t") for line in printed(at)]
    assert [float(row[3]) for row in rows] == pytest.approx(words.left_out.tolist(), abs=1e-3)


def test_what_a_person_set_decides_whether_the_model_chose_every_piece():
    model, text = engine()
    tree = model.branches(text, 6)
    root = tree.tree.branches[0]
    made = tree.branch(3, "dem")
    plain = target.Target(Chosen(root.timeline.decoding, "", 6), root)
    assert plain.is_plain
    assert plain.file_part == ""
    penalty = replace(root.timeline.decoding, repetition_penalty=1.5)
    assert not replace(plain, chosen=Chosen(penalty, "", 6)).is_plain
    assert not replace(plain, chosen=Chosen(root.timeline.decoding, "Der", 6)).is_plain
    other = target.Target(plain.chosen, made, root.timeline.steps[3])
    assert not other.is_plain
    assert (other.file_part, other.first_step) == ("-answer-1", 3)
    logits = forward(model, model.tokenize(text), root.timeline.target)[0]
    least = logits.softmax(-1)[torch.arange(len(logits)), torch.tensor(root.timeline.target.ids)]
    assert plain.first_step == int(least.argmin())
