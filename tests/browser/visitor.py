"""A person in front of a real Chromium that can reach this machine's loopback and nothing else."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, Route, sync_playwright

PHONE = (390, 844)
PROJECTOR = (1280, 720)
LOOKS = {"phone": (PHONE, "dark"), "projector": (PROJECTOR, "light")}
"""What fits depends on the size, what can be read on the theme: two looks meet both of each."""
SERIOUS = ("serious", "critical")
"""The impacts by which axe calls what nobody may have to meet."""
READY_LIMIT_MILLISECONDS = 90_000

# The path of each page in the address bar; the overview is where a visitor arrives.
PATHS = {
    "overview": "",
    "attention_sandbox": "attention_sandbox",
    "playground": "playground",
    "cross_attention": "cross_attention",
    "timeline": "timeline",
    "model_selector": "model_selector",
}


def chromium_path() -> str:
    """The Chromium named by the environment, or the first one on the path."""
    named = os.environ.get("CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        raise RuntimeError("no Chromium found; set CHROMIUM to its path")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """One browser window: opens addresses, waits for the page to settle, keeps what went wrong.

    Attributes:
        page: Playwright's page.
        problems: console errors, uncaught exceptions and requests that left this machine.
    """

    def __init__(
        self, browser: Browser, size: tuple[int, int] = PROJECTOR, theme: str = "light"
    ) -> None:
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if theme == "dark" else "light",
            accept_downloads=True,
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(READY_LIMIT_MILLISECONDS)
        self.problems: list[str] = []
        self.page.on("console", self._keep_console_error)
        self.page.on("response", self._keep_failure)
        self.page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))
        self.context.route(re.compile(r"^(?!https?://127\.0\.0\.1[:/])"), self._refuse)

    def open(self, address: str) -> None:
        """Open an address and wait until the page has settled."""
        self.page.goto(address)
        self.settle()

    def settle(self) -> None:
        """Wait until the server is warm, the script at its end, and nothing shown as loading."""
        self.page.wait_for_selector('[data-testid="stApp"] h1')
        # The quiet before a click is not the quiet after it.
        self.page.evaluate("() => { window.idleSince = undefined; }")
        self.page.wait_for_function(
            """() => {
                const app = document.querySelector('[data-testid="stApp"]');
                const busy = document.querySelector(
                    '[data-testid="stSkeleton"], [data-testid="stSpinner"], [data-stale="true"]');
                const warming = document.body.innerText.includes('The server has just started');
                const idle = app && app.dataset.testScriptState !== 'running'
                    && !busy && !warming;
                const now = Date.now();
                if (!idle) { window.idleSince = undefined; return false; }
                window.idleSince = window.idleSince ?? now;
                return now - window.idleSince > 700;
            }""",
            polling=100,
        )

    def too_wide(self) -> int:
        """Pixels by which the page is wider than the window; none where nothing is cut off."""
        return int(
            self.page.evaluate(
                "() => document.querySelector('[data-testid=\"stMain\"]').scrollWidth"
                " - window.innerWidth"
            )
        )

    def violations(self) -> list[str]:
        """What keeps people out: axe's serious and critical findings, with their elements."""
        return [
            f"{violation['id']}: {node['html'][:200]}"
            for violation in Axe().run(self.page).response["violations"]
            if violation["impact"] in SERIOUS
            for node in violation["nodes"]
        ]

    def screenshot(self, path: Path, whole: bool = True) -> None:
        """Take a picture of everything on the page, or of what fits into the window.

        Streamlit scrolls inside the page, so for the whole the window first grows to the height
        of what it holds.
        """
        size = self.page.viewport_size
        if whole and size:
            height = self.page.evaluate(
                """() => Math.max(...[...document.querySelectorAll(
                    '[data-testid="stMain"], [data-testid="stSidebarContent"]')]
                    .map(part => part.scrollHeight))"""
            )
            grown = {"width": size["width"], "height": max(size["height"], int(height))}
            self.page.set_viewport_size(grown)
            self.page.wait_for_timeout(500)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(path))
        if whole and size:
            self.page.set_viewport_size(size)

    def close(self) -> None:
        """Close the window."""
        self.context.close()

    def _keep_console_error(self, message: ConsoleMessage) -> None:
        # A failed request is noted with its address by `_keep_failure`.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _keep_failure(self, response: Response) -> None:
        # On a page below the root Streamlit first looks for its server below that page's path.
        probe = re.fullmatch(r"https?://[^/]+/\w+/_stcore/[\w-]+", response.url)
        if response.status >= 400 and not probe:
            self.problems.append(f"{response.status}: {response.url}")

    def _refuse(self, route: Route) -> None:
        address = route.request.url
        if address.startswith(("data:", "blob:", "about:")):
            route.continue_()
            return
        self.problems.append(f"left this machine: {address}")
        route.abort()
