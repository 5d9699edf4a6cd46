"""bertviz in a real browser with no network: used with mouse and keys, and attacked by labels."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Frame, Page

from explorer.bertviz_view import bertviz_view
from explorer.contrast import contrast
from tests.browser.drawn import HALF_BYTE, as_hex, channels, framed, labels, opacities, wait
from tests.browser.hostile import PAYLOADS, attack, watch
from tests.browser.server import DashboardServer
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

ROWS = ("<s>", "Der", "Donaudampfschifffahrtskapitän", "schläft", "</s>")
COLUMNS = ("The", "captain", "sleeps", "</s>")
LAYERS, HEADS = (2, 3, 5), tuple(range(12))

APP = """
import numpy as np
import streamlit as st
from explorer.bertviz_view import bertviz_view
from tests.browser.hostile import PAYLOADS
from tests.browser.test_bertviz import COLUMNS, LAYERS, ROWS, attention

st.title("Drawings")
last = "second" if st.button("Other text") else "first"
kept = bertviz_view(attention(), [*ROWS[:-1], last], COLUMNS, layers=LAYERS, title="Kept")
st.iframe(kept.html, height=kept.height, alt="Kept")
side = len(PAYLOADS)
weights = np.full((1, 1, side, side), 1 / side, np.float32)
for view in ("head", "model"):
    drawn = bertviz_view(weights, PAYLOADS, PAYLOADS, view=view, title=PAYLOADS[0])
    st.iframe(drawn.html, height=drawn.height, alt=view)
"""


def attention() -> np.ndarray:
    """(layer, head, query, key) with every row summing to 1."""
    scores = np.random.default_rng(7).normal(
        size=(len(LAYERS), len(HEADS), len(ROWS), len(COLUMNS))
    )
    weights = np.exp(2 * scores)
    return (weights / weights.sum(axis=-1, keepdims=True)).astype(np.float32)


class File:
    """A drawing saved to disk and opened from there; keeps what went wrong or reached out."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.context = browser.new_context(viewport={"width": 1000, "height": 700})
        self.page: Page = self.context.new_page()
        self.folder = folder
        self.problems: list[str] = []
        self.page.on("dialog", lambda dialog: (self.problems.append("dialog"), dialog.dismiss()))
        self.page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))
        self.page.on(
            "console",
            lambda message: message.type == "error" and self.problems.append(message.text),
        )
        self.page.on("request", self._keep_request)

    def open(self, weights, rows, columns, **options) -> Page:
        drawn = bertviz_view(weights, rows, columns, **options)
        path = self.folder / "attention.html"
        path.write_text(drawn.html, encoding="utf-8")
        self.page.goto(path.as_uri())
        wait(self.page)
        assert abs(whole_height(self.page) - max(drawn.height, 700)) <= 40
        return self.page

    def _keep_request(self, request) -> None:
        if not request.url.startswith(self.folder.as_uri()):
            self.problems.append(f"request: {request.url}")


@pytest.fixture
def file(browser: Browser, tmp_path: Path) -> Iterator[File]:
    opened = File(browser, tmp_path)
    yield opened
    opened.context.close()


