"""Branches beside the same answers decoded anew, and what they cost."""

import gc
import pickle
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from threading import Barrier, Event
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import explorer
from explorer.brancher import Brancher
from explorer.branches import Branch, compare
from explorer.decoder_state import DecoderState
from explorer.errors import ExplorerError
from explorer.generation import Decoding
from explorer.kept_states import KeptStates
from explorer.timeline import Timeline
from tests.checkpoints import FAMILIES
from tests.loaded import SOURCE, loaded
from tests.test_timeline import SAMPLING, SOME, check_laws, counted, precise, sayable, whole_pass

LIMIT = 10


def same(first: Timeline, second: Timeline, begin: int = 0) -> None:
    """Every number of two timelines, from one step on."""
    assert first.target == second.target
    assert first.stop_reason == second.stop_reason
    for one, other in zip(first.steps[begin:], second.steps[begin:], strict=True):
        assert one.log_probability == pytest.approx(other.log_probability, abs=1e-5)
        assert one.entropy_bits == pytest.approx(other.entropy_bits, abs=1e-4)
        assert [piece.id for piece in one.alternatives] == [
            piece.id for piece in other.alternatives
        ]
        assert np.abs(one.cross - other.cross).max() < 1e-6


@pytest.mark.parametrize("family", FAMILIES)
def test_a_branch_is_the_answer_that_begins_with_its_prefix(family):
    model = precise(family)
    grower = model.branches(SOURCE, max_new_tokens=LIMIT)
    root = grower.tree.branches[0].timeline
    plain = model.timeline(SOURCE, max_new_tokens=LIMIT)
    same(root, plain)
    for at_step, step in enumerate(root.steps):
        if step.fixed:
            with pytest.raises(ExplorerError, match=f"At step {at_step} the rules .* allow only"):
                grower.branch(at_step, 30)
            continue
        piece = next(
            one.id
            for one in step.alternatives
            if one.id != step.token.id and (one.id in sayable(model) or one.id in model.rules.end)
        )
        branch = grower.branch(at_step, piece)
        found = branch.timeline
        assert (branch.parent, branch.at_step) == (0, at_step)
        assert found.target.ids[: at_step + 1] == (*root.target.ids[:at_step], piece)
        assert found.steps[:at_step] == root.steps[:at_step]
        assert [one.forced for one in found.steps] == [
            index == at_step for index in range(len(found.steps))
        ]
        check_laws(model, found)
        own = whole_pass(family, found).logits[0].softmax(-1).numpy()
        for one, row in zip(found.steps, own, strict=True):
            expected = 1.0 if one.fixed else row[one.token.id]
            assert one.probability == pytest.approx(expected, abs=1e-6)
        assert model.check_timeline(found).passed
        assert branch.log_probability == pytest.approx(
            sum(one.log_probability for one in found.steps)
        )
        marks = model.reader.special_ids.difference({model.rules.forced_first}, model.rules.end)
        if not marks.intersection(found.target.ids[:at_step]):
            forced = found.target.ids[: at_step + 1]
            same(found, model.timeline(SOURCE, forced=forced, max_new_tokens=LIMIT))


@pytest.mark.parametrize("family", FAMILIES)
@SOME
@given(data=st.data())
def test_branches_of_branches(family, data):
    model = precise(family)
    grower = model.branches(SOURCE, 3, max_new_tokens=LIMIT)
    for _ in range(3):
        tree = grower.tree
        parent = data.draw(st.sampled_from(tree.branches))
        free = [step.index for step in parent.timeline.steps if not step.fixed]
        at_step = data.draw(st.sampled_from(free))
        piece = data.draw(st.sampled_from([*sayable(model), model.rules.end[0]]))
        if at_step == LIMIT - 1 and model.rules.forced_last:
            piece = model.rules.end[0]
        with counted(model) as counts:
            branch = grower.branch(at_step, piece, parent.id)
        if branch in tree.branches:
            assert not counts
            continue
        # Its own steps only.
        assert sum(counts) == len(branch.timeline.steps) - at_step
        check_laws(model, branch.timeline)
        own = whole_pass(family, branch.timeline).logits[0].softmax(-1).numpy()
        for step, row in zip(branch.timeline.steps, own, strict=True):
            expected = 1.0 if step.fixed else row[step.token.id]
            assert step.probability == pytest.approx(expected, abs=1e-6)
    tree = grower.tree
    assert [branch.id for branch in tree.branches] == list(range(len(tree.branches)))
    for branch in tree.branches:
        assert all(child.parent == branch.id for child in tree.children(branch.id))
    assert sum(len(tree.children(branch.id)) for branch in tree.branches) == len(tree.branches) - 1


