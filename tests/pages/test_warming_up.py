"""A visitor who comes before the server is warm: sees the page and what is being done."""

import threading

import pytest

from explorer.dashboard import warmup
from tests.pages.visit import badges, fine, open_page, passed


@pytest.fixture
def cold(monkeypatch):
    """As if the imports were still under way: begun, and not yet over."""
    over = threading.Event()
    monkeypatch.setattr(warmup, "_done", over)
    monkeypatch.setattr(warmup, "_step", "importing torch")
    return over


def said(at):
    return " ".join(each.value for each in [*at.caption, *at.markdown]) + " ".join(
        each.proto.text for each in at.get("progress")
    )


@pytest.mark.parametrize("page", ["overview", "playground"])
def test_the_page_stands_at_once_and_fills_when_the_server_is_warm(cold, page):
    at = fine(open_page(page))
    assert "The server has just started: importing torch" in said(at)
    assert "Looking for the device" in said(at)
    assert not any("verified" in each for each in badges(at))
    assert bool(at.get("vega_lite_chart")) == (page == "overview")
    cold.set()
    at = fine(at.run())
    assert "The server has just started" not in said(at)
    assert any("verified" in each for each in badges(at))


@pytest.mark.parametrize("view", ["Will it run here?", "Three architectures"])
def test_a_view_that_needs_a_model_waits_in_front_of_the_person(cold, view):
    at = fine(open_page("model_selector", guide=view))
    shown = [each.proto.text for each in at.main.get("progress")]
    assert shown == ["The server has just started: importing torch …"]
    assert not at.get("vega_lite_chart")
    cold.set()
    at = fine(at.run())
    assert not at.main.get("progress")
    assert passed(at) >= 2


def test_a_refused_link_is_still_explained_once_the_server_is_warm(cold):
    at = fine(open_page(model="../../etc/passwd", step="many"))
    assert len(at.warning) == 1, "the step has no control yet"
    cold.set()
    at = fine(at.run())
    assert len(at.warning) == 2
