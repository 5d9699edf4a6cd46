"""Three architectures in a real browser with the network cut: a sentence, maps, answers, costs."""

import csv
import json
import re

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

import explorer
from explorer.sibling_attention import sibling_looks
from explorer.sibling_output import fill, go_on
from explorer.siblings import ARCHITECTURES, ENCODER_DECODER, NEAREST_IN_SIZE, sibling
from tests.browser.drawn import HALF_BYTE, framed, opacities
from tests.browser.server import DashboardServer
from tests.browser.visitor import PHONE, Visitor

pytestmark = pytest.mark.browser

ADDRESS = "model_selector?guide=Three+architectures"
SENTENCE = "The young man reads the old book."
LIMIT_MILLISECONDS = 240_000
"""For what takes seconds on a machine that has nothing else to do."""
GAP, BEGUN = 5, 2
"""Set with the keyboard: the word that is taken out, and the words that are gone on from."""


def main(visitor: Visitor) -> Locator:
    return visitor.page.locator('[data-testid="stMain"]')


def button(visitor: Visitor, name: str) -> Locator:
    return main(visitor).get_by_role("button", name=name, exact=True)


def download(visitor: Visitor, tmp_path, ending: str, place: int) -> str:
    with visitor.page.expect_download() as found:
        button(visitor, ending).nth(place).click()
    file = tmp_path / f"{place}.{ending.lower()}"
    found.value.save_as(file)
    return file.read_text("utf-8-sig")


def test_one_sentence_through_all_three_and_stop_the_costs(browser: Browser, tmp_path) -> None:
    # A server of its own: nobody has measured the costs there.
    with DashboardServer() as server:
        visitor = Visitor(browser)
        page = visitor.page
        page.goto(f"{server.url}/{ADDRESS}")
        stop = button(visitor, "Stop")
        expect(page.get_by_text(re.compile(r"\d+ of at most 18 measurements"))).to_be_visible(
            timeout=LIMIT_MILLISECONDS
        )
        stop.click()
        expect(page.get_by_text("Stopped before all lengths were measured.")).to_be_visible()
        expect(stop).to_have_count(0)
        visitor.settle()

        box = page.get_by_role("textbox", name="One sentence")
        box.fill(SENTENCE)
        box.press("Enter")
        expect(page).to_have_url(re.compile("one_sentence=The(\\+|%20)young"))
        visitor.settle()
        for label in ("Word taken out", "Words it begins with"):
            slider = page.get_by_role("slider", name=label)
            slider.focus()
            slider.press("ArrowLeft")
            visitor.settle()
        assert f"gap={GAP}" in page.url
        assert f"begun={BEGUN}" in page.url

        # Whatever was stopped, the rest of the page is all there.
        for name in ("miniature-bert", "miniature-gpt", "miniature-t5 encoder",
                     "miniature-t5 decoder", "miniature-t5 cross"):  # fmt: skip
            expect(main(visitor).get_by_text(name, exact=True).first).to_be_visible()
        bert, gpt = sibling("encoder-only"), sibling("decoder-only")
        model = explorer.load(ENCODER_DECODER)
        filled, continued = fill(bert, SENTENCE, GAP), go_on(gpt, "The young")
        answer = model.generate(model.card.tasks[0].compose(SENTENCE)).text
        for text in (filled.text, continued.added.text.strip(), answer):
            expect(main(visitor).locator("strong", has_text=text).first).to_be_visible()
        results = json.loads(download(visitor, tmp_path, "JSON", 1))
        assert [each["probability"] for each in results["filled"]["candidates"][0]] == (
            pytest.approx([each.probability for each in filled.candidates[0]], abs=1e-6)
        )
        assert results["continued"]["probabilities"] == (
            pytest.approx(continued.probabilities, abs=1e-6)
        )
        assert results["answer"]["text"] == answer

        # The heat maps hold the weights, and their cells carry them.
        page.get_by_role("radio", name="What it looks at").click()
        visitor.settle()
        looks = sibling_looks(bert, SENTENCE)
        weights = looks.weights.mean((0, 1))
        saved = csv.DictReader(download(visitor, tmp_path, "CSV", 0).splitlines())
        rows = [row for row in saved if row["attention"] == "miniature-bert"]
        assert [float(row["weight"]) for row in rows] == pytest.approx(
            weights.ravel().tolist(), abs=1e-6
        )
        first = main(visitor).locator('[data-testid="stVegaLiteChart"]').first
        drawn = [float(text) for text in first.locator("svg text").all_text_contents()
                 if re.fullmatch(r"\d?\.\d\d", text)]  # fmt: skip
        assert drawn == pytest.approx(weights.ravel().tolist(), abs=0.0051)

        page.get_by_role("radio", name="bertviz").click()
        visitor.settle()
        lines = opacities(framed(page, "bertviz: miniature-bert"))
        assert np.abs(lines - looks.weights[0] / len(lines)).max() <= HALF_BYTE

        # What was stopped goes on, and then every view has the numbers.
        button(visitor, "Go on").click()
        expect(page.get_by_text("Each reads as many pieces as it writes.")).to_be_visible(
            timeout=LIMIT_MILLISECONDS
        )
        visitor.settle()
        costs = list(csv.DictReader(download(visitor, tmp_path, "CSV", -1).splitlines()))
        assert [row["architecture"] for row in costs[-3:]] == list(ARCHITECTURES)
        assert [row["passes"] for row in costs[-3:]] == ["1", "40", "41"]
        assert costs[-1]["model"] == NEAREST_IN_SIZE
        page.get_by_role("radio", name="Tasks and architectures").click()
        speed = f"{float(costs[-1]['seconds']) * 1e3:,.1f} ms in 41 passes"
        expect(main(visitor).get_by_text(speed)).to_be_visible()
        assert visitor.problems == []
        visitor.close()


@pytest.mark.parametrize(
    ("seen", "theme"), [("What+it+may+look+at", "light"), ("What+it+looks+at", "dark")]
)
def test_on_a_phone_nothing_is_cut_off_and_all_is_reachable(
    browser: Browser, server: DashboardServer, seen: str, theme: str
) -> None:
    visitor = Visitor(browser, PHONE, theme)
    visitor.page.goto(f"{server.url}/{ADDRESS}&seen={seen}")
    # The first visitor of a server waits for the costs to be measured.
    expect(visitor.page.get_by_text("Each reads as many pieces as it writes.")).to_be_visible(
        timeout=LIMIT_MILLISECONDS
    )
    visitor.settle()
    assert visitor.too_wide() <= 0
    assert visitor.violations() == []
    assert visitor.problems == []
    visitor.close()
