"""The recorded beam search beside the one of `transformers`, called as its users call it."""

import json
import math
import pickle
import subprocess
import sys
from dataclasses import replace
from threading import Event

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import LogitsProcessor, LogitsProcessorList

import explorer
from explorer.beam_recording import FollowTree
from explorer.errors import ExplorerError
from explorer.generation import MAX_BEAMS, Decoding
from explorer.scripts import beams_script
from tests.checkpoints import FAMILIES
from tests.loaded import SOURCE, loaded, plain_settings, plain_tokenizer
from tests.test_scripts import run

GERMAN = "translate English to German: The small dog sees the old cat."
PENALTIES = (-1.0, 0.0, 0.5, 1.0, 2.0)


class Witness(LogitsProcessor):
    """Notes, after all other processors, which beams are continued and what is thought of them."""

    def __init__(self) -> None:
        self.steps: list[tuple[list[tuple[int, ...]], torch.Tensor]] = []

    def __call__(self, input_ids, scores):
        self.steps.append(([tuple(ids[1:]) for ids in input_ids.tolist()], scores.clone()))
        return scores


def plain(family, width, penalty=1.0, early=False, limit=14, text=SOURCE, witness=None):
    model = loaded(family)
    source = plain_tokenizer(family)(text, return_tensors="pt").to(model.module.device)
    decoding = Decoding(
        "beam", num_beams=width, length_penalty=penalty, early_stopping=early, max_new_tokens=limit
    )
    return model.module.generate(
        **source,
        **plain_settings(model, decoding),
        min_length=0,
        num_return_sequences=width,
        output_scores=True,
        return_dict_in_generate=True,
        logits_processor=LogitsProcessorList([witness] if witness else []),
    )


def answers(theirs) -> list[tuple[tuple[int, ...], float]]:
    """The answers of transformers without those that stand for a beam that never existed."""
    lengths = (theirs.beam_indices >= 0).sum(1).tolist()
    rows = zip(theirs.sequences.tolist(), lengths, theirs.sequences_scores.tolist(), strict=True)
    found = [(tuple(ids[1 : 1 + length]), score) for ids, length, score in rows]
    return [(ids, score) for ids, score in found if score > -1e6]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("width", [2, 3, 4, 8])
def test_texts_and_scores_are_those_of_transformers(family, width):
    model = loaded(family)
    for penalty in PENALTIES:
        for early in (False, True):
            tree = model.beam_search(SOURCE, width, penalty, 14, early)
            expected = answers(plain(family, width, penalty, early))
            assert len(expected) == width
            assert [found.ids for found in tree.hypotheses] == [ids for ids, _ in expected]
            for found, (ids, score) in zip(tree.hypotheses, expected, strict=True):
                assert found.score == pytest.approx(score, rel=1e-5, abs=1e-5)
                assert found.text == model.reader.decode(ids)


@pytest.mark.parametrize("family", FAMILIES)
def test_one_beam_is_greedy_decoding(family):
    model = loaded(family)
    source = plain_tokenizer(family)(SOURCE, return_tensors="pt").to(model.module.device)
    decoding = Decoding(max_new_tokens=14)
    theirs = model.module.generate(**source, **plain_settings(model, decoding), min_length=0)
    tree = model.beam_search(SOURCE, 1, 2.0, 14)
    (only,) = tree.hypotheses
    assert list(only.ids) == theirs[0, 1:].tolist()
    assert only.path == tuple(range(len(tree.nodes))) == tuple(range(tree.steps))
    answer = model.generate(SOURCE, decoding)
    assert only.log_probability == pytest.approx(answer.log_probability, abs=1e-5)
    assert only.score == pytest.approx(answer.log_probability / len(only.ids) ** 2, abs=1e-5)
    assert {node.rank for node in tree.nodes} == {1}
    assert [node.log_probability for node in tree.nodes] == list(answer.token_log_probabilities)
    assert tree.candidates == 1


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("limit", [1, 2])
def test_the_shortest_answers(family, limit):
    """With forced pieces there may be fewer answers than beams; transformers adds copies."""
    expected = answers(plain(family, 4, limit=limit))
    tree = loaded(family).beam_search(SOURCE, 4, max_new_tokens=limit)
    found = [hypothesis.ids for hypothesis in tree.hypotheses]
    assert found == [ids for ids, _ in expected]
    assert len(set(found)) == len(found)
    assert tree.end == "length limit"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("width", "early"), [(2, True), (4, False), (7, True)])
