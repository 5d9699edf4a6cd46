"""Models with language codes: From and To decide what is read and written."""

import time

import pytest

from explorer.dashboard.badges import number_text
from tests.pages.visit import LIMIT_SECONDS, fine, html, open_page, said

TEXT = "The small dog sees the old cat."
PAIRS = {"nllb": ("eng_Latn", "deu_Latn", "fra_Latn"), "mbart": ("en_XX", "de_DE", "fr_XX")}


@pytest.fixture(params=PAIRS)
def family(request, monkeypatch):
    monkeypatch.setenv("EXPLORER_ALLOW_FOLDERS", "1")
    return request.param


def open_with(folder, **parameters):
    """The playground with a checkpoint, once it is in memory."""
    at = open_page("playground", model=str(folder), text=TEXT, max="6", **parameters)
    deadline = time.monotonic() + LIMIT_SECONDS
    while not any(each.key == "from" for each in at.selectbox):
        assert time.monotonic() < deadline
        time.sleep(0.1)
        at.run()
    return fine(at)


def score(at):
    return next(each.value for each in at.metric if each.label == "Score")


def expected(folder, source, target):
    from explorer.generation import Decoding
    from explorer.loading import store

    model = store().load(str(folder)).for_languages(source, target)
    return model.generate(TEXT, Decoding(max_new_tokens=6))


def shows(at, generation):
    written = [f"id {number}" for number in (*generation.source.ids, *generation.tokens.ids)]
    return score(at) == number_text(generation.sequence_score) and all(
        each in html(at) for each in written
    )


def test_the_languages_begin_as_the_model_says_and_can_be_changed(family, checkpoint):
    folder = checkpoint(family)
    source, target, other = PAIRS[family]
    at = open_with(folder)
    assert (at.selectbox(key="from").value, at.selectbox(key="to").value) == (source, target)
    assert shows(at, expected(folder, source, target))
    at.selectbox(key="to").set_value(other).run()
    assert shows(fine(at), expected(folder, source, other))
    at.selectbox(key="from").set_value(target).run()
    assert shows(fine(at), expected(folder, target, other))


def test_a_link_chooses_the_languages_and_a_wrong_one_is_said(family, checkpoint):
    folder = checkpoint(family)
    source, _, other = PAIRS[family]
    at = open_with(folder, **{"from": other, "to": source})
    assert shows(at, expected(folder, other, source))
    assert not at.warning
    at = open_with(folder, **{"from": "klingon", "to": other})
    assert shows(at, expected(folder, source, other))
    assert "klingon" in said(at.warning)
