"""The timeline's beam search: first sight, good input, bad input, hostile links, Stop."""

import contextlib
import io
import json
import re
import threading
from contextlib import ExitStack
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.charts.beam_tree import LIGHT, shown_nodes
from explorer.charts.beam_words import exact
from explorer.dashboard import model_work, models, passing
from explorer.dashboard.settings import work_queue
from explorer.dashboard.timeline import findings
from explorer.generation import Decoding
from tests.charts.test_beam_tree import number
from tests.pages import visit
from tests.pages.visit import badges, click_while_running, fine, link, open_page, said, scripts

WATCH = {"watch": "Beam search"}
PREFIX = "translate English to German: "
DULL = "The small dog sees the old cat in the garden."
PARTS = "The teacher gives the."


def search(text=DULL, *settings, name="miniature-t5"):
    model = explorer.load(name)
    tree = model.beam_search(model.card.tasks[0].compose(text), *settings)
    return tree, model.against_greedy(tree)


def specification(at: AppTest) -> dict:
    (chart,) = at.get("vega_lite_chart")
    return json.loads(chart.proto.spec)


def drawn(at: AppTest) -> list[dict]:
    for layer in specification(at)["layer"]:
        if layer.get("params"):
            return layer["data"]["values"]
    raise AssertionError("no pieces are drawn")


def shows(at: AppTest, tree, everything=False) -> bool:
    given = [(row["id"], row["Piece"], row["Cumulative"]) for row in drawn(at)]
    return given == [
        (n.id, n.token.name, f"{exact(n.cumulative_log_probability)} nats")
        for n in shown_nodes(tree, everything)
    ]


def text_of(at: AppTest) -> str:
    return said([*at.markdown, *at.caption])


def passed(at: AppTest) -> bool:
    checks = [each for each in badges(at) if "difference" in each or "Differs" in each]
    return len(checks) == 1 and ":green-badge[" in checks[0]


def answers_in(at: AppTest) -> list[str]:
    return list(at.dataframe[0].value["Answer"])


def button(at: AppTest, label: str):
    return next(each for each in at.button if each.label.startswith(label))


def test_a_search_that_found_nothing_new_says_so():
    at = fine(open_page("timeline", **WATCH, text=DULL))
    tree, against = search()
    assert against.differs_at is None
    assert shows(at, tree)
    assert passed(at)
    assert "found nothing that greedy decoding did not" in text_of(at)
    assert answers_in(at) == [each.text for each in tree.hypotheses]
    assert not at.warning


def test_try_leads_to_a_text_where_greedy_and_beams_part():
    at = fine(open_page("timeline", **WATCH, t_width="2", t_penalty="-1"))
    button(at, "Try").click().run()
    assert not at.warning
    tree, against = search(PARTS)
    assert against.score_gain > 0
    assert shows(fine(at), tree)
    words = text_of(at)
    assert "found an answer of a higher score" in words
    assert against.best.text in words
    assert against.greedy.text in words
    assert f"part at step {against.differs_at}" in words
    assert not [each for each in at.button if each.label.startswith("Try")]


@pytest.mark.parametrize("name", findings.TRIED)
def test_what_is_offered_keeps_its_promise(name):
    asked = findings.TRIED[name]
    model = explorer.load(name)
    task = next(task for task in model.card.tasks if task.title == asked["task"])
    against = model.against_greedy(model.beam_search(task.compose(asked["text"]), 4))
    assert against.score_gain > 0


@pytest.mark.parametrize(
    ("parameters", "settings"),
    [
        ({"t_width": "2", "t_penalty": "2"}, (2, 2.0)),
        ({"t_width": "1", "t_penalty": "-2"}, (1, -2.0)),
        ({"t_width": "16"}, (16,)),
        ({"t_early": "true", "t_penalty": "0.5"}, (4, 0.5, 64, True)),
        ({"t_most": "3"}, (4, 1.0, 3)),
        ({"t_most": "1"}, (4, 1.0, 1)),
    ],
)
def test_a_link_shows_the_search_it_asks_for(parameters, settings):
    at = fine(open_page("timeline", **WATCH, text=PARTS, **parameters))
    tree, _ = search(PARTS, *settings)
    assert shows(at, tree)
    assert findings.ending(tree) in text_of(at)
    assert passed(at)
    scores = [each.score for each in tree.hypotheses]
    given = [number(text) for text in at.dataframe[0].value["Score"]]
    assert given == pytest.approx(scores, rel=1e-3)
    assert not at.warning


def test_answers_that_were_cut_off_are_told_from_finished_ones():
    at = fine(open_page("timeline", **WATCH, text=PARTS, t_most="3"))
    assert list(at.dataframe[0].value["Finished"]) == ["no"] * 4
    assert "**unfinished**: still kept when the search was over" in text_of(at)
    at = fine(open_page("timeline", **WATCH, text=PARTS))
    assert "Finished" not in at.dataframe[0].value
    tree, _ = search(PARTS)
    became = [row["what became of it"] for row in findings.node_table(tree)]
    assert became.count("kept at the end, not finished") == 4


