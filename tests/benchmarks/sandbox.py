"""The attention sandbox: from a key pressed on a control to the new numbers on the screen."""

import statistics

from tests.benchmarks.table import Figure
from tests.browser.server import DashboardServer
from tests.browser.visitor import Visitor, chromium

LIMIT_SECONDS = 0.2
CONTROLS = ("Queries", "Keys and values", "d_k", "Softmax temperature")
CHANGES = 6
PAUSE_MILLISECONDS = 1_500

# In the page itself, so that no time on the way to the browser counts: when the numbers of the
# weights and of the output, the last maps, have changed.
WATCH = """() => {
    const maps = () => [...document.querySelectorAll('[data-testid="stVegaLiteChart"]')]
        .map(map => map.textContent + map.querySelector('svg')?.innerHTML.length).join('|');
    const before = maps();
    window.changed = undefined;
    addEventListener('keydown', () => {
        const start = performance.now();
        let last = before, at = 0;
        const look = () => {
            const now = maps(), time = performance.now() - start;
            if (now !== last) { last = now; at = time; }
            if (time < 1200) requestAnimationFrame(look); else window.changed = at;
        };
        requestAnimationFrame(look);
    }, { once: true, capture: true });
}"""


def figures() -> list[Figure]:
    """The median over several controls and changes of each."""
    seconds = []
    with DashboardServer() as server, chromium() as browser:
        visitor = Visitor(browser)
        visitor.open(f"{server.url}/attention_sandbox")
        page = visitor.page
        for name in CONTROLS:
            for _ in range(CHANGES):
                page.get_by_role("slider", name=name).focus()
                page.evaluate(WATCH)
                page.keyboard.press("ArrowRight")
                page.wait_for_function("() => window.changed !== undefined")
                seconds.append(page.evaluate("window.changed") / 1000)
                page.wait_for_timeout(PAUSE_MILLISECONDS)
        visitor.close()
    return [
        Figure(
            name="sandbox: a control changed to its numbers on screen",
            ours=statistics.median(seconds),
            peer=LIMIT_SECONDS,
            peer_name="limit",
            unit="s",
            target=1.0,
        )
    ]
