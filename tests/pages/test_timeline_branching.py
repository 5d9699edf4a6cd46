"""The timeline page, its branches: first sight, good input, bad input, hostile links."""

import csv
import json
import re

import pytest
import torch

import explorer
from explorer.brancher import Brancher
from explorer.charts.timeline import PICKED
from explorer.dashboard.exports import csv_bytes
from explorer.dashboard.timeline.answer_list import table
from explorer.dashboard.timeline.branch_list import (
    MOST_BRANCHES,
    Leaving,
    read,
    without,
    written,
)
from explorer.prefix import piece_id
from explorer.teacher_forcing import forward
from tests.pages.test_timeline_tape import SENTENCE, button, checked, engine, metric, rows
from tests.pages.visit import click_mark, fine, html, open_page, said, stop_while_writing

PAGE, VIEW = "timeline", "Branches"


def branches(at):
    """The pieces of each answer that are drawn, by its number."""
    found = {}
    for row in rows(at, "kind"):
        if row["kind"] == "box":
            found.setdefault(int(row["branch"]), []).append(row["piece"])
    return found


def number_of(piece):
    model, text = engine()
    step = model.timeline(text, 6).steps[3]
    return next(one.id for one in step.alternatives if one.display == piece)


def test_first_sight_is_the_other_side_of_the_near_tie():
    at = fine(open_page(PAGE, watch=VIEW))
    assert branches(at) == {
        0: ["Hund", ",", "den", "der", "Mann", "hilft", ",", "ist", "alt", ".", "</s>"],
        1: ["dem", "der", "Mann", "hilft", ",", "ist", "alt", ".", "</s>"],
    }
    # Dotted from where the two part.
    for word in ("den", "dem"):
        parted = rf"Der Hund, <span [^>]*dotted[^>]*><mark[^>]*>{word}</mark> der Mann hilft"
        assert re.search(parted, html(at))
    assert "first 3 pieces in common" in said(at.caption)
    # Both sums from one pass of the whole model over each answer.
    model, text = engine()
    tree = Brancher(model, model.timeline(text, 6))
    both = [tree.tree.branches[0], tree.branch(3, number_of("dem"))]
    sums = []
    for each in both:
        target = each.timeline.target
        logits = forward(model, model.tokenize(text), target)[0].float()
        logs = logits.log_softmax(-1)[torch.arange(len(target)), torch.tensor(target.ids)]
        sums.append(float(logs.sum()))
    shown = at.table[0].value
    row = shown.iloc[0].tolist()
    numbers = [float(str(each).replace("−", "-")) for each in row[1:]]
    assert numbers == pytest.approx([*sums, sums[0] - sums[1]], abs=6e-4)
    means = [each / len(tree.timeline.steps) for each, tree in zip(sums, both, strict=True)]
    row = shown.iloc[1].tolist()
    numbers = [float(str(each).replace("−", "-")) for each in row[1:]]
    assert numbers == pytest.approx([*means, means[0] - means[1]], abs=6e-4)
    assert checked(at) == 1
    assert not at.warning
    assert "t_branches" not in at.query_params


def test_the_more_probable_answer_is_named():
    model, text = engine()
    tree = Brancher(model, model.timeline(text, 6))
    assert tree.tree.branches[0].log_probability > tree.branch(3, "dem").log_probability
    at = fine(open_page(PAGE, watch=VIEW))
    assert "Answer 0 is the more probable one." in said(at.caption)
    turned = fine(open_page(PAGE, watch=VIEW, t_left="1", t_right="0"))
    assert "Answer 0 is the more probable one." in said(turned.caption)


def test_the_sentence_says_whether_another_path_is_more_probable():
    assert "it is less probable than answer 0" in said(fine(open_page(PAGE, watch=VIEW)).markdown)
    # Forced to begin with the less probable piece, the first answer is the worse one.
    better = f"0.3.{number_of('den')}"
    at = fine(open_page(PAGE, watch=VIEW, t_begin="Der Hund, dem", t_branches=better))
    assert "stands for **dem** in answer 1: it is more probable than answer 0" in said(at.markdown)


