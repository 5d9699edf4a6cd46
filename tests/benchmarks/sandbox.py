"""The attention sandbox: from a key pressed on a control to the new numbers on the screen."""

import statistics
from collections.abc import Callable, Iterator
from typing import Any

from tests.benchmarks.table import Figure
from tests.browser.server import DashboardServer
from tests.browser.visitor import Visitor, chromium

LIMIT_SECONDS = 0.2
CHANGES = 4
PAUSE_MILLISECONDS = 700
SLIDERS = ("Queries", "Keys and values", "d_k", "Softmax temperature", "Heads")
SENTENCES = ("A cat sleeps.", "The old dog sees a cat.", "The house is old.", "She has a dog.")

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
    """The median over several controls and changes of each; and the slowest of the controls."""
    seconds: dict[str, list[float]] = {}
    with DashboardServer() as server, chromium() as browser:
        for link, changes in (
            ("", _numbers),
            ("?numbers=Words", _words),
            ("?numbers=A+model%27s+head", _head),
        ):
            visitor = Visitor(browser)
            visitor.open(f"{server.url}/attention_sandbox{link}")
            for name, press in changes(visitor.page):
                seconds.setdefault(name, []).append(_measured(visitor.page, press))
            visitor.close()
    slowest = max(seconds, key=lambda name: statistics.median(seconds[name]))
    every = [each for one in seconds.values() for each in one]
    return [
        _figure("sandbox: a control changed to its numbers on screen", every, 1.0),
        _figure(f"sandbox: the slowest control, {slowest}", seconds[slowest], None),
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


def _numbers(page: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    """Every control of random numbers: its name, and the last key of a change of it."""
    for name in SLIDERS:
        for _ in range(CHANGES):
            page.get_by_role("slider", name=name).focus()
            yield name, lambda: page.keyboard.press("ArrowRight")
        if name == "Heads":
            page.keyboard.press("Home")
            page.wait_for_timeout(2 * PAUSE_MILLISECONDS)
    for _ in range(CHANGES):
        page.get_by_label("Seed", exact=True).focus()
        yield "Seed", lambda: page.keyboard.press("ArrowUp")
    masks = page.get_by_role("radiogroup", name="Mask")
    for mask in ("causal", "padding", "by hand", "causal"):
        masks.get_by_role("radio", name=mask, exact=True).focus()
        yield "Mask", lambda: page.keyboard.press("Enter")
    for kind in ("T5: relative buckets", "BART: learned", "sinusoidal"):
        page.get_by_role("combobox", name="Positions").fill(kind)
        yield "Positions", lambda: page.keyboard.press("Enter")


def _words(page: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    for sentence in SENTENCES:
        page.get_by_label("Queries: a sentence").fill(sentence)
        yield "Words", lambda: page.keyboard.press("Enter")


def _head(page: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    for name in ("Head", "Layer"):
        for _ in range(2):
            page.get_by_role("group", name=name, exact=True).get_by_role("slider").focus()
            yield f"A model's {name.lower()}", lambda: page.keyboard.press("ArrowRight")