def whole_height(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollHeight")


def test_head_view_layers_heads_and_hover(file: File) -> None:
    weights = attention()
    page = file.open(weights, ROWS, COLUMNS, layers=LAYERS, layer=3, title="Cross-attention")
    boxes = page.get_by_role("checkbox")
    assert page.locator("#layer option").all_inner_texts() == ["2", "3", "5"]
    assert page.get_by_label("Layer").input_value() == "3"
    assert page.locator(".head-number").all_text_contents() == [str(head) for head in HEADS]
    assert np.abs(opacities(page) - weights[1] / 12).max() <= HALF_BYTE
    colours = page.locator(".headAttention line:first-child").evaluate_all(
        "lines => [...new Set(lines.map(line => line.getAttribute('stroke')))]"
    )
    assert len(colours) == len(HEADS)

    page.get_by_role("checkbox", name="Head 4", exact=True).click()
    assert boxes.nth(4).get_attribute("aria-checked") == "false"
    drawn = opacities(page)
    assert (drawn[4] == 0).all()
    rest = [head for head in HEADS if head != 4]
    assert np.abs(drawn[rest] - weights[1][rest] / 11).max() <= HALF_BYTE

    page.get_by_label("Layer").select_option("5")
    drawn = opacities(page)
    assert (drawn[4] == 0).all()
    assert np.abs(drawn[rest] - weights[2][rest] / 11).max() <= HALF_BYTE
    assert boxes.nth(4).get_attribute("aria-checked") == "false"

    boxes.nth(4).focus()
    page.keyboard.press("Enter")
    assert boxes.nth(4).get_attribute("aria-checked") == "true"
    assert np.abs(opacities(page) - weights[2] / 12).max() <= HALF_BYTE
    boxes.nth(7).dblclick()
    assert [box.get_attribute("aria-checked") for box in boxes.all()].count("true") == 1
    assert np.abs(opacities(page)[7] - weights[2][7]).max() <= HALF_BYTE

    page.locator("#left text").nth(1).hover()
    assert page.locator("#attention").get_attribute("visibility") == "hidden"
    shown = page.locator("#attention line[visibility=visible]")
    assert shown.count() == len(HEADS) * len(COLUMNS)
    assert set(shown.evaluate_all("all => all.map(l => l.getAttribute('left-token-index'))")) == {
        "1"
    }
    page.mouse.move(900, 600)
    assert page.locator("#attention").get_attribute("visibility") == "visible"
    assert file.problems == []


def test_the_chosen_layer_is_kept_until_another_is_asked_for(file: File) -> None:
    weights = attention()
    options = {"layers": LAYERS, "title": "Decoder"}
    page = file.open(weights, ROWS, COLUMNS, **options)
    page.get_by_label("Layer").select_option("5")
    page = file.open(weights, (*ROWS[:-1], "another"), COLUMNS, **options)
    assert page.get_by_label("Layer").input_value() == "5"
    assert np.abs(opacities(page) - weights[2] / 12).max() <= HALF_BYTE
    page = file.open(weights, ROWS, COLUMNS, layers=LAYERS, title="Encoder")
    assert page.get_by_label("Layer").input_value() == "2"
    page = file.open(weights, ROWS, COLUMNS, layer=3, **options)
    assert page.get_by_label("Layer").input_value() == "3"
    page = file.open(weights[:2], ROWS, COLUMNS, layers=LAYERS[:2], title="Decoder")
    assert page.get_by_label("Layer").input_value() == "2"
    assert file.problems == []


def test_the_heads_asked_for_are_shown_first(file: File) -> None:
    page = file.open(attention(), ROWS, COLUMNS, shown_heads=(0, 11))
    boxes = page.get_by_role("checkbox").all()
    assert [h for h, box in enumerate(boxes) if box.get_attribute("aria-checked") == "true"] == [
        0,
        11,
    ]


def test_model_view_cells_open_hover_and_close(file: File) -> None:
    weights = attention()
    page = file.open(weights, ROWS, COLUMNS, view="model", layers=LAYERS)
    cell = page.get_by_role("button", name="Layer 5, head 7", exact=True)
    assert page.get_by_role("button").count() == len(LAYERS) * len(HEADS)
    cell.click()
    assert page.locator("text.detail").all_text_contents() == ["Layer 5, Head 7"]
    drawn = page.locator(".attn-line-group line").evaluate_all(
        "lines => lines.map(line => +line.getAttribute('stroke-opacity'))"
    )
    shown = np.array(drawn).reshape(len(ROWS), len(COLUMNS))
    assert np.abs(shown - weights[2, 7]).max() <= HALF_BYTE
    assert labels(page, ".detail .token") == [*ROWS, *COLUMNS]

    page.locator(".detail .token").nth(3).hover()
    groups = page.locator(".attn-line-group")
    assert groups.evaluate_all("all => all.map(g => +g.style.opacity)") == [0, 0, 0, 1, 0]
    page.mouse.move(900, 690)
    assert groups.evaluate_all("all => all.map(g => +g.style.opacity)") == [1] * len(ROWS)

    page.get_by_role("button", name="Layer 2, head 0", exact=True).focus()
    page.keyboard.press("Enter")
    assert page.locator("text.detail").all_text_contents() == ["Layer 2, Head 0"]
    page.keyboard.press("Enter")
    assert page.locator(".detail").count() == 0
    assert file.problems == []


def test_the_large_picture_of_a_single_head_is_inside_the_page(file: File) -> None:
    page = file.open(attention()[:1, :1], ROWS, COLUMNS, view="model")
    page.get_by_role("button").click()
    frame = page.locator("rect.detail").bounding_box()
    picture = page.locator("svg").bounding_box()
    assert frame["x"] >= picture["x"]
    assert frame["x"] + frame["width"] <= picture["x"] + picture["width"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", ["head", "model"])
def test_labels_are_readable_and_long_ones_are_cut_where_one_sees_it(
    file: File, view: str, theme: str
) -> None:
    page = file.open(attention(), ROWS, COLUMNS, view=view, theme=theme, layers=LAYERS)
    if view == "model":
        page.get_by_role("button").nth(5).click()
    inks = page.locator("svg text:not(.head-number)").evaluate_all(
        "texts => [...new Set(texts.map(text => getComputedStyle(text).fill))]"
    )
    assert len(inks) == 1
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    hovered = page.locator(".background, .attn_background[stroke-opacity='0.8']").first.evaluate(
        "part => getComputedStyle(part).fill"
    )
    assert contrast(as_hex(inks[0]), as_hex(paper)) >= 7
    assert contrast(as_hex(inks[0]), as_hex(hovered)) >= 7
    assert (sum(channels(paper)) > 600) == (theme == "light")
    long = page.locator("g:has(> title) > text")
    assert long.count() == 1
    assert long.inner_html().startswith("Donau")
    assert long.inner_html().endswith("…")
    assert page.locator("g:has(> text) > title").text_content() == ROWS[2]
    box = long.bounding_box()
    assert box["x"] >= page.locator("svg").bounding_box()["x"]
    serious = [
        each["id"]
        for each in Axe().run(page).response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert file.problems == []


def payload_weights() -> np.ndarray:
    return np.full((1, 1, len(PAYLOADS), len(PAYLOADS)), 1 / len(PAYLOADS), np.float32)


@pytest.mark.parametrize("view", ["head", "model"])
def test_no_label_runs_in_the_saved_file(file: File, view: str) -> None:
    assert len(PAYLOADS) >= 30
    page = file.open(payload_weights(), PAYLOADS, PAYLOADS, view=view, title=PAYLOADS[0])
    attack(page, view)
    assert page.title() == PAYLOADS[0]
    assert file.problems == []


def test_the_policy_stops_a_script_that_got_in_all_the_same(file: File) -> None:
    page = file.open(attention(), ROWS, COLUMNS)
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.body.append(script);
            document.body.insertAdjacentHTML('beforeend',
                '<img src="http://127.0.0.1:9/p" onerror="window.ran = true">');
        }"""
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran") is None
    assert page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')") == (
        "refused"
    )
    assert len([each for each in file.problems if "Content Security Policy" in each]) >= 3


def test_in_the_dashboard_no_label_runs_and_the_layer_is_kept(
    browser: Browser, tmp_path: Path
) -> None:
    script = tmp_path / "app.py"
    script.write_text(APP)
    with DashboardServer(script) as server:
        visitor = Visitor(browser)
        page = visitor.page
        events = watch(page)
        visitor.open(server.url)
        title = page.title()
        for view in ("head", "model"):
            frame = framed(page, view)
            attack(frame, view)
            assert frame.title() == PAYLOADS[0]
        kept = framed(page, "Kept")
        kept.get_by_label("Layer").select_option("5")
        page.get_by_role("button", name="Other text").click()
        visitor.settle()
        again = showing(page, "Kept", "second")
        assert again.get_by_label("Layer").input_value() == "5"
        assert np.abs(opacities(again) - attention()[2] / 12).max() <= HALF_BYTE
        assert page.title() == title
        assert "taken" not in title
        assert events == []
        assert visitor.problems == []
        visitor.close()


def showing(page: Page, name: str, label: str) -> Frame:
    """The view once it shows a label: the page swaps an iframe's content in its own time."""
    for _ in range(300):
        frame = framed(page, name)
        if labels(frame, "#left text")[-1] == label:
            return frame
        page.wait_for_timeout(100)
    raise AssertionError(f"{name} never shows {label}")
