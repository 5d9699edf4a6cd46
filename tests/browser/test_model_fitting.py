"""Will it run here, in a real browser with the network cut: filter, measure, stop, and use."""

import csv
import json
import re

import pytest
from playwright.sync_api import Browser, expect

from explorer import catalog
from explorer.footprint import footprint
from tests.browser.server import DashboardServer
from tests.browser.visitor import PHONE, Visitor

pytestmark = pytest.mark.browser

ADDRESS = "model_selector?guide=Will+it+run+here%3F"
LIST_MILLISECONDS = 600
ROW_PIXELS = 35


def choose(visitor: Visitor, label: str, option: str) -> None:
    """Choose from a list, as a person does with the keyboard."""
    box = visitor.page.get_by_role("combobox", name=label)
    box.click()
    visitor.page.keyboard.type(option)
    # The list takes a moment to narrow; before that, Enter would choose what stands there now.
    visitor.page.wait_for_timeout(LIST_MILLISECONDS)
    visitor.page.keyboard.press("Enter")
    visitor.settle()


def saved_table(visitor: Visitor, tmp_path) -> list[dict[str, str]]:
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="CSV", exact=True).first.click()
    file = tmp_path / "models.csv"
    download.value.save_as(file)
    return list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))


def test_filter_measure_and_use_a_model(
    browser: Browser, server: DashboardServer, tmp_path
) -> None:
    visitor = Visitor(browser)
    page = visitor.page
    visitor.open(f"{server.url}/{ADDRESS}")
    assert [row["Model"] for row in saved_table(visitor, tmp_path)] == [
        card.name for card in catalog.MODELS
    ]

    # Two lists and a slider change the table and the address.
    choose(visitor, "Task", "summarise")
    choose(visitor, "Parameters, at most", "10 million")
    expect(page).to_have_url(re.compile(r"fit_size=10(\+|%20)million"))
    slider = page.get_by_role("slider", name="Beams")
    slider.focus()
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"fit_beams=2"))
    visitor.settle()
    rows = saved_table(visitor, tmp_path)
    wanted = [
        card
        for card in catalog.MODELS
        if card.parameters <= 10_000_000 and any(task.kind == "summary" for task in card.tasks)
    ]
    assert [row["Model"] for row in rows] == [card.name for card in wanted]
    for card, row in zip(wanted, rows, strict=True):
        found = footprint(card, 128, 64, 2)
        assert float(row["KV cache"]) == pytest.approx(found.cache_bytes / 1e6)

    # Measuring fills discs into the chart, and the numbers say so.
    page.get_by_role("button", name="Measure here").click()
    expect(page.get_by_text("are measured at these lengths")).to_be_visible()
    visitor.settle()
    expect(page.get_by_text("wrong by a factor of")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).last.click()
    file = tmp_path / "speeds.json"
    download.value.save_as(file)
    points = json.loads(file.read_text())["speeds"]
    assert [point["name"] for point in points] == [card.name for card in wanted]
    assert all(
        point["measured"]["repeats"] and not point["estimate"]["repeats"] for point in points
    )

    # One click loads a model and opens the page of choice with it.
    choose(visitor, "Model in full", "miniature-bart-summary")
    choose(visitor, "Use it in", "Cross-attention")
    page.get_by_role("button", name="Use miniature-bart-summary").click()
    expect(page.locator("h1")).to_have_text("Cross-attention")
    expect(page).to_have_url(re.compile(r"cross_attention.*model=miniature-bart-summary"))
    visitor.settle()
    assert "fit_" not in page.url
    assert visitor.problems == []
    visitor.close()


def test_a_click_on_a_row_opens_its_model_below(browser: Browser, server: DashboardServer) -> None:
    visitor = Visitor(browser)
    page = visitor.page
    visitor.open(f"{server.url}/{ADDRESS}&fit_task=summarise&fit_size=10+million")
    wanted = [
        card
        for card in catalog.MODELS
        if card.parameters <= 10_000_000 and any(task.kind == "summary" for task in card.tasks)
    ]
    grid = page.get_by_test_id("stDataFrame").first
    grid.scroll_into_view_if_needed()
    for number in (1, 0):
        # The table is drawn on a canvas: the box stands at the left of its row.
        grid.click(position={"x": 16, "y": ROW_PIXELS * (number + 1.5)})
        used = re.compile(rf"Use {wanted[number].name}$")
        expect(page.get_by_role("button", name=used)).to_be_visible()
        visitor.settle()
    assert visitor.problems == []
    visitor.close()


def test_stop_measuring(browser: Browser, server: DashboardServer) -> None:
    visitor = Visitor(browser)
    page = visitor.page
    # As much as can be asked for: it takes far longer than a click.
    visitor.open(f"{server.url}/{ADDRESS}&fit_write=512&fit_beams=16&fit_read=128")
    page.get_by_role("button", name="Measure here").click()
    stop = page.locator('[data-testid="stMain"]').get_by_role("button", name="Stop")
    expect(page.get_by_text(re.compile(r"Measuring: \d+%"))).to_be_visible()
    stop.click()
    expect(stop).to_have_count(0)
    visitor.settle()
    expect(page.get_by_role("button", name="Measure here")).to_be_enabled()
    assert visitor.problems == []
    visitor.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_is_cut_off_and_all_is_reachable(
    browser: Browser, server: DashboardServer, theme: str
) -> None:
    visitor = Visitor(browser, PHONE, theme)
    visitor.open(f"{server.url}/{ADDRESS}&fit_model=bart-large&fit_beams=4")
    assert visitor.too_wide() <= 0
    assert visitor.violations() == []
    assert visitor.problems == []
    visitor.close()
