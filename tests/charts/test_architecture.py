"""The overview's drawing: its numbers, its letters, and both themes."""

import json
from dataclasses import replace

import pytest

from explorer import catalog
from explorer.charts.architecture import Sentence, drawing, in_words
from explorer.dashboard.exports import chart_png, chart_svg

BART = catalog.facts(catalog.find("bart-large"))
UNEVEN = catalog.facts(catalog.find("distilbart-cnn-12-6"))
SENTENCE = Sentence("The dog sees it.", 7, "Der Hund", 3, "sieht", 0.875)


def words(chart):
    return json.dumps(chart.to_dict(), ensure_ascii=False)


def test_numbers_of_model_and_sentence_are_in_the_drawing():
    said = words(drawing(BART, SENTENCE))
    for part in (
        '"7 pieces"',
        '"7 × 1024"',
        '"16 heads, 7 × 7"',
        '"3 pieces"',
        '"16 heads, 3 × 3"',
        '"16 heads, 3 × 7"',
        "1024 → 4,096 → 1024",
        "1024 → 50,265",
        "“sieht” 87.5%",
        "Der Hund",
    ):
        assert part in said


def test_each_stack_has_the_width_of_its_own_feed_forward_part():
    said = words(drawing(replace(BART, decoder_feed_forward=512), SENTENCE))
    assert "1024 → 4,096 → 1024" in said
    assert "1024 → 512 → 1024" in said


def test_depths_may_differ():
    said = words(drawing(UNEVEN, SENTENCE))
    assert "12 encoder layers, each:" in said
    assert "6 decoder layers, each:" in said


def test_without_a_sentence_counts_are_letters():
    said = words(drawing(BART, None, "The dog sees it."))
    assert '"N × 1024"' in said
    assert '"16 heads, M × N"' in said
    assert "The dog sees it." in said


def test_one_piece_is_a_piece():
    assert '"1 piece"' in words(drawing(BART, Sentence("x", 2, "", 1, "a", 0.5)))


def test_a_long_text_is_shortened_at_the_right_end():
    said = words(drawing(BART, Sentence("a" * 60 + "b", 7, "c" * 60 + "d", 3, "e", 0.5)))
    assert "a" * 44 + "…" in said
    assert "…" + "c" * 43 + "d" in said


@pytest.mark.parametrize("dark", [False, True])
def test_the_drawing_becomes_a_picture(dark):
    chart = drawing(BART, SENTENCE, dark=dark)
    assert chart_png(chart).startswith(b"\x89PNG")
    assert "Cross-attention" in chart_svg(chart).decode()


def test_the_drawing_in_words_has_the_numbers():
    said = in_words(UNEVEN, SENTENCE)
    for part in ("7 pieces", "7 × 1024", "12 encoder layers", "6 decoder layers", "50,26"):
        assert part in said