def test_a_log_probability_reads_the_same_wherever_it_stands():
    at = fine(open_page(PAGE, watch=VIEW))
    model, text = engine()
    tree = Brancher(model, model.timeline(text, 6))
    both = [tree.tree.branches[0].log_probability, tree.branch(3, "dem").log_probability]
    first, second = (f"{each:.3f}".replace("-", "−") for each in both)
    assert f"({second} against {first} nats)" in said(at.markdown)
    assert at.table[0].value.iloc[0].tolist()[1:3] == [first, second]
    labels = " ".join(each.proto.spec for each in at.get("vega_lite_chart"))
    drawn = json.dumps(json.dumps([f"0 · {first}", f"1 · {second}"]))[1:-1]
    assert drawn in labels
    fine(at.segmented_control(key="watch").set_value("Steps").run())
    fine(at.slider(key="at").set_value(11).run())
    assert metric(at, "Sum so far") == f"{first} nats"


def test_a_pill_grows_a_branch_and_the_link_grows_it_again():
    at = fine(open_page(PAGE, watch=VIEW))
    der = number_of("der")
    fine(at.pills(key="_t_instead").set_value(der).run())
    first = number_of("dem")
    assert at.query_params["t_branches"] == f"0.3.{first};0.3.{der}"
    assert len(branches(at)) == 3
    assert branches(at)[2][0] == "der"
    again = fine(open_page(PAGE, watch=VIEW, t_branches=at.query_params["t_branches"]))
    assert branches(again) == branches(at)
    # Asked for again, it is not grown twice.
    fine(at.pills(key="_t_instead").set_value(der).run())
    assert len(branches(at)) == 3


def test_the_same_answer_by_another_way_is_chosen_and_does_not_grow_twice():
    dem, der = number_of("dem"), number_of("der")
    # From answer 1 the piece of the first answer, and that of answer 2.
    at = fine(open_page(PAGE, watch=VIEW, t_branches=f"0.3.{dem};0.3.{der}", t_from="1", at="3"))
    fine(at.pills(key="_t_instead").set_value(der).run())
    assert list(branches(at)) == [0, 1, 2]
    assert at.query_params["t_branches"] == f"0.3.{dem};0.3.{der}"
    assert [each.value for each in at.toast] == ["Answer 2 says this already."]
    assert at.segmented_control(key="t_from").value == "2"
    assert at.segmented_control(key="t_right").value == "2"
    fine(at.text_input(key="_t_piece").set_value("den").run())
    assert list(branches(at)) == [0, 1, 2]
    assert at.segmented_control(key="t_from").value == "0"
    assert not at.error


def test_a_link_with_the_same_answer_twice_grows_it_once_and_keeps_what_leaves_it():
    dem, der = number_of("dem"), number_of("der")
    sieht = piece_id(engine()[0], "sieht")
    at = fine(open_page(PAGE, watch=VIEW, t_branches=f"0.3.{der};0.3.{dem};1.3.{dem};3.6.{sieht}"))
    assert list(branches(at)) == [0, 1, 2, 3]
    assert branches(at)[3][0] == "sieht"
    assert not at.warning
    drawn = {(row["y"], row["y2"]) for row in rows(at, "kind") if row["kind"] == "line"}
    # It leaves answer 2, in whose place the twin would have stood.
    assert (2, 3) in drawn


def test_the_pieces_of_a_sampled_answer_may_go_on_greedily():
    sampled = {"t_strategy": "sampling", "t_temperature": "2", "t_seed": "3"}
    dem = number_of("dem")
    at = fine(open_page(PAGE, watch=VIEW, **sampled, t_branches=f"0.0.{dem}", t_from="1", at="0"))
    first = branches(at)[0][0]
    fine(at.text_input(key="_t_piece").set_value(first).run())
    assert len(branches(at)) == 3
    assert branches(at)[2][0] == first
    fine(at.text_input(key="_t_piece").set_value(first).run())
    assert len(branches(at)) == 3