@contextmanager
def counted_source(model: Any) -> Iterator[list[int]]:
    """How often the encoder reads."""
    counts: list[int] = []
    hook = model.module.get_encoder().register_forward_pre_hook(lambda *_: counts.append(1))
    try:
        yield counts
    finally:
        hook.remove()


def test_what_was_read_is_not_read_again():
    model = precise("t5")
    with counted_source(model) as sources:
        grower = model.branches(SOURCE, max_new_tokens=LIMIT)
        root = grower.tree.branches[0].timeline
        with counted(model) as counts:
            late = grower.branch(LIMIT - 1, root.steps[-1].alternatives[1].id)
        assert sum(counts) == 1
        with counted(model) as counts:
            grower.branch(LIMIT - 2, late.timeline.steps[-2].alternatives[2].id, late.id)
        assert sum(counts) == 2
        with counted(model) as counts:
            assert grower.branch(LIMIT - 1, root.steps[-1].alternatives[1].id) is late
        assert not counts
    assert len(sources) == 1


def read_bytes(model):
    """What the encoder makes of the source, in float64, and its mask, in 64 bits."""
    return len(model.tokenize(SOURCE)) * (model.facts.d_model + 1) * 8


def test_without_memory_the_prefix_is_read_in_one_pass():
    model = precise("bart")
    kept = model.branches(SOURCE, max_new_tokens=LIMIT)
    root = kept.tree.branches[0].timeline
    piece = root.steps[6].alternatives[1].id
    expected = kept.branch(6, piece).timeline
    with counted_source(model) as sources:
        bare = Brancher(model, root, KeptStates(0))
        with counted(model) as counts:
            found = bare.branch(6, piece).timeline
        # All pieces before, and the branching one, at once; then one after the other.
        assert counts[0] == 8
        assert len(counts) == 1 + (len(found.steps) - 8)
        same(found, expected)
        other = bare.branch(6, root.steps[6].alternatives[2].id)
        assert len(sources) == 1
    assert bare.kept.bytes == read_bytes(model)
    assert kept.kept.bytes > read_bytes(model)
    same(kept.branch(6, root.steps[6].alternatives[2].id).timeline, other.timeline)


def test_the_least_recently_used_goes_first():
    model = precise("t5")
    grower = model.branches(SOURCE, max_new_tokens=LIMIT)
    one = grower.kept.bytes
    small = Brancher(model, grower.tree.branches[0].timeline, KeptStates(2 * one))
    for piece in sayable(model)[10:16]:
        small.branch(3, piece)
        assert small.kept.bytes <= 2 * one
    assert small.kept.bytes > read_bytes(model)
    # What is left has only the beginning in common with the root, and is not taken for more.
    later = grower.tree.branches[0].timeline.steps[7].alternatives[1].id
    same(small.branch(7, later).timeline, grower.branch(7, later).timeline)


def test_what_states_share_counts_once():
    model = precise("t5")
    grower = model.branches(SOURCE, max_new_tokens=LIMIT)
    facts, source = model.facts, len(model.tokenize(SOURCE))
    rows = 2 * facts.decoder_layers * facts.d_model * 8  # a key and a value, in float64
    assert grower.kept.bytes == (source + LIMIT) * rows + read_bytes(model)
    grower.branch(3, sayable(model)[10])
    assert grower.kept.bytes == (source + 2 * LIMIT) * rows + read_bytes(model)


def test_another_tree_of_the_same_root_reads_nothing_again():
    model = precise("t5")
    first = model.branches(SOURCE, max_new_tokens=LIMIT)
    root = first.tree.branches[0].timeline
    piece = root.steps[4].alternatives[1].id
    with counted_source(model) as sources, counted(model) as counts:
        second = Brancher(model, root, first.kept)
        found = second.branch(4, piece).timeline
    assert not sources
    # Its own steps alone.
    assert sum(counts) == len(found.steps) - 4
    same(found, first.branch(4, piece).timeline)


def test_what_is_kept_keeps_no_model_in_memory():
    model = replace(loaded("t5"), module=deepcopy(loaded("t5").module))
    grower = model.branches(SOURCE, max_new_tokens=4)
    kept, tree, alive = grower.kept, grower.tree, weakref.ref(model.module)
    del grower, model
    gc.collect()
    assert alive() is None
    assert kept.bytes > 0
    # It serves the same model loaded again.
    again = Brancher(loaded("t5"), tree.branches[0].timeline, kept)
    with counted_source(loaded("t5")) as sources:
        again.branch(2, 30)
    assert not sources


