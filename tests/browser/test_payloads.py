"""Hundreds of payloads through every field, parameter, cell and file: none of them runs."""

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.bertviz_view import bertviz_view
from explorer.charts.attention_steps import heat_map
from explorer.dashboard.exports import chart_svg
from explorer.dashboard.playground import controls
from explorer.table import read_table
from explorer.tokens import readable
from tests import checkpoints
from tests.browser.drawn import wait
from tests.browser.hostile import marked, watch
from tests.browser.server import DashboardServer
from tests.browser.visitor import Visitor
from tests.pages.test_parameters import bound_names
from tests.payloads import ALL, AWAY, MARK, SHORT

pytestmark = pytest.mark.browser

MOST_MILLISECONDS = 240_000
TURNS = 3
"""Links that are followed to a view: so many texts hold all payloads."""
MOST_CHARACTERS = 3_900
"""What a text in a link may have."""

FIELDS = {
    "overview": ("", {}, ("sentence",)),
    "words": ("attention_sandbox", {"numbers": "Words"}, ("queries_of", "keys_of")),
    "head": (
        "attention_sandbox",
        {"numbers": "A model's head", "head_stack": "Cross"},
        ("head_reads", "head_says"),
    ),
    "free": ("playground", {"task": "Write freely"}, ("text", "reference")),
    "question": ("playground", {"task": "Question answering"}, ("context", "question")),
    "repair": ("playground", {"mode": "Repair", "model": "miniature-bart"}, ("original",)),
    "compare": ("playground", {"mode": "Compare"}, ("text",)),
    "target": ("cross_attention", {"says": "A text of mine"}, ("text", "say")),
    "steps": ("timeline", {}, ("text", "t_begin")),
    "three": ("model_selector", {"guide": "Three architectures"}, ("one_sentence",)),
    "tasks": ("model_selector", {"guide": "Tasks and architectures"}, ("task_words",)),
}
"""The path of a page, what opens the view, and its fields of text."""

OTHERS = {
    "row", "edits", "word_edits", "head_edits", "t_branches", "pieces", "source", "limit",
    "said_strategy", "said_beams", "from", "to", "model", "context", "question",
    *(each.url for each in (*controls.GENERAL, *controls.BEAM, *controls.SAMPLING)),
}  # fmt: skip

# Whatever a text could become that does something: a handler, an address, a style.
LIVE = """() => [...document.querySelectorAll('*')].flatMap(part => [...part.attributes]
    .filter(({ name, value }) => (name.startsWith('on') || ['href', 'src', 'srcdoc', 'action',
        'formaction', 'data', 'xlink:href', 'style', 'content'].includes(name))
        && /ran=1|:9\\/|taken|javascript:/.test(value))
    .map(({ name, value }) => `${part.tagName} ${name}=${value}`))"""


# Every fold, and the drop-down of the page's own script.
OPEN_ALL = """() => {
    document.querySelectorAll('details:not([open]) > summary').forEach(each => each.click());
    [...document.querySelectorAll('[data-testid="stPopoverButton"]')]
        .filter(each => each.innerText.includes('Copy as Python')).slice(-1)
        .forEach(each => each.click());
}"""


def chunks() -> list[str]:
    """All payloads in as few texts as links can carry."""
    found = [""]
    for payload in ALL:
        longer = f"{found[-1]} {readable(payload)}".strip()
        if len(longer) > MOST_CHARACTERS:
            found.append(readable(payload))
        else:
            found[-1] = longer
    return found


@pytest.fixture(scope="module")
def allowing() -> Iterator[DashboardServer]:
    with DashboardServer(environment={"EXPLORER_ALLOW_FOLDERS": "1"}) as started:
        yield started


