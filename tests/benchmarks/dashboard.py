"""The dashboard in a browser: first paint, first streamed word, memory."""

import statistics
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Browser

from explorer.fit import PROGRAM_BYTES
from tests.benchmarks.table import Figure
from tests.browser.server import DashboardServer
from tests.browser.visitor import PATHS, Visitor, chromium

PAINT_ROUNDS = 5
EMPTY_APP = "import streamlit as st\n\nst.title('Empty')\n"
NEW_TEXT = "Lukas sees the old cat in the garden."
# Names stand first in both languages, and on the page only the new answer begins so.
FIRST_WORD = "Lukas sieht"


def figures() -> list[Figure]:
    """All figures that need a browser."""
    with chromium() as browser:
        return [_first_paint(browser), *_in_use(browser)]


def _first_paint(browser: Browser) -> Figure:
    """Seconds from opening the address of a server that has just started to its heading."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder, "empty.py")
        empty.write_text(EMPTY_APP)
        ours, peer = [], []
        for _ in range(PAINT_ROUNDS):
            peer.append(_paint(browser, empty))
            ours.append(_paint(browser, Path("streamlit_app.py")))
    return Figure(
        name="first paint of a cold server",
        ours=statistics.median(ours),
        peer=statistics.median(peer),
        peer_name="an empty Streamlit app",
        unit="s",
        target=1.5,
    )


def _paint(browser: Browser, script: Path) -> float:
    with DashboardServer(script) as server:
        visitor = Visitor(browser)
        start = time.perf_counter()
        visitor.page.goto(server.url, wait_until="commit")
        visitor.page.wait_for_selector('[data-testid="stMain"] h1')
        seconds = time.perf_counter() - start
        visitor.close()
    return seconds


def _in_use(browser: Browser) -> list[Figure]:
    """First streamed word after a click, then the server's memory with every page visited."""
    with DashboardServer() as server:
        visitor = Visitor(browser)
        for path in PATHS.values():
            visitor.open(f"{server.url}/{path}")
        visitor.open(f"{server.url}/{PATHS['playground']}")
        word = _click_to_word(visitor)
        memory = psutil.Process(server.process.pid).memory_info().rss / 1e6
        visitor.close()
    return [
        Figure("click to first streamed word", word, 1.0, "one second", "s", 1.0),
        Figure(
            name="resident memory with a bundled model",
            ours=memory,
            peer=PROGRAM_BYTES / 1e6,
            peer_name="what is counted for the program",
            unit="MB",
            target=1.0,
        ),
    ]


def _click_to_word(visitor: Visitor) -> float:
    """Seconds from clicking away from a new text to the first word of its answer."""
    page = visitor.page
    page.get_by_label("Text", exact=True).first.fill(NEW_TEXT)
    answer = page.locator('[data-testid="stMain"]').get_by_text(FIRST_WORD, exact=False)
    start = time.perf_counter()
    page.locator('[data-testid="stMain"] h1').click()
    answer.first.wait_for()
    return time.perf_counter() - start
