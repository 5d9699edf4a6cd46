"""The playground as a visitor uses it: what is on screen equals what the engine says."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Locator, expect

import explorer
from explorer.miniatures.corruption import CORRUPTIONS
from tests.browser.server import DashboardServer
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

SENTENCE = "The old farmer feeds the small horse."
PREFIX = "translate English to German: "


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    opened = Visitor(browser)
    yield opened
    opened.close()


def address(server: DashboardServer, **parameters: object) -> str:
    return f"{server.url}/playground?{urlencode(parameters)}"


def main_part(visitor: Visitor) -> Locator:
    return visitor.page.locator('[data-testid="stMain"]')


def answer_of(decoding: explorer.Decoding, text: str = SENTENCE) -> str:
    return explorer.load("miniature-t5").generate(PREFIX + text, decoding).text


def test_a_cold_link_shows_what_the_engine_computes(browser: Browser, visitor: Visitor) -> None:
    expected = answer_of(explorer.Decoding(strategy="beam", num_beams=3))
    with DashboardServer() as fresh:
        visitor.open(address(fresh, text=SENTENCE, strategy="beam", beams=3))
        expect(main_part(visitor).get_by_text(expected, exact=True).first).to_be_visible()
    assert expected


def test_typing_a_text_answers_it_and_puts_it_into_the_link(
    visitor: Visitor, server: DashboardServer
) -> None:
    visitor.open(address(server))
    box = visitor.page.get_by_label("Text", exact=True).first
    box.fill(SENTENCE)
    box.press("Control+Enter")
    expected = answer_of(explorer.Decoding())
    expect(main_part(visitor).get_by_text(expected, exact=True).first).to_be_visible()
    expect(visitor.page).to_have_url(re.compile(r"text=The(\+|%20)old"))
    assert visitor.problems == []


def test_a_hostile_link_runs_nothing_and_says_what_it_refused(
    visitor: Visitor, server: DashboardServer
) -> None:
    attack = '</script><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    visitor.open(
        address(server, text=attack, strategy="<b>", beams="1e99", seed="-1", model="../../etc")
    )
    assert visitor.page.evaluate("window.hacked") is None
    assert visitor.page.locator('[data-testid="stException"]').count() == 0
    assert visitor.page.locator('[data-testid="stAlert"]').count() >= 1
    expect(visitor.page.get_by_label("Text", exact=True).first).to_have_value(attack)


def test_every_damage_is_shown_and_repaired(visitor: Visitor, server: DashboardServer) -> None:
    visitor.open(address(server, model="miniature-bart", mode="Repair"))
    for damage in CORRUPTIONS:
        visitor.page.get_by_role("radio", name=damage.title, exact=True).click()
        visitor.settle()
        main = main_part(visitor)
        expect(main.get_by_text("Damaged", exact=True).first).to_be_visible()
        expect(main.get_by_text("Repaired", exact=True).first).to_be_visible()
        assert visitor.page.locator('[data-testid="stException"]').count() == 0
    assert visitor.problems == []


def test_a_batch_runs_to_its_end_and_its_file_is_safe(
    visitor: Visitor, server: DashboardServer, tmp_path: Path
) -> None:
    rows = [SENTENCE, "=1+2", "The cat sleeps."]
    given = io.StringIO()
    csv.writer(given).writerows([["text"], *([row] for row in rows)])
    visitor.open(address(server, mode="Batch"))
    visitor.page.locator('input[type="file"]').set_input_files(
        {"name": "rows.csv", "mimeType": "text/csv", "buffer": given.getvalue().encode()}
    )
    # The page may look settled before the file has arrived, and shows the example until then.
    expect(visitor.page.get_by_text(re.compile("^3 rows, 1 column"))).to_be_visible()
    visitor.settle()
    visitor.page.get_by_role("button", name="Start", exact=True).click()
    expect(visitor.page.get_by_text(re.compile("3 of 3 rows"))).to_be_visible()
    visitor.settle()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="CSV", exact=True).last.click()
    saved = tmp_path / "batch.csv"
    download.value.save_as(saved)
    written = list(csv.reader(io.StringIO(saved.read_text("utf-8-sig"))))
    cells = [cell for row in written for cell in row]
    assert answer_of(explorer.Decoding()) in cells
    assert len(written) == 1 + len(rows)
    formula = re.compile(r"[=+@\t\r]|-(?![\d.])")
    assert [cell for cell in cells if formula.match(cell)] == []
