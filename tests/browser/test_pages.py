"""Each page in a real browser, with the network cut: cold links, both themes, all sizes, axe."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.server import ROOT, DashboardServer
from tests.browser.visitor import PATHS, PHONE, PROJECTOR, Visitor

pytestmark = pytest.mark.browser


def test_every_page_is_visited() -> None:
    assert set(PATHS) == {path.stem for path in Path(ROOT, "pages").glob("*.py")}


@pytest.mark.parametrize("name", PATHS)
def test_a_cold_deep_link_on_a_fresh_server_shows_the_page(browser: Browser, name: str) -> None:
    with DashboardServer() as fresh:
        visitor = Visitor(browser)
        visitor.open(f"{fresh.url}/{PATHS[name]}")
        page = visitor.page
        assert page.locator('[data-testid="stSidebarNav"] a').count() >= len(PATHS)
        assert "Page not found" not in page.inner_text("body")
        page.get_by_text("Checked: difference").first.wait_for()
        assert page.locator('[data-testid="stException"]').count() == 0
        assert visitor.problems == []
        assert "Traceback" not in fresh.log()
        visitor.close()


def test_uvicorn_serves_the_same_dashboard(browser: Browser) -> None:
    command = ["-m", "uvicorn", "streamlit_app:app", "--host", "127.0.0.1", "--port", "{port}"]
    with DashboardServer(command=command) as fresh:
        visitor = Visitor(browser)
        visitor.open(f"{fresh.url}/{PATHS['playground']}")
        visitor.page.get_by_text("Checked: difference").first.wait_for()
        assert visitor.problems == []
        assert "Traceback" not in fresh.log()
        visitor.close()


@pytest.mark.parametrize("size", [PHONE, PROJECTOR], ids=["phone", "projector"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PATHS)
def test_page_fits_reads_and_is_accessible(
    browser: Browser, server: DashboardServer, name: str, theme: str, size: tuple[int, int]
) -> None:
    visitor = Visitor(browser, size, theme)
    visitor.open(f"{server.url}/{PATHS[name]}")
    page = visitor.page
    assert page.locator('[data-testid="stException"]').count() == 0
    assert visitor.too_wide() <= 0
    assert visitor.violations() == []
    assert visitor.problems == []
    visitor.close()
