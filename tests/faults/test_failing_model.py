"""A model that fails in the middle of its work: one sentence, and nothing else is lost."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.dashboard import messages
from explorer.dashboard.answers import ANSWER_SIZE
from explorer.dashboard.settings import AT_ONCE, DEFAULT_MODEL
from explorer.loading import store
from tests.pages.visit import fine, link, said

pytestmark = pytest.mark.usefixtures("warm")

SENTENCE = "miniature-t5 failed while it computed an answer to this text; change the text or the"
PASSES_BEFORE = 3
PLACES = [
    ("playground", {}),
    ("playground", {"strategy": "beam", "beams": "4"}),
    ("playground", {"mode": "Compare"}),
    ("timeline", {}),
    ("timeline", {"watch": "Beam search"}),
    ("timeline", {"watch": "Layers"}),
    ("cross_attention", {}),
]


@contextmanager
def failing(error: Exception, after: int = PASSES_BEFORE) -> Iterator[list[int]]:
    """While it lasts, every answer ends so after some passes of the real decoder."""
    decoder = store().load(DEFAULT_MODEL).module.get_decoder()
    passes = [0]

    def before(module: Any, args: Any, options: dict[str, Any]) -> None:
        cache = options.get("past_key_values")
        begins = cache is None or cache.get_seq_length() == 0
        passes[0] = 1 if begins else passes[0] + 1
        if passes[0] > after:
            raise error

    handle = decoder.register_forward_pre_hook(before, with_kwargs=True)
    try:
        yield passes
    finally:
        handle.remove()


def written(at: AppTest) -> str:
    """The answer on the page, as a person reads it."""
    found = next(each.proto.body for each in at.get("html") if ANSWER_SIZE in each.proto.body)
    return re.sub("<[^>]*>", "", found).strip()


@pytest.mark.parametrize("number", range(len(PLACES)))
def test_a_failure_is_one_sentence_and_the_next_request_works(number):
    page, how = PLACES[number]
    # A text of its own: an answer that another page has asked for is remembered.
    text = f"The old dog sees {number} cats."
    # As often as there are places for work and once more: each must have been given back.
    with failing(RuntimeError("the shapes of two tensors do not match")):
        for _ in range(AT_ONCE.public + 1):
            at = link(page, text=text, **how).run()
            assert not at.exception
            assert said(at.error).startswith(SENTENCE)
            assert said(at.error).count("failed while") == 1
            assert not [each for each in at.button if each.label == "Stop"]
    fine(link(page, text=text, **how).run())


def test_what_was_written_before_the_failure_stays_on_the_page():
    with failing(RuntimeError("damaged")):
        at = link("playground", text="The cat sees the dog.").run()
    assert any("written before it failed" in each.value for each in at.caption)
    part = written(at)
    whole = written(fine(link("playground", text="The cat sees the dog.").run()))
    assert 0 < len(part) < len(whole)
    assert whole.startswith(part)


def test_an_error_that_nobody_foresaw_is_a_sentence_too():
    with failing(KeyError("cache")):
        at = link("playground", text="A bird fails here.").run()
    assert not at.exception
    assert said(at.error) == messages.UNEXPECTED
    fine(link("playground", text="A bird fails here.").run())
