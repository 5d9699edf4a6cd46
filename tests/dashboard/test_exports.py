import csv
import io
import json
from dataclasses import dataclass

import altair as alt
import numpy as np
import pytest

from explorer.dashboard.exports import (
    chart_png,
    chart_svg,
    csv_bytes,
    file_name,
    json_bytes,
    neutralised,
)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_formula_becomes_text(start):
    assert neutralised(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("cell", [-5, -0.25, None, True, "a=b", "", "12"])
def test_everything_else_stays(cell):
    assert neutralised(cell) == cell


def test_csv_neutralises_cells_and_headings_and_keeps_numbers():
    rows = [{"=text": "=cmd()", "score": -1.5}, {"=text": "grüß, “dich”\n", "score": 2.0}]
    text = csv_bytes(rows).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["'=text", "score"],
        ["'=cmd()", "-1.5"],
        ["grüß, “dich”\n", "2.0"],
    ]


@dataclass(frozen=True)
class Result:
    weights: np.ndarray
    name: str


def test_json_takes_dataclasses_and_arrays_apart():
    data = {"result": Result(np.array([[0.5, 0.5]], dtype=np.float32), "ä"), "n": np.int64(3)}
    assert json.loads(json_bytes(data)) == {
        "result": {"weights": [[0.5, 0.5]], "name": "ä"},
        "n": 3,
    }


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_json_has_no_numbers_that_json_does_not_know(number):
    written = json_bytes({"x": number, "y": np.array([number])}).decode()
    assert json.loads(written, parse_constant=pytest.fail) == {"x": None, "y": [None]}


def test_charts_become_pictures_without_a_network():
    chart = alt.Chart(alt.Data(values=[{"a": 1}])).mark_bar().encode(x="a:Q")
    assert chart_png(chart).startswith(b"\x89PNG")
    assert chart_svg(chart).startswith(b"<svg")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("google/flan-t5-small-answer", "google-flan-t5-small-answer.csv"),
        ("/home/somebody/models/my model-answer", "my-model-answer.csv"),
        ("../../etc/passwd", "etc-passwd.csv"),
        ('a\\b:c*d?"<e>|\n', "a-b-c-d-e.csv"),
        ("/", "explorer.csv"),
        ("Größe", "Größe.csv"),
        ("x" * 500, "x" * 100 + ".csv"),
    ],
)
def test_a_file_name_is_safe_whatever_the_model_is_called(name, file):
    assert file_name(name, "csv") == file