def test_a_typed_piece_leaves_a_branch_of_a_branch():
    at = fine(open_page(PAGE, watch=VIEW, t_from="1", at="6"))
    fine(at.text_input(key="_t_piece").set_value("sieht").run())
    assert branches(at)[2][0] == "sieht"
    assert at.query_params["t_branches"].split(";")[1].startswith("1.6.")
    model, text = engine()
    tree = Brancher(model, model.timeline(text, 6))
    tree.branch(3, number_of("dem"))
    assert branches(at)[2] == [
        step.token.display for step in tree.branch(6, "sieht", parent=1).timeline.steps[6:]
    ]


def test_the_end_token_ends_a_branch_and_nothing_leaves_it_behind_its_end():
    end = engine()[0].rules.end[0]
    at = fine(open_page(PAGE, watch=VIEW, t_branches=f"0.2.{end};1.3.5"))
    assert branches(at)[1] == ["</s>"]
    assert set(branches(at)) == {0, 1}
    assert "There is no step 3" in said(at.warning)


@pytest.mark.parametrize("typed", ["日", "<pad>", "Hund dem", "   "])
def test_a_piece_that_cannot_be_typed_is_one_sentence_and_the_tree_stays(typed):
    at = fine(open_page(PAGE, watch=VIEW))
    at.text_input(key="_t_piece").set_value(typed).run()
    assert not at.exception
    assert len(at.error) == 1
    assert len(branches(at)) == 2
    assert "t_branches" not in at.query_params
    fine(at.run())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0.99.40", "There is no step 99"),
        ("0.3.99999", "The piece 99999 does not exist"),
        ("0.3.0", "a mark of miniature-t5's own"),
        ("7.3.40", "There is no answer 7"),
        ("1.3.40", "There is no answer 1"),
        ("perhaps", "“perhaps”"),
        ("<img src=x onerror=alert(1)>", "which cannot be"),
        ("0.3.-1", "“0.3.-1”"),
        ("9" * 2000, "which cannot be"),
    ],
)
def test_a_branch_that_cannot_be_is_left_out_with_a_notice(text, sentence):
    at = fine(open_page(PAGE, watch=VIEW, t_branches=text))
    assert sentence in said(at.warning)
    assert len(at.warning) == 1
    assert list(branches(at)) == [0]
    assert "onerror" not in html(at)
    dem = number_of("dem")
    fine(at.pills(key="_t_instead").set_value(dem).run())
    assert not at.warning
    assert at.query_params["t_branches"] == f"0.3.{dem}"


def test_a_refused_branch_takes_those_that_leave_it_and_no_others():
    dem, der = number_of("dem"), number_of("der")
    at = fine(open_page(PAGE, watch=VIEW, t_branches=f"0.99.5;1.3.5;0.3.{dem};3.5.{der}"))
    assert len(branches(at)) == 3
    fine(at.pills(key="_t_instead").set_value(der).run())
    assert at.query_params["t_branches"] == f"0.3.{dem};1.5.{der};0.3.{der}"


def test_removing_takes_what_leaves_it_and_none_is_remembered():
    at = fine(open_page(PAGE, watch=VIEW))
    fine(button(at, "Remove answer 1").click().run())
    assert at.query_params["t_branches"] == "none"
    assert list(branches(at)) == [0]
    assert not any(each.label.startswith("Remove") for each in at.button)
    assert list(branches(fine(open_page(PAGE, watch=VIEW, t_branches="none")))) == [0]


def test_the_branches_stay_in_the_session_until_the_text_changes():
    at = fine(open_page(PAGE, watch=VIEW))
    fine(at.pills(key="_t_instead").set_value(number_of("der")).run())
    fine(at.segmented_control(key="watch").set_value("Steps").run())
    fine(at.segmented_control(key="watch").set_value(VIEW).run())
    assert len(branches(at)) == 3
    fine(at.text_area(key="text").set_value("The man follows the dog.").run())
    assert "t_branches" not in at.query_params
    assert len(branches(at)) == 2
    assert not at.warning


