"""Charts of a timeline and of a tree: what is drawn, where, and that it can be drawn at all."""

import json

import numpy as np
import pytest
import vl_convert

import explorer
from explorer.brancher import Brancher
from explorer.charts import branch_tree, colours, course, timeline
from explorer.contrast import contrast, luminance
from explorer.generation import Decoding

SENTENCE = "translate English to German: The dog that the man helps is old."


@pytest.fixture(scope="module")
def found():
    return explorer.load("miniature-t5").timeline(SENTENCE, 6)


@pytest.fixture(scope="module")
def tree():
    made = explorer.load("miniature-t5").branches(SENTENCE, 6)
    made.branch(3, "dem")
    made.branch(6, "sieht", parent=1)
    # It leaves its parent at the parent's own first step: the piece before is the root's.
    made.branch(3, "der", parent=1)
    return made.tree


def test_the_tape_is_faint_where_the_model_is_unsure_and_frames_one_step(found):
    cells = timeline.tape(found.steps, 3).cells
    light = [luminance(fill) for fill in cells["fill"]]
    probabilities = [step.probability for step in found.steps]
    assert np.argmax(light) == np.argmin(probabilities) == 3
    dark = [luminance(fill) for fill in timeline.tape(found.steps, 3, True).cells["fill"]]
    assert np.argmin(dark) == 3
    assert (cells["border"] == cells["border"].max()).tolist() == [at == 3 for at in range(12)]
    for fill, ink in zip(cells["fill"], cells["ink"], strict=True):
        assert contrast(fill, ink) >= 4.5


def test_the_chosen_piece_is_added_where_it_is_no_alternative():
    model = explorer.load("miniature-t5")
    forced = model.timeline(SENTENCE, 2, forced="Katze").steps[0]
    bars = timeline.alternatives(forced)
    assert bars.cells["piece"].tolist()[-1] == "Katze"
    assert len(bars.cells) == 3
    assert bars.cells["probability"].iloc[-1] == forced.probability
    names = json.dumps(["␣Der", "␣Das", "» ␣Katze"])
    labels = bars.specification["encoding"]["y"]["axis"]["labelExpr"]
    assert labels.split("[datum")[0].endswith(names[-11:])


def test_a_piece_that_begins_a_word_is_told_from_one_that_goes_on():
    model = explorer.load("miniature-bart")
    step = model.timeline(model.card.tasks[0].example, 6).steps[1]
    assert [one.piece for one in step.alternatives[:2]] == ["The", "ĠThe"]
    assert [one.display for one in step.alternatives[:2]] == ["The", "The"]
    bars = timeline.alternatives(step)
    labels = bars.specification["encoding"]["y"]["axis"]["labelExpr"]
    names = json.loads(labels.removesuffix("[datum.value]"))
    assert names[:2] == ["» The", "␣The"]
    assert len({name.removeprefix("» ") for name in names}) == len(names)
    spoken = [text.split(": ")[0] for text in bars.cells["spoken"]]
    assert spoken[:2] == ["The", "␣The"]


def test_what_was_cut_is_grey_and_says_so():
    sampled = Decoding("sampling", top_k=2, seed=5)
    step = explorer.load("miniature-t5").timeline(SENTENCE, 4, decoding=sampled).steps[3]
    cells = timeline.alternatives(step).cells
    assert [text.endswith("cut") for text in cells["text"]] == [False, False, True, True]
    assert (cells["fill"] == colours.hidden(False)).tolist() == [False, False, True, True]
    assert cells["after"].sum() == pytest.approx(1, abs=1e-6)


def test_the_numbers_behind_a_whole_bar_have_room():
    # The longest there are, on the narrowest screen.
    decoding = Decoding("sampling", top_k=5, seed=5)
    step = explorer.load("miniature-t5").timeline(SENTENCE, 4, decoding=decoding).steps[0]
    chart = timeline.alternatives(step)
    assert chart.cells["text"].iloc[0] == "100.0 % → 100.0 %"
    end = chart.specification["layer"][0]["encoding"]["x"]["scale"]["domain"][1]
    plot = 390 - 32 - 100  # pixels: without the page's margins and the names of the pieces
    assert plot * (1 - 1 / end) > len("100.0 % → 100.0 %") * 6


@pytest.mark.parametrize(
    ("probability", "text"),
    [(1.0, "100.0 %"), (0.5478, "54.8 %"), (0.0018, "0.18 %"), (0, "0.0 %"), (3e-9, "< 0.001 %")],
)
def test_probabilities_as_people_read_them(probability, text):
    assert timeline.percent(probability) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.7834, "−0.783"),
        (-0.0002, "0.000"),
        (0.0, "0.000"),
        (2.5, "2.500"),
        (-1234.5, "−1,234.500"),
    ],
)
def test_log_probabilities_as_people_read_them(value, text):
    assert timeline.nats(value) == text


def test_all_that_a_tape_says_of_a_forced_piece_can_be_read():
    found = explorer.load("miniature-t5").timeline(SENTENCE, 2, forced="Der Hund, dem Katze")
    steps = tuple(found.steps)
    assert timeline.percent(min(step.probability for step in steps)) == "< 0.001 %"
    chart = course.on_paper([("Tape", timeline.tape(steps, 0, columns=12))])
    picture = vl_convert.vegalite_to_svg(chart.to_dict())
    assert "…" not in picture
    assert picture.count(">forced</text>") == sum(step.forced for step in steps) == 5
    for step in steps:
        assert f">{timeline.percent(step.probability).replace('<', '&lt;')}</text>" in picture
    # Where nothing was forced there is no line for it.
    free = timeline.tape(steps[5:], 5, columns=12).specification
    assert free["height"]["step"] < timeline.tape(steps, 0).specification["height"]["step"]


