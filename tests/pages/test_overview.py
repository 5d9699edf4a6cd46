"""The overview page: first sight, good input, bad input, hostile URLs."""

import json
import re

import pyarrow
import pytest
from streamlit.testing.v1 import AppTest

from explorer import catalog
from explorer.dashboard import stories
from explorer.dashboard.settings import DEFAULT_MODEL
from tests.pages.visit import badges, open_page


def drawn(at: AppTest) -> str:
    """Everything that the drawing says."""
    [chart] = at.get("vega_lite_chart")
    # Streamlit sends a chart's rows beside it, in Arrow's format.
    rows = [
        pyarrow.ipc.open_stream(dataset.data.data).read_all().to_pylist()
        for dataset in chart.proto.datasets
    ]
    return json.dumps([json.loads(chart.proto.spec), rows], ensure_ascii=False)


def test_first_sight_shows_live_numbers_and_passing_checks():
    at = open_page()
    assert not at.exception
    assert not at.error
    facts = catalog.facts(catalog.find(DEFAULT_MODEL))
    text = drawn(at)
    assert f"→ {facts.vocabulary_size:,}" in text
    assert "with the start token" in text
    assert "N ×" not in text
    checks = [each for each in badges(at) if "difference" in each or "Differs" in each]
    assert len(checks) == 2
    assert all(":green-badge[" in each for each in checks)


def test_the_numbers_are_the_tokenizers_own():
    at = open_page(sentence="The dog sees the cat.")
    from explorer.loading import store

    model = store().load(DEFAULT_MODEL)
    source = model.card.tasks[0].compose("The dog sees the cat.")
    count = len(model.tokenizer(source)["input_ids"])
    assert f"{count} × {model.facts.d_model}" in drawn(at)


def test_the_step_decides_what_the_decoder_reads():
    at = open_page(step="0")
    assert '"1 piece"' in drawn(at)
    assert "nothing yet" in drawn(at)
    at.slider[0].set_value(2).run()
    assert "3 pieces" in drawn(at)


def test_another_sentence_changes_the_drawing():
    at = open_page()
    before = drawn(at)
    at.text_input(key="sentence").set_value("Anna reads a book.").run()
    assert not at.exception
    assert drawn(at) != before
    assert "Anna reads a book." in drawn(at) or "Anna" in " ".join(c.value for c in at.caption)


@pytest.mark.parametrize("text", ["", "   ", "\t"])
def test_an_empty_sentence_gives_a_hint(text):
    at = open_page()
    at.text_input(key="sentence").set_value(text).run()
    assert not at.exception
    assert "Type a sentence" in at.info[0].value


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a\x00b\x1b[31m",
        "שלום עולם",
        "👩‍👩‍👧‍👦 🎉",
        "</s> <pad> <extra_id_0> <mask>",
        "![x](https://example.org/x.png) `code` $x^2$ :red[x]",
        "word " * 780,
    ],
)
def test_odd_text_is_drawn_or_refused_in_a_sentence(text):
    at = open_page(sentence=text)
    assert not at.exception
    assert drawn(at)
    said = " ".join(each.value for each in at.markdown) + " ".join(each.value for each in at.error)
    assert "Traceback" not in said
    assert not re.search(r"(?<!\\)!\[x\]\(https", said)


def test_a_text_beyond_the_models_limit_shows_what_is_cut():
    at = open_page(sentence="The small dog sees the old cat. " * 100)
    cut = [each.proto.body for each in at.get("html") if "<s>" in each.proto.body]
    assert len(cut) == 1
    assert "The model reads 128 pieces at most" in cut[0]
    assert "the old cat." in cut[0]


def test_hostile_parameters_give_the_default_and_a_notice():
    at = open_page(step="<img src=x>", model="../../etc/passwd")
    assert not at.exception
    assert len(at.warning) == 2
    assert drawn(at)
    assert at.slider[0].value == 3


def test_every_story_names_a_page_a_model_and_a_task_that_exist():
    for story in stories.STORIES:
        assert story.path.is_file()
        card = catalog.find(story.parameters.get("model", DEFAULT_MODEL))
        assert card is not None
        assert card.bundled
        task = story.parameters.get("task")
        assert task is None or task in [each.title for each in card.tasks]


def test_the_bundled_bart_has_its_own_formula_and_example():
    at = open_page(model="miniature-bart")
    assert not at.exception
    assert "<mask>" in at.text_input(key="sentence").value
    assert any("$$" in each.value and "sqrt" in each.value for each in at.markdown)
    assert "difference 0" in " ".join(badges(at))
