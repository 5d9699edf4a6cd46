"""What a visitor from elsewhere may ask for, and what happens when the time for it is over."""

import pytest

from explorer.dashboard import passing, settings
from tests.pages.visit import fine, link, said

LONG = {"strategy": "beam", "beams": "4", "min": "128", "max": "128"}


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in settings.LIMITS.values():
        monkeypatch.delenv(one.variable)


def button(at, label):
    return next(each for each in at.button if each.label == label)


def test_a_link_that_asks_for_more_than_a_visitor_may_gets_the_default_and_a_notice(public):
    at = fine(link("playground", text="A bird.", strategy="beam", beams="9", max="300").run())
    assert at.number_input(key="beams").max == settings.LIMITS["beams"].public
    assert at.number_input(key="max").max == settings.LIMITS["new_tokens"].public
    told = said(at.warning)
    assert "beams = “9”" in told
    assert "max = “300”" in told


def test_what_was_written_when_the_time_is_over_stays_and_can_be_asked_for_again(monkeypatch):
    monkeypatch.setattr(settings, "limit", lambda name: _little_time(name, 0.15))
    at = fine(link("playground", text="The dog takes too long.", **LONG).run())
    metrics = {each.label: each.value for each in at.metric}
    assert metrics["Stopped by"] == "time limit"
    assert any("the limit of this server for one request" in each.value for each in at.info)
    monkeypatch.setattr(settings, "limit", lambda name: _little_time(name, 600))
    at = fine(at.run())
    assert {each.label: each.value for each in at.metric}["Stopped by"] == "time limit"
    at = fine(button(at, "Decode again").click().run())
    assert {each.label: each.value for each in at.metric}["Pieces"] == "128"


_limit = settings.limit


def _little_time(name: str, seconds: float) -> float:
    return seconds if name == "seconds" else _limit(name)


def test_a_search_keeps_what_it_found_until_its_time_was_over(monkeypatch):
    monkeypatch.setattr(settings, "limit", lambda name: _little_time(name, 3.0))
    start = passing.Running.start

    def held_at_the_second_step(running):
        work = running.work

        def held(cancelled, progress):
            def on(done, total):
                progress(done, total)
                assert done < 2 or cancelled.wait(60)

            return work(cancelled, on)

        running.work = held
        start(running)

    monkeypatch.setattr(passing.Running, "start", held_at_the_second_step)
    at = link("timeline", watch="Beam search", t_width="3", text="The dog searches for too long.")
    at = fine(at.run())
    assert "the limit of this server for one request" in said(at.info)
    assert "ended because it was stopped" in " ".join(each.value for each in at.caption)
    assert at.get("vega_lite_chart")


def test_work_of_which_no_part_can_be_shown_says_that_its_time_was_over(monkeypatch):
    monkeypatch.setattr(settings, "limit", lambda name: _little_time(name, 0.01))
    at = link("timeline", watch="Why this piece", text="The dog is asked why.").run()
    assert not at.exception
    assert "the limit of this server for one request" in said((*at.error, *at.info))
