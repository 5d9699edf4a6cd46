"""The heat maps: numbers, colours, masks, and a specification that data does not change."""

import json
import re

import numpy as np
import pytest

from explorer.charts import colours
from explorer.charts.attention_steps import COLUMN, ROW, Sheet, heat_map
from explorer.charts.cells import number_text
from explorer.charts.saturation import curves, sheet
from explorer.contrast import contrast, luminance
from explorer.dashboard.exports import chart_png, chart_svg
from explorer.recipe import Recipe
from explorer.saturation import saturation
from explorer.worked_example import work

STEPS = work(Recipe(mask="causal")).steps


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.001, "0.00"), (-0.001, "0.00"), (-1.5, "−1.50"), (12345.6, "1.23e+04"),
     (-np.inf, "−∞"), (99.5, "99.50"), (123.4, "123")],
)  # fmt: skip
def test_numbers_as_they_stand_in_a_cell(value, text):
    assert number_text(value) == text


def test_other_numbers_leave_the_specification_as_it_is():
    first, second = heat_map(np.eye(3)), heat_map(np.full((5, 4), -2.0))
    assert json.dumps(first.specification) == json.dumps(second.specification)


def test_hidden_cells_are_grey_and_zero_is_the_middle():
    cells = heat_map(STEPS.masked[0], visible=STEPS.mask[0]).cells
    hidden = [text == "−∞" for text in cells["text"]]
    assert (cells["fill"][hidden] == colours.HIDDEN_LIGHT).all()
    assert sum(hidden) == 6
    middle = heat_map(np.array([[-1.0, 0.0, 1.0]])).cells["fill"]
    assert middle[1] == colours.DIVERGING_LIGHT[4]
    assert (middle[0], middle[2]) == (colours.DIVERGING_LIGHT[0], colours.DIVERGING_LIGHT[-1])


@pytest.mark.parametrize("dark", [False, True])
def test_every_number_can_be_read_on_its_colour(dark):
    shares = np.linspace(-1, 1, 201)
    fills = [*colours.diverging(shares, dark), *colours.sequential(shares[100:], dark)]
    fills.append(colours.hidden(dark))
    assert min(contrast(fill, colours.ink(fill)) for fill in fills) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
def test_more_is_never_mistaken_for_less(dark):
    light = [luminance(c) for c in colours.sequential(np.linspace(0, 1, 50), dark)]
    steps = np.diff(light)
    assert (steps > 0).all() if dark else (steps < 0).all()


def test_a_picked_cell_is_framed():
    cells = heat_map(np.eye(3), picked=(1, 2)).cells
    framed = cells[cells["stroke"] != "transparent"]
    assert framed[["row", "column"]].to_numpy().tolist() == [[1, 2]]


def test_names_are_data_and_no_part_of_what_is_run():
    names = ['"]; alert(1); ["', "</script>", "a" * 40]
    hostile = heat_map(np.eye(3), rows=names, columns=names)
    plain = heat_map(np.eye(3), rows=["the", "the", "cat"], columns=["the", "the", "cat"])
    assert json.dumps(hostile.specification) == json.dumps(plain.specification)
    # Two pieces of one name stay two rows and two columns.
    assert plain.cells[ROW].nunique() == plain.cells[COLUMN].nunique() == 3
    drawn = re.findall(r">([^<]+)</text>", chart_svg(Sheet([("", hostile)]).altair()).decode())
    assert drawn.count("a" * 11 + "…") == 2
    assert drawn.count("&lt;/script&gt;") == 2


@pytest.mark.parametrize(
    ("pixels", "kind", "shown"),
    [
        (30, "sequential", ["0.25", "0.75", "1.00"]),
        (20, "sequential", [".25", ".75", "1.00"]),
        (14, "sequential", []),
        (30, "diverging", ["0.25", "0.75", "1.00"]),
        (20, "diverging", []),
    ],
)
def test_a_weight_carries_its_number_as_long_as_it_fits(pixels, kind, shown):
    drawn = heat_map(np.array([[0.25, 0.75], [1.0, 0.0]]), kind, rows=["a", "b"], row_pixels=20)
    svg = chart_svg(Sheet([("", drawn)], cell_pixels=pixels).altair()).decode()
    texts = re.findall(r'font-size="(\d+)px"[^>]*>(\d?\.\d\d)</text>', svg)
    assert [text for size, text in texts if size != "0"] == shown


def test_maps_and_curves_become_pictures():
    maps = [(name, heat_map(getattr(STEPS, name)[0])) for name in ("scores", "masked", "output")]
    whole = Sheet(maps).altair()
    assert chart_png(whole).startswith(b"\x89PNG")
    assert "masked" in chart_svg(whole).decode()
    # Every number is as large on paper as on the screen.
    sizes = re.findall(r'font-size="(\d+)px"[^>]*>−?\d+\.\d\d<', chart_svg(whole).decode())
    numbers = [text for _, each in maps for text in each.cells["text"] if "." in text]
    assert sizes == ["14"] * len(numbers)
    assert chart_png(sheet(saturation(42))).startswith(b"\x89PNG")
    assert curves(saturation(42), "gradient", "Gradient", True)["data"]["values"]
