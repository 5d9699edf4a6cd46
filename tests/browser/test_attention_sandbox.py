"""The attention sandbox in a real browser with the network cut."""

import json
import re

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from explorer.recipe import Edit, Recipe
from explorer.worked_example import work
from tests.browser.server import DashboardServer
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def test_click_type_and_take_home(browser: Browser, server: DashboardServer, tmp_path) -> None:
    visitor = Visitor(browser)
    visitor.open(f"{server.url}/attention_sandbox")
    page = visitor.page

    # A click on a cell of the weights writes that cell out and puts it into the link.
    weights = page.locator('[data-testid="stVegaLiteChart"]', has=page.locator("text=0.62")).first
    weights.locator('path[aria-label^="key: 2; query: 2;"]').click()
    expect(page).to_have_url(re.compile(r"query=2.*key=2|key=2.*query=2"))
    visitor.settle()

    # A key moves a slider, and the numbers follow.
    slider = page.get_by_role("slider", name="Queries")
    slider.focus()
    slider.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"[?&]n=3"))
    visitor.settle()

    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    saved = tmp_path / "attention.json"
    download.value.save_as(saved)
    steps = work(Recipe(queries=3)).steps
    np.testing.assert_allclose(json.loads(saved.read_text())["steps"]["weights"], steps.weights)
    assert visitor.problems == []
    visitor.close()


def test_a_cold_link_with_edits_on_a_fresh_server(browser: Browser, tmp_path) -> None:
    with DashboardServer() as fresh:
        visitor = Visitor(browser)
        visitor.open(f"{fresh.url}/attention_sandbox?edits=Q.0.0%3D9&mask=causal")
        with visitor.page.expect_download() as download:
            visitor.page.get_by_role("button", name="JSON", exact=True).click()
        saved = tmp_path / "attention.json"
        download.value.save_as(saved)
        steps = work(Recipe(mask="causal", edits=(Edit("Q", 0, 0, 9.0),))).steps
        given = json.loads(saved.read_text())["steps"]
        np.testing.assert_allclose(given["output"], steps.output)
        assert visitor.problems == []
        visitor.close()
