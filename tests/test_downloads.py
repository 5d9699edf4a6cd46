"""A store and a slow, silent or much asked Hub: nobody waits for somebody else's download."""

import threading
from pathlib import Path

import pytest
from huggingface_hub import constants

from explorer.errors import ExplorerError
from explorer.hub_cache import cached_folder
from explorer.load_progress import LoadProgress
from explorer.load_queue import MAX_DOWNLOADS
from explorer.store import ModelStore
from tests.conftest import Checkpoint
from tests.hub_server import HubServer
from tests.test_hub import ID, refused
from tests.test_store import CPU, ready
from tests.waiting import PATIENCE_SECONDS, until

WEIGHTS = "/large-files/someone/model/model.safetensors"
SILENCE_SECONDS = 0.1


@pytest.fixture
def large(checkpoint: Checkpoint, hub_server: HubServer) -> HubServer:
    """The stand-in Hub with weights of several chunks."""
    hub_server.models = {ID: checkpoint("t5", width=128)}
    hub_server.cut_files = ("model.safetensors",)
    return hub_server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that takes a server for silent sooner than people would."""
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", SILENCE_SECONDS)


def under_way(store: ModelStore) -> bool:
    """Whether chunks of the weights have come, and not all of them."""
    state = store.state(ID)
    return state is not None and 500_000 < state.done_bytes < state.total_bytes


def weights_in(cache: Path) -> list[Path]:
    """The weights and whatever is unfinished."""
    return [*cache.rglob("model.safetensors"), *cache.rglob("*.incomplete")]


def is_loading() -> bool:
    return any(thread.name == f"load {ID}" for thread in threading.enumerate())


def failures_of_waiting(store: ModelStore, people: int) -> tuple[list[str], list[threading.Thread]]:
    """People who wait for the model, and the sentences that they get instead of it."""
    sentences: list[str] = []

    def wait() -> None:
        try:
            store.load(ID)
        except ExplorerError as failure:
            sentences.append(str(failure))

    threads = [threading.Thread(target=wait, daemon=True) for _ in range(people)]
    for thread in threads:
        thread.start()
    return sentences, threads


def test_a_download_that_does_not_move_holds_up_nobody(
    large: HubServer, checkpoint: Checkpoint, impatient: None
) -> None:
    store = ModelStore(2**33, CPU)
    large.fault = "stall"
    store.start(ID)
    until(lambda: under_way(store))
    other = str(checkpoint("bart"))
    assert store.load(other).name == other
    assert (store.state(ID) or LoadProgress("")).stage == "downloading"
    assert store.cancel(ID)
    # Asked for again, it comes as soon as the Hub speaks again.
    store.start(ID)
    large.fault = None
    until(lambda: ready(store, ID))
    assert store.names() == (other, ID)


def test_a_cancelled_download_ends_and_everybody_who_waits_is_told(
    large: HubServer, hub_cache: Path
) -> None:
    store = ModelStore(2**33, CPU)
    large.pause = 0.02
    sentences, threads = failures_of_waiting(store, people=2)
    until(lambda: under_way(store))
    assert store.cancel(ID)
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    sentence = "Loading someone/model was cancelled: load it again when you want it."
    assert sentences == [sentence, sentence]
    assert store.state(ID) == LoadProgress("failed", message=sentence)
    until(lambda: not is_loading())
    assert store.names() == ()
    assert cached_folder(ID) is None
    assert weights_in(hub_cache) == []
    assert not store.cancel(ID)
    large.pause = 0.0
    assert store.load(ID).card.hub_id == ID


def test_what_is_cancelled_while_its_small_files_come_leaves_the_weights_alone(
    large: HubServer,
) -> None:
    store = ModelStore(2**33, CPU)
    asked: list[str] = []

    def cancel_at_once(progress: LoadProgress) -> None:
        asked.append(progress.stage)
        store.cancel(ID)

    large.pause = 0.1
    with pytest.raises(ExplorerError, match="was cancelled"):
        store.load(ID, cancel_at_once)
    until(lambda: not is_loading())
    assert asked
    assert large.asked(WEIGHTS) == []


def test_a_server_that_falls_silent_is_given_up_with_a_sentence(
    large: HubServer, hub_cache: Path, impatient: None
) -> None:
    large.fault = "stall"
    sentence = refused()
    assert sentence.startswith("The Hub fell silent for more than 0.1 seconds while someone/model")
    # It was asked to go on where it stopped, again and again, before it was given up.
    ranges = [one.range for one in large.asked(WEIGHTS)]
    assert ranges[0] is None
    assert len(ranges) > 2
    assert len(set(ranges[1:])) == 1
    assert weights_in(hub_cache) == []


def test_two_people_fetch_and_load_one_model_once(large: HubServer) -> None:
    store = ModelStore(2**33, CPU)
    large.pause = 0.01
    models: list[object] = []
    threads = [threading.Thread(target=lambda: models.append(store.load(ID))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert len(models) == 2
    assert models[0] is models[1]
    assert [one.range for one in large.asked(WEIGHTS)] == [None]


def test_there_is_nothing_to_cancel_without_a_load(large: HubServer) -> None:
    store = ModelStore(2**33, CPU)
    assert not store.cancel(ID)
    model = store.load(ID)
    assert not store.cancel(ID)
    assert store.peek(ID) is model


def test_only_so_many_are_downloaded_at_once_and_what_is_here_waits_for_none(
    large: HubServer, checkpoint: Checkpoint
) -> None:
    store = ModelStore(2**33, CPU)
    names = [f"someone/model-{number}" for number in range(MAX_DOWNLOADS + 2)]
    first, waiting = names[:MAX_DOWNLOADS], names[MAX_DOWNLOADS:]
    large.models |= dict.fromkeys(names, large.models[ID])
    store.load(ID)
    assert store.release(ID)
    large.pause = 0.3

    def states(some: list[str]) -> list[LoadProgress]:
        return [state for name in some if (state := store.state(name))]

    def in_line(name: str) -> bool:
        return states([name])[0].message.startswith(f"In line: {MAX_DOWNLOADS} other models")

    for name in first:
        store.start(name)
    until(lambda: all(one.stage == "downloading" and one.total_bytes for one in states(first)))
    for name in waiting:
        store.start(name)
        until(lambda name=name: in_line(name))  # type: ignore[misc]
    assert store.load(ID).card.hub_id == ID
    assert store.load(str(checkpoint("bart"))).facts.family == "bart"
    assert [one.stage for one in states(waiting)] == ["queued", "queued"]
    assert not any(large.asked(name) for name in waiting)
    # Who stands in line can leave it; the next one moves up as soon as a download has ended.
    assert store.cancel(waiting[0])
    assert store.cancel(first[0])
    until(lambda: large.asked(waiting[1]))
    large.pause = 0.0
    until(lambda: all(ready(store, name) for name in (*first[1:], waiting[1])))
    assert not large.asked(waiting[0])
    assert store.load(waiting[0]).name == waiting[0]


def test_a_download_that_fails_gives_its_place_to_the_next(large: HubServer) -> None:
    store = ModelStore(2**33, CPU)
    for number in range(MAX_DOWNLOADS + 1):
        with pytest.raises(ExplorerError, match="has no model"):
            store.load(f"nobody/model-{number}")
    assert store.load(ID).card.hub_id == ID
