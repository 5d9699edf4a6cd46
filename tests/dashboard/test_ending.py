"""Work of many passes that shows no part: it ends with its time, and when the person leaves."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.attention import HeadRef
from explorer.dashboard import answers, model_work, passing, settings
from explorer.dashboard.attention import causes
from explorer.dashboard.attention.asking import Asked
from explorer.dashboard.requests import request_of
from explorer.errors import ExplorerError
from explorer.loading import store
from explorer.siblings import sibling
from tests.waiting import PATIENCE_SECONDS, until

TEXT = "translate English to German: The dog sees the cat."
SECONDS = 0.3
FAR_TOO_OFTEN = 100_000


def aligning(model: Any) -> None:
    from explorer.alignment import alignment_errors
    from explorer.dashboard.attention.computing import examples

    alignment_errors(model, examples(model, 0) * FAR_TOO_OFTEN)


def checking_an_alignment(model: Any) -> None:
    from explorer.alignment import alignment_errors
    from explorer.alignment_check import check_alignment
    from explorer.dashboard.attention.computing import examples

    some = examples(model, 0)[:1]
    check_alignment(model, some * FAR_TOO_OFTEN, alignment_errors(model, some))


def searching(model: Any) -> None:
    tree = model.beam_search(TEXT, 2, max_new_tokens=4)
    while True:
        model.against_greedy(tree)


def leaving_words_out(model: Any) -> None:
    found = model.attribution(TEXT, step=1)
    while True:
        model.check_attribution(found)


WORKS = (aligning, checking_an_alignment, searching, leaving_words_out)


@pytest.fixture
def passes() -> Iterator[Callable[[], int]]:
    """How often the model's decoder has begun a pass."""
    model = store().load("miniature-t5")
    begun: list[float] = []
    hook = model.module.get_decoder().register_forward_pre_hook(lambda *_: begun.append(0))
    yield lambda: len(begun)
    hook.remove()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("work", WORKS)
def test_it_ends_when_its_time_is_over(
    work: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "limit", lambda name: SECONDS)
    model = store().load("miniature-t5")
    with (
        pytest.raises(ExplorerError, match=f"longer than {SECONDS} s"),
        answers.working(model, "aligning"),
    ):
        work(model)


@pytest.mark.timeout(60)
def test_so_does_the_work_of_a_model_of_one_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.sibling_output import fill, go_on

    monkeypatch.setattr(settings, "limit", lambda name: SECONDS)

    def again_and_again(step: Callable[[], Any]) -> None:
        with model_work.busy("writing"):
            while True:
                step()

    with pytest.raises(ExplorerError, match="longer than"):
        again_and_again(lambda: go_on(sibling("decoder-only"), "The dog"))
    with pytest.raises(ExplorerError, match="longer than"):
        again_and_again(lambda: fill(sibling("encoder-only"), "The dog sees the cat.", 1))


requests: list[Any] = []
"""The requests of the run that works, through which the server asks it to stop."""


def _page() -> None:
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from explorer.dashboard import answers
    from explorer.loading import store
    from tests.dashboard import test_ending

    context = get_script_run_ctx()
    assert context is not None
    model = store().load("miniature-t5")
    with answers.working(model, "aligning"):
        test_ending.requests.append(context.script_requests)
        test_ending.aligning(model)


def test_it_ends_when_the_person_leaves(passes: Callable[[], int]) -> None:
    requests.clear()
    visitor = AppTest.from_function(_page, default_timeout=PATIENCE_SECONDS)
    run = threading.Thread(target=visitor.run, daemon=True)
    run.start()
    until(lambda: passes() > 3)
    requests[0].request_stop()
    run.join(PATIENCE_SECONDS / 3)
    assert not run.is_alive()
    ended = passes()
    time.sleep(2 * model_work.LOOK_SECONDS)
    assert passes() == ended
    assert settings.work_queue().computing == 0


def test_half_an_answer_is_compared_with_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = store().load("miniature-t5")
    answer = model.generate(TEXT)
    key = (request_of(model, TEXT, answers.PLAIN), answer.tokens)
    asked = Asked(model, TEXT, answer.tokens, answers.PLAIN, 64, answer, key)
    monkeypatch.setattr(passing, "done", lambda model, key, work, *_: work)
    work: Any = causes._ablation(asked, (HeadRef("cross", 0, 0),))
    cancelled = threading.Event()
    assert work(cancelled, lambda *_: None).after.stop_reason == "end token"
    cancelled.set()
    with pytest.raises(ExplorerError, match="stopped"):
        work(cancelled, lambda *_: None)
