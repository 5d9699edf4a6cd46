import re

from explorer.charts.pieces import (
    MAX_CHIPS,
    MAX_CUT_CHARACTERS,
    differences_html,
    marked_html,
    pieces_html,
    text_html,
)
from explorer.differences import Run
from explorer.tokens import Tokens

HOSTILE = '"><script>alert(1)</script>\n<b onclick="x">&amp;'


def tokens(count=3, word="dog", truncated=""):
    return Tokens(
        text=word,
        ids=tuple(range(100, 100 + count)),
        pieces=("▁" + word,) * count,
        display=(word,) * count,
        words=(0,) * (count - 1) + (None,),
        word_texts=(word,),
        special=(False,) * (count - 1) + (True,),
        unknown=(True,) + (False,) * (count - 1),
        truncated=truncated,
    )


def tags(html):
    return set(re.findall(r"<\s*([a-zA-Z]+)", html))


def test_a_chip_says_its_id_its_word_and_what_it_is():
    html = pieces_html(tokens())
    hovers = re.findall(r'title="([^"]*)"', html)
    assert hovers == [
        "piece 1: ▁dog · id 100 · word 1: dog · unknown: the vocabulary cannot spell this",
        "piece 2: ▁dog · id 101 · word 1: dog",
        "piece 3: ▁dog · id 102 · special piece",
    ]
    assert html.count("⚠") == 1
    assert html.count("dashed") == 1


def test_nothing_typed_is_ever_markup():
    for html in (
        text_html(HOSTILE),
        pieces_html(tokens(word=HOSTILE, truncated=HOSTILE), 5),
        differences_html([Run(HOSTILE, True), Run(HOSTILE, False)]),
        marked_html(HOSTILE, [(0, 4), (9, 9), (20, 30)]),
    ):
        assert tags(html) <= {"div", "span", "s", "mark"}
        assert "onclick=&quot;x&quot;" in html


def test_what_was_cut_is_struck_out_and_counted():
    html = pieces_html(tokens(truncated="x" * (MAX_CUT_CHARACTERS + 7)), 512)
    assert "reads 512 pieces at most" in html
    assert (
        f"Cut off, {MAX_CUT_CHARACTERS + 7} characters: <s>{'x' * MAX_CUT_CHARACTERS}</s>" in html
    )
    assert "and 7 more characters" in html
    assert "<s>" not in pieces_html(tokens(), 512)


def test_more_pieces_than_a_page_can_show_are_counted():
    html = pieces_html(tokens(MAX_CHIPS + 5))
    assert html.count("title=") == MAX_CHIPS
    assert "and 5 more pieces" in html


def test_marks_stand_where_they_belong():
    html = marked_html("one two three", [(4, 7), (13, 13)])
    assert re.sub(r' style="[^"]*"| dir="auto"', "", html) == (
        "<div>one <mark>two</mark> three<mark>&#8197;</mark></div>"
    )
