"""What the tests of all pages share: a server that has warmed up."""

from typing import Any

import pytest

from explorer.dashboard import exports, settings, warmup
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


@pytest.fixture
def picture(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The chart that a page gives to take home, as it stood after the last run."""
    kept: dict[str, Any] = {}
    offer = exports.take_home

    def offered(name: str, **options: Any) -> None:
        kept.clear()
        kept.update(options["chart"]().to_dict())
        offer(name, **options)

    monkeypatch.setattr(exports, "take_home", offered)
    return kept
