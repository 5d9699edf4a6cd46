"""A model whose own vocabulary attacks, on every view that shows its pieces, with no network."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

import explorer
from tests import checkpoints
from tests.browser.drawn import labels, wait
from tests.browser.hostile import PIECES, watch
from tests.browser.server import DashboardServer
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

TEXT = " ".join(PIECES)
SHORT = (PIECES[0], PIECES[8], PIECES[10], f"{PIECES[12]} {PIECES[15]}", PIECES[21], PIECES[31])
"""Typed targets."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoints.build("t5", tmp_path_factory.mktemp("hostile") / "model", pieces=PIECES)


@pytest.fixture(scope="module")
def allowing() -> Iterator[DashboardServer]:
    with DashboardServer(environment={"EXPLORER_ALLOW_FOLDERS": "1"}) as started:
        yield started


def test_the_vocabulary_attacks(folder: Path) -> None:
    tokens = explorer.load(str(folder)).tokenize(TEXT)
    assert len({piece.removeprefix("▁") for piece in tokens.pieces} & set(PIECES)) >= 30
    assert not tokens.truncated


class Attacked:
    """A window that shows pages with hostile pieces and sees that nothing of them runs."""

    def __init__(self, browser: Browser, server: DashboardServer, folder: Path) -> None:
        self.visitor = Visitor(browser)
        self.page: Page = self.visitor.page
        self.events = watch(self.page)
        self.server, self.folder = server, folder

    def open(self, path: str, **parameters: str) -> None:
        query = urlencode({"model": str(self.folder), "text": TEXT, **parameters})
        self.visitor.open(f"{self.server.url}/{path}?{query}")
        self.page.get_by_text("Checked: difference").first.wait_for()
        self.unharmed()

    def unharmed(self) -> None:
        assert self.page.locator('[data-testid="stException"]').count() == 0
        assert self.page.locator('[data-testid="stAlertContentError"]').count() == 0
        assert "taken" not in self.page.title()
        # The page's own folders have a class; what a piece would make has none.
        kinds = "img, form, video, base, meta, body, script, details[open]:not([class])"
        made = self.page.locator(f'[data-testid="stMain"] :is({kinds})')
        assert [each for each in made.evaluate_all("all => all.map(e => e.outerHTML)")
                if "9/" in each or "alert" in each or "taken" in each] == []  # fmt: skip
        assert self.events == []
        assert self.visitor.problems == []


@pytest.fixture
def attacked(browser: Browser, allowing: DashboardServer, folder: Path) -> Iterator[Attacked]:
    window = Attacked(browser, allowing, folder)
    yield window
    window.visitor.close()


@pytest.mark.parametrize("look", ["Map", "Every head", "Switch off", "bertviz"])
def test_no_piece_of_the_source_runs(attacked: Attacked, look: str) -> None:
    attacked.open("cross_attention", look=look, words="false", stack="Encoder")
    if look == "Map":
        shown = attacked.page.inner_text('[data-testid="stMain"]')
        assert sum(piece in shown for piece in PIECES) >= 30
        # A map of this size is drawn on a canvas; pointing at its middle shows a cell's pieces.
        attacked.page.locator('[data-testid="stVegaLiteChart"] :is(svg, canvas)').first.hover()
        attacked.page.locator("#vg-tooltip-element").get_by_text("piece").first.wait_for()
    attacked.unharmed()


# All the others go through every field together, see the tests of the payloads.
@pytest.mark.parametrize("say", SHORT[:20:10])
def test_no_typed_target_runs(attacked: Attacked, say: str) -> None:
    attacked.open("cross_attention", say=say, words="false")
    shown = attacked.page.inner_text('[data-testid="stMain"]')
    assert say.split()[0] in shown
    attacked.page.get_by_text("Text and target").click()
    attacked.unharmed()
    attacked.open("cross_attention", say=say, look="Switch off")


def shown_with_rows(attacked: Attacked) -> str:
    """What stands in the sandbox once every row is listed, as a person reads it."""
    attacked.page.get_by_text("Row by row: sums and entropy").click()
    attacked.page.get_by_text("Row sum").wait_for()
    text = attacked.page.inner_text('[data-testid="stMain"]')
    return text.replace("\N{WORD JOINER}", "")


@pytest.mark.parametrize("stack", ["Encoder", "Decoder", "Cross"])
def test_no_piece_runs_in_the_sandbox(attacked: Attacked, stack: str) -> None:
    attacked.open("attention_sandbox", numbers="A model's head", head_stack=stack,
                  head_reads=TEXT, head_says=SHORT[0])  # fmt: skip
    shown = shown_with_rows(attacked)
    if stack == "Encoder":
        assert sum(piece in shown for piece in PIECES) >= 30
    else:
        assert SHORT[0] in shown
    attacked.unharmed()


def test_no_word_runs_in_the_sandbox(attacked: Attacked) -> None:
    attacked.open("attention_sandbox", numbers="Words", queries_of=SHORT[0], keys_of=SHORT[1])
    assert SHORT[0] in shown_with_rows(attacked)
    attacked.unharmed()


@pytest.mark.parametrize("lines", ["Head view", "Model view"])
def test_nothing_runs_in_bertviz_nor_in_the_file_taken_home(
    browser: Browser, attacked: Attacked, tmp_path: Path, lines: str
) -> None:
    attacked.open("cross_attention", look="bertviz", lines=lines, stack="Encoder", words="false",
                  layers="0", heads="0")  # fmt: skip
    page = attacked.page
    frame = page.locator('[data-testid="stIFrame"]').element_handle().content_frame()
    wait(frame)
    if lines == "Model view":
        frame.get_by_role("button").first.click()
    texts = "#left text" if lines == "Head view" else ".detail .token"
    assert len(set(labels(frame, texts)) & set(PIECES)) >= 30
    attacked.unharmed()
    with page.expect_download() as download:
        page.get_by_role("button", name="HTML", exact=True).click()
    saved = tmp_path / "attention.html"
    download.value.save_as(saved)

    context = browser.new_context()
    alone = context.new_page()
    events = watch(alone)
    alone.on("request", lambda sent: sent.url == saved.as_uri() or events.append(sent.url))
    alone.on("pageerror", lambda error: events.append(str(error)))
    alone.goto(saved.as_uri())
    wait(alone)
    if lines == "Model view":
        alone.get_by_role("button").first.click()
    else:
        alone.locator("#left text").nth(2).hover()
    assert len(set(labels(alone, texts)) & set(PIECES)) >= 30
    assert alone.title() == "Encoder attention"
    assert events == []
    context.close()