def test_every_candidate_and_what_became_of_it(family, width, early):
    """The candidates, counted again from what transformers handed to a processor of the test."""
    model, limit = loaded(family), 24
    witness = Witness()
    plain(family, width, 1.0, early, limit, witness=witness)
    tree = model.beam_search(SOURCE, width, 1.0, limit, early)
    paths = {
        node.id: tuple(tree.nodes[at].token.id for at in tree.path(node.id)) for node in tree.nodes
    }
    assert tree.steps == len(witness.steps)
    running: dict[tuple[int, ...], float] = {(): 0.0}
    finished: list[tuple[float, int]] = []
    for step, (beams, scores) in enumerate(witness.steps):
        best = {}
        for beam, row in zip(beams, scores, strict=True):
            if beam in running and beam not in [path[:-1] for path in best]:
                values, pieces = row.topk(min(2 * width, len(row)))
                for value, piece in zip(values.tolist(), pieces.tolist(), strict=True):
                    best[(*beam, piece)] = running[beam] + value
        ranked = sorted((path for path in best if best[path] > -1e6), key=best.get, reverse=True)
        nodes = [node for node in tree.nodes if node.step == step]
        assert [paths[node.id] for node in nodes] == ranked[: 2 * width]
        following = set(witness.steps[step + 1][0]) if step + 1 < tree.steps else None
        running = {}
        for rank, node in enumerate(nodes, 1):
            assert node.rank == rank
            assert node.cumulative_log_probability == pytest.approx(best[paths[node.id]], abs=1e-4)
            ends = node.token.id in model.rules.end or step + 1 == limit
            if ends:
                assert node.state == ("finished" if rank <= width else "pruned")
            elif following is not None:
                assert (node.state == "kept") == (paths[node.id] in following)
            if node.state == "kept":
                running[paths[node.id]] = best[paths[node.id]]
            if node.state == "finished":
                score = best[paths[node.id]] / (step + 1)
                assert node.score == pytest.approx(score, abs=1e-5)
                finished.append((node.score, node.id))
            else:
                assert node.score is None
        assert len(running) <= width
        # Of the finished ones only the best stay.
        finished.sort(reverse=True)
        for _, number in finished[width:]:
            assert tree.nodes[number].pruned_step == step
        del finished[width:]
    assert tuple(number for _, number in finished) == tuple(h.path[-1] for h in tree.hypotheses)
    assert {node.state for node in tree.nodes} == {"kept", "pruned", "finished"}


def test_what_still_ran_when_the_search_ended():
    """A search that ends early, beside the same search that goes on and shows what would follow."""
    compared = 0
    for family in ("marian", "nllb", "mbart"):
        model = loaded(family)
        for width in (2, 4, 6):
            short = model.beam_search(SOURCE, width, 2.0, 40, early_stopping=True)
            long = model.beam_search(SOURCE, width, 2.0, 40)
            if short.steps == long.steps:
                continue
            step = short.steps - 1
            ran = [node for node in short.nodes if node.step == step and node.state == "kept"]
            went_on = [node for node in long.nodes if node.step == step and node.state == "kept"]
            assert [short.path(node.id) for node in ran] == [long.path(one.id) for one in went_on]
            assert len(ran) == width
            assert all(node.pruned_step is None for node in ran)
            compared += 1
    assert compared >= 2


