"""The timeline's branches in a real browser with the network cut: grown, compared, shared."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.server import DashboardServer
from tests.browser.visitor import LOOKS, Visitor

pytestmark = pytest.mark.browser


def test_a_bar_grows_a_branch_and_a_cold_link_grows_it_again(
    browser: Browser, server: DashboardServer
) -> None:
    visitor = Visitor(browser)
    visitor.open(f"{server.url}/timeline")
    page = visitor.page
    page.locator('path[aria-label="␣dem: 44.8 %"]').click()
    expect(page.get_by_text("At step 3 dem stands for den")).to_be_visible()
    expect(page).to_have_url(re.compile(r"t_branches=0\.3\.\d+"))
    visitor.settle()

    # A branch of the branch: its box in the tree, then a typed piece.
    page.locator('path[aria-label^="answer 1, step 6"]').click()
    expect(page.get_by_text("Instead of hilft, say")).to_be_visible()
    visitor.settle()
    field = page.get_by_label("or any other piece")
    field.fill("sieht")
    field.press("Enter")
    expect(page.get_by_text("At step 6 sieht stands for")).to_be_visible()
    expect(page).to_have_url(re.compile(r"t_branches=0\.3\.\d+(;|%3B)1\.6\.\d+"))
    visitor.settle()
    address = page.url
    texts = page.locator("mark").all_inner_texts()
    assert texts

    # An improbable piece, far from its bar of less than a pixel.
    page.get_by_role("radio", name="Steps").click()
    visitor.settle()
    page.get_by_role("radio", name="3 · den 54.8 %").click()
    row = page.locator('path[aria-label="␣followed: 0.024 %"]')
    room = row.bounding_box()
    assert room
    row.click(position={"x": 0.9 * room["width"], "y": room["height"] / 2})
    expect(page.get_by_text("At step 3 followed stands for den")).to_be_visible()
    assert visitor.problems == []
    visitor.close()

    with DashboardServer() as fresh:
        other = Visitor(browser)
        other.open(address.replace(server.url, fresh.url))
        expect(other.page.get_by_text("At step 6 sieht stands for")).to_be_visible()
        assert other.page.locator("mark").all_inner_texts() == texts
        assert other.problems == []
        other.close()


@pytest.mark.parametrize(("size", "theme"), LOOKS.values(), ids=LOOKS)
def test_the_tree_fits_and_is_accessible(
    browser: Browser, server: DashboardServer, theme: str, size: tuple[int, int]
) -> None:
    visitor = Visitor(browser, size, theme)
    visitor.open(f"{server.url}/timeline?watch=Branches")
    assert visitor.too_wide() <= 0
    assert visitor.violations() == []
    assert visitor.problems == []
    visitor.close()
