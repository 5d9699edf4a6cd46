"""The attention sandbox in a real browser with the network cut."""

import csv
import json
import re

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.recipe import Edit, Recipe
from explorer.worked_example import work
from tests.browser.server import DashboardServer
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def saved(page: Page, kind: str, folder) -> str:
    """The file that a button of the page gives."""
    with page.expect_download() as download:
        page.get_by_role("button", name=kind, exact=True).click()
    target = folder / download.value.suggested_filename
    download.value.save_as(target)
    return target.read_text(encoding="utf-8-sig")


def output_in(page: Page, folder) -> np.ndarray:
    return np.array(json.loads(saved(page, "JSON", folder))["steps"]["output"])


def test_click_type_and_take_home(browser: Browser, server: DashboardServer, tmp_path) -> None:
    visitor = Visitor(browser)
    visitor.open(f"{server.url}/attention_sandbox")
    page = visitor.page

    # A click on a cell of the weights writes that cell out and puts it into the link.
    weights = page.locator('[data-testid="stVegaLiteChart"]', has=page.locator("text=0.62")).first
    weights.locator('path[aria-label^="key: 2; query: 2;"]').click()
    expect(page).to_have_url(re.compile(r"query=2.*key=2|key=2.*query=2"))
    visitor.settle()
    expect(page.locator(".katex").filter(has_text="q2")).not_to_have_count(0)

    # A key moves a slider, and the numbers follow.
    slider = page.get_by_role("slider", name="Queries")
    slider.focus()
    slider.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"[?&]n=3"))
    visitor.settle()

    steps = work(Recipe(queries=3)).steps
    given = json.loads(saved(page, "JSON", tmp_path))["steps"]
    np.testing.assert_allclose(given["weights"], steps.weights)
    rows = list(csv.DictReader(saved(page, "CSV", tmp_path).splitlines()))
    assert len(rows) == steps.weights.size
    for row in rows:
        place = tuple(int(row[name]) for name in ("head", "query", "key"))
        assert float(row["weight"]) == pytest.approx(steps.weights[place])
        assert float(row["score"]) == pytest.approx(steps.scores[place])
    assert visitor.problems == []
    visitor.close()


def test_a_cell_set_by_hand_changes_the_output_until_it_is_undone(
    browser: Browser, server: DashboardServer, tmp_path
) -> None:
    visitor = Visitor(browser)
    visitor.open(f"{server.url}/attention_sandbox")
    page = visitor.page
    page.get_by_text("Set the cells of Q, K and V by hand").click()
    editor = page.get_by_test_id("stDataFrame").first
    editor.scroll_into_view_if_needed()
    visitor.settle()
    # The grid is a canvas: the first column is the index, the first row the header.
    cell = page.locator("#portal input")
    for _ in range(5):
        box = editor.bounding_box()
        assert box
        page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + 52)
        page.keyboard.press("Enter")
        page.wait_for_timeout(1_000)  # on a busy machine the grid may not take the first key
        if cell.count():
            break
    cell.fill("7.5")
    cell.press("Enter")
    expect(page).to_have_url(re.compile(r"edits=Q\.0\.\d(=|%3D)7\.5"))
    visitor.settle()
    column = int(re.findall(r"Q\.0\.(\d)", page.url)[0])
    edited = work(Recipe(edits=(Edit("Q", 0, column, 7.5),))).steps
    np.testing.assert_allclose(output_in(page, tmp_path), edited.output)
    shown = page.get_by_test_id("stVegaLiteChart").filter(has_text="Output").first
    expect(shown).to_contain_text(f"{edited.output[0, 0, 0]:.2f}".replace("-", "−"))

    page.get_by_role("button", name="Undo all").click()
    expect(page).not_to_have_url(re.compile("edits"))
    visitor.settle()
    plain = work(Recipe()).steps
    np.testing.assert_allclose(output_in(page, tmp_path), plain.output)
    expect(shown).to_contain_text(f"{plain.output[0, 0, 0]:.2f}".replace("-", "−"))
    assert visitor.problems == []
    visitor.close()


def test_a_cold_link_with_edits_on_a_fresh_server(browser: Browser, tmp_path) -> None:
    with DashboardServer() as fresh:
        visitor = Visitor(browser)
        visitor.open(f"{fresh.url}/attention_sandbox?edits=Q.0.0%3D9&mask=causal")
        steps = work(Recipe(mask="causal", edits=(Edit("Q", 0, 0, 9.0),))).steps
        np.testing.assert_allclose(output_in(visitor.page, tmp_path), steps.output)
        assert visitor.problems == []
        visitor.close()


def test_a_lesson_on_a_fresh_server_is_checked_once_torch_is_there(browser: Browser) -> None:
    with DashboardServer() as fresh:
        visitor = Visitor(browser)
        visitor.open(f"{fresh.url}/attention_sandbox?lesson=Three+kinds")
        visitor.page.get_by_text("Checked: difference").first.wait_for()
        assert visitor.problems == []
        visitor.close()
