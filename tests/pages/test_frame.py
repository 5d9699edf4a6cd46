"""The frame: which model pages use, how it is chosen, and what a URL may ask for."""

import json
import shutil
import threading
import time

import pytest
from streamlit.testing.v1 import AppTest

from explorer import catalog
from explorer.checkpoint import open_checkpoint
from explorer.dashboard import frame, messages, models
from explorer.dashboard.settings import DEFAULT_MODEL, Settings
from explorer.loading import ModelStore
from tests.hub_server import HubServer
from tests.pages.visit import LIMIT_SECONDS, ROOT, fine, model_selector, open_page, opened, said
from tests.waiting import until

BUNDLED = [card.name for card in catalog.MODELS if card.bundled]
NOTHING = Settings(downloads=False, folders=False, hub=False)
EVERYTHING = Settings(downloads=True, folders=True, hub=True)


def sidebar_says(at: AppTest) -> str:
    return " ".join(each.value for each in [*at.sidebar.markdown, *at.sidebar.caption])


def becomes_ready(at):
    """The chosen model loads without a failure on the page."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while "ready" not in sidebar_says(at) and time.monotonic() < deadline:
        time.sleep(0.1)
        at.run()
    assert not at.exception
    assert not at.error
    assert "ready" in sidebar_says(at)


def test_first_sight_names_model_size_device_and_state():
    at = open_page()
    assert model_selector(at).value == DEFAULT_MODEL
    said = sidebar_says(at)
    assert "ready" in said
    assert "parameters" in said
    assert "CPU" in said or "CUDA" in said or "MPS" in said
    assert not at.query_params


def test_a_stranger_sees_only_bundled_models():
    at = open_page()
    assert [option.split(" · ")[0] for option in model_selector(at).options] == BUNDLED
    assert not any(each.label.startswith("A folder") for each in at.text_input)


def test_who_may_download_sees_what_it_costs(monkeypatch):
    monkeypatch.setenv("EXPLORER_ALLOW_DOWNLOADS", "1")
    options = model_selector(open_page()).options
    assert options[: len(BUNDLED)] == [frame.label(name) for name in BUNDLED]
    [small] = [each for each in options if each.startswith("t5-small · ")]
    assert "MB download" in small


def test_choosing_another_model_loads_it_and_stands_in_the_url():
    at = open_page()
    model_selector(at).select("miniature-bart").run()
    at.run()
    assert at.query_params["model"] == "miniature-bart"
    assert "ready" in sidebar_says(at)
    model_selector(at).select(DEFAULT_MODEL).run()
    assert "model" not in at.query_params


def test_a_link_to_a_model_opens_it():
    at = open_page(model="miniature-bart")
    assert not at.exception
    assert model_selector(at).value == "miniature-bart"
    assert not at.warning


def test_the_model_stays_when_the_page_changes():
    at = open_page(model="miniature-bart")
    at.switch_page(str(ROOT / "pages" / "playground.py")).run()
    assert not at.exception
    assert model_selector(at).value == "miniature-bart"


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "<script>alert(1)</script>", "t5-small", "a\x00b", "x" * 3000, "", " "],
)
def test_a_hostile_or_forbidden_model_gives_the_default_and_a_notice(name):
    at = open_page(model=name)
    assert not at.exception
    assert model_selector(at).value == DEFAULT_MODEL
    assert len(at.warning) == 1
    assert DEFAULT_MODEL in at.warning[0].value
    assert len(at.warning[0].value) < 400
    assert "<script>" not in at.warning[0].value
    # A page runs again by itself when the server is warm: the notice is still there.
    assert len(at.run().warning) == 1
    model_selector(at).select("miniature-bart").run()
    assert not at.warning


@pytest.mark.parametrize(
    "name",
    ["../x", "a/b/c", "-x/y", "a b", "a/../b", "x" * 400, "x" * 97, "", "é/x", "a--b/c", "a/b..c"],
)
def test_no_hub_id_is_no_hub_id(name):
    assert frame.refusal(name, EVERYTHING)


def test_permissions_decide_about_names_from_outside(tmp_path):
    assert frame.refusal("google/flan-t5-small", EVERYTHING) is None
    assert frame.refusal("someone/some-model", EVERYTHING) is None
    assert frame.refusal("someone/some-model", Settings(True, True, False))
    assert frame.refusal(str(tmp_path), EVERYTHING) is None
    assert frame.refusal(str(tmp_path), Settings(True, False, True))
    assert frame.refusal("t5-small", NOTHING)
    assert frame.refusal(DEFAULT_MODEL, NOTHING) is None


def test_a_folder_that_holds_no_model_says_why_and_the_dashboard_goes_on(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_ALLOW_FOLDERS", "1")
    at = open_page()
    opened(at, "_other_open").text_input(key="_other_name").set_value(str(tmp_path))
    at.button(key="_other_load").click().run()
    at.run()
    assert not at.exception
    # Once, on the page: on a phone the sidebar is closed.
    assert ["config.json" in each.value for each in at.error] == [True]
    assert any("not loaded" in each.value for each in at.sidebar.markdown)
    assert any(DEFAULT_MODEL in each.value.replace("\\", "") for each in at.main.caption)
    assert at.get("vega_lite_chart")
    # Another choice ends it.
    model_selector(at).select(DEFAULT_MODEL).run()
    assert not at.error


def test_names_that_fail_one_after_another_leave_the_selector_whole(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_ALLOW_FOLDERS", "1")
    at = open_page()
    for name in ("first", "second", "third"):
        folder = tmp_path / name
        folder.mkdir()
        # Once a model was taken, the drop-down is closed.
        assert not [each for each in at.text_input if each.key == "_other_name"]
        at.session_state["_other_open"] = True
        at.run()
        at.text_input(key="_other_name").set_value(str(folder))
        at.button(key="_other_load").click().run()
        until(lambda folder=folder: models.has_failed(str(folder)))
        at.run()
        assert not at.exception
        assert ["config.json" in each.value for each in at.error] == [True]
        assert model_selector(at).value == str(folder)


def test_the_selector_whose_value_was_taken_away_keeps_the_chosen_model(monkeypatch):
    session = {models.SELECTED_KEY: "miniature-bart"}
    monkeypatch.setattr(frame.st, "session_state", session)
    frame._selector_changed()
    assert session[models.SELECTED_KEY] == "miniature-bart"


def test_a_folder_with_a_model_opens_and_a_damaged_one_can_be_tried_again(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_ALLOW_FOLDERS", "1")
    folder = tmp_path / "mine"
    shutil.copytree(catalog.find(DEFAULT_MODEL).folder, folder)
    configuration = folder / "config.json"
    good = configuration.read_text()
    configuration.write_text("{")
    at = open_page(model=str(folder))
    assert not at.exception
    assert at.error
    assert at.get("vega_lite_chart")
    configuration.write_text(json.dumps(json.loads(good)))
    next(each for each in at.button if each.label == "Try again").click().run()
    becomes_ready(at)
    assert at.query_params["model"] == str(folder)


@pytest.mark.usefixtures("hub_cache")
def test_a_download_can_be_cancelled_and_tried_again(monkeypatch, checkpoint):
    monkeypatch.setenv("EXPLORER_ALLOW_HUB", "1")
    with HubServer(checkpoint("t5", width=128), pause=0.2) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        at = fetched(open_page(model="someone/model"), hub)
        button(at, "Cancel").click().run()
        assert not at.exception
        assert "Loading someone/model was cancelled" in said(at.error)
        assert not any(each.label == "Cancel" for each in at.button)
        hub.pause = 0.0
        button(at, "Try again").click().run()
        becomes_ready(at)


@pytest.mark.usefixtures("hub_cache")
@pytest.mark.parametrize("page", ["overview", "playground", "attention_sandbox"])
def test_a_link_to_a_model_that_cannot_be_had_is_explained_in_the_page(monkeypatch, page):
    monkeypatch.setenv("EXPLORER_ALLOW_HUB", "1")
    with HubServer({}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        at = fetched(open_page(page, model=f"nobody/{page}"), hub)
        until(lambda: models.has_failed(f"nobody/{page}"))
        at.run()
    assert not at.exception
    assert f"nobody/{page}" in said(at.main.error)
    assert any(f"shows {DEFAULT_MODEL}" in each.value.replace("\\", "") for each in at.main.caption)
    assert any(each.label == "Try again" for each in at.main.button)
    model_selector(at).select(DEFAULT_MODEL).run()
    assert not at.error


def test_a_model_that_is_pushed_out_while_a_page_waits_is_loaded_again(checkpoint):
    name = str(checkpoint("t5"))

    def script(name):
        import streamlit as st

        from explorer.dashboard import models

        st.session_state[models.SELECTED_KEY] = name
        if models.is_ready(name):
            st.text("the page")
        else:
            models._watch(name)

    store = models.model_store()
    at = AppTest.from_function(script, args=(name,), default_timeout=LIMIT_SECONDS)
    store.load(name)
    assert store.release(name)
    at.run()
    until(lambda: models.is_ready(name))
    assert not at.run().exception
    assert [each.value for each in at.text] == ["the page"]


@pytest.fixture
def slow(monkeypatch):
    """A store with room for one model, and a door in front of every build."""
    sizes = [catalog.facts(catalog.find(name)).memory_bytes for name in BUNDLED]
    store = ModelStore(max(sizes))
    monkeypatch.setattr("explorer.loading._store", store)
    monkeypatch.setattr(models, "BRIEF_WAIT_SECONDS", 0.05)
    store.load(DEFAULT_MODEL)
    builds = SlowBuilds(store, monkeypatch)
    yield builds
    # Two stores that build at the same time are no case of the dashboard.
    builds.door.set()
    until(lambda: not store._queue.loads)


class SlowBuilds:
    """Models of a store that are built only once the door is open."""

    def __init__(self, store, monkeypatch):
        self.store = store
        self.door = threading.Event()
        self.opened = []
        monkeypatch.setattr("explorer.checkpoint.open_checkpoint", self)

    def __call__(self, name, *rest):
        self.opened.append(name)
        assert self.door.wait(LIMIT_SECONDS)
        return open_checkpoint(name, *rest)


@pytest.mark.parametrize("page", ["overview", "playground"])
def test_two_models_that_do_not_fit_together_change_places_once(slow, page):
    at = open_page(page)
    model_selector(at).select("miniature-bart").run()
    until(lambda: slow.opened)
    for _ in range(2):
        at.run()
        assert slow.store.state(DEFAULT_MODEL) is None
        assert at.session_state[models.ACTIVE_KEY] == "miniature-bart"
    slow.door.set()
    until(lambda: models.is_ready("miniature-bart"))
    for _ in range(2):
        at.run()
        assert "ready" in sidebar_says(at)
    assert slow.opened == ["miniature-bart"]


def test_a_page_that_loses_its_model_while_it_is_drawn_waits_for_the_chosen_one(slow):
    def script(before, chosen):
        import streamlit as st

        from explorer.dashboard import models

        st.session_state[models.ACTIVE_KEY] = before
        st.session_state[models.SELECTED_KEY] = chosen
        models.current_model()

    slow.store.start("miniature-bart")
    until(lambda: slow.opened)
    at = AppTest.from_function(
        script, args=(DEFAULT_MODEL, "miniature-bart"), default_timeout=LIMIT_SECONDS
    )
    at.run()
    assert slow.store.state(DEFAULT_MODEL) is None
    assert at.session_state[models.ACTIVE_KEY] == "miniature-bart"


def test_a_failure_of_the_model_before_does_not_run_the_page_without_end(slow):
    def script():
        import streamlit as st

        from explorer.dashboard import models

        st.session_state.setdefault("_runs", []).append("run")
        models.request_selected()
        models.current_model()

    at = AppTest.from_function(script, default_timeout=30)
    slow.store.start("miniature-bart-summary")
    until(lambda: slow.opened)
    # Somebody cancels the reload of the model before, while the chosen one is being built.
    slow.store.start("miniature-bart")
    assert slow.store.cancel("miniature-bart")
    at.session_state[models.ACTIVE_KEY] = "miniature-bart"
    at.session_state[models.SELECTED_KEY] = "miniature-bart-summary"
    at.run()
    assert len(at.session_state["_runs"]) <= 2
    assert at.session_state[models.ACTIVE_KEY] == "miniature-bart-summary"


def fetched(at: AppTest, hub: HubServer) -> AppTest:
    """Say yes to the question of a link, before which nothing is asked of the Hub."""
    before = len(hub.requests)
    assert not at.exception
    name = at.query_params["model"]
    at.run()
    assert model_selector(at).value == DEFAULT_MODEL
    assert at.query_params["model"] == name
    assert models.progress(name) is None
    assert len(hub.requests) == before
    question = at.button(key="_load_asked")
    assert question.label.replace("\\", "") == f"Load {name} (size unknown until asked)?"
    question.click().run()
    assert model_selector(at).value == name
    assert not any(each.key == "_load_asked" for each in at.button)
    return at


@pytest.mark.usefixtures("hub_cache")
def test_a_link_to_a_download_of_the_catalogue_asks_too_and_another_choice_ends_it(monkeypatch):
    monkeypatch.setenv("EXPLORER_ALLOW_DOWNLOADS", "1")
    with HubServer({}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        at = fine(open_page(model="t5-small"))
        size = messages.bytes_text(catalog.find("t5-small").download_bytes)
        assert at.button(key="_load_asked").label == f"Load t5-small ({size})?"
        model_selector(at).select("miniature-bart").run()
        assert not any(each.key == "_load_asked" for each in at.button)
        assert at.query_params["model"] == "miniature-bart"
        assert hub.requests == []


def test_a_link_to_a_model_on_the_disk_asks_nothing(monkeypatch, hub_server):
    monkeypatch.setenv("EXPLORER_ALLOW_HUB", "1")
    store = ModelStore()
    monkeypatch.setattr("explorer.loading._store", store)
    store.load(DEFAULT_MODEL)
    store.load("someone/model")
    assert store.release("someone/model")
    at = open_page(model="someone/model")
    becomes_ready(at)
    assert at.query_params["model"] == "someone/model"


@pytest.mark.usefixtures("hub_cache")
@pytest.mark.parametrize("folders", ["0", "1"])
def test_a_mistyped_folder_is_called_so_where_folders_may_be_opened(monkeypatch, tmp_path, folders):
    monkeypatch.setenv("EXPLORER_ALLOW_HUB", "1")
    monkeypatch.setenv("EXPLORER_ALLOW_FOLDERS", folders)
    monkeypatch.chdir(tmp_path)
    name = f"models/t5-smal{folders}"
    with HubServer({}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        at = open_page()
        opened(at, "_other_open").text_input(key="_other_name").set_value(name)
        at.button(key="_other_load").click().run()
        until(lambda: models.has_failed(name))
        at.run()
    assert "The Hub has no" in said(at.error)
    assert (f"There is no folder “{name}” here" in said(at.error)) == (folders == "1")


def test_a_typed_folder_that_could_be_a_hub_id_is_opened_as_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_ALLOW_FOLDERS", "1")
    shutil.copytree(catalog.find(DEFAULT_MODEL).folder, tmp_path / "typed" / "model")
    monkeypatch.chdir(tmp_path)
    at = open_page()
    opened(at, "_other_open").text_input(key="_other_name").set_value("typed/model")
    at.button(key="_other_load").click().run()
    becomes_ready(at)
    assert at.query_params["model"] == "./typed/model"


def button(at: AppTest, label: str):
    return next(each for each in at.button if each.label == label)


@pytest.mark.usefixtures("hub_cache")
def test_who_may_only_ask_the_hub_learns_nothing_of_folders(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_ALLOW_HUB", "1")
    monkeypatch.setenv("EXPLORER_ALLOW_FOLDERS", "0")
    shutil.copytree(catalog.find(DEFAULT_MODEL).folder, tmp_path / "private" / "model")
    monkeypatch.chdir(tmp_path)
    told = []
    with HubServer({}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        for name in ("private/model", "private/other"):
            at = fetched(open_page(model=name), hub)
            until(lambda name=name: models.has_failed(name))
            at.run()
            assert not at.exception
            shown = [at.query_params["model"], said(at.error), said(at.warning), sidebar_says(at)]
            told.append([each.replace(name, "…") for each in shown])
    assert "The Hub has no" in told[0][1]
    assert told[0] == told[1]


def test_who_may_open_folders_gets_a_link_that_can_only_be_a_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_ALLOW_FOLDERS", "1")
    monkeypatch.setenv("EXPLORER_ALLOW_HUB", "1")
    shutil.copytree(catalog.find(DEFAULT_MODEL).folder, tmp_path / "private" / "model")
    monkeypatch.chdir(tmp_path)
    at = open_page(model="private/model")
    becomes_ready(at)
    assert at.query_params["model"] == "./private/model"
    assert models.model_store().peek("./private/model").folder == tmp_path / "private" / "model"
