"""The tree of a beam search: every node has a place of its own, and what was lost is grey."""

import math
from dataclasses import replace

import pytest

import explorer
from explorer.charts.beam_layout import label, label_pixels, places, rows
from explorer.charts.beam_tree import (
    DARK,
    LIGHT,
    MOST_STEPS,
    beam_tree,
    shown_nodes,
)
from explorer.charts.beam_words import UNFINISHED, exact, numbers, state_text
from explorer.contrast import contrast, luminance
from explorer.dashboard.exports import chart_png, chart_svg
from explorer.probabilities import percent
from tests.loaded import SOURCE, loaded

TEXT = "translate English to German: The teacher gives the."


@pytest.fixture(scope="module")
def tree():
    return explorer.load("miniature-t5").beam_search(TEXT, 4)


def chips(chart):
    return {row["id"]: row for row in layers_with(chart, "id")[0]}


def layers_with(chart, field):
    found = [layer["data"]["values"] for layer in chart.specification["layer"]]
    return [rows for rows in found if rows and field in rows[0]]


def number(shown):
    """A number that is written for people."""
    mantissa, _, power = shown.replace("−", "-").partition(" × 10")
    raised = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    return float(mantissa) * 10.0 ** int(power.translate(raised) or 0)


def links(chart):
    return [
        (layer["mark"]["color"], layer["mark"]["strokeDash"], {r["link"] for r in rows}, rows)
        for layer in chart.specification["layer"]
        if layer["mark"]["type"] == "line"
        for rows in [layer["data"]["values"]]
    ]


@pytest.mark.parametrize("family", ["t5", "bart", "marian"])
@pytest.mark.parametrize("width", [1, 2, 5, 8])
@pytest.mark.parametrize("everything", [False, True])
def test_no_two_nodes_share_a_place_and_the_winner_goes_straight(family, width, everything):
    tree = loaded(family).beam_search(SOURCE, width, max_new_tokens=14)
    nodes = shown_nodes(tree, everything)
    row = rows(tree, [node.id for node in nodes])
    assert set(row) == {node.id for node in nodes}
    at = [(node.step, row[node.id]) for node in nodes]
    assert len(set(at)) == len(at)
    assert min(row.values()) == 0
    assert {row[node] for node in tree.hypotheses[0].path} == {0}
    for node in nodes:
        if node.state == "finished":
            assert (node.step + 1, row[node.id]) not in at
    # As tall as the fullest step needs, and not much more.
    fullest = max(sum(node.step == step for node in nodes) for step in range(tree.steps))
    assert max(row.values()) + 1 <= 2 * fullest + width


@pytest.mark.parametrize("width", [3, 4, 8, 16])
def test_a_score_has_room_where_other_lines_go_on(width):
    text = "translate English to German: The quick brown fox jumps over the lazy dog."
    tree = explorer.load("miniature-t5").beam_search(text, width)
    row = rows(tree, range(len(tree.nodes)))
    at = {(node.step, row[node.id]) for node in tree.nodes}
    finished = [node for node in tree.nodes if node.state == "finished"]
    assert any(node.step + 1 < tree.steps for node in finished)
    assert not any((node.step + 1, row[node.id]) in at for node in finished)


def test_only_what_was_kept_or_everything(tree):
    kept = [node.id for node in tree.nodes if node.state in ("kept", "finished")]
    assert list(chips(beam_tree(tree))) == kept
    assert list(chips(beam_tree(tree, everything=True))) == [node.id for node in tree.nodes]
    assert len(kept) < len(tree.nodes)


@pytest.mark.parametrize(("dark", "inks"), [(False, LIGHT), (True, DARK)])
def test_what_was_given_up_is_grey_and_dashed_and_only_that(tree, dark, inks):
    chart = beam_tree(tree, everything=True, dark=dark)
    lost = {node.id for node in tree.nodes if node.pruned_step is not None}
    assert lost
    assert {n for n, chip in chips(chart).items() if chip["fill"] == inks.given_up} == lost
    (grey,) = [ids for colour, dash, ids, _ in links(chart) if dash != [1, 0]]
    assert grey == lost


