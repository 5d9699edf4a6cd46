"""Source words lit by each method, and the deletion curves."""

import re

import numpy as np
import pytest
import vl_convert

from explorer.attention_reduction import Unit
from explorer.attribution import Attribution, DeletionCurve
from explorer.charts import colours
from explorer.charts.attribution import (
    RANDOM_NAME,
    curve_table,
    deletion_chart,
    nats_text,
    words_html,
)
from tests.charts.test_lens import tokens

WORDS = ("the", "<b>dog</b>", "sees")


@pytest.fixture
def found() -> Attribution:
    """Three words by hand; the second is what every method names first."""
    source = tokens(*WORDS)
    curve = np.array([0.8, 0.2, 0.1, 0.05])
    random = np.array([[0.8, 0.1 * at, 0.05, 0.05] for at in range(11)])
    return Attribution(
        text="x",
        source=source,
        target=tokens("der", "Hund"),
        step=1,
        layer=None,
        head=None,
        absolute=False,
        words=tuple(Unit(word, (at,), at, False) for at, word in enumerate(WORDS)),
        log_probability=float(np.log(0.8)),
        piece_attention=np.array([0.1, 0.7, 0.2]),
        piece_gradient=np.array([-0.5, 2.0, 0.01]),
        attention=np.array([0.1, 0.7, 0.2]),
        gradient=np.array([-0.5, 2.0, 0.01]),
        left_out=np.array([0.0, 1.4, -0.4]),
        curves=(
            DeletionCurve("attention", (1, 2, 0), curve),
            DeletionCurve("gradient", (1, 2, 0), curve),
            DeletionCurve("left_out", (1, 0, 2), curve),
        ),
        random_orders=((0, 1, 2),) * 11,
        random_probabilities=random,
    )


def chips(html: str) -> list[tuple[str, str, str]]:
    """The colour, the word and the number of each chip."""
    return re.findall(r"background:(#\w+);[^>]*>([^<]*)(?: <small>([^<]*)</small>)?</span>", html)


def test_attention_is_lit_by_weight(found):
    lit = chips(words_html(found, "attention"))
    fills = colours.sequential(np.array([1 / 7, 1, 2 / 7]), False)
    # A tenth of the weight is too little to carry its number.
    assert lit == [
        (fills[0], "the", ""),
        (fills[1], "&lt;b&gt;dog&lt;/b&gt;", "70%"),
        (fills[2], "sees", "20%"),
    ]


@pytest.mark.parametrize("dark", [False, True])
def test_what_speaks_against_the_piece_has_the_other_colour(found, dark):
    fills = colours.diverging(np.array([-0.25, 1, 0.005]), dark)
    lit = chips(words_html(found, "gradient", dark))
    assert [fill for fill, _, _ in lit] == fills
    assert [number for _, _, number in lit] == ["−0.50", "+2.0", ""]
    lit = chips(words_html(found, "left_out", dark))
    assert [fill for fill, _, _ in lit] == colours.diverging(np.array([0, 1, -0.4 / 1.4]), dark)
    assert [number for _, _, number in lit] == ["", "+1.4", "−0.40"]


def test_all_zero_is_lit_by_nothing(found):
    found.gradient[:] = 0
    lit = chips(words_html(found, "gradient"))
    assert {fill for fill, _, _ in lit} == set(colours.diverging(np.zeros(1), False))
    assert {number for _, _, number in lit} == {""}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (19.46, "+19.5"),
        (-0.14, "−0.14"),
        (0.0095, "+0.01"),
        (-0.000002, "−2 × 10⁻⁶"),
        (1e-12, "+1 × 10⁻¹²"),
    ],
)
def test_nats(value, text):
    assert nats_text(value) == text


def test_the_table_of_curves(found):
    table = curve_table(found)
    assert len(table) == 4 * 4
    own = table[table["order"] == "leaving words out"]
    assert own["removed"].tolist() == [0, 1, 2, 3]
    assert own["probability"].tolist() == [0.8, 0.2, 0.1, 0.05]
    assert own["went"].tolist() == ["nothing", "<b>dog</b>", "the", "sees"]
    chance = table[table["order"] == RANDOM_NAME]
    # Of 0, 0.1, ... 1.0 the mean is 0.5, and four fifths lie between 0.1 and 0.9.
    assert chance["probability"].tolist() == pytest.approx([0.8, 0.5, 0.05, 0.05])
    assert chance["low"].tolist() == pytest.approx([0.8, 0.1, 0.05, 0.05])
    assert chance["high"].tolist() == pytest.approx([0.8, 0.9, 0.05, 0.05])


@pytest.mark.parametrize("dark", [False, True])
def test_the_chart_has_four_lines_a_band_and_one_legend(found, dark):
    svg = vl_convert.vegalite_to_svg(deletion_chart(found, dark).to_dict())
    for name in ("cross-attention", "input × gradient", "leaving words out", RANDOM_NAME):
        assert svg.count(f">{name}</text>") == 1
    assert "probability of “Hund”" in svg
    assert svg.count('aria-roledescription="line mark"') == 4
    assert svg.count('aria-roledescription="area mark"') == 1
    assert svg.count('aria-roledescription="circle"') == 16
    # Each removal has its number.
    assert {"0", "1", "2", "3"} <= set(re.findall(r">(\d+)</text>", svg))
