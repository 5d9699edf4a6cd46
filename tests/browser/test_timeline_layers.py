"""Layers and reasons of the timeline page in a real browser with the network cut."""

import csv
import json
import re
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

import explorer
from explorer.probabilities import percent
from tests.browser.server import DashboardServer
from tests.browser.visitor import LOOKS, Visitor

pytestmark = pytest.mark.browser

TEXT = "The small dog sees the old cat in the garden."
LAYERS = f"timeline?watch=Layers&text={quote(TEXT)}"
REASONS = f"timeline?watch=Why%20this%20piece&text={quote(TEXT)}"


def worked_example():
    model = explorer.load("miniature-t5")
    return model, model.card.tasks[0].compose(TEXT)


def test_click_a_cell_change_the_lens_and_take_it_home(
    browser: Browser, server: DashboardServer, tmp_path
) -> None:
    visitor = Visitor(browser)
    visitor.open(f"{server.url}/{LAYERS}")
    page = visitor.page

    # A click on a cell shows its best pieces and puts layer and step into the link.
    cells = page.locator('path[aria-roledescription="rect mark"]')
    assert cells.count() == 5 * 11
    cells.nth(3 * 11 + 6).click()  # row 3 from the top is encoder layer 1
    expect(page).to_have_url(re.compile(r"(?=.*[?&]at=6)(?=.*[?&]t_lens_layer=1)"))
    visitor.settle()
    model, text = worked_example()
    found = model.encoder_lens(text)
    expect(page.get_by_text("Step 6, encoder layer 1.")).to_be_visible()
    best = found.top_probabilities[1, 6, 0]
    expect(page.locator("text", has_text=percent(float(best))).first).to_be_visible()

    page.get_by_role("button", name="Decoder layers").or_(
        page.get_by_role("radio", name="Decoder layers")
    ).click()
    expect(page).to_have_url(re.compile(r"t_lens=Decoder"))
    expect(cells).to_have_count(3 * 11)
    visitor.settle()
    expect(page.get_by_text("only in the last decoder layer")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    saved = tmp_path / "layers.json"
    download.value.save_as(saved)
    given = json.loads(saved.read_text())
    np.testing.assert_allclose(given["probability"], model.lens(text).probability, atol=1e-5)
    with page.expect_download() as download:
        page.get_by_role("button", name="SVG", exact=True).click()
    picture = tmp_path / "layers.svg"
    download.value.save_as(picture)
    assert ">kleine<" in picture.read_text()

    # The link opens the same cell for somebody else.
    other = Visitor(browser)
    other.open(page.url)
    expect(other.page.get_by_text("Step 6, decoder layer 1.")).to_be_visible()
    assert other.problems == visitor.problems == []
    other.close()
    visitor.close()


def test_move_the_step_and_take_the_words_home(
    browser: Browser, server: DashboardServer, tmp_path
) -> None:
    visitor = Visitor(browser)
    visitor.open(f"{server.url}/{REASONS}")
    page = visitor.page
    expect(page.get_by_text("removing its first word (“small”)")).to_be_visible()
    slider = page.get_by_role("slider", name="Step on screen")
    slider.focus()
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"[?&]at=2"))
    visitor.settle()
    expect(page.get_by_text("removing its first word (“dog”)")).to_be_visible()
    expect(page.get_by_text("probability of “Hund”")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    saved = tmp_path / "words.csv"
    download.value.save_as(saved)
    with saved.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    model, text = worked_example()
    found = model.attribution(text, step=2)
    assert [row["word"] for row in rows] == [unit.text for unit in found.words]
    given = [float(row["left out (nats)"]) for row in rows]
    np.testing.assert_allclose(given, found.left_out, atol=1e-3)

    # The step stays when the view changes.
    page.get_by_role("radio", name="Layers").or_(
        page.get_by_role("button", name="Layers", exact=True)
    ).first.click()
    visitor.settle()
    expect(page.get_by_text(re.compile(r"Step 2, encoder layer \d"))).to_be_visible()
    assert visitor.problems == []
    visitor.close()


def test_choose_a_branch_and_share_what_is_seen_of_it(
    browser: Browser, server: DashboardServer, tmp_path
) -> None:
    visitor = Visitor(browser)
    visitor.open(f"{server.url}/timeline?watch=Branches")
    page = visitor.page
    expect(page.get_by_text("At step 3 dem stands for den")).to_be_visible()
    page.get_by_role("radio", name="Layers").click()
    visitor.settle()
    expect(page.get_by_text("The model's own greedy answer")).to_be_visible()
    which = page.get_by_role("radiogroup", name="Which answer")
    # By the keyboard: the arrow goes from the first answer to its branch.
    which.get_by_role("radio", name="0").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile(r"[?&]t_answer=1"))
    visitor.settle()
    told = "Answer 1, which says dem at step 3 where answer 0 says den"
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.get_by_text("Step 3, encoder layer 3.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    assert download.value.suggested_filename.endswith("-answer-1.json")
    saved = tmp_path / "layers.json"
    download.value.save_as(saved)
    model = explorer.load("miniature-t5")
    text = model.card.tasks[0].compose("The dog that the man helps is old.")
    made = model.branches(text).branch(3, "dem").timeline
    assert json.loads(saved.read_text())["target"]["ids"] == list(made.target.ids)
    page.get_by_role("radio", name="Why this piece").click()
    visitor.settle()
    expect(page.get_by_text("A person chose this piece")).to_be_visible()
    address = page.url
    assert visitor.problems == []
    visitor.close()

    # Somebody who has seen nothing yet.
    other = Visitor(browser)
    other.open(address)
    expect(other.page.get_by_text(told)).to_be_visible()
    expect(other.page.get_by_text("A person chose this piece")).to_be_visible()
    assert other.problems == []
    other.close()


def test_stop_and_go_on(browser: Browser, server: DashboardServer) -> None:
    visitor = Visitor(browser)
    page = visitor.page
    text = "The zebra of the professor juggles with seventeen old umbrellas. " * 2
    page.goto(f"{server.url}/timeline?watch=Why%20this%20piece&text={quote(text.strip())}")
    # Looked for and clicked in one go: between two calls from here the work might end.
    page.wait_for_function(
        r"""() => {
            const main = document.querySelector('[data-testid="stMain"]');
            if (!main || !/\d+ of at most [\d,]+ readings/.test(main.innerText)) return false;
            const stop = [...main.querySelectorAll('button')]
                .find(button => /(^|\s)Stop$/.test(button.innerText.trim()));
            stop?.click();
            return stop !== undefined;
        }"""
    )
    main = page.locator('[data-testid="stMain"]')
    expect(main.get_by_text("Stopped before all words were left out.")).to_be_visible()
    again = page.get_by_role("button", name="Go on")
    again.click()
    expect(again).to_have_count(0)
    visitor.settle()
    expect(page.get_by_text("Checked: difference").first).to_be_visible()
    assert visitor.problems == []
    visitor.close()


@pytest.mark.parametrize(("size", "theme"), LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("view", [LAYERS, REASONS], ids=["layers", "reasons"])
def test_it_fits_and_is_accessible(browser, server, view, theme, size) -> None:
    visitor = Visitor(browser, size, theme)
    visitor.open(f"{server.url}/{view}")
    assert visitor.too_wide() <= 0
    assert visitor.violations() == []
    assert visitor.problems == []
    visitor.close()
