import csv
import io
import json
import subprocess
import sys
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

STARTS = ["=", "+", "-", "@", "＝", "＋", "－", "＠"]


@pytest.mark.parametrize("start", [*STARTS, "\t", "\r", "\n", " =", '"='])
def test_a_formula_becomes_text(start):
    assert neutralised(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("border", [";", ",", "\t", "|", "\n", "\r", "\r\n", '";"', "; "])
def test_a_formula_after_a_border_inside_a_cell_becomes_text_too(border, start):
    formula, harmless = f"x{border}{start}1+1;y", f"x{border}1"
    assert neutralised(harmless) == harmless
    written = csv_bytes([{"text": formula, "more": f"z{border}{start}2"}]).decode("utf-8-sig")
    # However a program cuts the file, and whether it goes by quotes or not, no part is a formula.
    for delimiter in (",", ";", "\t", "|"):
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            lines = io.StringIO(written, newline=None)
            for row in csv.reader(lines, delimiter=delimiter, quoting=quoting):
                assert not any(part.lstrip(' "').startswith(tuple(STARTS)) for part in row), row


@pytest.mark.parametrize(
    "cell", [-5, -0.25, None, True, "a=b", "", "12", "a; b, c", "one\n\ntwo", "3 - 4"]
)
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
    # Every text stands in quotes, and no number does.
    assert text.splitlines()[1] == '"\'=cmd()",-1.5'


def test_whole_numbers_stay_whole_beside_a_gap():
    rows = [{"step": None, "n": 1, "p": 0.5}, {"step": 3, "n": np.int64(2)}, {"step": 12345678901}]
    text = csv_bytes(rows).decode("utf-8-sig")
    assert text.splitlines() == ['"step","n","p"', '"",1,0.5', '3,2,""', '12345678901,"",""']


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


def test_a_character_that_no_picture_can_hold_does_not_end_the_process():
    # In a process of its own: what draws the pictures would end this one too.
    program = """
import altair as alt
from explorer.dashboard.exports import chart_png, chart_svg
odd = [*map(chr, range(32)), "\\x7f", "\\x85", "\\ud800", "\\udfff", "\\ufffe", "\\uffff"]
for letter in odd:
    text = f"a{letter}b"
    values = [{"a": 1, "b": text, text: text}]
    bars = alt.Chart(alt.Data(values=values), title=text).mark_bar()
    chart = bars.encode(x="a:Q", y="b:N", tooltip="b:N")
    assert chart_svg(chart).startswith(b"<svg")
    assert chart_png(chart).startswith(b"\\x89PNG")
print("alive")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "alive", done.stderr[-1000:]


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