def test_what_an_answer_says_already_is_given_again():
    model = precise("t5")
    grower = model.branches(SOURCE, max_new_tokens=LIMIT)
    root = grower.tree.branches[0]
    assert grower.said(4, 30) is None
    branch = grower.branch(4, 30)
    other = grower.branch(4, 31)
    with counted(model) as counts:
        # Its own piece, that of another branch from a sister, and that of the root from a branch.
        assert grower.branch(2, root.timeline.target.ids[2]) is root
        assert grower.branch(4, 31, branch.id) is other
        assert grower.branch(4, root.timeline.target.ids[4], other.id) is root
        assert grower.branch(6, branch.timeline.target.ids[6], branch.id) is branch
        assert grower.said(4, 30, other.id) is branch
    assert not counts
    assert len(grower.tree.branches) == 3
    # Before the branching of a branch stands what its parent said, whatever it was.
    assert grower.said(2, 31, branch.id) is None


def test_a_beginning_that_a_person_chose_is_no_greedy_answer():
    model = precise("t5")
    forced = [30, 31, 32, 33]
    grower = model.branches(SOURCE, forced=forced, max_new_tokens=LIMIT)
    root = grower.tree.branches[0]
    freely = grower.branch(1, 31)
    assert freely.id == 1
    same(freely.timeline, model.timeline(SOURCE, forced=[30, 31], max_new_tokens=LIMIT))
    assert freely.timeline.target.ids[2:4] != (32, 33)
    # At its end it goes on greedily.
    assert grower.branch(3, 33) is root
    assert grower.branch(1, 31) is freely


def test_what_was_grown_before_is_put_where_it_was():
    model = precise("t5")
    first = model.branches(SOURCE, max_new_tokens=LIMIT)
    root = first.tree.branches[0].timeline
    branch = first.branch(4, 30)
    second = first.branch(6, 31, branch.id)
    whole, own = branch.timeline, replace(second.timeline, steps=second.timeline.steps[6:])
    again = Brancher(model, root)
    with counted(model) as counts:
        same(again.put(4, pickle.loads(pickle.dumps(whole))).timeline, whole)
        put = again.put(6, pickle.loads(pickle.dumps(own)), 1)
        assert again.put(4, whole).id == 1
        assert again.branch(6, 31, 1) is put
    assert not counts
    same(put.timeline, second.timeline)
    # What stands before the branching is the parent's own.
    pairs = zip(put.timeline.steps, again.tree.branches[1].timeline.steps, strict=False)
    assert [one is other for one, other in pairs][:6] == [True] * 6
    places = [
        [(one.id, one.parent, one.at_step) for one in each.tree.branches] for each in (again, first)
    ]
    assert places[0] == places[1]
    with pytest.raises(ExplorerError, match="doesn't begin with the first 6 pieces of branch 0"):
        again.put(6, own)


def test_copies_of_a_state_do_not_change_each_other():
    model = precise("t5")
    size, module = model.reader.vocabulary_size, model.module
    with torch.inference_mode():
        state = DecoderState.of(module, model.tokenize(SOURCE))
        copies = [state.cropped(0), state.cropped(0)]
        first, second = (torch.cat(list(copy.feed(module, [0, 30, 31], size))) for copy in copies)
        assert torch.equal(first, second)
        for copy in copies:  # keys that stood there twice would not change the output
            count = copy._cache.cross_attention_cache.get_seq_length()
            assert count == len(model.tokenize(SOURCE))
        shorter, longer = copies[0].cropped(2), copies[0].cropped(3)
        again = next(shorter.feed(module, [31], size))
        next(longer.feed(module, [32], size))
        assert (again - first[2:]).abs().max() < 1e-5
    assert (copies[0].read, shorter.read, longer.read) == (
        [0, 30, 31],
        [0, 30, 31],
        [0, 30, 31, 32],
    )
    assert state.read == []