def check_laws(tree, model):
    assert len(tree.nodes) <= tree.candidates * tree.steps
    children: dict[int | None, list] = {}
    for number, node in enumerate(tree.nodes):
        assert node.id == number
        children.setdefault(node.parent, []).append(node)
        before = 0.0
        if node.parent is None:
            assert node.step == 0
        else:
            parent = tree.nodes[node.parent]
            assert parent.state == "kept"
            assert parent.step == node.step - 1
            before = parent.cumulative_log_probability
        assert node.cumulative_log_probability == pytest.approx(before + node.log_probability)
        assert node.log_probability <= 1e-6
    for siblings in children.values():
        assert len({node.token.id for node in siblings}) == len(siblings)
    given = {at for hypothesis in tree.hypotheses for at in hypothesis.path}
    for node in reversed(tree.nodes):
        if node.state == "pruned":
            assert node.pruned_step == node.step
        elif node.id in given:
            assert node.pruned_step is None
        elif node.state == "kept" and node.id in children:
            ends = [child.pruned_step for child in children[node.id]]
            assert node.pruned_step == (None if None in ends else max(ends))
        elif node.state == "kept":
            last = node.step == tree.steps - 1
            assert node.pruned_step == (None if last else node.step + 1)
        else:
            assert node.pruned_step >= node.step
    scores = [hypothesis.score for hypothesis in tree.hypotheses]
    assert scores == sorted(scores, reverse=True)
    for hypothesis in tree.hypotheses:
        values = [tree.nodes[at].log_probability for at in hypothesis.path]
        assert hypothesis.log_probability == pytest.approx(math.fsum(values), abs=1e-6)
        length = len(hypothesis.ids) ** tree.length_penalty
        assert hypothesis.score == pytest.approx(hypothesis.log_probability / length)
        assert tuple(tree.nodes[at].token.id for at in hypothesis.path) == hypothesis.ids
        assert tree.nodes[hypothesis.path[-1]].state == "finished"
        assert tree.follow(hypothesis.ids) == hypothesis.path == tree.path(hypothesis.path[-1])
        assert hypothesis.tokens == model.reader.written(hypothesis.ids)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    family=st.sampled_from(FAMILIES),
    text=st.text("Hund sieht, kz\n.", min_size=1, max_size=30).filter(str.strip),
    width=st.integers(1, MAX_BEAMS),
    penalty=st.floats(-2, 4),
    limit=st.integers(1, 20),
    early=st.booleans(),
)
def test_laws_of_every_tree(family, text, width, penalty, limit, early):
    model = loaded(family)
    tree = model.beam_search(text, width, penalty, limit, early)
    check_laws(tree, model)
    assert tree.steps <= limit
    check = model.check_beams(tree)
    assert check.passed, check


def test_tokens_are_shown_as_people_read_them():
    tree = loaded("t5").beam_search(SOURCE, 3, max_new_tokens=8)
    for node in tree.nodes:
        (piece,) = loaded("t5").reader.pieces([node.token.id])
        assert node.token.piece == piece
        assert "▁" not in node.token.display
    assert tree.start.id == loaded("t5").rules.start


def test_forced_pieces_are_certain_and_alone():
    tree = loaded("bart").beam_search(SOURCE, 3, max_new_tokens=6)
    (first,) = [node for node in tree.nodes if node.step == 0]
    assert first.token.piece == "<s>"
    assert first.log_probability == 0.0
    last = [node for node in tree.nodes if node.step == 5]
    assert {node.token.piece for node in last} == {"</s>"}
    assert all(node.log_probability == 0.0 for node in last)


def test_a_bundled_model_finds_what_greedy_does_not_say():
    model = explorer.load("miniature-t5")
    tree = model.beam_search(GERMAN, 4)
    check_laws(tree, model)
    assert tree.end in ("none better", "length limit")
    assert tree.hypotheses[0].text == model.generate(GERMAN, Decoding("beam", num_beams=4)).text
    check = model.check_beams(tree)
    assert check.passed
    assert check.difference < 1e-5


