"""The drawings of the model selector: what is drawn, where, and that it can be drawn at all."""

import pytest
import vl_convert

from explorer import catalog, guide
from explorer.charts import colours, decision_path, suitability, towers
from explorer.charts.palette import DARK, LIGHT
from explorer.contrast import contrast
from explorer.guide_architectures import ARCHITECTURES
from explorer.guide_tasks import TASKS

WALKS = list(guide.ways())
LEFT = [("Task: any", 17), ("Memory: 1 GB", 5), ("For: a product", 0)]


def marks(chart, kind):
    found, seen = [], set()
    for layer in chart.to_dict()["layer"]:
        for each in layer["data"]["values"]:
            place = tuple(sorted(each.items()))
            if each["kind"] == kind and place not in seen:
                seen.add(place)
                found.append(each)
    return found


def rows(chart):
    [values] = chart.to_dict()["datasets"].values()
    return values


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("walked", WALKS, ids=[each.leaf.name for each in WALKS])
def test_every_choice_has_a_box_and_the_way_joins_the_chosen_ones(walked, dark):
    chart = decision_path.decision_path(walked, LEFT, 17, "T5 small", dark)
    boxes = marks(chart, "box")
    fill, _ = decision_path.CHOSEN[dark]
    offered = [choice.name for step in walked.steps for choice in step.question.choices]
    assert sorted(b["text"] for b in boxes) == sorted(
        [*offered, walked.leaf.architecture, "T5 small"]
    )
    violet = [b for b in boxes if b["fill"] == fill]
    assert [b["text"] for b in violet] == [s.choice.name for s in walked.steps] + ["T5 small"]
    for each in boxes:
        assert contrast(each["fill"], each["ink"]) >= 4.5
        assert each["weight"] == (
            "bold" if each in violet or each["text"] == walked.leaf.architecture else "normal"
        )
    # No two boxes lie on each other.
    for first in boxes:
        for second in boxes:
            if first is not second:
                apart = (first["x2"] <= second["x"] or second["x2"] <= first["x"]
                         or first["y2"] <= second["y"] or second["y2"] <= first["y"])  # fmt: skip
                assert apart, (first["text"], second["text"])
    lines = marks(chart, "line")
    chosen = [(b["middle"], b["y"], b["y2"]) for b in violet[:-1]]
    starts = {(each["x"], each["y"]) for each in lines}
    ends = {(each["x2"], each["y2"]) for each in lines}
    for at, (middle, top, bottom) in enumerate(chosen):
        assert (middle, bottom) in starts
        assert at == 0 or (middle, top) in ends
    [leaf] = [b for b in boxes if b["text"] == walked.leaf.architecture]
    assert (chosen[-1][0], leaf["y"]) in ends
    palette = DARK if dark else LIGHT
    expected = {"Encoder-only": palette.encoder, "Decoder-only": palette.decoder,
                "Encoder–decoder": palette.cross}  # fmt: skip
    assert leaf["fill"] == expected[walked.leaf.architecture]


def test_bars_are_as_long_as_models_are_left():
    chart = decision_path.decision_path(WALKS[0], LEFT, 17, None)
    assert [each["x2"] for each in marks(chart, "bar")] == [100, pytest.approx(500 / 17), 0]
    assert [each["text"] for each in marks(chart, "number")] == ["17 of 17", "5 of 17", "0 of 17"]
    assert [each["text"] for each in marks(chart, "words")] == [name for name, _ in LEFT]
    assert "None of the catalogue" in [each["text"] for each in marks(chart, "detail")]
    assert "Best: none" in decision_path.in_words(WALKS[0], LEFT, 17, None)
    assert "0 of 17 models left" in decision_path.in_words(WALKS[0], LEFT, 17, None)


@pytest.mark.parametrize("dark", [False, True])
def test_the_strongest_colour_of_a_row_is_the_best_and_words_can_be_read(dark):
    values = rows(suitability.suitability(TASKS, dark))
    assert len(values) == 42
    for each in values:
        assert contrast(each["fill"], each["ink"]) >= 4.5
    ends = colours.SEQUENTIAL_DARK if dark else colours.SEQUENTIAL_LIGHT
    for task in TASKS:
        strongest = [
            each for each in values if each["task"] == task.name and each["fill"] == ends[-1]
        ]
        assert [each["verdict"] for each in strongest] == ["best"]
        # Each column has the verdict on its own architecture, with the reason on hover.
        assert {
            each["architecture"]: (each["verdict"], each["why"])
            for each in values
            if each["task"] == task.name
        } == {each.name: (task.verdict(each.name), task.why) for each in ARCHITECTURES}
    assert {each["architecture"] for each in values} == {each.name for each in ARCHITECTURES}


@pytest.mark.parametrize("dark", [False, True])
def test_towers_are_as_high_as_layers_and_as_wide_as_d_model(dark):
    names = ["t5-small", "distilbart-cnn-12-6"]
    facts = [catalog.facts(catalog.find(name)) for name in names]
    values = rows(towers.towers(facts, names, dark))
    given = {(each["model"], each["stack"]): each for each in values}
    assert given["distilbart-cnn-12-6", "encoder"]["layers"] == 12
    assert given["distilbart-cnn-12-6", "decoder"]["layers"] == 6
    widths = [given[name, "encoder"]["x2"] - given[name, "encoder"]["x"] for name in names]
    assert widths[1] / widths[0] == pytest.approx(1024 / 512)
    for each in values:
        assert each["zero"] == 0
    for one in facts:
        for stack, layers in (("encoder", one.encoder_layers), ("decoder", one.decoder_layers)):
            tower = given[one.name, stack]
            assert (tower["layers"], tower["width"]) == (layers, one.d_model)
            assert tower["x"] < tower["middle"] < tower["x2"]
        # Side by side, and each model within its own place.
        place = names.index(one.name)
        assert place - 0.5 < given[one.name, "encoder"]["x"]
        assert given[one.name, "encoder"]["x2"] < place < given[one.name, "decoder"]["x"]
        assert given[one.name, "decoder"]["x2"] < place + 0.5
    assert given[names[0], "encoder"]["fill"] != given[names[0], "decoder"]["fill"]


def test_all_three_can_be_drawn_on_paper():
    facts = [catalog.facts(card) for card in catalog.MODELS]
    labels = [card.name for card in catalog.MODELS]
    for chart, word in (
        (decision_path.on_paper(decision_path.decision_path(WALKS[0], LEFT, 17, "T5 small")), "T5"),
        (suitability.on_paper(suitability.suitability(TASKS)), "Dialogue"),
        (towers.on_paper(towers.towers(facts, labels)), "t5-small"),
    ):
        drawn = vl_convert.vegalite_to_svg(chart.to_dict())
        assert word in drawn
        assert "NaN" not in drawn