def test_typed_pieces_and_the_end():
    model = explorer.load("miniature-t5")
    text = "translate English to German: The small dog sees the old cat."
    grower = model.branches(text)
    root = grower.tree.branches[0]
    typed = grower.branch(2, "Katze")
    assert typed.timeline.text.split()[2] == "Katze"
    ended = grower.branch(3, "</s>")
    assert ended.timeline.stop_reason == "end token"
    assert len(ended.timeline.steps) == 4
    found = compare(root, typed)
    assert (found.first, found.second, found.common) == (0, typed.id, 2)
    assert found.log_probabilities == (root.log_probability, typed.log_probability)
    assert found.difference == root.log_probability - typed.log_probability
    assert found.mean_difference == pytest.approx(
        root.log_probability / len(root.timeline.steps)
        - typed.log_probability / len(typed.timeline.steps)
    )
    at = found.parts_at[1]
    right = "".join(run.text for run in found.words.right)
    assert typed.timeline.text[:at] + right == typed.timeline.text
    assert found.words.words_right > 0
    itself = compare(root, root)
    assert itself.common == len(root.timeline.steps)
    assert itself.difference == itself.mean_difference == 0
    assert itself.words.equal
    tree = pickle.loads(pickle.dumps(grower.tree))
    assert tree.text == text
    assert [branch.timeline.text for branch in tree.branches] == [
        root.timeline.text,
        typed.timeline.text,
        ended.timeline.text,
    ]


def test_two_answers_part_where_their_pieces_do_and_not_where_their_words_differ():
    model = explorer.load("miniature-t5")
    paths = model.branches("translate English to German: The dog that the man helps is old.", 3)
    root = paths.tree.branches[0]
    dem = compare(root, paths.branch(3, "dem"))
    assert dem.parts_at == (len("Der Hund, "), len("Der Hund, "))
    assert [run.text for run in dem.words.right if run.different] == ["dem"]
    # The same word once more: word by word the second one would be the new one.
    der = paths.branch(4, "den")
    assert der.timeline.text.startswith("Der Hund, den den ")
    twice = compare(root, der)
    assert twice.parts_at == (len("Der Hund, den "), len("Der Hund, den "))
    assert twice.words.right[0].text.startswith("den")
    assert twice.words.right[0].different
    # An answer that ends early parts at its end.
    end = compare(root, paths.branch(2, "</s>"))
    assert end.parts_at == (len("Der Hund"), len("Der Hund"))
    assert end.words.right == ()
    # A word that is continued parts at its beginning, in that answer alone.
    longer = paths.branch(2, model.reader.find("s"))
    assert longer.timeline.text.startswith("Der Hunds")
    parted = compare(root, longer)
    assert parted.parts_at == (len("Der Hund"), len("Der "))


def test_a_sampled_answer_goes_on_greedily():
    model = precise("bart")
    grower = model.branches(SOURCE, decoding=SAMPLING)
    root = grower.tree.branches[0].timeline
    branch = grower.branch(4, root.target.ids[4])
    assert branch.timeline.steps[:4] == root.steps[:4]
    later = branch.timeline.steps[5:]
    assert later
    for step in later[:-1]:
        assert (step.rank, step.after) == (1, None)
    assert branch.timeline.decoding == Decoding(max_new_tokens=SAMPLING.max_new_tokens)


def test_a_stopped_branch_goes_on_when_asked_again():
    model = loaded("t5")
    grower = model.branches(SOURCE, max_new_tokens=LIMIT)
    cancelled = Event()
    cancelled.set()
    told: list[int] = []
    part = grower.branch(2, 30, cancelled=cancelled, on_step=lambda done, text: told.append(done))
    assert part.timeline.stop_reason == "stopped"
    assert told == [3]
    whole = grower.branch(2, 30)
    assert whole.id == part.id
    assert len(whole.timeline.steps) > 3
    assert grower.tree.branches[1:] == (whole,)


def test_a_stopped_branch_goes_on_as_itself_however_it_is_asked_for():
    model = precise("t5")
    grower = model.branches(SOURCE, max_new_tokens=LIMIT)
    cancelled = Event()

    def stop(done: int, text: str) -> None:
        if done == 6:
            cancelled.set()

    part = grower.branch(2, 30, cancelled=cancelled, on_step=stop)
    assert len(part.timeline.steps) == 6
    whole = grower.branch(4, part.timeline.target.ids[4], part.id)
    assert (whole.id, whole.parent, whole.at_step) == (1, 0, 2)
    assert [step.index for step in whole.timeline.steps if step.forced] == [2]
    same(whole.timeline, model.branches(SOURCE, max_new_tokens=LIMIT).branch(2, 30).timeline)


