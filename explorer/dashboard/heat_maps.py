"""Heat maps on a page, and the cell of one that was clicked."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from explorer.charts.attention_steps import SELECTION, HeatMap


def draw(
    chart: HeatMap,
    key: str,
    on_pick: Callable[[int, int], None] | None,
    words: str,
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """A heat map.

    Args:
        chart: the map.
        key: tells it apart from every other one on the page.
        on_pick: called with the row and the column of a cell that was clicked; None: no click.
        words: what it shows, for who cannot see it.
        width: as wide as there is room, or as the map itself says.
    """
    if on_pick is None:
        st.vega_lite_chart(chart.cells, chart.specification, width=width, key=key, alt=words)
        return

    def picked() -> None:
        points = st.session_state[key]["selection"].get(SELECTION) or []
        if points:
            on_pick(int(points[-1]["row"]), int(points[-1]["column"]))

    st.vega_lite_chart(
        chart.cells,
        chart.specification,
        width=width,
        key=key,
        on_select=picked,
        selection_mode=SELECTION,
        alt=words,
    )
