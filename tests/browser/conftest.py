"""Fixtures: one Chromium for all browser tests, one warm server, and fresh servers on demand."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.server import DashboardServer

# Other tests run beside on the same cores: five seconds are not long then.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def server() -> Iterator[DashboardServer]:
    with DashboardServer() as started:
        yield started
