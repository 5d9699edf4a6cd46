"""The few places for model work: who leaves the queue leaves no place behind."""

import threading
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.dashboard import model_work
from explorer.dashboard.frame import refusal
from explorer.dashboard.memory import memory
from explorer.dashboard.settings import Settings, work_queue

LIMIT_SECONDS = 30
requests: list[Any] = []
"""The requests of the run that waits, through which the server asks it to stop."""


def _page() -> None:
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from explorer.dashboard import model_work
    from tests.dashboard import test_models

    context = get_script_run_ctx()
    assert context is not None
    test_models.requests.append(context.script_requests)
    with model_work.busy("decoding"):
        pass


@pytest.mark.parametrize("stopped_first", [True, False])
def test_a_visitor_who_leaves_the_queue_leaves_no_place_behind(stopped_first: bool) -> None:
    requests.clear()
    queue = work_queue()
    places = [model_work.busy("decoding") for _ in range(queue.at_once)]
    for place in places:
        place.__enter__()
    visitor = AppTest.from_function(_page, default_timeout=LIMIT_SECONDS)
    waiting = threading.Thread(target=visitor.run)
    waiting.start()
    try:
        while not requests:
            assert waiting.is_alive()
        if stopped_first:
            requests[0].request_stop()
            waiting.join(LIMIT_SECONDS)
            assert not waiting.is_alive()  # it does not wait for a place that it won't use
    finally:
        for place in places:
            place.__exit__(None, None, None)
    requests[0].request_stop()
    waiting.join(LIMIT_SECONDS)
    assert not waiting.is_alive()
    assert (queue.computing, queue.waiting) == (0, 0)


def _asking() -> None:
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from explorer.dashboard.memory import memory
    from tests.dashboard import test_models

    context = get_script_run_ctx()
    assert context is not None
    test_models.requests.append(context.script_requests)
    memory().get_or("somebody else's", lambda: 1)


def test_a_visitor_who_leaves_does_not_wait_for_what_somebody_else_computes() -> None:
    requests.clear()
    visitor = AppTest.from_function(_asking, default_timeout=LIMIT_SECONDS)
    waiting = threading.Thread(target=visitor.run)
    with memory().turn("somebody else's"):
        waiting.start()
        while not requests:
            assert waiting.is_alive()
        requests[0].request_stop()
        waiting.join(LIMIT_SECONDS)
        assert not waiting.is_alive()
    assert memory().get("somebody else's") is None


def test_the_hub_permission_opens_no_folder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "private" / "model").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    only_hub = Settings(downloads=False, folders=False, hub=True)
    for there, not_there in (
        ("private/model", "private/other"),
        ("./private/model", "./private/other"),
        ("private", "public"),
        (str(tmp_path), f"{tmp_path}-other"),
    ):
        assert refusal(there, only_hub) == refusal(not_there, only_hub)
        assert refusal(there, Settings(False, folders=True, hub=False)) is None
        assert refusal(not_there, Settings(False, folders=True, hub=False))
    assert refusal("private/model", only_hub) is None
    assert refusal(str(tmp_path), only_hub) == "there is no such model here"
