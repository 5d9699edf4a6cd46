"""The chart of speed against size: estimates look unlike measurements, and names keep apart."""

import altair as alt
import pytest

from explorer import catalog
from explorer.charts.speed import (
    ESTIMATED,
    HEIGHT_PIXELS,
    MEASURED,
    Point,
    sheet,
    speed_chart,
)
from explorer.speed import Speed


def point(name, parameters, rate, measured=None):
    def made(pieces, repeats):
        return Speed(name, 100, 10, 1, 100 / (10 * pieces), 10 / pieces, repeats)

    return Point(name, parameters, made(rate, 0), made(measured, 3) if measured else None)


POINTS = [point("small", 10**6, 400, 500), point("large", 10**9, 2)]


def layers(points=POINTS, pace="writing", dark=False):
    return speed_chart(points, pace, dark)["layer"]


def test_a_measured_model_has_both_marks_and_a_line_between():
    rule, marks, *_ = layers()
    assert rule["data"]["values"] == [{"parameters": 10**6, "low": 400, "high": 500}]
    rows = [(row["name"], row["kind"], row["rate"]) for row in marks["data"]["values"]]
    assert rows == [
        ("small", MEASURED, 500),
        ("small", ESTIMATED, 400),
        ("large", ESTIMATED, 2),
    ]
    assert "estimate" in marks["data"]["values"][2]["spoken"]


def test_reading_and_writing_have_their_own_rates():
    _, marks, *_ = layers(pace="reading")
    assert [row["rate"] for row in marks["data"]["values"]] == [5000, 4000, 20]


@pytest.mark.parametrize("dark", [False, True])
def test_estimates_differ_in_shape_fill_and_colour(dark):
    encoding = layers(dark=dark)[1]["encoding"]
    for channel in ("shape", "fill", "stroke"):
        scale = encoding[channel]["scale"]
        assert scale["domain"] == [MEASURED, ESTIMATED]
        assert scale["range"][0] != scale["range"][1]
    assert encoding["fill"]["scale"]["range"][1] == "transparent"


def test_models_at_one_place_share_a_label_and_labels_keep_apart():
    twins = [point(f"model-{n}", 10**8 + n, 50) for n in range(2)]
    crowd = [point(f"other-{n}", round(2e8 * 1.02**n), 20 + n / 9) for n in range(9)]
    _, _, *texts = layers([*POINTS, *twins, *crowd])
    labels = [row for text in texts for row in text["data"]["values"]]
    assert "model-0, model-1" in [row["name"] for row in labels]
    # Whatever has no room has no label; those that have one stand a line apart.
    assert 4 <= len(labels) < 12
    assert len({(row["x"], row["y"]) for row in labels}) == len(labels)


def test_the_scales_hold_every_point():
    _, marks, *_ = layers()
    low, high = marks["encoding"]["y"]["scale"]["domain"]
    assert low < 2 < 500 < high
    assert all(low <= tick <= high for tick in marks["encoding"]["y"]["axis"]["values"])


def test_the_sheet_is_a_chart_that_altair_takes():
    points = [point(card.name, card.parameters, 1e9 / card.parameters) for card in catalog.MODELS]
    chart = sheet(points, "writing")
    assert isinstance(chart, alt.LayerChart)
    assert chart.to_dict()["height"] == HEIGHT_PIXELS
