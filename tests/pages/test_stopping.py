"""Answers that take a while: they can be stopped, and decoded again."""

from contextlib import ExitStack

from explorer.dashboard import answers, model_work, stopped_answers
from explorer.dashboard.settings import work_queue
from explorer.generation import Decoding
from tests.pages.visit import click_while_running, fine, link, stop_while_writing

LONG = {"strategy": "beam", "beams": "16", "min": "128", "max": "128"}


def metric(at, label):
    return next(each.value for each in at.metric if each.label == label)


def button(at, label):
    return next(each for each in at.button if each.label == label)


def test_stop_shows_what_there_is_and_again_decodes_all(monkeypatch):
    at = link("playground", text="The dog stops here.", min="128", max="128")
    fine(stop_while_writing(at, monkeypatch))
    assert metric(at, "Stopped by") == "stopped"
    assert 0 < int(metric(at, "Pieces")) < 128
    # What was stopped belongs to who stopped it, and a later look does not decode on.
    assert metric(fine(at.run()), "Stopped by") == "stopped"
    button(at, "Decode again").click().run()
    assert metric(fine(at), "Pieces") == "128"
    assert not [each for each in at.button if each.label == "Decode again"]


def test_the_overview_can_be_stopped_as_well(monkeypatch):
    # Its own answers are short: let it ask for the longest there is.
    monkeypatch.setattr(answers, "PLAIN", Decoding("beam", 16, 128, 128))
    at = fine(click_while_running(link(sentence="The cat stops here."), "Stop", monkeypatch))
    assert all(each.max < 127 for each in at.slider)
    button(at, "Decode again").click().run()
    assert fine(at).slider(key="step").max == 127


def test_stop_before_the_first_piece_says_so(monkeypatch):
    at = link("playground", text="The bird stops here.", **LONG)
    with ExitStack() as others:
        for _ in range(work_queue().at_once):
            others.enter_context(model_work.busy("decoding"))
        # The run that waits for a place must end while all places are still taken: it is waited
        # for here, and would else hold up the same question below.
        fine(click_while_running(at, "Stop", monkeypatch))
    assert any("Stopped before the first piece" in each.value for each in at.caption)
    assert not at.metric
    button(at, "Decode again").click().run()
    assert metric(fine(at), "Pieces") == "128"


def test_a_session_keeps_only_the_latest_stopped_answers(monkeypatch):
    monkeypatch.setattr(stopped_answers, "KEPT", 2)
    at = link("playground", text="A fish swims here.", **LONG)
    fine(click_while_running(at, "Stop", monkeypatch))
    for number in range(3):
        at.text_area(key="text").set_value(f"A fish swims here {number} times.")
        click_while_running(at, "Stop", monkeypatch)
    assert len(at.session_state["_answers_stopped"]) == stopped_answers.KEPT
