"""What tests of many modules share: small checkpoints, each built once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explorer.device import Device
from explorer.store import ModelStore
from tests import checkpoints
from tests.hub_server import HubServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Checkpoint = Callable[..., Path]

TOKEN = "hf_ThisMustNeverBeShown"


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """A function that gives the folder of a small random checkpoint of a family.

    The folders are shared by all tests: copy one before changing anything in it.
    """
    built: dict[tuple[object, ...], Path] = {}

    def folder(family: str, **options: int) -> Path:
        key = (family, *sorted(options.items()))
        if key not in built:
            name = "-".join(str(part) for part in key).replace("'", "").replace(", ", "-")
            folder = tmp_path_factory.mktemp("checkpoints") / name.replace("(", "").replace(")", "")
            built[key] = checkpoints.build(family, folder, **options)
        return built[key]

    return folder


@pytest.fixture
def fresh() -> ModelStore:
    """A store of its own on the processor, with nothing in it."""
    return ModelStore(device=Device("cpu", "test", 2**33))


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the Hub's client, and a token that must never be shown."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return tmp_path / "cache"


@pytest.fixture
def hub_server(
    checkpoint: Checkpoint, hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HubServer]:
    """A stand-in Hub with one small model, "someone/model", and an empty cache."""
    with HubServer(checkpoint("t5")) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One Chromium for all tests that need one."""
    from tests.browser.visitor import chromium

    with chromium() as started:
        yield started