def test_everything_considered_and_another_path():
    at = fine(
        open_page("timeline", **WATCH, text=PARTS, t_tree="Everything considered", t_path="3")
    )
    tree, _ = search(PARTS)
    assert shows(at, tree, everything=True)
    best, third = (set(tree.hypotheses[place].path) for place in (0, 2))
    marked = {row["id"] for row in drawn(at) if row["frame"] == LIGHT.marked}
    assert marked == third - best
    assert list(at.dataframe[0].value["Marked"]) == ["", "", "▶", ""]
    # The formula is that of the marked answer.
    (formula,) = [each.value for each in at.latex]
    total = tree.hypotheses[2].log_probability
    assert f"{total:.4g}" in formula
    assert rf"{{{len(tree.hypotheses[2].ids)}^{{1}}}}" in formula


def test_a_bart_starts_with_a_tree_worth_seeing():
    at = fine(open_page("timeline", **WATCH, model="miniature-bart"))
    model = explorer.load("miniature-bart")
    tree = model.beam_search(model.card.tasks[0].example)
    assert shows(at, tree)
    assert "found an answer of a higher score" in text_of(at)
    assert passed(at)


def test_a_stale_path_and_hostile_settings_give_defaults_and_notices():
    hostile = "<script>alert(1)</script>"
    at = fine(
        open_page("timeline", **WATCH, text=DULL, t_path="99", t_width="1e99", t_penalty="nan",
                  t_most="-1", t_tree=hostile, t_early="perhaps")
    )  # fmt: skip
    assert len(at.warning) >= 5
    assert shows(at, search()[0])
    assert passed(at)


def told(at: AppTest) -> str:
    """The line with the numbers of one piece; "" where there is none."""
    return next((text for text in text_of(at).split("Piece: ")[1:]), "")


def test_a_link_tells_of_the_piece_that_was_clicked():
    at = fine(open_page("timeline", **WATCH, text=PARTS, t_node="13"))
    tree, _ = search(PARTS)
    node = tree.nodes[13]
    assert told(at).startswith(f"**{node.token.name}** · Step: **{node.step}** · Rank: **")
    assert f"Cumulative: **{exact(node.cumulative_log_probability)} nats**" in told(at)
    assert not at.warning
    fine(at.slider(key="t_path").set_value(2).run())
    assert told(at)
    assert at.query_params["t_node"] == "13"


@pytest.mark.parametrize(
    ("control", "key", "value"),
    [
        ("slider", "t_width", 3),
        ("slider", "t_most", 63),
        ("selectbox", "model", "miniature-bart"),
        ("text_area", "text", DULL),
    ],
)
def test_a_piece_of_one_search_is_not_told_of_in_another(control, key, value):
    at = fine(open_page("timeline", **WATCH, text=PARTS, t_node="13"))
    assert told(at)
    # In memory, so that a busy machine does not show the page without it.
    explorer.load("miniature-bart")
    asked = visit.model_selector(at) if key == "model" else getattr(at, control)(key=key)
    fine(asked.set_value(value).run())
    assert not told(at)
    assert "t_node" not in at.query_params
    assert not at.warning


@pytest.mark.parametrize("text", ["-1", "x", "9999", "9" * 40, "1.5", "<b>", "¹"])
def test_a_link_to_a_piece_that_cannot_be_gives_a_notice(text):
    at = fine(open_page("timeline", **WATCH, text=PARTS, t_node=text))
    assert f"The link asks for piece “{text[:20]}" in said(at.warning)
    assert "has the pieces 0 to 47" in said(at.warning)
    assert not told(at)
    assert "t_node" not in at.query_params
    fine(at.slider(key="t_width").set_value(3).run())
    assert not at.warning


def test_the_piece_is_still_told_of_after_another_page():
    at = fine(open_page("timeline", **WATCH, text=PARTS, t_node="13"))
    fine(at.switch_page(str(visit.ROOT / "pages" / "attention_sandbox.py")).run())
    fine(at.switch_page(str(visit.ROOT / "pages" / "timeline.py")).run())
    assert told(at)
    assert at.query_params["t_node"] == "13"


def test_a_path_that_a_narrower_search_no_longer_has_goes_to_the_last():
    at = fine(open_page("timeline", **WATCH, text=PARTS, t_path="4"))
    at.slider(key="t_width").set_value(2).run()
    assert list(fine(at).dataframe[0].value["Marked"]) == ["", "▶"]
    assert not at.warning


def test_blank_text_is_a_hint():
    at = fine(open_page("timeline", **WATCH, text=" "))
    assert "Type a text" in said(at.info)
    assert not at.get("vega_lite_chart")