def test_a_stopped_first_answer_stays_and_a_branch_says_the_whole():
    model = precise("t5")
    cancelled = Event()
    cancelled.set()
    grower = model.branches(SOURCE, max_new_tokens=LIMIT, cancelled=cancelled)
    root = grower.tree.branches[0].timeline
    assert (root.stop_reason, len(root.steps)) == ("stopped", 1)
    branch = grower.branch(0, root.target.ids[0])
    assert branch.id == 1
    assert branch.timeline.target == model.timeline(SOURCE, max_new_tokens=LIMIT).target
    assert grower.tree.branches[0].timeline is root


def test_several_threads_on_one_tree():
    model = precise("t5")
    grower = model.branches(SOURCE, max_new_tokens=LIMIT)
    pieces = sayable(model)[5:13]

    def grow(piece: int) -> Branch:
        return grower.branch(3, piece)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(grow, [*pieces, *pieces]))
    tree = grower.tree
    assert [branch.id for branch in tree.branches] == list(range(len(pieces) + 1))
    alone = model.branches(SOURCE, max_new_tokens=LIMIT)
    for piece, branch in zip([*pieces, *pieces], found, strict=True):
        same(branch.timeline, alone.branch(3, piece).timeline)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parent": 1}, "no branch 1: .* 0 to 0"),
        ({"parent": True}, "no branch True"),
        ({"at_step": LIMIT}, "no step 10: branch 0 has the steps 0 to 9"),
        ({"at_step": -1}, "no step -1"),
        ({"at_step": 1.0}, "no step 1.0"),
        ({"piece": 228}, "piece 228 does not exist"),
        ({"piece": 0}, "“<pad>” .* no text"),
        ({"piece": ""}, "piece is empty"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(options, message):
    grower = loaded("t5").branches(SOURCE, 0, max_new_tokens=LIMIT)
    with pytest.raises(ExplorerError, match=message):
        grower.branch(**({"at_step": 2, "piece": 30} | options))
    assert len(grower.tree.branches) == 1


def test_what_the_model_offers_may_be_said():
    # A special piece that stands among the alternatives is the model's own idea.
    model = loaded("t5")
    offered = model.branches(SOURCE, 228, max_new_tokens=4)
    assert offered.branch(1, 0).timeline.target.ids[1] == 0
    with pytest.raises(ExplorerError, match="no text"):
        model.branches(SOURCE, 1, max_new_tokens=4).branch(1, 0)


def test_a_tree_is_bounded(monkeypatch):
    monkeypatch.setattr("explorer.brancher.MAX_BRANCHES", 2)
    grower = loaded("t5").branches(SOURCE, max_new_tokens=4)
    first = grower.branch(1, 30)
    with pytest.raises(ExplorerError, match="2 answers, and the limit is 2"):
        grower.branch(1, 31)
    assert grower.branch(1, 30) is first


def test_the_weights_of_a_tree_are_bounded_before_anything_is_computed(monkeypatch):
    model = precise("t5")
    grower = model.branches(SOURCE, max_new_tokens=LIMIT)
    root = grower.tree.branches[0].timeline
    step = root.steps[0].cross.nbytes
    monkeypatch.setattr("explorer.brancher.MAX_TREE_BYTES", (len(root.steps) + LIMIT - 4) * step)
    branch = grower.branch(4, 30)
    # What it shares counts once: the room is used up to the last step.
    assert len(branch.timeline.steps) == LIMIT
    with counted(model) as counts, pytest.raises(ExplorerError, match="MB of attention weights"):
        grower.branch(LIMIT - 1, 31)
    assert not counts
    assert grower.branch(4, 30) is branch
    assert len(grower.tree.branches) == 2


def test_a_tree_is_bounded_under_threads(monkeypatch):
    monkeypatch.setattr("explorer.brancher.MAX_BRANCHES", 3)
    model = loaded("t5")
    grower = model.branches(SOURCE, max_new_tokens=4)
    together = Barrier(8, timeout=30)

    def wait(done: int, text: str) -> None:
        if done == 2:  # the first step of its own: all have passed the first look at the limit
            together.wait()

    def grow(piece: int) -> Branch | str:
        try:
            return grower.branch(1, piece, on_step=wait)
        except ExplorerError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(grow, sayable(model)[5:13]))
    tree = grower.tree
    assert len(tree.branches) == 3
    made = [one for one in found if isinstance(one, Branch)]
    assert sorted(branch.id for branch in made) == [1, 2]
    refused = [one for one in found if isinstance(one, str)]
    assert refused == ["The tree has 3 answers, and the limit is 3; begin a new one."] * 6