def test_the_course_has_every_step_and_marks_some(found):
    cells = course.course(found.steps, 3, (3, 4)).cells
    assert cells["probability"].tolist() == [step.probability for step in found.steps]
    assert cells["entropy"].tolist() == [step.entropy_bits for step in found.steps]
    assert cells.index[cells["marked"]].tolist() == [3, 4]
    assert cells.index[cells["here"]].tolist() == [3]
    for shown in (found.steps, found.steps[:3]):
        layers = course.course(shown, 0).specification["layer"]
        (bits,) = [each["encoding"]["y"] for each in layers if "entropy, bits" in str(each)]
        # Where the model was sure, a tiny doubt looks tiny.
        assert bits["scale"]["domain"] == [0, max(1, *(step.entropy_bits for step in shown))]


def test_a_tree_has_each_own_piece_once_and_lines_to_where_it_leaves(tree):
    assert [branch.id for branch in branch_tree.order(tree)] == [0, 1, 2, 3]
    first, last = branch_tree.columns(tree, 3)
    assert first == 1
    cells = branch_tree.branch_tree(tree).cells
    boxes = cells[cells["kind"] == "box"]
    for branch in tree.branches:
        own = boxes[boxes["branch"] == branch.id]
        begin = max(first, branch.at_step)
        assert own["step"].tolist() == list(range(begin, min(last, len(branch.timeline.steps))))
    lines = cells[(cells["kind"] == "line") & (cells["y"] != cells["y2"])]
    # From the row that holds the piece before: twice the root's, once that of branch 1.
    assert sorted(zip(lines["y"], lines["y2"], strict=True)) == [(0, 1), (0, 3), (1, 2)]


def boxes_of(chart):
    return chart.cells[chart.cells["kind"] == "box"]


@pytest.mark.parametrize("dark", [False, True])
def test_the_boxes_of_a_tree_are_faint_where_the_model_was_unsure(tree, dark):
    boxes = boxes_of(branch_tree.branch_tree(tree, dark=dark))
    drawn = [
        (tree.branches[int(branch)].timeline.steps[int(step)].probability, luminance(fill))
        for branch, step, fill in zip(boxes["branch"], boxes["step"], boxes["fill"], strict=True)
    ]
    lights = [light for _, light in sorted(drawn)]
    assert lights == sorted(lights, reverse=not dark)
    assert max(lights) - min(lights) > 0.3


def test_a_tree_frames_one_step_of_one_answer(tree):
    boxes = boxes_of(branch_tree.branch_tree(tree, picked=(1, 5)))
    framed = boxes[boxes["border"] > 1]
    assert list(zip(framed["branch"], framed["step"], strict=True)) == [(1, 5)]
    assert framed["stroke"].tolist() == [colours.INK_DARK]
    assert colours.INK_DARK not in boxes[boxes["border"] < 1]["stroke"].tolist()


def test_the_lines_of_the_answers_that_are_compared_are_thick(tree):
    cells = branch_tree.branch_tree(tree, (1, 3)).cells
    lines = cells[cells["kind"] == "line"]
    thick = lines["border"] == lines["border"].max()
    # Each answer's own row, the lines that lead there included; the rows are in order here.
    assert set(lines[thick]["y2"]) == {1, 3}
    assert set(lines[~thick]["y2"]) == {0, 2}


def test_a_long_tree_moves_so_that_the_step_on_screen_is_drawn():
    model = explorer.load("miniature-t5")
    made = Brancher(
        model, model.timeline(SENTENCE, 2, decoding=Decoding(min_new_tokens=60, max_new_tokens=60))
    )
    made.branch(3, "dem")
    for step, window in ((3, (1, 17)), (16, (1, 17)), (17, (9, 25)), (0, (0, 16)), (59, (44, 60))):
        assert branch_tree.columns(made.tree, step) == window
        cells = branch_tree.branch_tree(made.tree, picked=(0, step)).cells
        boxes = cells[cells["kind"] == "box"]
        assert sorted(set(boxes["step"])) == list(range(*window))
        turns = cells[(cells["kind"] == "line") & (cells["y"] != cells["y2"])]
        assert len(turns) == (1 if window[0] <= 3 else 0)


def test_html_and_quotes_in_pieces_stay_text_in_every_chart(found):
    names = timeline.alternatives(found.steps[3]).specification["encoding"]["y"]["axis"]
    assert json.loads(names["labelExpr"].removesuffix("[datum.value]"))[0] == "» ␣den"


def test_both_sheets_can_be_drawn(found, tree):
    sheets = [
        course.sheet(found.steps, 3, (3,)),
        course.on_paper([("Tree", branch_tree.branch_tree(tree, (0, 1), on_paper=True))]),
    ]
    for sheet in sheets:
        picture = vl_convert.vegalite_to_svg(sheet.to_dict())
        assert "den</text>" in picture
        assert "dem</text>" in picture


def test_the_whole_row_of_an_improbable_piece_can_be_clicked_and_nothing_of_that_is_on_paper(found):
    step = found.steps[3]
    assert min(one.probability for one in step.alternatives) < 0.001
    layers = timeline.alternatives(step).specification["layer"]
    (clicked,) = [layer for layer in layers if "params" in layer]
    # Nothing covers it, and no number decides how wide it is.
    assert clicked is layers[-1]
    assert clicked["encoding"]["x2"] == {"value": "width"}
    assert clicked["encoding"]["x"] == {"value": -timeline.NAME_PIXELS}
    parts = course.sheet(found.steps, 3).to_dict()["vconcat"]
    assert [len(part["layer"]) for part in parts[1:]] == [len(layers) - 1, 3]
