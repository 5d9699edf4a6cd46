"""What the tests of all pages share: a server that has warmed up."""

import pytest

from explorer.dashboard import settings, warmup
from tests.pages.visit import LIMIT_SECONDS


@pytest.fixture(scope="session", autouse=True)
def _warm() -> None:
    warmup.run_now()
    assert warmup.wait(LIMIT_SECONDS)


@pytest.fixture(autouse=True)
def _limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of a visitor on the server's own computer; the permissions of one elsewhere."""
    for one in settings.LIMITS.values():
        monkeypatch.setenv(one.variable, str(one.local))
