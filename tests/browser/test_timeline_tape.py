"""The timeline's steps in a real browser with the network cut: keys, clicks, play, take home."""

import json
import re

import pytest
from playwright.sync_api import Browser, expect

import explorer
from tests.browser.server import DashboardServer
from tests.browser.visitor import PROJECTOR, Visitor

pytestmark = pytest.mark.browser


def test_keys_clicks_and_scrubber_go_through_the_steps(
    browser: Browser, server: DashboardServer, tmp_path
) -> None:
    visitor = Visitor(browser)
    visitor.open(f"{server.url}/timeline")
    page = visitor.page
    slider = page.get_by_role("slider", name="Step on screen")
    expect(slider).to_have_value("3")

    page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("4")
    expect(page).to_have_url(re.compile(r"[?&]at=4"))
    visitor.settle()
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_value("3")
    visitor.settle()

    # On the scrubber itself the same key moves one step, not two.
    slider.focus()
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"[?&]at=4"))
    visitor.settle()
    expect(slider).to_have_value("4")

    # A piece of the tape, then the hesitation that is one click away.
    page.locator('path[aria-label="step 6: ␣hilft, 100.0 %"]').click()
    expect(slider).to_have_value("6")
    visitor.settle()
    page.get_by_role("radio", name="3 · den 54.8 %").click()
    expect(slider).to_have_value("3")
    visitor.settle()
    # The piece that was clicked last, once more.
    page.locator('path[aria-label="step 6: ␣hilft, 100.0 %"]').click()
    expect(slider).to_have_value("6")
    visitor.settle()

    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    saved = tmp_path / "timeline.json"
    download.value.save_as(saved)
    model = explorer.load("miniature-t5")
    found = model.timeline(model.card.tasks[0].compose("The dog that the man helps is old."), 6)
    given = json.loads(saved.read_text())["steps"]
    assert [step["token"]["id"] for step in given] == list(found.target.ids)
    assert [step["probability"] for step in given] == pytest.approx(
        [step.probability for step in found.steps], abs=1e-6
    )
    assert visitor.problems == []
    visitor.close()


def test_play_goes_on_by_itself_and_stops_at_the_end(
    browser: Browser, server: DashboardServer
) -> None:
    visitor = Visitor(browser)
    visitor.open(f"{server.url}/timeline?at=8")
    page = visitor.page
    slider = page.get_by_role("slider", name="Step on screen")
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    for step in ("9", "10", "11"):
        expect(slider).to_have_value(step, timeout=15_000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()

    # From the end it begins again, and a pause holds the step.
    page.get_by_role("button", name="Play").click()
    expect(slider).to_have_value("1", timeout=15_000)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    visitor.settle()
    held = slider.input_value()
    page.wait_for_timeout(2500)
    assert slider.input_value() == held
    assert visitor.problems == []
    visitor.close()


def test_a_cold_link_on_a_fresh_server_shows_the_same_step(browser: Browser) -> None:
    with DashboardServer() as fresh:
        visitor = Visitor(browser, PROJECTOR, "dark")
        visitor.open(
            f"{fresh.url}/timeline?t_begin=Der+Hund%2C+dem&at=6&t_read=One+head&t_layer=2&t_head=2"
        )
        page = visitor.page
        expect(page.get_by_role("slider", name="Step on screen")).to_have_value("6")
        expect(page.get_by_text("Step 6: the model says hilft")).to_be_visible()
        assert visitor.problems == []
        assert "Traceback" not in fresh.log()
        visitor.close()


def test_a_beginning_stays_in_the_other_views_and_the_search_says_that_it_does_not_use_it(
    browser: Browser, server: DashboardServer
) -> None:
    visitor = Visitor(browser)
    visitor.open(f"{server.url}/timeline")
    page = visitor.page
    page.get_by_text("How it is decoded").click()
    field = page.get_by_role("textbox", name="Begin with")
    field.fill("Der Hund, dem")
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]t_begin=Der"))
    visitor.settle()
    for view, told in (
        ("Beam search", "Not used here: the beginning “Der Hund, dem”."),
        ("Layers", "The first answer (greedy, begun with “Der Hund, dem”)"),
        ("Why this piece", "The first answer (greedy, begun with “Der Hund, dem”)"),
    ):
        page.get_by_role("radio", name=view).click()
        visitor.settle()
        expect(page.get_by_text(told)).to_be_visible()
    # What is set stays in the link of a view that goes by it.
    expect(page).to_have_url(re.compile(r"[?&]t_begin=Der"))
    page.get_by_role("radio", name="Steps").click()
    visitor.settle()
    expect(page.locator('path[aria-label^="step 3: ␣dem"]').first).to_be_visible()
    assert visitor.problems == []
    visitor.close()
