"""A visitor of the pages, without a browser: opens links and reads what stands there."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest, app_test
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from explorer.charts.cells import number_text
from explorer.dashboard import passing
from explorer.streaming import Stream

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "explorer" / "dashboard" / "main.py"
LIMIT_SECONDS = 240


def link(page: str = "overview", **parameters: str) -> AppTest:
    """A new visitor with a link to a page, who has yet to follow it with `run`."""
    at = AppTest.from_file(MAIN, default_timeout=LIMIT_SECONDS)
    if page != "overview":
        at.switch_page(str(ROOT / "pages" / f"{page}.py"))
    for name, value in parameters.items():
        at.query_params[name] = value
    return at


def open_page(page: str = "overview", **parameters: str) -> AppTest:
    """Follow a link to a page, as a new visitor."""
    return link(page, **parameters).run()


def fine(at: AppTest) -> AppTest:
    """No traceback and no failure on the page."""
    assert not at.exception
    assert not at.error, [each.value for each in at.error]
    return at


def unfolded(at: AppTest) -> AppTest:
    """Open all that is filled only then, what stands in it too."""
    known: set[str] = set()
    while more := set(_folds(at._tree)) - known:
        at = opened(at, *more)
        known |= more
    return at


def scripts(at: AppTest) -> list[str]:
    """The programs that the page gives to take home, in their order."""
    keys = {key for key, label in _folds(at._tree).items() if label == "Copy as Python"}
    return [each.value for each in opened(at, *keys).code]


def opened(at: AppTest, *keys: str) -> AppTest:
    """Open some folds and drop-downs of the page, by their keys."""
    for key in keys:
        at.session_state[key] = True
    return fine(at.run())


def _folds(node: Any) -> dict[str, str]:
    """What can be opened in a part of the page: the label of each by its key."""
    proto = getattr(node, "proto", None)
    folder = proto.popover if node.type == "popover" else proto if node.type == "expander" else None
    found = {}
    if folder is not None and folder.id:
        # Streamlit's own name of a control ends with the key that the page gave it.
        found[folder.id.split("-", 2)[2]] = folder.label
    for child in getattr(node, "children", {}).values():
        found |= _folds(child)
    return found


def said(alerts: Any) -> str:
    """What the page says in its notices, as a person reads it."""
    return " ".join(each.value.replace("\\", "").replace("\u2060", "") for each in alerts)


def html(at: AppTest) -> str:
    """What the page shows as HTML of its own: texts and pieces."""
    return "\n".join(each.proto.body for each in at.get("html"))


def badges(at: AppTest) -> list[str]:
    """The badges of the page and of the frame."""
    return [each.value for each in (*at.markdown, *at.caption) if "-badge[" in each.value]


def passed(at: AppTest) -> int:
    """How many checks the page shows, none of which is red."""
    checks = [each for each in badges(at) if "difference" in each or "Differs" in each]
    assert all(":green-badge[" in each for each in checks), checks
    return len(checks)


def charts(at: AppTest) -> list[list[dict[str, Any]]]:
    """The cells of every heat map on the page."""
    found = []
    for chart in at.get("vega_lite_chart"):
        data = chart.proto.data.data
        found.append(pyarrow.ipc.open_stream(data).read_all().to_pylist() if data else [])
    return found


def marks(at: AppTest) -> list[dict[str, Any]]:
    """What the page's charts draw, wherever in a chart its data stand."""
    found: list[dict[str, Any]] = []

    def collect(part: Any) -> None:
        if isinstance(part, dict):
            found.extend(part.get("data", {}).get("values", ()))
            for each in part.values():
                collect(each)
        elif isinstance(part, list):
            for each in part:
                collect(each)

    for chart in at.get("vega_lite_chart"):
        collect(json.loads(chart.proto.spec))
        for data in (chart.proto.data, *(each.data for each in chart.proto.datasets)):
            if data.data:
                found += pyarrow.ipc.open_stream(data.data).read_all().to_pylist()
    return found


def drawn(at: AppTest) -> list[list[str]]:
    """The numbers of every heat map on the page, as they stand in its cells."""
    return [[cell["text"] for cell in cells if "text" in cell] for cells in charts(at)]