def test_more_beams_than_pieces_are_refused_in_one_sentence_and_the_page_stays(monkeypatch):
    whole = models.current_model

    def few_pieces():
        model = whole()
        return replace(model, facts=replace(model.facts, vocabulary_size=7))

    with monkeypatch.context() as patched:
        patched.setattr(models, "current_model", few_pieces)
        at = open_page("timeline", **WATCH, text=PARTS, t_width="9")
        assert not at.exception
        (sentence,) = [each.value for each in at.error]
        assert "num_beams is 9" in said(at.error)
        assert "7 pieces" in sentence
        assert not at.get("vega_lite_chart")
        at.slider(key="t_width").set_value(3).run()
        assert shows(fine(at), search(PARTS, 3)[0])


def test_stop_shows_what_there_is_and_again_searches_all(monkeypatch):
    text = "The dog is stopped here."
    asked = link("timeline", **WATCH, text=text, t_width="16", t_penalty="2", t_most="128")
    two_steps = threading.Event()
    start, find = passing.Running.start, visit._button_of

    def held_at_the_second_step(running):
        work = running.work

        def held(cancelled, progress):
            def on(done, total):
                progress(done, total)
                if done == 2:
                    two_steps.set()
                    assert cancelled.wait(60)

            return work(cancelled, on)

        running.work = held
        start(running)

    with monkeypatch.context() as patched:
        patched.setattr(passing.Running, "start", held_at_the_second_step)
        patched.setattr(visit, "_button_of", lambda *at: find(*at) if two_steps.is_set() else None)
        at = fine(click_while_running(asked, "Stop", monkeypatch))
    (steps,) = re.findall(r"Stopped after (\d+) steps", text_of(at))
    assert int(steps) in (2, 3)
    assert {row["Step"] for row in drawn(at)} == {str(step) for step in range(int(steps))}
    assert "ended because it was stopped" in text_of(at)
    assert passed(at)
    # A later look at it does not search on.
    assert "Stopped after" in text_of(fine(at.run()))
    button(at, "Go on").click().run()
    assert shows(fine(at), search(text, 16, 2.0, 128)[0])
    assert not [each for each in at.button if each.label == "Go on"]


def test_stop_while_others_are_served_says_that_nothing_is_there(monkeypatch):
    asked = link("timeline", **WATCH, text="The bird is stopped here.", t_width="3")
    with ExitStack() as others:
        for _ in range(work_queue().at_once):
            others.enter_context(model_work.busy("decoding"))
        at = fine(click_while_running(asked, "Stop", monkeypatch))
    assert "Stopped before the first step" in text_of(at)
    assert not at.get("vega_lite_chart")
    button(at, "Go on").click().run()
    assert shows(fine(at), search("The bird is stopped here.", 3)[0])


def test_the_python_prints_the_same_answers_and_scores():
    at = fine(open_page("timeline", **WATCH, text=PARTS, t_width="3", t_penalty="0.5"))
    (script,) = [each for each in scripts(at) if "num_beams" in each]
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(script, {})
    tree, _ = search(PARTS, 3, 0.5)
    lines = output.getvalue().splitlines()
    scores = [float(line) for line in lines if re.fullmatch(r"-?\d+\.\d+(e-?\d+)?", line)]
    assert scores == pytest.approx([each.score for each in tree.hypotheses], abs=1e-4)
    assert all(any(each.text in line for line in lines) for each in tree.hypotheses)


def test_the_nodes_as_a_table():
    tree, _ = search(PARTS)
    rows = findings.node_table(tree)
    assert [row["node"] for row in rows] == [node.id for node in tree.nodes]
    for row in rows:
        before = 0.0 if row["parent"] is None else rows[row["parent"]]["cumulative log-probability"]
        total = before + row["log-probability"]
        assert row["cumulative log-probability"] == pytest.approx(total)


@pytest.mark.parametrize("penalty", [-2.0, -1.0, 0.0, 1.0, 2.0])
@pytest.mark.parametrize("width", [1, 2, 5])
def test_the_sentence_says_what_happened(width, penalty):
    model = explorer.load("miniature-bart")
    text = model.card.tasks[0].example
    tree = model.beam_search(text, width, penalty)
    against = model.against_greedy(tree)
    words = findings.sentence(tree, against).replace("\\", "")
    greedy = model.generate(text, Decoding())
    same = greedy.tokens.ids == tree.hypotheses[0].ids
    assert ("found nothing that greedy decoding did not" in words) == same
    assert tree.hypotheses[0].text in words
    assert greedy.text in words
    if width == 1:
        assert same


@pytest.mark.parametrize("watch", ["Steps", "Branches", "Beam search", "Layers"])
def test_a_text_that_is_too_long_is_cut_in_sight_on_every_view(watch):
    text = "The old dog sees the small cat. " * 30
    at = fine(open_page("timeline", watch=watch, text=text, t_max="8", t_most="8"))
    (cut,) = [each.proto.body for each in at.get("html") if "Cut off" in each.proto.body]
    assert "The model reads 128 pieces at most" in cut
