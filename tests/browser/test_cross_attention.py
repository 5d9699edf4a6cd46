"""The cross-attention page in a real browser with the network cut: clicked, hovered, filtered."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

import explorer
from tests.browser.drawn import HALF_BYTE, opacities, wait
from tests.browser.server import DashboardServer
from tests.browser.visitor import PHONE, PROJECTOR, Visitor

pytestmark = pytest.mark.browser

# Every word of the example is one piece, so the maps on the page are the model's own.
MODEL = explorer.load("miniature-t5")
TASK = MODEL.card.tasks[0]
MAPS = MODEL.attention(TASK.compose(TASK.example))


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    window = Visitor(browser)
    yield window
    assert window.problems == []
    window.close()


def cell(page: Page, chart: int, row: int, column: int, columns: int):
    """A cell of a heat map: they are drawn row by row."""
    drawn = page.locator('[data-testid="stVegaLiteChart"]').nth(chart)
    return drawn.locator('path[aria-roledescription="rect mark"]').nth(row * columns + column)


def lit(page: Page) -> list[float]:
    """The weights of the source words that light up."""
    return [
        float(text)
        for text in page.locator('[data-testid="stHtml"] span[title]').evaluate_all(
            "all => all.map(each => each.title)"
        )
    ]


def test_a_cell_a_word_and_the_threshold(visitor: Visitor, server: DashboardServer) -> None:
    page = visitor.page
    visitor.open(f"{server.url}/cross_attention")
    weights = MAPS.cross[2, 2]
    np.testing.assert_allclose(lit(page), weights[0], atol=1e-4)
    cell(page, 0, 3, 8, weights.shape[1]).click()
    expect(page).to_have_url(re.compile(r"[?&]row=3"))
    visitor.settle()
    np.testing.assert_allclose(lit(page), weights[3], atol=1e-4)
    page.get_by_role("radio", name="Katze", exact=True).or_(
        page.get_by_role("button", name="Katze", exact=True)
    ).first.click()
    expect(page).to_have_url(re.compile(r"[?&]row=6"))
    visitor.settle()
    np.testing.assert_allclose(lit(page), weights[6], atol=1e-4)

    before = cell(page, 0, 0, 4, weights.shape[1]).get_attribute("fill")
    slider = page.get_by_role("slider", name="Grey out weights below")
    slider.focus()
    for _ in range(30):
        slider.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"[?&]threshold=0.3"))
    visitor.settle()
    grey = cell(page, 0, 0, 4, weights.shape[1]).get_attribute("fill")
    assert weights[0, 4] < 0.3 < weights[0, 5]
    assert grey != before
    assert cell(page, 0, 0, 5, weights.shape[1]).get_attribute("fill") != grey


def test_a_row_of_the_table_opens_its_head(visitor: Visitor, server: DashboardServer) -> None:
    page = visitor.page
    visitor.open(f"{server.url}/cross_attention?look=Every+head&stack=Encoder&show=Mean")
    table = page.locator('[data-testid="stDataFrame"]')
    box = table.bounding_box()
    # The first column holds the boxes to choose a row; the eighth row is layer 1, head 3.
    page.mouse.click(box["x"] + 15, box["y"] + 35 * 8 + 17)
    expect(page).to_have_url(re.compile(r"layer=1"))
    visitor.settle()
    assert "head=3" in page.url
    assert "look=" not in page.url
    assert "show=" not in page.url
    np.testing.assert_allclose(lit(page), MAPS.encoder[1, 3][0], atol=1e-4)


def test_a_square_of_the_ablation_map_opens_its_head(
    visitor: Visitor, server: DashboardServer
) -> None:
    page = visitor.page
    visitor.open(f"{server.url}/cross_attention?look=Switch+off")
    cell(page, 0, 1, 3, 4).click()
    expect(page).to_have_url(re.compile(r"layer=1"))
    visitor.settle()
    assert "head=3" in page.url
    np.testing.assert_allclose(lit(page), MAPS.cross[1, 3][0], atol=1e-4)


def test_bertviz_is_used_inside_the_page(visitor: Visitor, server: DashboardServer) -> None:
    page = visitor.page
    visitor.open(f"{server.url}/cross_attention?look=bertviz")
    frame = page.locator('[data-testid="stIFrame"]').element_handle().content_frame()
    wait(frame)
    assert frame.get_by_label("Layer").input_value() == "2"
    drawn = opacities(frame)
    assert np.abs(drawn[2] - MAPS.cross[2, 2]).max() <= HALF_BYTE
    assert (drawn[[0, 1, 3]] == 0).all()
    frame.get_by_label("Layer").select_option("1")
    frame.get_by_role("checkbox", name="Head 0", exact=True).click()
    drawn = opacities(frame)
    assert np.abs(drawn[[0, 2]] - MAPS.cross[1, [0, 2]] / 2).max() <= HALF_BYTE
    frame.locator("#left text").nth(3).hover()
    shown = frame.locator("#attention line[visibility=visible]")
    assert set(shown.evaluate_all("all => all.map(l => l.getAttribute('left-token-index'))")) == {
        "3"
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_map_is_in_sight_at_once(browser: Browser, server: DashboardServer, theme: str) -> None:
    visitor = Visitor(browser, PROJECTOR, theme)
    visitor.open(f"{server.url}/cross_attention")
    top = cell(visitor.page, 0, 0, 0, MAPS.cross.shape[3]).bounding_box()["y"]
    assert top < PROJECTOR[1] * 0.75
    visitor.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_the_controls_come_after_the_map(
    browser: Browser, server: DashboardServer, theme: str
) -> None:
    visitor = Visitor(browser, PHONE, theme)
    visitor.open(f"{server.url}/cross_attention")
    page = visitor.page
    chart = page.locator('[data-testid="stVegaLiteChart"]').first.bounding_box()
    control = page.get_by_role("slider", name="Layer").bounding_box()
    assert control["y"] > chart["y"] + chart["height"]
    assert visitor.problems == []
    visitor.close()
