import pytest
from streamlit.testing.v1 import AppTest

from explorer.dashboard.badges import number_text


def _badge(difference, tolerance):
    from explorer.checks import Check
    from explorer.dashboard.badges import check_badge

    check_badge(Check("Ours against <theirs>.", difference, tolerance))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (3, "3"),
        (2.1e-7, "2.1 × 10⁻⁷"),
        (float("nan"), "not a number"),
        (0.25, "0.25"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
    ],
)
def test_numbers_read_like_print(value, text):
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("difference", "colour", "words"),
    [
        (1e-7, "green", "difference 1.0"),
        (0.5, "red", "Differs by 0.5"),
        (float("inf"), "red", "Differs by ∞"),
    ],
)
def test_the_badge_says_what_was_found(difference, colour, words):
    at = AppTest.from_function(_badge, args=(difference, 1e-6)).run()
    badge = at.markdown[0].value
    assert f":{colour}-badge[" in badge
    assert words in badge
    assert "Ours against \\<theirs\\>." in badge


def test_a_number_that_is_none_is_red():
    at = AppTest.from_function(_badge, args=(float("nan"), 1e-6)).run()
    assert ":red-badge[" in at.markdown[0].value