@pytest.mark.parametrize("family", FAMILIES)
def test_beside_greedy(family):
    model = loaded(family)
    tree = model.beam_search(SOURCE, 5, 0.5, 14)
    beside = model.against_greedy(tree)
    greedy = model.generate(SOURCE, Decoding(max_new_tokens=14))
    assert beside.best == tree.hypotheses[0]
    assert beside.greedy.text == greedy.text
    assert beside.greedy.ids == greedy.tokens.ids
    score = greedy.log_probability / len(greedy.tokens) ** 0.5
    assert beside.greedy.score == pytest.approx(score)
    assert beside.score_gain == pytest.approx(tree.hypotheses[0].score - score)
    gain = tree.hypotheses[0].log_probability - greedy.log_probability
    assert beside.log_probability_gain == pytest.approx(gain)
    path = beside.greedy.path
    assert tuple(tree.nodes[at].token.id for at in path) == greedy.tokens.ids[: len(path)]
    if beside.differs_at is None:
        assert beside.greedy.ids == beside.best.ids
        assert beside.dropped_at is None
    else:
        assert beside.greedy.ids[: beside.differs_at] == beside.best.ids[: beside.differs_at]
        assert beside.greedy.ids != beside.best.ids
    if beside.dropped_at is not None:
        assert not any(
            node.step >= beside.dropped_at and node.state != "pruned"
            for node in (tree.nodes[at] for at in path)
        )
        assert greedy.tokens.ids not in [hypothesis.ids for hypothesis in tree.hypotheses]


def test_greedy_is_sometimes_lost_and_beaten():
    found = [loaded(f).against_greedy(loaded(f).beam_search(SOURCE, 4, 0.0, 14)) for f in FAMILIES]
    assert any(beside.dropped_at is not None for beside in found)
    assert any(beside.log_probability_gain > 0.01 for beside in found)


def test_an_answer_that_was_not_seen_is_no_answer_to_drop(monkeypatch):
    model, grow = loaded("t5"), FollowTree._grow

    def blind(self, paths):
        grow(self, paths)
        self.answers.clear()

    monkeypatch.setattr(FollowTree, "_grow", blind)
    with pytest.raises(ExplorerError, match="pieces that was not seen while it ran"):
        model.beam_search(SOURCE, 3, max_new_tokens=8)


def test_a_wrong_score_is_found():
    model = loaded("marian")
    tree = model.beam_search(SOURCE, 3, max_new_tokens=8)
    assert model.check_beams(tree).passed
    wrong = replace(tree.hypotheses[1], score=tree.hypotheses[1].score + 0.01)
    hypotheses = (tree.hypotheses[0], wrong, *tree.hypotheses[2:])
    assert not model.check_beams(replace(tree, hypotheses=hypotheses)).passed


def test_stopping_and_progress():
    model, cancelled, steps = loaded("pegasus"), Event(), []

    def look(step):
        steps.append(step)
        if step == 5:
            cancelled.set()

    for width in (1, 4):
        whole = model.beam_search(SOURCE, width, max_new_tokens=20)
        cancelled.clear()
        steps.clear()
        tree = model.beam_search(SOURCE, width, 1.0, 20, cancelled=cancelled, on_step=look)
        assert steps == [1, 2, 3, 4, 5]
        assert (tree.steps, tree.end) == (5, "stopped")
        check_laws(tree, model)
        fours = [[n.token for n in one.nodes if n.step < 4] for one in (tree, whole)]
        assert fours[0] == fours[1]
        assert whole.end != "stopped"


