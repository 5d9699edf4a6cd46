"""Attention maps, lit source words and what each head causes, as pictures."""

import re

import numpy as np
import pytest

from explorer.charts import colours
from explorer.charts.attention_maps import (
    MOST_DRAWN,
    ablation_chart,
    attention_map,
    sources_html,
    strongest_text,
)

WEIGHTS = np.array([[0.7, 0.2, 0.1], [0.0, 0.05, 0.95]])


def drawn(weights=WEIGHTS, **options):
    rows = [f"row {number}" for number in range(len(weights))]
    columns = [f"column {number}" for number in range(weights.shape[1])]
    return attention_map(weights, rows, columns, row_title="step", **options).cells


def test_every_cell_has_its_number_its_row_and_its_column():
    cells = drawn()
    assert list(cells["text"]) == ["0.70", "0.20", "0.10", "0", "0.05", "0.95"]
    assert list(cells["row name"]) == ["row 0"] * 3 + ["row 1"] * 3
    assert list(cells["column name"]) == ["column 0", "column 1", "column 2"] * 2
    # The strongest colour belongs to the largest weight, the weakest to none.
    assert cells["fill"][5] == colours.SEQUENTIAL_LIGHT[-1]
    assert cells["fill"][3] == colours.SEQUENTIAL_LIGHT[0]


@pytest.mark.parametrize("threshold", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("dark", [False, True])
def test_what_is_below_the_threshold_is_grey_and_nothing_else(threshold, dark):
    cells = drawn(threshold=threshold, dark=dark)
    grey = [fill == colours.hidden(dark) for fill in cells["fill"]]
    assert grey == [weight < threshold for weight in WEIGHTS.ravel()]


def test_the_picked_row_is_framed_whole_and_alone():
    framed = [stroke != "transparent" for stroke in drawn(picked=1)["stroke"]]
    assert framed == [False] * 3 + [True] * 3


def test_a_large_map_is_drawn_to_its_limit():
    large = np.full((MOST_DRAWN + 5, MOST_DRAWN + 9), 0.25)
    large[MOST_DRAWN, 0] = 1.0  # the first row that is not drawn
    cells = drawn(large)
    assert (cells["row"].max(), cells["column"].max()) == (MOST_DRAWN - 1, MOST_DRAWN - 1)
    assert strongest_text(large) == "0.25"
    assert strongest_text(WEIGHTS) == "0.95"


def test_source_words_say_their_weight_in_colour_in_number_and_on_hover():
    html = sources_html(["Der", "<b>", "Hund"], WEIGHTS[1])
    assert re.findall(r'title="([^"]*)"', html) == ["0.0000", "0.0500", "0.9500"]
    assert re.findall(r"<small>([^<]*)</small>", html) == ["5%", "95%"]
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    fills = re.findall(r"background:(#\w+)", html)
    assert fills == colours.sequential(WEIGHTS[1], False)


def test_heads_that_are_not_computed_are_grey_without_a_number():
    change = np.array([[-2.0, 0.5], [np.nan, -0.1]])
    cells = ablation_chart(change).cells
    assert list(cells["text"]) == ["−2.00", "0.50", "", "−0.10"]
    assert cells["exact"][2] == "not computed"
    assert cells["fill"][2] == colours.HIDDEN_LIGHT
    # Orange for what the target loses, blue for what it gains.
    assert cells["fill"][0] == colours.DIVERGING_LIGHT[0]
    assert cells["fill"][1] != cells["fill"][3]
