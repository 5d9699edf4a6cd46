"""Charts whose marks can be clicked, the same mark again and again."""

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from explorer.charts.attention_steps import HeatMap

TURN = "turn"
"""The field that counts the clicks; every mark has it.

A browser tells the page of a selection only when it differs from the last one. A mark that was
clicked before, and left by other means since, differs by its turn.
"""
Point = dict[str, Any]


def draw(
    chart: HeatMap,
    key: str,
    selection: str,
    words: str,
    on_pick: Callable[[Point], None] | None,
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """A chart; a click on one of its marks calls `on_pick` with the mark's fields.

    Args:
        chart: what to draw.
        key: tells it apart from every other one on the page.
        selection: the name of the selection that a click makes.
        words: what it shows, for who cannot see it.
        on_pick: None where nothing can be clicked.
        width: as wide as there is room, or as the chart itself says.
    """
    if on_pick is None:
        st.vega_lite_chart(chart.cells, chart.specification, width=width, key=key, alt=words)
        return
    turn = f"_clicks_{key}"

    def picked() -> None:
        points = st.session_state[key]["selection"].get(selection) or []
        if points:
            st.session_state[turn] = st.session_state.get(turn, 0) + 1
            on_pick(points[-1])

    st.vega_lite_chart(
        chart.cells.assign(**{TURN: st.session_state.get(turn, 0)}),
        _with_turn(chart.specification, selection),
        width=width,
        key=key,
        on_select=picked,
        selection_mode=selection,
        alt=words,
    )


def _with_turn(specification: dict[str, Any], selection: str) -> dict[str, Any]:
    """The specification, its selection holding the turn as well."""
    layers = []
    for layer in specification["layer"]:
        params = [
            {**each, "select": {**each["select"], "fields": [*each["select"]["fields"], TURN]}}
            if each["name"] == selection
            else each
            for each in layer.get("params", ())
        ]
        layers.append({**layer, "params": params} if params else layer)
    return {**specification, "layer": layers}