class Watched:
    """A window in which nothing may happen by itself."""

    def __init__(self, browser: Browser) -> None:
        self.visitor = Visitor(browser)
        self.page = self.visitor.page
        # The first of them waits for a server that has just started.
        self.page.set_default_timeout(MOST_MILLISECONDS)
        self.events = watch(self.page)

    def open(self, server: DashboardServer, path: str, parameters: dict[str, str]) -> None:
        query = urlencode(parameters, errors="replace")
        self.visitor.open(f"{server.url}/{path}?{query}")
        self.unharmed(path, server)
        self.page.evaluate(OPEN_ALL)
        self.visitor.settle()
        self.unharmed(path, server)

    def unharmed(self, where: str, server: DashboardServer) -> None:
        assert self.page.locator('[data-testid="stException"]').count() == 0, where
        broken = self.page.get_by_text("Something went wrong").count()
        assert broken == 0, (where, server.log()[-3_000:])
        assert self.page.evaluate(LIVE) == [], where
        assert marked(self.page) == [], where
        assert self.events == [], where
        assert self.visitor.problems == [], where


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    window = Watched(browser)
    yield window
    window.visitor.close()


def test_there_are_enough_of_every_kind() -> None:
    assert len(set(ALL)) >= 200
    assert sum(MARK in payload or AWAY in payload for payload in SHORT) >= 180


@pytest.mark.parametrize(
    "page",
    [
        "<script>alert(1)</script>",
        "<script>console.log('ran')</script>",
        f"<img src={AWAY}p>",
        f"<iframe src='data:text/html,<script>{MARK}</script>'></iframe>",
        "<script>window.open('about:blank')</script>",
        f"<script>{MARK}</script>",
        "<title>taken</title>",
    ],
)
def test_the_watcher_notices(browser: Browser, page: str, tmp_path: Path) -> None:
    window = browser.new_page()
    events = watch(window)
    file = tmp_path / "page.html"
    file.write_text(page)
    window.goto(file.as_uri())
    window.wait_for_timeout(200)
    assert events or marked(window)
    window.close()


@pytest.mark.parametrize("view", FIELDS)
def test_no_payload_runs_in_a_field_or_a_parameter(
    watched: Watched, server: DashboardServer, view: str
) -> None:
    """All of them in every field, and in each parameter one after the other."""
    path, opening, fields = FIELDS[view]
    names = sorted((set(bound_names()) | OTHERS) - {"mode", "lesson", "look", "watch", "guide"})
    texts = chunks()
    number = list(FIELDS).index(view)
    turns = itertools.cycle(map(readable, (*ALL[number * TURNS :], *ALL[: number * TURNS])))
    for turn in range(number * TURNS, (number + 1) * TURNS):
        parameters = {name: next(turns) for name in names}
        parameters |= {name: texts[(turn + at) % len(texts)] for at, name in enumerate(fields)}
        parameters |= opening
        if turn % TURNS:
            parameters["max"] = "4"
            if "model" not in opening:
                del parameters["model"]  # one notice on a wrong model is enough
        watched.open(server, path, parameters)


