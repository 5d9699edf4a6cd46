import logging
import re

import pytest
from streamlit.testing.v1 import AppTest

from explorer.dashboard.messages import WORD_JOINER, code, plain, quoted


@pytest.mark.parametrize(
    "text",
    [
        "**bold**",
        "<script>alert(1)</script>",
        "![x](http://a.b)",
        ":material/bolt:",
        "$x^2$",
        "`a`",
    ],
)
def test_markup_in_a_text_is_escaped(text):
    shown = plain(text)
    assert shown.replace("\\", "").replace(WORD_JOINER, "") == text
    for mark in "*<[:$`":
        assert mark not in shown.replace(f"\\{mark}", "")


@pytest.mark.parametrize(
    "text",
    [
        "www.example.org",
        "WWW.example.org/x",
        "see http://a.b",
        "HTTPS://a.b/c",
        "a@b.c",
        "x+y@b-c.d",
    ],
)
def test_a_bare_address_is_no_link(text):
    # How Markdown finds addresses, after it has taken the backslashes away.
    read = plain(text).replace("\\", "")
    assert read.replace(WORD_JOINER, "") == text
    assert not re.search(r"(https?://|www(?=\.))[-.\w]+", read, re.IGNORECASE)
    assert not re.search(r"[-.\w+]+@[-\w]+(?:\.[-\w]+)+", read)


def test_control_characters_are_gone():
    assert plain("a\x00b\x1b[31m\nc") == "a b \\[31m c"
    assert plain("1. one") == "1\\. one"
    assert plain("- one") == "\\- one"
    assert plain("config.json, 3.5 - 2") == "config.json, 3.5 - 2"


def test_a_long_text_is_quoted_in_part():
    assert quoted("x" * 100) == "“" + "x" * 60 + "…”"
    assert quoted("short") == "“short”"


def test_a_code_span_cannot_be_left():
    assert "`" not in code("a ` b `` c")
    assert "\x00" not in code("a\x00b")


def _expected_failure():
    from explorer.dashboard.messages import show_failure
    from explorer.errors import ExplorerError

    show_failure(ExplorerError("Beam width 99 is too wide: 16 at most; choose *fewer*."))


def _unexpected_failure():
    from explorer.dashboard.messages import show_failure

    show_failure(ValueError("secret internals"))


def test_an_explorer_error_is_its_own_sentence():
    [error] = AppTest.from_function(_expected_failure).run().error
    assert error.value.replace("\\", "") == (
        "Beam width 99 is too wide: 16 at most; choose *fewer*."
    )


def test_any_other_error_is_logged_and_not_shown(caplog):
    with caplog.at_level(logging.ERROR, logger="explorer.dashboard"):
        [error] = AppTest.from_function(_unexpected_failure).run().error
    assert "secret" not in error.value
    assert "secret internals" in caplog.text
