"""The charts of costs and the curves they are made of: every number, in the unit that is said."""

from dataclasses import replace

import pytest
import vl_convert

from explorer.charts import costs, lines
from explorer.costs import Cost
from explorer.siblings import ARCHITECTURES

LENGTHS = (4, 8)
FIRST = Cost("encoder-only", "some model", 99, 4, 1, 4, 0.25, 5000, 7000)
FOUND = tuple(
    replace(
        FIRST, architecture=architecture, length=length, passes=FIRST.passes + place,
        seconds=FIRST.seconds * length + place,
    )
    for place, architecture in enumerate(ARCHITECTURES)
    for length in LENGTHS
)  # fmt: skip


def shown(measure, dark=False):
    chart = costs.curves(FOUND, measure, dark)
    return chart, {(row["architecture"], row["length"]): row["value"]
                   for row in chart["data"]["values"]}  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "unit", "value"),
    [
        ("passes", "Passes", lambda cost: cost.passes),
        ("positions", "Pieces", lambda cost: cost.positions),
        ("seconds", "milliseconds", lambda cost: cost.seconds * 1000),
        ("peak_bytes", "kB", lambda cost: cost.peak_bytes / 1000),
        ("cache_bytes", "kB", lambda cost: cost.cache_bytes / 1000),
    ],
)
def test_every_cost_stands_there_in_its_unit(measure, unit, value):
    chart, found = shown(measure)
    assert found == {(each.architecture, each.length): pytest.approx(value(each)) for each in FOUND}
    assert unit in chart["title"]["text"]
    assert unit in chart["encoding"]["tooltip"][-1]["title"]
    assert chart["encoding"]["x"]["axis"]["values"] == list(LENGTHS)


@pytest.mark.parametrize("dark", [False, True])
def test_curves_are_told_apart_by_colour_and_by_dash(dark):
    encoding = shown("seconds", dark)[0]["encoding"]
    for channel in ("color", "strokeDash"):
        scale = encoding[channel]["scale"]
        assert scale["domain"] == list(ARCHITECTURES)
        assert len({str(each) for each in scale["range"]}) == len(ARCHITECTURES)
        assert encoding[channel]["field"] == "architecture"
    assert encoding["color"]["legend"] is not None


def test_a_curve_goes_through_its_points_whatever_they_are_called():
    rows = [{"size": 1, "kind": "a", "value": 2.5}, {"size": 2, "kind": "b", "value": 4.0}]
    chart = lines.lines(
        rows, {"field": "size", "title": "how many"}, "kind",
        {"a": ("#111111", [1, 0]), "b": ("#222222", [2, 2])},
        title="The measure", y_title="y", number_format=".2f", legend={"orient": "top"},
        height=100,
    )  # fmt: skip
    assert chart["data"]["values"] == rows
    assert chart["encoding"]["x"] == {"type": "quantitative", "field": "size", "title": "how many"}
    assert chart["encoding"]["y"]["field"] == "value"
    assert chart["encoding"]["y"]["title"] == "y"
    assert chart["encoding"]["color"]["scale"] == {
        "domain": ["a", "b"], "range": ["#111111", "#222222"],
    }  # fmt: skip
    assert chart["encoding"]["strokeDash"]["scale"]["range"] == [[1, 0], [2, 2]]
    assert chart["encoding"]["color"]["legend"]["orient"] == "top"
    assert [each["field"] for each in chart["encoding"]["tooltip"]] == ["size", "kind", "value"]
    assert chart["height"] == 100


def test_the_sheet_holds_every_measure_once():
    drawn = costs.sheet(FOUND).to_dict()
    charts = [each for pair in drawn["vconcat"] for each in pair["hconcat"]]
    assert [each["title"]["text"] for each in charts] == [title for _, title, _ in costs.MEASURES]
    assert {each["width"] for each in charts} == {lines.EXPORT_WIDTH_PIXELS}
    svg = vl_convert.vegalite_to_svg(drawn)
    assert "milliseconds" in svg
    assert "NaN" not in svg
