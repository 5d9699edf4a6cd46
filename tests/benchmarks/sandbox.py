"""The attention sandbox: from a key pressed on a control to the new numbers on the screen."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.benchmarks.table import Figure
from tests.browser.server import DashboardServer
from tests.browser.visitor import Visitor, chromium

LIMIT_SECONDS = 0.2
CHANGES = 3
PAUSE_MILLISECONDS = 700
SLIDERS = ("Queries", "Keys and values", "d_k", "Softmax temperature", "Heads")
SENTENCES = ("A cat sleeps.", "The old dog sees a cat.", "The house is old.", "She has a dog.")

Changes = Iterator[tuple[str, Callable[[], None]]]
"""The names of controls, each with the last key of a change of it."""

# In the page itself, so that no time on the way to the browser counts: from the key to the last
# change of a number in any map. It waits until the numbers have stood still for a while; where
# none ever changes, it never ends, and the measurement fails.
WATCH = """() => {
    const maps = () => [...document.querySelectorAll('[data-testid="stVegaLiteChart"]')]
        .map(map => [...map.querySelectorAll('svg text')].map(each => each.textContent).join(' '))
        .join('|');
    let last = maps(), changed;
    window.changed = undefined;
    addEventListener('keydown', () => {
        const start = performance.now();
        const look = () => {
            const now = maps(), time = performance.now() - start;
            if (now !== last) { last = now; changed = time; }
            if (changed !== undefined && time - changed > 800) window.changed = changed;
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    }, { once: true, capture: true });
}"""


def figures() -> list[Figure]:
    """The median over all changes of all controls, and that of each control by itself."""
    seconds: dict[str, list[float]] = {}
    with DashboardServer() as server, chromium() as browser:
        for link, changes in (
            ("", _numbers),
            ("?edits=Q.0.0%3D1", _cells),
            ("?numbers=Words", _words),
            ("?numbers=A+model%27s+head", _head),
        ):
            visitor = Visitor(browser)
            visitor.open(f"{server.url}/attention_sandbox{link}")
            for name, press in changes(visitor.page):
                seconds.setdefault(name, []).append(_measured(visitor.page, press))
            visitor.close()
    every = [each for one in seconds.values() for each in one]
    return [
        _figure("sandbox: a control changed to its numbers on screen", every, 1.0),
        *(_figure(f"sandbox: {name}", one, None) for name, one in seconds.items()),
    ]


def _figure(name: str, seconds: list[float], target: float | None) -> Figure:
    return Figure(name, statistics.median(seconds), LIMIT_SECONDS, "limit", "s", target)


def _measured(page: Any, press: Callable[[], None]) -> float:
    page.evaluate(WATCH)
    press()
    page.wait_for_function("() => window.changed !== undefined", timeout=20_000)
    seconds = page.evaluate("window.changed") / 1000
    page.wait_for_timeout(PAUSE_MILLISECONDS)
    return float(seconds)


def _numbers(page: Any) -> Changes:
    """Every control of random numbers: its name, and the last key of a change of it."""
    for name in SLIDERS:
        for _ in range(CHANGES):
            page.get_by_role("slider", name=name).focus()
            yield name, lambda: page.keyboard.press("ArrowRight")
        if name == "Heads":
            page.keyboard.press("Home")
            page.wait_for_timeout(2 * PAUSE_MILLISECONDS)
    yield from _stepped(page, "Seed", "Seed")
    yield from _chosen(page, "Scale", ("none", "1/√d_k", "my own"), "Scale")
    yield from _stepped(page, "Scores times", "Scale: its factor")
    yield from _chosen(page, "Mask", ("causal", "padding", "by hand", "causal"), "Mask")
    for kind in ("T5: relative buckets", "BART: learned", "sinusoidal"):
        page.get_by_role("combobox", name="Positions").fill(kind)
        yield "Positions", lambda: page.keyboard.press("Enter")
    yield from _chosen(page, "Bias", ("by hand", "none", "by distance"), "Bias")
    yield from _stepped(page, "Minus, for each piece of distance", "Bias: its slope")


def _stepped(page: Any, label: str, name: str) -> Changes:
    for _ in range(CHANGES):
        page.get_by_label(label, exact=True).focus()
        yield name, lambda: page.keyboard.press("ArrowUp")


def _chosen(page: Any, label: str, choices: Sequence[str], name: str) -> Changes:
    group = page.get_by_role("radiogroup", name=label, exact=True)
    for choice in choices:
        group.get_by_role("radio", name=choice, exact=True).focus()
        yield name, lambda: page.keyboard.press("Enter")


def _cells(page: Any) -> Changes:
    """A cell of Q, typed into the editor."""
    page.get_by_text("Set the cells of Q, K and V by hand").click()
    editor = page.get_by_test_id("stDataFrame").first
    editor.scroll_into_view_if_needed()
    page.wait_for_timeout(2 * PAUSE_MILLISECONDS)
    for number in range(CHANGES):
        # The grid is a canvas: the first column is the index, the first row the header.
        box = editor.bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + 52)
        page.keyboard.press("Enter")
        page.locator("#portal input").fill(str(number + 2.5))
        yield "a cell set by hand", lambda: page.keyboard.press("Enter")


def _words(page: Any) -> Changes:
    for sentence in SENTENCES:
        page.get_by_label("Queries: a sentence").fill(sentence)
        yield "Words", lambda: page.keyboard.press("Enter")


def _head(page: Any) -> Changes:
    for name in ("Head", "Layer"):
        for _ in range(2):
            page.get_by_role("group", name=name, exact=True).get_by_role("slider").focus()
            yield f"A model's {name.lower()}", lambda: page.keyboard.press("ArrowRight")
    yield from _chosen(page, "Scale", ("1/√d_k", "the model's own"), "A model's head: its scale")
