"""Every URL parameter of every page, found by looking which ones the pages ask for.

A new parameter, a new view and a new page are among them by themselves.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from streamlit.runtime.state.query_params_proxy import QueryParamsProxy
from streamlit.testing.v1 import AppTest

from explorer.dashboard import frame, links, messages
from explorer.loading import load
from tests.pages.test_page_keys import VIEWS
from tests.pages.visit import LIMIT_SECONDS, ROOT, link, open_page, said, unfolded

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
TEXTS = ("text_input", "text_area")
KINDS = (
    "selectbox", "segmented_control", "number_input", "slider", "toggle", "checkbox", "multiselect",
    "pills", "radio",
)  # fmt: skip
EARLIER = {"says": "An earlier answer", "pieces": "5.6.7.1", "source": "The dog sleeps."}
LOOKS = {"guide": "Three architectures"}
DEEPER = {
    "cross_attention": [
        {"says": "An earlier answer"},
        EARLIER,
        EARLIER | {"said_strategy": "sampling"},
        {"says": "A text of mine", "say": "Der Hund."},
    ],
    "model_selector": [
        LOOKS | {"seen": "What it looks at", "seen_heads": "One head"},
        LOOKS | {"seen": "bertviz"},
    ],
    "timeline": [
        {"watch": "Steps", "t_read": "One head"},
    ],
}
"""Views that open further controls."""

# A model takes its time to load, and a link to one is looked at in a test of its own.
APART = {frame.URL_NAME}

WRONG = {
    "huge": "9" * 400,
    "less than nothing": "-1",
    "broken": "1.5",
    "no number": "nan",
    "endless": "1e999",
    "nothing": "",
    "unseen": "\x00\u202e",
    "markup": "<img src=x onerror=alert(1)>",
    "structure": '{"a": [1, 2]}',
    "path": "../../etc/passwd",
    "true": "true",
    "long": "x" * 20_000,
}


@dataclass
class Asked:
    """What the pages asked of the URL.

    Attributes:
        controls: the key of every control that was drawn, and whether it holds a text.
        drawn: how each was drawn, by its key: widget, label, and what else it was given.
        names: every parameter that was read.
        views: the key of each page's choice of views, and their names.
    """

    controls: dict[str, bool] = field(default_factory=dict)
    drawn: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    views: dict[str, list[str]] = field(default_factory=dict)


class Listening:
    """Notes what is asked while it lasts."""

    def __init__(self) -> None:
        self.found = Asked()
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> Asked:
        found, bound, view = self.found, links.bound, links.view
        get, get_all = QueryParamsProxy.get, QueryParamsProxy.get_all
        holds = QueryParamsProxy.__contains__

        def noted(widget: Any, label: str, *args: Any, key: str, **options: Any) -> Any:
            found.controls[key] = widget.__name__ in TEXTS
            found.drawn[key] = (widget, label, args, options)
            return bound(widget, label, *args, key=key, **options)

        def noted_view(label: str, views: Any, key: str) -> str:
            found.views[key] = list(views)
            return view(label, views, key)

        def reads(original: Any) -> Any:
            def read(proxy: Any, name: str, *rest: Any) -> Any:
                found.names.add(name)
                return original(proxy, name, *rest)

            return read

        self._patch.setattr(links, "bound", noted)
        self._patch.setattr(links, "view", noted_view)
        self._patch.setattr(QueryParamsProxy, "get", reads(get))
        self._patch.setattr(QueryParamsProxy, "get_all", reads(get_all))
        self._patch.setattr(QueryParamsProxy, "__contains__", reads(holds))
        return found

    def __exit__(self, *failure: object) -> None:
        self._patch.undo()


@dataclass(frozen=True)
class Plain:
    """A view as it stands without anything wrong in its link."""

    page: str
    parameters: dict[str, str]
    asked: Asked
    values: dict[str, Any]

    @property
    def free(self) -> list[str]:
        """The parameters that do not make the view what it is."""
        found = self.asked.names | set(self.asked.controls)
        return sorted(found - set(self.parameters) - APART)


def values(at: Any) -> dict[str, Any]:
    """What every control of the page stands at."""
    found = {}
    for kind in (*KINDS, *TEXTS):
        for widget in getattr(at, kind):
            if widget.key and not widget.key.startswith("_"):
                found[widget.key] = widget.value
    return found


def unbroken(at: Any, where: object = "") -> None:
    """No exception; what cannot be is said in a sentence of its own."""
    assert not at.exception, [each.value for each in at.exception]
    told = [each.value for each in at.error]
    assert messages.UNEXPECTED not in told, where
    assert all(each.endswith(".") for each in told), told
    assert at.title


def drawn() -> dict[str, tuple[Any, ...]]:
    """How each control of all pages is drawn, by its key."""
    found: dict[str, tuple[Any, ...]] = {}
    for plain in views().values():
        found |= plain.asked.drawn
    return found


def sheet() -> None:
    """All controls of all pages on one, as each page draws them; Streamlit runs its lines."""
    import streamlit as st

    from explorer.dashboard import links
    from tests.pages.test_parameters import drawn

    st.title("Every control")
    for key, (widget, label, given, options) in drawn().items():
        links.bound(widget, label, *given, key=key, **options)


@cache
def sheet_values() -> dict[str, Any]:
    """What every control stands at before anything is asked for."""
    plain = AppTest.from_function(sheet, default_timeout=LIMIT_SECONDS).run()
    assert not plain.exception
    assert not plain.warning, said(plain.warning)
    found = values(plain)
    assert set(found) == set(drawn())
    return found


def written(value: Any) -> set[str]:
    """A value, as a link may write it."""
    one = value[0] if isinstance(value, list | tuple) and len(value) == 1 else value
    number = isinstance(one, int | float) and not isinstance(one, bool)
    return {str(one).lower(), *({f"{one:g}", f"{one:.1f}"} if number else ())}


def silent(wrong: dict[str, str], now: dict[str, Any], first: dict[str, Any], told: str) -> Any:
    """The parameters that were not done as asked, and of which nothing is said."""
    for name, asked in wrong.items():
        if name not in now or not asked or f"says {name} = “" in told:
            continue
        value = now[name]
        if asked.lower() not in written(value) and value not in (asked, [asked]):
            yield name, asked[:40], value, first.get(name)


def _opened(page: str, parameters: dict[str, str]) -> Plain:
    with Listening() as asked:
        at = unfolded(open_page(page, **parameters))
    unbroken(at)
    assert not at.warning, said(at.warning)
    return Plain(page, parameters, asked, values(at))


@cache
def views() -> dict[str, Plain]:
    """Every view of every page, by a name for the test."""
    load("miniature-bart")
    found: dict[str, Plain] = {}
    for page in PAGES:
        first = _opened(page, {})
        # The first of the names is the page as it opens.
        wanted = [{key: name} for key, names in first.asked.views.items() for name in names[1:]]
        wanted += [each for each in VIEWS.get(page, ()) if each and each not in wanted]
        wanted += DEEPER.get(page, ())
        found[page] = first
        for parameters in wanted:
            found[f"{page} {' '.join(parameters.values())}"] = _opened(page, parameters)
    return found


def bound_names() -> Iterator[str]:
    """The keys that stand literally in the code, in calls of `links`."""
    for path in [*(ROOT / "pages").glob("*.py"), *(ROOT / "explorer" / "dashboard").rglob("*.py")]:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            owner = call.func.value
            if not isinstance(owner, ast.Name) or owner.id != "links":
                continue
            for keyword in call.keywords:
                if keyword.arg == "key" and isinstance(keyword.value, ast.Constant):
                    yield keyword.value.value


def test_every_control_that_stands_in_the_url_is_among_those_found() -> None:
    drawn = {key for plain in views().values() for key in plain.asked.controls}
    # The one that is drawn for a search of more steps than a picture has.
    assert set(bound_names()) - drawn == {"t_first"}
    assert len(drawn) > 90


@pytest.fixture(scope="module", params=range(4), ids="part {}".format)
def part(request: pytest.FixtureRequest) -> list[Plain]:
    """A quarter of the views: a test for each would hide how long all take together."""
    return list(views().values())[request.param :: 4]


def test_a_word_is_refused_by_every_control_and_each_says_so(part: list[Plain]) -> None:
    for plain in part:
        # A text takes every word, and one to be said moves the choice of what is said.
        texts = {name for name, is_text in plain.asked.controls.items() if is_text} | {"say"}
        wrong = {name: f"wrong {name} value" for name in plain.free if name not in texts}
        with Listening() as asked:
            at = open_page(plain.page, **plain.parameters, **wrong)
        unbroken(at)
        told = said(at.warning)
        now = values(at)
        # Without what another parameter asked for, a control may have nothing to choose from.
        for name in set(asked.controls) & set(wrong):
            assert f"“{wrong[name]}”" in told, (plain.page, plain.parameters, name)
            if name in now and name in plain.values:
                assert now[name] == plain.values[name], name


@pytest.mark.parametrize("shift", range(len(WRONG)), ids=list(WRONG))
def test_every_wrong_value_of_every_control_gives_its_default_and_a_notice(shift: int) -> None:
    texts = list(WRONG.values())
    first = sheet_values()
    wrong = {name: texts[(shift + at) % len(texts)] for at, name in enumerate(first)}
    at = AppTest.from_function(sheet, default_timeout=LIMIT_SECONDS)
    for name, value in wrong.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    now, told = values(at), said(at.warning)
    assert not list(silent(wrong, now, first, told))
    for name in wrong:
        if f"says {name} = “" in told:
            assert now[name] == first[name], name


@pytest.mark.parametrize("shift", [0, 5])
def test_no_value_breaks_a_page(part: list[Plain], shift: int) -> None:
    texts = list(WRONG.values())
    for turn, plain in enumerate(part, shift):
        wrong = {name: texts[(turn + at) % len(texts)] for at, name in enumerate(plain.free)}
        at = open_page(plain.page, **plain.parameters, **wrong)
        unbroken(at, (plain.page, plain.parameters, wrong))
        now = values(at)
        assert not list(silent(wrong, now, plain.values, said(at.warning))), plain.page
        for name, value in now.items():
            numbers = value if isinstance(value, list | tuple) else [value]
            assert all(each == each for each in numbers), name  # no NaN


def test_parameters_that_come_twice_and_at_odds_break_nothing(part: list[Plain]) -> None:
    for plain in part:
        at = link(plain.page, **plain.parameters)
        for number, name in enumerate(plain.free):
            at.query_params[name] = [*("1", "wrong", "")[number % 3 :], "2"]
        unbroken(at.run())
