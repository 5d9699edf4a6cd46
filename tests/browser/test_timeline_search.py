"""The beam search of the timeline in a real browser with the network cut."""

import csv
import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Locator, expect

import explorer
from tests.browser.server import DashboardServer
from tests.browser.visitor import PHONE, Visitor

pytestmark = pytest.mark.browser

TEXT = "The teacher gives the."


def address(server: DashboardServer, **parameters: object) -> str:
    given = {"watch": "Beam search", "text": TEXT, **parameters}
    return f"{server.url}/timeline?{urlencode(given)}"


def search(width: int = 4, **settings: object):
    model = explorer.load("miniature-t5")
    return model.beam_search(f"translate English to German: {TEXT}", width, **settings)


def drawn(visitor: Visitor) -> Locator:
    return visitor.page.locator('[data-testid="stVegaLiteChart"]')


def point_at(visitor: Visitor, piece: str, click: bool = False) -> None:
    """Move the pointer to a piece of the tree, or click it."""
    word = drawn(visitor).locator("text", has_text=re.compile(f"^{re.escape(piece)}$")).last
    word.scroll_into_view_if_needed()
    box = word.bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    if click:
        visitor.page.mouse.click(*middle)
    else:
        visitor.page.mouse.move(*middle)


def test_hover_click_change_and_take_home(
    browser: Browser, server: DashboardServer, tmp_path
) -> None:
    visitor = Visitor(browser)
    page = visitor.page
    visitor.open(address(server))
    tree = search()

    # Pointing at a piece tells its numbers.
    node = tree.nodes[tree.hypotheses[2].path[3]]
    point_at(visitor, node.token.display)
    hovered = page.locator("#vg-tooltip-element")
    expect(hovered).to_contain_text(f"{node.log_probability:.4g} nats".replace("-", "−"))
    expect(hovered).to_contain_text(f"{node.rank} of 8 at this step")

    # A click on it tells the same below the tree, and marks the answer it leads to.
    point_at(visitor, node.token.display, click=True)
    expect(page).to_have_url(re.compile(r"t_path=3"))
    expect(page).to_have_url(re.compile(rf"t_node={node.id}(&|$)"))
    expect(page.get_by_text(re.compile(r"Rank: \d of 8"))).to_be_visible()
    visitor.settle()

    # So does a click on the box before its row in the table.
    table = page.locator('[data-testid="stDataFrame"]')
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box
    row = box["height"] / (1 + len(tree.hypotheses))
    page.mouse.click(box["x"] + 17, box["y"] + 2.5 * row)
    expect(page).to_have_url(re.compile(r"t_path=2"))
    visitor.settle()
    assert page.locator('[data-testid="stAlert"]').count() == 0

    # A key moves the slider, and another search is drawn.
    slider = page.get_by_role("slider", name="Beams")
    slider.focus()
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"t_width=5"))
    # The link changes before the new search is there.
    expect(page.get_by_role("slider", name="Answer that is marked")).to_have_attribute("max", "5")
    visitor.settle()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    saved = tmp_path / "nodes.csv"
    download.value.save_as(saved)
    rows = list(csv.DictReader(saved.read_text("utf-8-sig").splitlines()))
    wider = search(5)
    assert [int(each["id"]) for each in rows] == [each.token.id for each in wider.nodes]
    assert [each["state"] for each in rows] == [each.state for each in wider.nodes]
    assert visitor.problems == []
    visitor.close()


def test_stop_and_search_again(browser: Browser, server: DashboardServer) -> None:
    visitor = Visitor(browser)
    page = visitor.page
    # A text that nobody has asked for, and a search that takes its time.
    text = "The zebra of the professor juggles with seventeen umbrellas " * 4
    visitor.page.goto(address(server, text=text, t_width=16, t_most=128, t_penalty=2))
    # Streamlit has a button of the same name at the top, for the whole page.
    main = page.locator('[data-testid="stMain"]')
    # Looked for and clicked in one go: between two calls from here the search might end.
    page.wait_for_function(
        r"""() => {
            const main = document.querySelector('[data-testid="stMain"]');
            if (!main || !/[1-9]\d* of at most 128 steps/.test(main.innerText)) return false;
            const stop = [...main.querySelectorAll('button')]
                .find(button => /(^|\s)Stop$/.test(button.innerText.trim()));
            stop?.click();
            return stop !== undefined;
        }"""
    )
    expect(main.get_by_text(re.compile(r"Stopped after \d+ steps"))).to_be_visible()
    expect(drawn(visitor)).to_be_visible()
    again = page.get_by_role("button", name="Go on")
    expect(again).to_be_visible()
    again.click()
    expect(again).to_have_count(0)
    visitor.settle()
    expect(drawn(visitor)).to_be_visible()
    expect(page.get_by_text("Checked: difference").first).to_be_visible()
    assert visitor.problems == []
    visitor.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_the_tree_scrolls_and_the_page_does_not(
    browser: Browser, server: DashboardServer, theme: str
) -> None:
    visitor = Visitor(browser, PHONE, theme)
    visitor.open(address(server, t_tree="Everything considered"))
    sizes = visitor.page.evaluate(
        """() => {
            const main = document.querySelector('[data-testid="stMain"]');
            const tree = document.querySelector('.st-key-beam_tree_scroll');
            return [main.scrollWidth - window.innerWidth, tree.scrollWidth - tree.clientWidth];
        }"""
    )
    assert sizes[0] <= 0
    assert sizes[1] > 0
    assert visitor.violations() == []
    assert visitor.problems == []
    visitor.close()
