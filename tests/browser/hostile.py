"""What tells that a hostile text ran: dialogs, marks, requests, frames and windows."""

from playwright.sync_api import ConsoleMessage, Error, Frame, Page

from tests.browser.drawn import labels
from tests.payloads import LONG as PAYLOADS

PIECES = tuple(payload.replace("src=x ", 'src="x" ').replace(" ", "/") for payload in PAYLOADS)
"""The same as pieces of a vocabulary, which hold no spaces; a browser reads the slash as one."""


def watch(page: Page) -> list[str]:
    """What happens from here on that only a text that runs could do."""
    events: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if "taken" in message.text or "ran" in message.text.split():
            events.append(f"console: {message.text}")

    def framed(frame: Frame) -> None:
        # The dashboard's own frames have their page with them; a new one has no address yet.
        if frame.parent_frame is not None and frame.url and not frame.url.startswith("about:"):
            events.append(f"frame: {frame.url}")

    page.on("dialog", lambda dialog: (events.append("dialog"), dialog.dismiss()))
    page.on("request", lambda sent: ":9/" in sent.url and events.append(f"request: {sent.url}"))
    page.on("popup", lambda opened: events.append(f"window: {opened.url}"))
    page.on("console", heard)
    page.on("frameattached", framed)
    page.on("framenavigated", framed)
    return events


def marked(page: Page) -> list[str]:
    """The frames in which a text has left its mark, or changed the title."""
    found = []
    for frame in page.frames:
        try:
            if frame.evaluate("window.ran !== undefined || document.title.includes('taken')"):
                found.append(frame.url)
        except Error:  # a frame that is just going
            continue
    return found


def attack(page: Page | Frame, view: str) -> None:
    """Make everything appear that a label can appear in, and see that each is only text."""
    if view == "head":
        page.locator("#left text").nth(2).hover()
        assert labels(page, "#left text") == list(PAYLOADS)
        assert labels(page, "#right text") == list(PAYLOADS)
    else:
        page.get_by_role("button").click()
        assert labels(page, ".detail .token") == [*PAYLOADS, *PAYLOADS]
    assert (
        page.evaluate("document.querySelectorAll('img, iframe, a, form, base, video').length") == 0
    )
