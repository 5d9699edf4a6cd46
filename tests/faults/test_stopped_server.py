"""The server is stopped while people work, and started again: an open page goes on by itself."""

import signal
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visitor import Visitor
from tests.faults.guest import Guest
from tests.faults.harmed import HarmedServer
from tests.waiting import PATIENCE_SECONDS

STOP_LIMIT_SECONDS = 10
BACK_LIMIT_MILLISECONDS = 60_000
LINK = "playground?strategy=beam&beams=3&min=40&max=48"
TEXT = "The small dog sleeps."


@pytest.mark.browser
@pytest.mark.timeout(600)  # two servers warm up, on whatever cores are left
def test_an_open_page_says_that_the_server_is_gone_and_is_restored_from_its_link(
    tmp_path: Path, browser: Browser
) -> None:
    visitor = Visitor(browser)
    page = visitor.page
    text = page.get_by_role("textbox", name="Text").first
    pieces = page.get_by_test_id("stMetric").filter(has_text="Mean per piece")
    with HarmedServer(tmp_path) as first, Guest(first.url) as guest:
        guest.ask_until(guest.answered, "playground")
        guest.leave()
        visitor.open(f"{first.url}/{LINK}")
        pieces.wait_for()
        first.set("pause", 0.3)
        begun = first.passes()
        text.fill(TEXT)
        text.press("Control+Enter")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while first.passes() < begun + 3:
            assert time.monotonic() < deadline, "the search never began"
            page.wait_for_timeout(50)
        # In the middle of its search.
        link = page.url
        first.process.send_signal(signal.SIGTERM)
        first.process.wait(STOP_LIMIT_SECONDS)
        assert "Traceback" not in first.log()
        expect(page.get_by_test_id("stStatusWidget")).to_contain_text("onnecting", ignore_case=True)
        expect(page.get_by_role("dialog")).to_contain_text("server is not responding")
        first.set("pause", 0)
    assert parse_qs(urlsplit(link).query)["text"] == [TEXT]
    with HarmedServer(tmp_path, port=first.port) as second, Guest(second.url) as guest:
        guest.ask_until(guest.answered, "playground")
        # Nobody touches the page.
        expect(page.get_by_role("dialog")).to_have_count(0, timeout=BACK_LIMIT_MILLISECONDS)
        visitor.settle()
        pieces.wait_for()
        assert text.input_value() == TEXT
        assert parse_qs(urlsplit(page.url).query) == parse_qs(urlsplit(link).query)
        beams = page.get_by_role("spinbutton", name="Beams", exact=True)
        assert beams.input_value() == "3"
        assert page.get_by_test_id("stAlert").count() == 0
    visitor.close()
