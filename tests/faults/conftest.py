"""What the tests of faults share: a warm process for pages, and a server that can be harmed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.dashboard import warmup
from tests.faults.guest import Guest
from tests.faults.harmed import HarmedServer
from tests.pages.visit import LIMIT_SECONDS


@pytest.fixture(scope="session")
def warm() -> None:
    """For pages without a server: this process has warmed up."""
    warmup.run_now()
    assert warmup.wait(LIMIT_SECONDS)


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HarmedServer]:
    folder: Path = tmp_path_factory.mktemp("harm")
    with HarmedServer(folder, {"EXPLORER_ALLOW_FOLDERS": "1"}) as started:
        with Guest(started.url) as guest:
            guest.ask_until(guest.answered, "playground")
        yield started


@pytest.fixture
def server(_server: HarmedServer) -> Iterator[HarmedServer]:
    """A warm server; what a test has done to it is over after the test."""
    yield _server
    _server.heal()