def shows(at: AppTest, array: np.ndarray) -> bool:
    """Whether a matrix stands in one of the heat maps."""
    return [number_text(value) for value in array.ravel()] in drawn(at)


def click_mark(at: AppTest, key: str, selection: str, point: dict[str, Any]) -> AppTest:
    """Click a mark of a chart, of which the browser tells the page these fields."""
    chart = next(each for each in at.get("vega_lite_chart") if each.proto.id.endswith(f"-{key}"))
    states = at._tree.get_widget_states()
    picked = json.dumps({"selection": {selection: [point]}})
    states.widgets.append(WidgetState(id=chart.proto.id, string_value=picked))
    return at._run(states)


def model_selector(at: AppTest) -> Any:
    """The choice of the model in the frame."""
    return next(each for each in at.selectbox if each.label == "Model")


def click_while_running(at: AppTest, label: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Run the page and click a button as soon as it stands there, before the run has ended.

    As on a server: the click asks the run to stop and begins the next one at once, beside it.
    """

    class ClickingRunner(LocalScriptRunner):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self._next = LocalScriptRunner(*args, **options)

        def run(self, widgets: Any, *rest: Any, **options: Any) -> Any:
            run = threading.Thread(target=super().run, args=(widgets, *rest), kwargs=options)
            run.start()
            while (button := _button_of(self, label)) is None:
                assert run.is_alive(), f"the run ended before {label} was there"
                time.sleep(0.005)
            self.request_stop()
            clicked = WidgetStates(widgets=[WidgetState(id=button, trigger_value=True)])
            shown = self._next.run(clicked, *rest, **options)
            run.join()
            return shown

    with monkeypatch.context() as patched:
        patched.setattr(app_test, "LocalScriptRunner", ClickingRunner)
        return at.run()


def stop_while_writing(at: AppTest, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Run the page and click Stop when two pieces are written and the third waits for the click.

    However fast the machine is, the click finds the answer under way.
    """
    two_pieces = threading.Event()
    begin, find = Stream.__init__, _button_of

    def begin_held(stream: Stream, work: Any) -> None:
        def held(cancelled: threading.Event, show: Any) -> Any:
            count = 0

            def show_and_wait(text: str) -> None:
                nonlocal count
                count += 1
                show(text)
                if count == 2:
                    two_pieces.set()
                    assert cancelled.wait(60), "nobody clicked"

            return work(cancelled, show_and_wait)

        begin(stream, held)

    def find_late(runner: LocalScriptRunner, label: str) -> str | None:
        return find(runner, label) if two_pieces.is_set() else None

    with monkeypatch.context() as patched:
        patched.setattr(Stream, "__init__", begin_held)
        patched.setitem(globals(), "_button_of", find_late)
        return click_while_running(at, "Stop", monkeypatch)


def stop_between_passes(
    at: AppTest, monkeypatch: pytest.MonkeyPatch, kind: str | None = None
) -> AppTest:
    """Run the page and click Stop when a pass is done and the next one waits for the click.

    Args:
        at: the page.
        monkeypatch: of the test.
        kind: the first part of the work's key, where the page does several works.
    """
    one_pass = threading.Event()
    done, find = passing.done, _button_of

    def done_held(model: Any, key: Any, work: Any, *words: Any, **options: Any) -> Any:
        def held(cancelled: threading.Event, progress: Any) -> Any:
            def tell_and_wait(passes: int, total: int) -> None:
                progress(passes, total)
                one_pass.set()
                assert cancelled.wait(60), "nobody clicked"

            return work(cancelled, tell_and_wait)

        held_or_not = held if kind in (None, key[0]) else work
        return done(model, key, held_or_not, *words, **options)

    def find_late(runner: LocalScriptRunner, label: str) -> str | None:
        return find(runner, label) if one_pass.is_set() else None

    with monkeypatch.context() as patched:
        patched.setattr(passing, "done", done_held)
        patched.setitem(globals(), "_button_of", find_late)
        return click_while_running(at, "Stop", monkeypatch)


def _button_of(runner: LocalScriptRunner, label: str) -> str | None:
    # The last one: a page may decode first, with a button of the same name.
    for message in reversed(list(runner.forward_msgs())):
        element = message.delta.new_element
        if element.WhichOneof("type") == "button" and element.button.label == label:
            return str(element.button.id)
    return None