def test_the_paths_of_the_winner_and_of_the_marked_answer(tree):
    chart = beam_tree(tree, marked=2)
    by_colour = {colour: ids for colour, _, ids, _ in links(chart)}
    best, third = (set(tree.hypotheses[place].path) for place in (0, 2))
    assert by_colour[LIGHT.winner] == best
    assert by_colour[LIGHT.marked] == third - best
    frames = {n: chip["frame"] for n, chip in chips(chart).items()}
    assert {n for n, colour in frames.items() if colour == LIGHT.winner} == best
    assert {n for n, colour in frames.items() if colour == LIGHT.marked} == third - best


def test_a_link_goes_from_the_parent_to_the_piece(tree):
    chart = beam_tree(tree, everything=True)
    chip = chips(chart)
    seen = 0
    for _, _, _, points in links(chart):
        for node in tree.nodes:
            own = [point for point in points if point["link"] == node.id]
            if not own:
                continue
            seen += 1
            assert (own[-1]["x"], own[-1]["y"]) == (chip[node.id]["x"], chip[node.id]["y"])
            if node.parent is not None:
                assert own[0]["x"] == chip[node.parent]["right"]
                assert own[0]["y"] == chip[node.parent]["y"]
            assert own[0]["x"] <= own[1]["x"] <= own[2]["x"]
    assert seen == len(tree.nodes)


def test_the_nearer_to_the_best_the_stronger(tree):
    chart = beam_tree(tree)
    for dark in (False, True):
        fills = {n: luminance(c["fill"]) for n, c in chips(beam_tree(tree, dark=dark)).items()}
        for step in range(tree.steps):
            living = sorted(
                (node.cumulative_log_probability, fills[node.id])
                for node in shown_nodes(tree, False)
                if node.step == step and node.pruned_step is None
            )
            shades = [shade for _, shade in living]
            assert shades == sorted(shades, reverse=not dark)
    for chip in chips(chart).values():
        assert contrast(chip["fill"], chip["ink"]) >= 4.5


def test_hovering_tells_every_number(tree):
    chart = beam_tree(tree, everything=True)
    (layer,) = [each for each in chart.specification["layer"] if "params" in each]
    told = [each["field"] for each in layer["encoding"]["tooltip"]]
    for node in tree.nodes:
        chip = chips(chart)[node.id]
        within = sum(other.step == node.step for other in tree.nodes)
        assert {name: chip[name] for name in told} == numbers(tree, node, within)
        assert chip["Step"] == str(node.step)
        assert chip["Probability"] == percent(math.exp(node.log_probability))
        assert number(chip["Cumulative"].removesuffix(" nats")) == pytest.approx(
            node.cumulative_log_probability, rel=1e-3
        )
        assert (node.score is None) == (chip["Score"] == "not finished")
        if node.pruned_step is not None:
            assert chip["State"].endswith(f"at step {node.pruned_step}")


def test_a_tree_goes_through_its_nodes_a_few_times_however_many_there_are(tree):
    class Counted(tuple):
        looks = 0

        def __iter__(self):
            Counted.looks += 1
            return super().__iter__()

    beam_tree(replace(tree, nodes=Counted(tree.nodes)), everything=True)
    assert len(tree.nodes) > 40
    assert 0 < Counted.looks < 10


def test_each_answer_ends_with_its_place_and_score(tree):
    words = [row["text"] for rows in layers_with(beam_tree(tree), "text") for row in rows]
    for place, answer in enumerate(tree.hypotheses, start=1):
        score = f"{answer.score:.3g}".replace("-", "−")
        assert f"#{place}  {score}" in words
    finished = [node for node in tree.nodes if node.state == "finished"]
    ends = {answer.path[-1]: place for place, answer in enumerate(tree.hypotheses)}
    assert all(places(tree)[node.id] == ends[node.id] for node in finished if node.id in ends)


@pytest.mark.parametrize(
    ("value", "text"),
    [(-1.2764, "−1.276"), (-4.7563e-05, "−4.756 × 10⁻⁵"), (0.0, "0"), (12345.6, "1.235 × 10⁴")],
)
def test_numbers_as_people_write_them(value, text):
    assert exact(value) == text


def test_what_became_of_a_node_in_words(tree):
    node = tree.nodes[0]
    for changes, words in (
        ({"state": "kept", "pruned_step": None}, "kept"),
        ({"state": "kept", "pruned_step": 4}, "kept, given up at step 4"),
        ({"state": "pruned", "pruned_step": 0}, "pruned at step 0"),
        ({"state": "finished", "pruned_step": 5, "score": -1.0}, "finished, outscored at step 5"),
    ):
        assert state_text(tree, replace(node, **changes)) == words


