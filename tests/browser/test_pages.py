"""Each page in a real browser, with the network cut: cold links, both themes, all sizes, axe."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.server import ROOT, DashboardServer
from tests.browser.visitor import LOOKS, PATHS, Visitor

pytestmark = pytest.mark.browser


def test_every_page_is_visited() -> None:
    assert set(PATHS) == {path.stem for path in Path(ROOT, "pages").glob("*.py")}


def test_cold_deep_links_on_a_fresh_server_show_their_pages(browser: Browser) -> None:
    """All at once, as when a room full of people opens them: each is the first visitor."""
    with DashboardServer() as fresh:
        visitors = {name: Visitor(browser) for name in PATHS}
        for name, visitor in visitors.items():
            visitor.page.goto(f"{fresh.url}/{PATHS[name]}", wait_until="commit")
        for name, visitor in visitors.items():
            visitor.settle()
            page = visitor.page
            assert page.locator('[data-testid="stSidebarNav"] a').count() >= len(PATHS), name
            assert "Page not found" not in page.inner_text("body"), name
            page.get_by_text("Checked: difference").first.wait_for()
            assert page.locator('[data-testid="stException"]').count() == 0, name
            assert visitor.problems == [], name
            visitor.close()
        assert "Traceback" not in fresh.log()


def test_uvicorn_serves_the_same_dashboard(browser: Browser) -> None:
    command = ["-m", "uvicorn", "streamlit_app:app", "--host", "127.0.0.1", "--port", "{port}"]
    with DashboardServer(command=command) as fresh:
        visitor = Visitor(browser)
        visitor.open(f"{fresh.url}/{PATHS['playground']}")
        visitor.page.get_by_text("Checked: difference").first.wait_for()
        assert visitor.problems == []
        assert "Traceback" not in fresh.log()
        visitor.close()


@pytest.mark.parametrize(("size", "theme"), LOOKS.values(), ids=LOOKS)
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
