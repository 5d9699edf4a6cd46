"""Altair charts on a page, written out once for all who look at the same.

Altair checks a chart against the whole of Vega-Lite's schema whenever one is written out, and that
costs more than all else of a run. The tests check every chart; here none is checked.
"""

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.dashboard.memory import memory

if TYPE_CHECKING:
    import altair as alt

DEFAULT_SIZES = ("continuousWidth", "continuousHeight")
"""What Altair adds to every chart for notebooks; on a page the chart is as wide as its place."""


def show(
    shown: Hashable,
    make: "Callable[[], alt.TopLevelMixin]",
    words: str,
    key: str | None = None,
) -> None:
    """A chart, as wide as its place.

    Args:
        shown: everything that decides how it looks, as plain values.
        make: gives the chart; called where nobody has looked at the same lately.
        words: what it shows, for those who do not see it.
        key: tells it apart from every other one on the page.
    """
    specification = memory().get_or(("chart", shown), lambda: _written(make()))
    st.vega_lite_chart(spec=specification, width="stretch", key=key, alt=words)


def _written(chart: "alt.TopLevelMixin") -> dict[str, Any]:
    specification: dict[str, Any] = chart.to_dict(validate=False)
    view = specification.get("config", {}).get("view", {})
    for name in DEFAULT_SIZES:
        view.pop(name, None)
    return specification
