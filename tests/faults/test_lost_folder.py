"""A model whose folder is deleted goes on from memory; a reload says in a sentence what is gone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer import catalog
from explorer.dashboard.settings import DEFAULT_MODEL
from explorer.loading import store
from tests.pages.visit import fine, link, said
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("warm")

PAGES = [
    ("playground", {}),
    ("cross_attention", {}),
    ("timeline", {"watch": "Why this piece"}),
    ("model_selector", {}),
]


@pytest.fixture(params=["as it is", "by a link", "from here"])
def lost(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The name of a model in memory whose folder is gone."""
    monkeypatch.setenv("EXPLORER_ALLOW_FOLDERS", "1")
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "mine"
    shutil.copytree(catalog.find(DEFAULT_MODEL).folder, folder)
    (tmp_path / "link").symlink_to(folder)
    name = {"as it is": str(folder), "by a link": str(tmp_path / "link"), "from here": "./mine"}[
        request.param
    ]
    fine(link("playground", model=name, text="The dog is here.").run())
    until(lambda: store().peek(name) is not None)
    shutil.rmtree(folder)
    yield name
    store().release(name)


@pytest.mark.parametrize(("page", "how"), PAGES)
def test_every_page_goes_on_from_memory(page, how, lost):
    at = fine(link(page, model=lost, **how).run())
    assert store().peek(lost) is not None
    assert at.query_params["model"] == lost
    assert not at.warning


def test_another_load_says_in_a_sentence_what_is_missing(lost):
    fine(link("playground", model=lost, text="The dog is still here.").run())
    assert store().release(lost)
    at = link("playground", model=lost, text="The dog is gone.").run()
    until(lambda: store().state(lost) is None or store().state(lost).stage == "failed")
    at.run()
    assert not at.exception
    assert len(at.error) + len(at.warning) == 1
    sentence = said(at.error) or said(at.warning)
    assert "mine" in sentence or "link" in sentence
    # The pages go on with the bundled model.
    assert [each for each in at.metric if each.label == "Pieces"]
