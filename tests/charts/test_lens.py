"""The grid of layers and steps, and the bars of one cell."""

import re
from dataclasses import replace

import numpy as np
import pytest
import vl_convert

from explorer.charts import colours
from explorer.charts.attention_steps import Sheet
from explorer.charts.lens import MOST_STEPS, STAR, lens_grid, said_colour, top_bars, window
from explorer.lens import Lens
from explorer.tokens import Tokens

HOSTILE = '"<script>alert(1)</script>'


def tokens(*pieces: str) -> Tokens:
    return Tokens(
        text=" ".join(pieces),
        ids=tuple(range(len(pieces))),
        pieces=pieces,
        display=pieces,
        words=tuple(range(len(pieces))),
        word_texts=pieces,
        special=(False,) * len(pieces),
    )


@pytest.fixture
def found() -> Lens:
    """Three layers and two steps by hand: “a” is on top at layers 0 and 2, “b” at 2 alone."""
    target = tokens("a", "b")
    names = ("a", "b", HOSTILE)
    ids = np.array([[[0, 1], [2, 0]], [[2, 0], [0, 1]], [[0, 2], [1, 0]]])
    tops = np.array(
        [[[0.6, 0.3], [0.5, 0.4]], [[0.7, 0.2], [0.4, 0.3]], [[0.95, 0.05], [0.9, 0.05]]]
    )
    spelled = tuple(tuple(tuple(names[i] for i in step) for step in layer) for layer in ids)
    return Lens(
        stack="decoder",
        text="x",
        source=tokens("x"),
        target=target,
        read=target,
        top_ids=ids,
        top_pieces=spelled,
        top_display=spelled,
        top_probabilities=tops,
        probability=np.array([[0.6, 0.01], [0.2, 0.3], [0.95, 0.9]]),
        rank=np.array([[1, 6], [2, 2], [1, 1]]),
        entropy_bits=np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 0.25]]),
        forced=np.array([False, False]),
    )


def test_the_first_layer_is_the_lowest_row(found):
    cells = lens_grid(found).cells
    assert cells["text"].tolist() == ["a", "b", HOSTILE, "a", "a", HOSTILE]
    assert cells["row name"].tolist() == ["2", "2", "1", "1", "0", "0"]
    assert cells["row"].tolist() == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize("dark", [False, True])
def test_the_colour_is_the_probability_of_the_top_piece(found, dark):
    cells = lens_grid(found, dark=dark).cells
    expected = found.top_probabilities[::-1, :, 0].ravel()
    assert cells["fill"].tolist() == colours.sequential(expected, dark)
    assert cells["exact"].astype(float).tolist() == pytest.approx(expected.tolist())


@pytest.mark.parametrize("dark", [False, True])
def test_what_the_answer_says_is_framed_and_its_first_layer_starred(found, dark):
    cells = lens_grid(found, dark=dark).cells
    assert cells["said"].tolist() == [True, True, False, False, True, False]
    frame = said_colour(dark)
    expected = [frame, frame, "transparent", "transparent", frame, "transparent"]
    assert cells["stroke"].tolist() == expected
    # “a” is on top at layer 0 first, though it is lost again at layer 1; “b” at layer 2 first.
    assert cells["star"].tolist() == ["", STAR, "", "", STAR, ""]


def test_the_picked_cell_has_a_frame_of_its_own(found):
    cells = lens_grid(found, picked=(1, 0)).cells
    assert cells["stroke"].tolist()[2] == colours.INK_DARK
    assert cells["thick"].tolist() == [2, 2, 4, 2, 2, 2]


def test_a_cell_tells_its_numbers(found):
    cells = lens_grid(found).cells
    cell = cells.iloc[4]  # layer 0, step 0
    assert cell["answer"] == "a"
    assert (cell["top1"], cell["top2"]) == ("a  60.0 %", "b  30.0 %")
    assert (cell["probability"], cell["rank"], cell["entropy"]) == ("60.0 %", "1", "1.00 bits")
    other = cells.iloc[5]  # layer 0, step 1: five pieces are more probable
    assert (other["probability"], other["rank"], other["entropy"]) == ("1.0 %", "6", "2.00 bits")


def test_a_part_of_the_steps(found):
    cells = lens_grid(found, range(1, 2), picked=(2, 1)).cells
    assert cells["text"].tolist() == ["b", "a", HOSTILE]
    assert cells["column name"].tolist() == ["1", "1", "1"]
    assert cells["column"].tolist() == [0, 0, 0]
    assert cells["thick"].tolist() == [4, 2, 2]


@pytest.mark.parametrize(
    ("steps", "at", "expected"),
    [
        (1, 0, range(1)),
        (MOST_STEPS, 3, range(MOST_STEPS)),
        (100, 0, range(MOST_STEPS)),
        (100, 50, range(50 - MOST_STEPS // 2, 50 + MOST_STEPS // 2)),
        (100, 99, range(100 - MOST_STEPS, 100)),
    ],
)
def test_the_window_holds_the_step(steps, at, expected):
    assert window(steps, at) == expected
    assert at in window(steps, at)


def test_it_is_drawn_with_every_piece_in_it(found):
    sheet = Sheet([("Layers", lens_grid(found))], columns=1, cell_pixels=68).altair()
    svg = vl_convert.vegalite_to_svg(sheet.to_dict())
    for text in (">a<", ">b<", f">{STAR}<", "decoder layer"):
        assert text in svg
    assert "<script>" not in svg
    # A short piece is written large, a long one small.
    assert re.search(r'font-size="15px"[^>]*>a<', svg)
    assert re.search(r'font-size="8px"[^>]*>"&lt;scr', svg)


def test_bars_are_the_best_pieces_and_the_answers_own_is_orange(found):
    chart = top_bars(found, 0, 0).to_dict()
    (rows,) = chart["datasets"].values()
    assert [row["piece"] for row in rows] == ["1. a", "2. b"]
    assert [row["probability"] for row in rows] == [0.6, 0.3]
    assert [row["colour"] == said_colour(False) for row in rows] == [True, False]
    svg = vl_convert.vegalite_to_svg(chart)
    assert ">60.0 %<" in svg


def test_many_layers_make_small_rows(found):
    many = {
        name: np.repeat(getattr(found, name), 8, axis=0)
        for name in ("top_ids", "top_probabilities", "probability", "rank", "entropy_bits")
    }
    large = replace(
        found, top_display=found.top_display * 8, top_pieces=found.top_pieces * 8, **many
    )
    heights = [lens_grid(each).specification["height"]["step"] for each in (found, large)]
    assert heights[0] > 2 * heights[1]
