"""Charts of the timeline that can be clicked."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.charts.attention_steps import HeatMap
from explorer.charts.timeline import PICKED

Point = dict[str, Any]


def draw(
    chart: HeatMap, key: str, words: str, on_pick: Callable[[Point], None] | None = None
) -> None:
    """A chart; a click on one of its marks calls `on_pick` with the mark's fields.

    Args:
        chart: what to draw.
        key: of the widget.
        words: what the chart shows, for those who do not see it.
        on_pick: None where nothing can be clicked.
    """
    if on_pick is None:
        st.vega_lite_chart(chart.cells, chart.specification, width="stretch", key=key, alt=words)
        return
    st.vega_lite_chart(
        chart.cells,
        chart.specification,
        width="stretch",
        key=key,
        on_select=lambda: _tell(key, on_pick),
        selection_mode=PICKED,
        alt=words,
    )


def _tell(key: str, on_pick: Callable[[Point], None]) -> None:
    points = st.session_state[key]["selection"].get(PICKED) or []
    if points:
        on_pick(points[-1])
