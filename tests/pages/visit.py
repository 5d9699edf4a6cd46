"""A visitor of the pages, without a browser: opens links and reads what stands there."""

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "explorer" / "dashboard" / "main.py"
LIMIT_SECONDS = 240


def open_page(page: str = "overview", **parameters: str) -> AppTest:
    """Follow a link to a page, as a new visitor."""
    at = AppTest.from_file(MAIN, default_timeout=LIMIT_SECONDS)
    if page != "overview":
        at.switch_page(str(ROOT / "pages" / f"{page}.py"))
    for name, value in parameters.items():
        at.query_params[name] = value
    return at.run()


def fine(at: AppTest) -> AppTest:
    """No traceback and no failure on the page."""
    assert not at.exception
    assert not at.error, [each.value for each in at.error]
    return at


def said(alerts: Any) -> str:
    """What the page says in its notices, as a person reads it."""
    return " ".join(each.value.replace("\\", "").replace("\u2060", "") for each in alerts)


def html(at: AppTest) -> str:
    """What the page shows as HTML of its own: texts and pieces."""
    return "\n".join(each.proto.body for each in at.get("html"))


def badges(at: AppTest) -> list[str]:
    """The badges of the page and of the frame."""
    return [each.value for each in at.markdown if "-badge[" in each.value]


def model_selector(at: AppTest) -> Any:
    """The choice of the model in the frame."""
    return next(each for each in at.selectbox if each.label == "Model")