@pytest.mark.parametrize("parameters", [{"t_alternatives": "0"}, {"t_max": "1"}])
def test_no_alternatives_and_one_piece(parameters):
    at = fine(open_page(PAGE, watch=VIEW, **parameters))
    assert 0 in branches(at)
    fine(at.text_input(key="_t_piece").set_value("Hund").run())
    assert len(at.query_params["t_branches"].split(";")) >= 1
    assert not at.warning


def test_there_is_a_limit_and_it_is_said():
    model, text = engine()
    others = [one.id for one in model.timeline(text, 50).steps[5].alternatives[1:40]]
    many = ";".join(f"0.5.{one}" for one in others[: MOST_BRANCHES + 1])
    at = fine(open_page(PAGE, watch=VIEW, t_branches=many))
    assert len(branches(at)) == MOST_BRANCHES + 1
    assert "which cannot be" in said(at.warning)
    assert any("the most there can be" in each.value for each in at.caption)


def test_a_branch_can_be_stopped_and_grown_again(monkeypatch):
    parameters = {"t_min": "128", "t_max": "128", "text": "The cat stops."}
    at = fine(open_page(PAGE, watch=VIEW, t_branches="none", **parameters))
    step = explorer.load("miniature-t5").timeline(
        "translate English to German: The cat stops.", 6, max_new_tokens=2
    )
    other = step.steps[0].alternatives[1].id
    at.query_params["t_branches"] = f"0.0.{other}"
    fine(stop_while_writing(at, monkeypatch))
    assert any(each.label == "Decode again" for each in at.button)
    fine(button(at, "Decode again").click().run())
    assert not any(each.label == "Decode again" for each in at.button)


def test_reading_and_writing_are_opposites():
    some = (Leaving(0, 3, 1234), Leaving(1, 5, 77), Leaving(2, 6, 1), Leaving(0, 1, 2))
    assert read(written(some)) == (some, [])
    assert written(some) == "0.3.1234;1.5.77;2.6.1;0.1.2"
    assert read(written(())) == ((), [])
    assert without(some, 1) == (Leaving(0, 1, 2),)
    assert without(some, 3) == (some[0], some[1], some[3])
    assert without(some, 4) == some[:3]
    # Who leaves a branch that moves up goes on leaving it.
    moved = (Leaving(0, 1, 2), Leaving(0, 3, 9), Leaving(2, 5, 7))
    assert without(moved, 1) == (Leaving(0, 3, 9), Leaving(1, 5, 7))


def test_the_table_has_a_row_for_each_answer():
    model, text = engine()
    tree = Brancher(model, model.timeline(text, 2))
    made = tree.branch(3, "dem")
    whole = table(tree.tree)
    assert [row["text"] for row in whole] == [
        "Der Hund, den der Mann hilft, ist alt.",
        "Der Hund, dem der Mann hilft, ist alt.",
    ]
    assert whole[1]["piece"] == "▁dem"
    assert whole[1]["log-probability"] == made.log_probability
    assert whole[1]["per piece"] == pytest.approx(made.log_probability / whole[1]["pieces"])
    assert whole[1]["pieces"] == len(made.timeline.target.ids)
    assert SENTENCE in text
    # The first answer leaves none, and the numbers of the others stay whole.
    first, second = csv.DictReader(csv_bytes(whole).decode("utf-8-sig").splitlines())
    assert [(row["leaves"], row["at step"]) for row in (first, second)] == [("", ""), ("0", "3")]


