"""Links that ask for what cannot be: each parameter of each page gives its default and a notice."""

import re

import pytest

from explorer.dashboard.playground import controls
from explorer.loading import load
from tests.pages.visit import fine, html, link, open_page, said

WRONG = {
    "a word": "perhaps",
    "markup": "<img src=x onerror=alert(1)>",
    "huge": "9" * 400,
    "nothing": "",
    "not a number": "nan",
    "unseen": "\x00\u202e",
}
CHOICES = {"mode": "Answer", "task": "English to German", "strategy": "greedy"}
NUMBERS = {each.url: each for each in (*controls.GENERAL, *controls.BEAM, *controls.SAMPLING)}
COMPARE = {"b_strategy": "sampling", "b_model": "miniature-t5", "b_early": False}
REPAIR = {"damage": "Mask words", "dice": 0}
BATCH = {"header": "recognise", "column_text": "text", "column_reference": "reference"}


def value(at, key):
    for kind in ("selectbox", "segmented_control", "number_input", "toggle", "slider"):
        for widget in getattr(at, kind):
            if widget.key == key:
                return widget.value
    raise AssertionError(f"there is no control {key}")


def default_of(control):
    return controls.DEFAULT_BEAMS if control.url == "beams" else getattr(
        controls.DEFAULTS, control.field
    )  # fmt: skip


def refused(at, parameters, defaults):
    """Everything stands at its default, and each wrong parameter is named in a notice."""
    fine(at)
    for key, default in defaults.items():
        assert value(at, key) == default, key
    notices = said(at.warning)
    assert len(at.warning) == len([each for each in parameters.values() if each]), notices
    assert not any(re.search(r"(?<!\\)<", each.value) for each in at.warning)
    assert "onerror" not in html(at)
    again = fine(at.run())
    assert said(again.warning) == notices
    return True


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_wrong_choices_and_numbers_of_the_playground(text):
    parameters = dict.fromkeys((*CHOICES, *NUMBERS, "early", "word"), text)
    defaults = {**CHOICES, "early": False}
    defaults |= {url: default_of(control) for url, control in NUMBERS.items()}
    assert refused(open_page("playground", **parameters), parameters, defaults)


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize(
    ("mode", "defaults"), [("Compare", COMPARE), ("Repair", REPAIR), ("Batch", BATCH)]
)
def test_wrong_parameters_of_the_other_modes(mode, defaults, text):
    parameters = dict.fromkeys(defaults, text)
    model = "miniature-bart" if mode == "Repair" else "miniature-t5"
    load(model)
    at = open_page("playground", mode=mode, model=model, **parameters)
    assert refused(at, parameters, defaults)


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_a_wrong_step_of_the_overview(text):
    assert refused(open_page(step=text), {"step": text}, {"step": 3})


@pytest.mark.parametrize("key", NUMBERS)
def test_a_number_beyond_its_bounds_is_said(key):
    control = NUMBERS[key]
    at = fine(open_page("playground", **{key: str(control.high + 1)}))
    assert value(at, key) in (default_of(control), control.high)
    assert f"{control.high + 1}" in said(at.warning)


@pytest.mark.parametrize(
    "parameters",
    [
        {"min": "20", "max": "10"},
        {"beams": "8", "strategy": "greedy"},
        {"temperature": "2", "strategy": "beam"},
        {"mode": "Repair", "model": "miniature-t5"},
        {"mode": "Compare", "b_model": "miniature-t5", "b_min": "9", "b_max": "3"},
        {"task": "English to German", "model": "miniature-bart"},
        {"damage": "Mask words", "mode": "Answer"},
        {"column_text": "reference", "mode": "Answer"},
    ],
)
def test_parameters_that_contradict_each_other_never_break_the_page(parameters):
    at = open_page("playground", **parameters)
    assert not at.exception
    assert len(at.error) <= 1
    assert all(each.value.endswith(".") for each in at.error)
    assert at.title[0].value == "Playground"


@pytest.mark.parametrize("page", ["overview", "playground"])
def test_parameters_that_nobody_knows_and_repeated_ones_change_nothing(page):
    plain = fine(open_page(page))
    at = link(page, unknown="1", utm_source="<b>")
    at.query_params["unknown"] = ["1", "2"]
    assert html(fine(at.run())) == html(plain)
    assert not at.warning
