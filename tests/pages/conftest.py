"""What the tests of all pages share: a server that has warmed up."""

import pytest

from explorer.dashboard import warmup
from tests.pages.visit import LIMIT_SECONDS


@pytest.fixture(scope="session", autouse=True)
def _warm() -> None:
    warmup.run_now()
    assert warmup.wait(LIMIT_SECONDS)