def test_no_payload_runs_in_a_table_nor_in_the_files_of_its_results(
    watched: Watched, server: DashboardServer, tmp_path: Path
) -> None:
    page = watched.page
    given = io.StringIO()
    rows = [[readable(each), readable(other)] for each, other in itertools.pairwise(ALL)]
    # A file that holds a NUL is refused, in a sentence; see the tests of the table.
    rows = [[cell.replace("\0", "") for cell in row] for row in rows]
    csv.writer(given, quoting=csv.QUOTE_ALL).writerows([[f"<b {MARK}>", "=1+1"], *rows])
    watched.open(server, "playground", {"mode": "Batch", "max": "4", "column_text": f"<b {MARK}>"})
    page.locator('input[type="file"]').set_input_files(
        {"name": f"<img src=x onerror={MARK}>.csv", "mimeType": "text/csv",
         "buffer": given.getvalue().encode()}
    )  # fmt: skip
    count = len(read_table(given.getvalue().encode()).rows)
    assert count >= 250
    expect(page.get_by_text(re.compile(f"^{count} rows, 2 columns"))).to_be_visible()
    watched.visitor.settle()
    watched.unharmed("preview", server)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text(re.compile(f"{count} of {count} rows"))).to_be_visible(timeout=120_000)
    watched.visitor.settle()
    watched.unharmed("results", server)
    for kind in ("CSV", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("button", name=kind, exact=True).last.click()
        download.value.save_as(tmp_path / f"batch.{kind.lower()}")
    written = (tmp_path / "batch.csv").read_text("utf-8-sig")
    for delimiter, quoting in itertools.product(",;\t|", (csv.QUOTE_MINIMAL, csv.QUOTE_NONE)):
        lines = io.StringIO(written, newline=None)
        for row in csv.reader(lines, delimiter=delimiter, quoting=quoting):
            # A negative number is no formula.
            cells = [cell.lstrip(' "') for cell in row]
            assert [c for c in cells if re.match(r"[=+@＝＋－＠]|-(?![\d.]+\W*$)", c)] == []
    kept = json.loads((tmp_path / "batch.json").read_text())["rows"]
    assert len(kept) == count


def test_no_payload_runs_from_a_models_folder(
    watched: Watched, allowing: DashboardServer, tmp_path: Path
) -> None:
    """Its vocabulary, its card, its configuration, its own name."""
    pieces = [readable(each).split()[0] for each in ALL if each.strip()]
    usable = sorted({each for each in pieces if each.isprintable() and len(each) < 60})
    assert len(usable) >= 80
    folder = checkpoints.build("t5", tmp_path / f"<img src=x onerror={MARK}>", pieces=usable)
    card = "\n".join(map(readable, ALL))
    (folder / "README.md").write_text(f"---\nlicense: {ALL[0]}\n---\n{card}", encoding="utf-8")
    for file in ("config.json", "generation_config.json", "tokenizer_config.json"):
        path = folder / file
        held = json.loads(path.read_text())
        hostile = {"_name_or_path": SHORT[0], "architectures": list(SHORT[:9]), SHORT[1]: SHORT[2],
                   "task_specific_params": {text: {"prefix": text} for text in SHORT[:40]},
                   "transformers_version": SHORT[3]}  # fmt: skip
        path.write_text(json.dumps(held | hostile))
    text = " ".join(usable[:40])
    for path, opening in (
        ("", {"sentence": text}),
        ("playground", {"mode": "Compare", "text": text, "b_strategy": "beam"}),
        ("cross_attention", {"text": text, "stack": "Encoder", "words": "false"}),
        ("timeline", {"watch": "Branches", "text": text}),
        ("model_selector", {}),
    ):
        watched.open(allowing, path, {"model": str(folder), "max": "8", **opening})
        assert watched.page.get_by_text("The link asks for the model").count() == 0, path
        assert "ready" in watched.page.inner_text('[data-testid="stSidebar"]'), path


@pytest.fixture
def alone(browser: Browser) -> Iterator[Page]:
    """A window for files of a disk, in which nothing else is asked for and nothing fails."""
    context = browser.new_context()
    page = context.new_page()
    events = watch(page)
    page.on("pageerror", lambda error: events.append(str(error)))
    page.on("request", lambda sent: sent.is_navigation_request() or events.append(sent.url))
    yield page
    assert events == []
    context.close()


def test_no_payload_runs_in_an_exported_drawing_of_bertviz(alone: Page, tmp_path: Path) -> None:
    texts = list(SHORT)
    weights = np.full((1, 1, len(texts), len(texts)), 1 / len(texts), np.float32)
    drawn = bertviz_view(weights, texts, texts, title=texts[0])
    file = tmp_path / "attention.html"
    file.write_text(drawn.html)
    alone.goto(file.as_uri())
    wait(alone)
    alone.locator("#left text").nth(3).hover()
    assert alone.evaluate(LIVE) == []
    assert marked(alone) == []


@pytest.mark.parametrize("ending", ["svg", "html"])
def test_no_payload_runs_in_an_exported_chart(alone: Page, tmp_path: Path, ending: str) -> None:
    for number in range(0, len(ALL), 40):
        names = list(map(readable, ALL[number : number + 40]))
        drawn = heat_map(np.eye(len(names)), rows=names, columns=names, title=names[0])
        content = chart_svg(drawn).decode()
        file = tmp_path / f"chart-{number}.{ending}"
        # Also pasted into a page, where other rules hold for what a tag is.
        file.write_text(content if ending == "svg" else f"<!DOCTYPE html><body>{content}")
        alone.goto(file.as_uri())
        alone.wait_for_timeout(50)
        assert alone.locator("svg").count() == 1
        assert alone.evaluate(LIVE) == []
        assert marked(alone) == []