def test_what_still_ran_at_the_end_does_not_look_finished(tree):
    last = [node for node in tree.nodes if node.step == tree.steps - 1 and node.state != "pruned"]
    ends = [node for node in last if node.token.piece == "</s>"]
    running = [node for node in last if node.token.piece != "</s>"]
    assert len(ends) == len(running) == 4
    assert {state_text(tree, node) for node in ends} == {"finished"}
    assert {state_text(tree, node) for node in running} == {"kept at the end, not finished"}
    chart = beam_tree(tree)
    words = [
        row for rows in layers_with(chart, "text") for row in rows if row["text"] == UNFINISHED
    ]
    assert [row["text"] for row in words] == [UNFINISHED] * 4
    assert [row["y"] for row in words] == [chips(chart)[node.id]["y"] for node in running]
    assert max(row["x"] for row in words) + label_pixels(UNFINISHED) - 10 <= chart.width


def test_an_answer_that_the_limit_cut_off_is_told_from_a_finished_one():
    cut = explorer.load("miniature-t5").beam_search(TEXT, 3, max_new_tokens=3)
    answers = [cut.nodes[each.path[-1]] for each in cut.hypotheses]
    assert {node.state for node in answers} == {"finished"}
    assert {state_text(cut, node) for node in answers} == {"kept at the end, not finished"}
    words = [row["text"] for rows in layers_with(beam_tree(cut), "text") for row in rows]
    for place, answer in enumerate(cut.hypotheses, start=1):
        (own,) = [text for text in words if text.startswith(f"#{place}  ")]
        score, said = own.removeprefix(f"#{place}  ").split("  ")
        assert (number(score), said) == (pytest.approx(answer.score, rel=1e-2), "unfinished")
    # A model that must say its end piece at the limit has finished.
    forced = loaded("pegasus").beam_search(SOURCE, 3, max_new_tokens=4)
    assert forced.end == "length limit"
    for each in forced.hypotheses:
        assert state_text(forced, forced.nodes[each.path[-1]]) == "finished"


def test_a_long_search_is_drawn_in_part():
    tree = loaded("t5").beam_search(SOURCE, 3, max_new_tokens=MOST_STEPS + 8, length_penalty=2.0)
    assert tree.steps > MOST_STEPS
    whole = beam_tree(tree, everything=True)
    steps = {tree.nodes[n].step for n in chips(whole)}
    assert steps == set(range(MOST_STEPS))
    later = beam_tree(tree, everything=True, first=5)
    steps = {tree.nodes[n].step for n in chips(later)}
    assert steps == set(range(5, min(5 + MOST_STEPS, tree.steps)))
    words = [row["text"] for rows in layers_with(later, "text") for row in rows]
    assert "step 5" in words
    last = min(5 + MOST_STEPS, tree.steps) - 1
    title = f">The beam search, steps 5–{last} of {tree.steps}</text>"
    assert title in chart_svg(later.altair()).decode()
    assert f"steps 0–39 of {tree.steps}" in chart_svg(whole.altair()).decode()


def test_everything_is_inside_the_chart(tree):
    for everything in (False, True):
        chart = beam_tree(tree, everything=everything)
        for chip in chips(chart).values():
            assert 0 <= chip["x"] < chip["right"] <= chart.width
            assert 0 <= chip["top"] < chip["bottom"] <= chart.height
    # Four beams and twelve steps go onto a projector.
    text = "translate English to German: The small dog sees the old cat in the garden."
    long = explorer.load("miniature-t5").beam_search(text, 4)
    assert long.steps == 12
    assert beam_tree(long).width <= 850


def test_long_pieces_are_cut_and_hostile_ones_are_data(tree):
    assert label("a" * 40) == "a" * 13 + "…"
    hostile = '"]; alert(1); ["'
    node = tree.nodes[0]
    token = replace(node.token, piece=hostile, display=hostile)
    changed = replace(tree, nodes=(replace(node, token=token), *tree.nodes[1:]))
    assert chips(beam_tree(changed))[0]["Piece"] == hostile


def test_the_tree_becomes_a_picture(tree):
    whole = beam_tree(tree, everything=True, marked=1).altair()
    assert chart_png(whole).startswith(b"\x89PNG")
    picture = chart_svg(whole).decode()
    assert "Lehrer" in picture
    assert ">The beam search</text>" in picture
