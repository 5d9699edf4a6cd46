"""Whatever goes wrong at the Hub: one sentence, nothing half-written, and a way on."""

import ctypes
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.errors import ExplorerError
from explorer.hub_cache import cached_folder
from explorer.store import ModelStore
from tests.hub_server import HubServer
from tests.test_hub import ID, fetch, refused


def leftovers(cache: Path) -> list[str]:
    """Files of the cache that are large, finished or not."""
    return [one.name for one in cache.rglob("*") if one.is_file() and one.stat().st_size > 200_000]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("missing", "no model “someone/model” that this computer may see: check the spelling"),
        ("gated", "is gated: ask for access"),
        ("forbidden", "is gated: ask for access"),
        ("server error", r"could not serve someone/model \(error 500\)"),
        ("too many", "no more requests"),
        ("not a hub", "not those of a Hub"),
        ("wrong bytes", "arrived damaged and was thrown away: try again"),
        ("wrong small", "arrived damaged and was thrown away: try again"),
        ("cut", "connection broke off"),
    ],
)
def test_each_fault_is_one_sentence_and_is_over_when_it_is_over(
    fault: str, words: str, hub_server: HubServer, hub_cache: Path
) -> None:

    hub_server.fault = fault
    assert re.search(words, refused())
    assert cached_folder(ID) is None
    assert leftovers(hub_cache) == []
    hub_server.fault = None
    folder = fetch()
    assert cached_folder(ID) == folder


def test_without_a_network_the_sentence_says_so(
    hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{unused.getsockname()[1]}")
        assert "no connection to the Hub" in refused()


def test_the_store_goes_on_with_the_model_it_had(hub_server: HubServer) -> None:
    store = ModelStore()
    model = store.load("miniature-t5")
    hub_server.fault = "server error"
    with pytest.raises(ExplorerError, match="error 500"):
        store.load(ID)
    assert store.peek("miniature-t5") is model
    state = store.state(ID)
    assert state is not None
    assert state.stage == "failed"
    assert "error 500" in state.message
    hub_server.fault = None
    assert store.load(ID).card.hub_id == ID


FILE_LIMIT_PROGRAM = f"""
import resource, sys
import huggingface_hub
from explorer import hub
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
try:
    hub.fetch_model({ID!r}, lambda *_: None)
except hub.ExplorerError as refusal:
    print(refusal)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs file size limits")
def test_a_disk_that_fills_up_on_the_way_leaves_nothing_behind(
    hub_server: HubServer, hub_cache: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILE_LIMIT_PROGRAM], capture_output=True, text=True
    )
    assert done.stdout.startswith("The disk is full: someone/model could not be stored."), (
        done.stderr
    )
    assert leftovers(hub_cache) == []
    assert fetch().is_dir()


def mounted(folder: Path, size: str) -> bool:
    """A small disk of its own; only root can have one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    folder.mkdir(parents=True)
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, f"size={size}".encode()) == 0


def test_a_disk_that_is_too_small_is_noticed_before_the_download(
    hub_server: HubServer, hub_cache: Path
) -> None:
    if not mounted(hub_cache, "20m"):
        pytest.skip("needs root to mount a small disk")
    try:
        sentence = refused()
        assert "needs 251 kB on the disk" in sentence or "on the disk and" in sentence
        assert "HF_HUB_CACHE" in sentence
        assert hub_server.asked("/large-files/someone/model/model.safetensors") == []
    finally:
        ctypes.CDLL(None).umount2(str(hub_cache).encode(), 2)
