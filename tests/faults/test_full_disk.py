"""The server's disk is full: whatever a person takes home comes all the same."""

import json
import resource
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from explorer.dashboard.messages import UNEXPECTED
from tests.browser.visitor import Visitor
from tests.faults.guest import follow
from tests.faults.harmed import HarmedServer

BEGINNINGS = {
    "CSV": b"\xef\xbb\xbf",
    "JSON": b"{",
    "PNG": b"\x89PNG",
    "SVG": b"<svg",
    "HTML": b"<!doctype html>",
}


@pytest.mark.browser
def test_every_file_to_take_home_comes_whole(server: HarmedServer, browser: Browser) -> None:
    # No file of the server can grow by a single byte from here on: neither its log nor any other.
    server.limit(resource.RLIMIT_FSIZE, 0)
    visitor = Visitor(browser)
    for address, labels in (
        ("cross_attention?text=The+disk+is+full.", ("CSV", "JSON", "PNG", "SVG")),
        ("cross_attention?text=The+disk+is+full.&look=bertviz", ("HTML",)),
    ):
        visitor.open(f"{server.url}/{address}")
        for label in labels:
            with visitor.page.expect_download() as download:
                visitor.page.get_by_role("button", name=label, exact=False).first.click()
            content = Path(download.value.path()).read_bytes()
            assert content.lstrip().startswith(BEGINNINGS[label]), (label, content[:40])
            if label == "JSON":
                json.loads(content)
    assert not visitor.problems
    visitor.close()


def test_the_pages_work_while_the_disk_is_full(server: HarmedServer) -> None:
    server.set("fail", 1)
    begun = len(server.log())
    assert follow(server.url, "playground", text="This is logged.").failures() == [UNEXPECTED]
    assert "KeyError" in server.log()[begun:]
    server.limit(resource.RLIMIT_FSIZE, 0)
    full = server.log()
    assert follow(server.url, "playground", text="The log is full.").failures() == [UNEXPECTED]
    assert server.log() == full
    server.set("fail", 0)
    assert follow(server.url, "playground", text="Nothing can be written.").answered()
    assert not follow(server.url, "timeline", text="Nothing can be written.").failures()
