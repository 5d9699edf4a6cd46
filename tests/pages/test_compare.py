"""Compare, when memory is short: both models stay, or one sentence says why they cannot."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from explorer import catalog
from explorer.dashboard import answers
from explorer.errors import ExplorerError
from explorer.loading import ModelStore
from explorer.sizes import bytes_text
from tests.hub_server import HubServer
from tests.pages.visit import LIMIT_SECONDS, click_while_running, fine, open_page, said
from tests.waiting import until

FIRST, SECOND, THIRD = "miniature-t5", "miniature-bart", "miniature-bart-summary"


def needs(name):
    return catalog.facts(catalog.find(name)).memory_bytes


@pytest.fixture
def store_of(monkeypatch):
    """Gives the process a fresh store with a budget of bytes."""

    def make(budget):
        store = ModelStore(budget)
        monkeypatch.setattr("explorer.loading._store", store)
        store.load(FIRST)
        return store

    return make


def open_compare(**parameters):
    return open_page("playground", mode="Compare", max="5", b_max="5", **parameters)


def test_two_models_that_do_not_fit_together_give_one_sentence_and_no_load(store_of):
    store = store_of(needs(FIRST) + needs(SECOND) - 1)
    at = open_compare(b_model=SECOND)
    for _ in range(2):
        assert not at.exception
        assert len(at.error) == 1
        sentence = said(at.error)
        for size in (needs(FIRST), needs(SECOND), store.budget_bytes()):
            assert bytes_text(size) in sentence
        assert store.names() == (FIRST,)
        assert store.state(SECOND) is None
        at.run()
    at.selectbox(key="b_model").set_value(FIRST).run()
    assert any("A" in each.value.columns for each in fine(at).table)


def test_two_models_that_just_fit_push_out_the_third_and_not_each_other(store_of):
    sizes = {name: needs(name) for name in (FIRST, SECOND, THIRD)}
    store = store_of(sizes[FIRST] + max(sizes[SECOND], sizes[THIRD]))
    store.load(THIRD)
    at = fine(open_compare(b_model=SECOND))
    assert any("B" in each.value.columns for each in at.table)
    assert set(store.names()) == {FIRST, SECOND}


def test_while_an_answer_is_decoded_its_model_is_not_pushed_out(store_of):
    store = store_of(needs(FIRST) + 1)
    model = store.load(FIRST)
    with answers.kept(model):
        assert not store.release(FIRST)
    assert store.release(FIRST)
    with answers.kept(model):
        assert store.names() == ()


def test_a_model_that_is_pushed_out_meanwhile_is_not_loaded_again(store_of, monkeypatch):
    store = store_of(2**40)
    model = store.load(FIRST)
    peek = store.peek

    def peek_and_lose(name):
        found = peek(name)
        store.release(name)
        return found

    monkeypatch.setattr(store, "peek", peek_and_lose)
    monkeypatch.setattr("explorer.checkpoint.open_checkpoint", pytest.fail)
    with answers.kept(model):
        assert store.names() == (FIRST,)
    assert store.release(FIRST)
    with store.keep(FIRST) as kept:
        assert kept is None


def test_what_failed_for_somebody_else_is_tried_anew_and_an_own_failure_is_not(
    store_of, monkeypatch
):
    store = store_of(2**40)
    loads = []

    def fail(name, *rest):
        loads.append(name)
        raise ExplorerError("It went wrong this once: try again.")

    with monkeypatch.context() as moment:
        moment.setattr("explorer.checkpoint.open_checkpoint", fail)
        with pytest.raises(ExplorerError, match="this once"):
            store.load(SECOND)
        own = open_compare(b_model=SECOND)
        assert "this once" in said(own.error)
        assert len(loads) == 2
        own.run()
        assert "this once" in said(own.error)
        assert len(loads) == 2
    other = fine(open_compare(b_model=SECOND))
    assert any("B" in each.value.columns for each in other.table)
    # Whose load went well has no failure of its own when somebody else's fails later.
    assert store.release(SECOND)
    with monkeypatch.context() as moment:
        moment.setattr("explorer.checkpoint.open_checkpoint", fail)
        with pytest.raises(ExplorerError, match="this once"):
            store.load(SECOND)
    fine(other.run())


requests = []
"""The requests of the run that waits, through which the server asks it to stop."""


def wait_for_b():
    from contextlib import ExitStack

    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from explorer import catalog
    from explorer.dashboard import answers, models
    from explorer.dashboard.playground import compare
    from tests.pages import test_compare

    test_compare.requests.append(get_script_run_ctx().script_requests)
    model = models.model_store().peek("miniature-t5")
    facts = catalog.facts(catalog.find("miniature-bart"))
    with ExitStack() as leases:
        leases.enter_context(answers.kept(model))
        compare._other_model(model, "miniature-bart", facts, leases)


def test_who_leaves_while_b_waits_for_room_gives_the_leases_back(store_of):
    requests.clear()
    store = store_of(needs(FIRST) + max(needs(SECOND), needs(THIRD)))
    visitor = AppTest.from_function(wait_for_b, default_timeout=LIMIT_SECONDS)
    waiting = threading.Thread(target=visitor.run, daemon=True)
    with store.lease(THIRD):
        waiting.start()
        until(lambda: store.state(SECOND) and "given back" in store.state(SECOND).message)
        # There is no more news now until THIRD is given back.
        assert not store.release(FIRST)
        requests[0].request_stop()
        until(lambda: store.peek(SECOND))
        assert set(store.names()) == {SECOND, THIRD}
        until(lambda: not waiting.is_alive())


@pytest.mark.usefixtures("hub_cache")
def test_waiting_for_b_can_be_cancelled(monkeypatch, checkpoint, store_of):
    store = store_of(2**40)
    monkeypatch.setenv("EXPLORER_ALLOW_DOWNLOADS", "1")
    with HubServer(
        {catalog.find("t5-small").hub_id: checkpoint("t5", width=128)}, pause=0.2
    ) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        # A link fetches nothing by itself.
        at = fine(open_compare(b_model="t5-small"))
        assert store.state("t5-small") is None
        [load] = [each for each in at.button if each.label.startswith("Load t5-small")]
        load.click()
        click_while_running(at, "Cancel", monkeypatch)
    assert not at.exception
    assert "Loading t5-small was cancelled" in said(at.error)
    assert not any(each.label == "Cancel" for each in at.button)
    assert any(each.label == "Try again" for each in at.button)
    assert store.names() == (FIRST,)