def test_why_a_search_ended():
    model = loaded("mbart")
    assert model.beam_search(SOURCE, 4, early_stopping=True).end == "enough finished"
    assert model.beam_search(SOURCE, 4, length_penalty=-1.0).end == "none better"
    assert model.beam_search(SOURCE, 4, max_new_tokens=3).end == "length limit"
    assert model.beam_search(SOURCE, 1).end == "end token"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_beams": 0}, "num_beams is 0"),
        ({"num_beams": MAX_BEAMS + 1}, f"num_beams is {MAX_BEAMS + 1}"),
        ({"num_beams": 2.5}, "num_beams is 2.5"),
        ({"num_beams": True}, "num_beams is True"),
        ({"num_beams": 1.0}, "num_beams is 1.0"),
        ({"length_penalty": 11}, "length_penalty is 11"),
        ({"length_penalty": math.nan}, "length_penalty is nan"),
        ({"max_new_tokens": 0}, "max_new_tokens is 0"),
        ({"max_new_tokens": 400}, "can write at most"),
        ({"early_stopping": "never"}, "early_stopping is 'never'"),
        ({"text": " \n"}, "The text is empty"),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(ExplorerError, match=message):
        loaded("bart").beam_search(**{"text": SOURCE, **arguments})


def test_more_beams_than_pieces_are_refused():
    model = loaded("t5")
    small = replace(model, facts=replace(model.facts, vocabulary_size=7))
    with pytest.raises(ExplorerError, match=r"num_beams is 8, and .* has 7 pieces"):
        small.beam_search(SOURCE, 8)


def test_a_penalty_that_leaves_no_score_is_said():
    model = loaded("pegasus")
    with pytest.raises(ExplorerError, match=r"length_penalty is -10.*-1,000,000,000"):
        model.beam_search(SOURCE, 3, -10)
    with pytest.raises(ExplorerError, match=r"length_penalty is -10.*-1,000,000,000"):
        model.generate(SOURCE, Decoding("beam", num_beams=3, length_penalty=-10))


def test_damaged_weights_are_said(checkpoint):
    from explorer.checkpoint import open_checkpoint

    model = open_checkpoint("damaged", checkpoint("t5"), loaded("t5").device)
    with torch.no_grad():
        model.module.lm_head.weight[:] = math.nan
    for width in (1, 3):
        with pytest.raises(ExplorerError, match="values that are not numbers"):
            model.beam_search(SOURCE, width)


def test_a_piece_is_the_same_everywhere():
    assert explorer.BeamToken is explorer.Piece


def test_the_result_holds_no_model():
    tree = loaded("nllb").beam_search(SOURCE, 3, max_new_tokens=6)
    again = pickle.loads(pickle.dumps(tree))
    assert again == tree
    assert b"torch" not in pickle.dumps(tree)
    hash(tree)


def test_results_are_imported_without_torch():
    program = "import sys, explorer.beams, explorer.lens; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.timeout(600)
def test_the_script_prints_the_same(tmp_path):
    jobs = [
        ("t5", {"num_beams": 4, "length_penalty": 0.5, "max_new_tokens": 14}),
        ("bart", {"num_beams": 3, "length_penalty": 2.0, "early_stopping": True}),
        ("nllb", {"num_beams": 2, "max_new_tokens": 10}),
        ("mbart", {"num_beams": 1, "length_penalty": 0.5, "max_new_tokens": 10}),
    ]
    scripts = []
    for family, arguments in jobs:
        script = beams_script(loaded(family), SOURCE, **arguments)
        # The runner reads a text and a number from each script: all but the last go into a list.
        scripts.append(
            "lines = []\nshow, print = print, lambda value: lines.append(value)\n"
            f"{script}"
            "import json\nshow(json.dumps(lines))\nshow(len(lines))\n"
        )
    for (family, arguments), (printed, count) in zip(jobs, run(scripts, tmp_path), strict=True):
        tree = loaded(family).beam_search(SOURCE, **arguments)
        lines = json.loads(printed)
        assert count == 2 * tree.num_beams == 2 * len(tree.hypotheses)
        for hypothesis, text, score in zip(tree.hypotheses, lines[::2], lines[1::2], strict=True):
            assert text == hypothesis.text
            assert score == pytest.approx(hypothesis.score, abs=1e-4)
