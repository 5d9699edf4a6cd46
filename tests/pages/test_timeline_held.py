"""What the timeline page computes for its branches, and what a session holds of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pytest

from explorer.bounded import size_of
from explorer.brancher import MAX_BRANCHES
from explorer.dashboard import memory
from explorer.dashboard.timeline import branch_list, growing
from explorer.loading import store
from explorer.model import Seq2SeqModel
from explorer.timeline import MAX_WEIGHTS, Timeline
from tests.pages.test_timeline_branching import branches
from tests.pages.visit import fine, open_page

PAGE = {"page": "timeline", "watch": "Branches"}


@dataclass
class Computed:
    """What the stacks of the page's model were given."""

    texts: int = 0
    positions: int = 0


@contextmanager
def computed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Computed]:
    """What decoding computes; a check, which reads a whole answer again, does not count."""
    found, checking = Computed(), []
    module = store().load("miniature-t5").module
    check = Seq2SeqModel.check_timeline

    def check_uncounted(*args):
        checking.append(1)
        try:
            return check(*args)
        finally:
            checking.pop()

    def text(*_):
        found.texts += not checking

    def positions(_, args, options):
        found.positions += 0 if checking else options["input_ids"].shape[1]

    hooks = [
        module.get_encoder().register_forward_pre_hook(text),
        module.get_decoder().register_forward_pre_hook(positions, with_kwargs=True),
    ]
    monkeypatch.setattr(Seq2SeqModel, "check_timeline", check_uncounted)
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def held(at):
    ((_, found),) = at.session_state["_timeline_held"].items()
    return found


def pills(at):
    """The pieces that are offered, by their numbers."""
    root = held(at).root
    step = root.steps[at.slider(key="at").value]
    return [one.id for one in step.alternatives if one.id != step.token.id]


def test_a_branch_reads_neither_the_text_nor_what_stands_before_it(monkeypatch):
    text = "The cat that the woman helps is old."
    with computed(monkeypatch) as found:
        at = fine(open_page(**PAGE, text=text))
        root = held(at).root
        (first,) = held(at).branches.values()
        step = next(each.index for each in first.steps if each.forced)
        assert step > 1
        assert (found.texts, found.positions) == (1, len(root.steps) + len(first.steps) - step)
        before = found.positions
        fine(at.pills(key="_t_instead").set_value(pills(at)[1]).run())
        assert len(branches(at)) == 3
        _, second = held(at).branches.values()
        left = next(each.index for each in second.steps if each.forced)
        assert (found.texts, found.positions) == (1, before + len(second.steps) - left)


def test_another_view_of_the_same_answer_hands_on_what_it_read(monkeypatch):
    with computed(monkeypatch) as found:
        at = fine(
            open_page("timeline", watch="Steps", text="The bird that the woman helps is old.")
        )
        read = found.positions
        fine(at.segmented_control(key="watch").set_value("Branches").run())
        (branch,) = held(at).branches.values()
        step = next(each.index for each in branch.steps if each.forced)
        assert (found.texts, found.positions - read) == (1, len(branch.steps) - step)


def test_what_outgrows_the_memory_of_the_server_stays_in_the_session(monkeypatch):
    for room in (memory.memory()._held, memory.memory()._large):
        monkeypatch.setattr(room, "most_bytes", 0)
    at = fine(open_page(**PAGE, text="The dog that the woman helps is old."))
    fine(at.pills(key="_t_instead").set_value(pills(at)[1]).run())
    shown = branches(at)
    with computed(monkeypatch) as found:
        fine(at.run())
        fine(at.slider(key="at").set_value(1).run())
        fine(at.segmented_control(key="watch").set_value("Steps").run())
        fine(at.segmented_control(key="watch").set_value("Branches").run())
    assert found == Computed()
    assert branches(at) == shown
    assert len(shown) == 3


def test_answers_share_the_steps_that_they_have_in_common():
    at = fine(open_page(**PAGE))
    (branch,) = held(at).branches.values()
    step = next(each.index for each in branch.steps if each.forced)
    pairs = zip(held(at).root.steps, branch.steps, strict=False)
    assert [one is other for one, other in pairs][: step + 1] == [True] * step + [False]


def test_another_visitor_gets_the_same_branches_and_computes_nothing(monkeypatch):
    link = {**PAGE, "text": "The bird that the man helps is old."}
    first = fine(open_page(**link))
    with computed(monkeypatch) as found:
        second = fine(open_page(**link))
    assert found == Computed()
    assert branches(second) == branches(first)
    # What the server remembers of a branch is its own steps.
    (begin,) = held(second).branches
    key = (growing.KEY, held(second).key, begin)
    remembered = memory.memory().get(key)
    assert len(remembered.steps) == len(remembered.target) - len(begin) + 1


def test_a_removed_branch_and_another_text_are_held_no_more():
    at = fine(open_page(**PAGE))
    fine(at.pills(key="_t_instead").set_value(pills(at)[1]).run())
    assert len(held(at).branches) == 2
    removal = next(each for each in at.button if each.label == "Remove answer 1")
    fine(removal.click().run())
    assert len(held(at).branches) == 1
    earlier = held(at).root
    fine(at.text_area(key="text").set_value("The man follows the dog.").run())
    assert held(at).root is not earlier
    assert len(held(at).branches) == 1


def test_too_many_weights_for_one_session_are_a_sentence_and_the_rest_stays(monkeypatch):
    at = fine(open_page(**PAGE, text="The woman that the dog helps is old."))
    weights = sum(each.cross.nbytes for each in held(at).root.steps)
    monkeypatch.setattr("explorer.brancher.MAX_TREE_BYTES", 3 * weights)
    fine(at.pills(key="_t_instead").set_value(pills(at)[1]).run())
    assert "MB of attention weights" in " ".join(each.value for each in at.warning)
    assert len(branches(at)) == 2
    fine(at.run())


def test_the_page_and_the_tree_have_one_limit():
    assert branch_list.MOST_BRANCHES == MAX_BRANCHES - 1


def test_every_timeline_that_is_made_can_be_remembered():
    model = store().load("miniature-t5")
    one = model.timeline("translate English to German: The dog sleeps.", 50)
    # As many steps as a model of this size of answers has, each with its alternatives.
    count = 1024
    cross = np.ones((24, 16, MAX_WEIGHTS // (24 * 16 * count)), np.float32)
    steps = tuple(
        replace(one.steps[index % len(one.steps)], index=index, cross=cross + index)
        for index in range(count)
    )
    largest: Timeline = replace(one, steps=steps)
    assert sum(step.cross.size for step in steps) > 0.97 * MAX_WEIGHTS
    assert size_of(("timeline",), largest) <= memory.LARGEST_BYTES