def test_the_picture_taken_home_is_the_tree_on_screen(picture):
    both = f"0.3.{number_of('dem')};0.3.{number_of('der')}"
    where = {"t_from": "1", "at": "5", "t_left": "0", "t_right": "2"}
    at = fine(open_page(PAGE, watch=VIEW, t_branches=both, **where))
    (cells,) = picture["datasets"].values()

    def drawn(found):
        placed = [
            [row[field] for field in ("kind", "x", "x2", "y", "y2", "border")] for row in found
        ]
        return placed, [(row["fill"], row["stroke"]) for row in found if row["kind"] == "box"]

    assert drawn(cells) == drawn(rows(at, "kind"))
    boxes = [row for row in cells if row["kind"] == "box"]
    assert [(row["branch"], row["step"]) for row in boxes if row["border"] > 1] == [(1, 5)]
    assert {row["y2"] for row in cells if row["kind"] == "line" and row["border"] > 2} == {0, 2}
    assert picture["vconcat"][0]["title"]["text"] == "The tree of answers, steps 1–11 of 12"


def test_the_picture_of_a_long_tree_holds_the_step_on_screen_and_says_what_it_leaves_out(picture):
    long = {"t_min": "60", "t_max": "60", "at": "59", "t_branches": f"0.3.{number_of('dem')}"}
    at = fine(open_page(PAGE, watch=VIEW, **long))
    assert "Drawn: steps 44 to 59 of 0 to 59." in said(at.caption)
    assert picture["vconcat"][0]["title"]["text"] == "The tree of answers, steps 44–59 of 60"
    (cells,) = picture["datasets"].values()
    assert {row["step"] for row in cells if row["kind"] == "box"} == set(range(44, 60))


def test_the_two_that_stand_side_by_side_are_in_the_link():
    at = fine(open_page(PAGE, watch=VIEW, t_left="1", t_right="0"))
    assert at.table[0].value.columns[1] == "Answer 1"


def test_the_answer_that_is_left_after_a_click_on_a_bar_is_in_the_link():
    # The first sight has this branch already: the click chooses it.
    at = fine(open_page(PAGE))
    fine(click_mark(at, "t_bars", PICKED, {"index": 1, "turn": 0}))
    assert at.segmented_control(key="t_from").value == "1"
    assert at.query_params["t_from"] == "1"
    fine(at.segmented_control(key="t_from").set_value("0").run())
    assert "t_from" not in at.query_params
    fine(at.segmented_control(key="watch").set_value("Steps").run())
    fine(click_mark(at, "t_bars", PICKED, {"index": 1, "turn": 1}))
    assert at.segmented_control(key="t_from").value == "1"
    assert at.query_params["t_from"] == "1"
    again = fine(open_page(PAGE, **dict(at.query_params.items())))
    assert again.segmented_control(key="t_from").value == "1"


def test_the_field_is_empty_once_its_branch_has_grown_and_the_piece_can_be_typed_again():
    at = fine(open_page(PAGE, watch=VIEW, at="6"))
    fine(at.text_input(key="_t_piece").set_value("sieht").run())
    assert at.text_input(key="_t_piece").value == ""
    fine(at.segmented_control(key="t_from").set_value("1").run())
    fine(at.text_input(key="_t_piece").set_value("sieht").run())
    assert len(branches(at)) == 4
    # What could not be is there to be mended.
    at.text_input(key="_t_piece").set_value("Hund dem").run()
    assert at.text_input(key="_t_piece").value == "Hund dem"


def test_the_sentence_speaks_of_the_two_answers_that_stand_side_by_side():
    both = f"0.3.{number_of('dem')};0.3.{number_of('der')}"
    at = fine(open_page(PAGE, watch=VIEW, t_branches=both))
    assert "At step 3 **der** stands for **den** in answer 2: it is less" in said(at.markdown)
    fine(at.segmented_control(key="t_left").set_value("1").run())
    assert "At step 3 **der** stands for **dem** in answer 2: it is less" in said(at.markdown)
    assert "than answer 1 (" in said(at.markdown)
    fine(at.segmented_control(key="t_right").set_value("0").run())
    assert "At step 3 **den** stands for **dem** in answer 0: it is more" in said(at.markdown)
    fine(at.segmented_control(key="t_left").set_value("0").run())
    assert "The same answer stands on both sides" in said(at.markdown)
