"""The sandbox's first view: every step as a heat map, checked."""

import re
from typing import Any

import numpy as np
import streamlit as st

from explorer.attention_math import check_attention, entropy_bits
from explorer.charts.attention_steps import HeatMap, heat_map
from explorer.charts.cells import MINUS, number_text
from explorer.checks import Check
from explorer.dashboard import badges, links
from explorer.dashboard.heat_maps import draw
from explorer.dashboard.sandbox import formulas
from explorer.dashboard.sandbox.checking import check_with_torch
from explorer.dashboard.sandbox.shown import Shown
from explorer.worked_example import check_example

MOST_DRAWN = 40
"""Rows and columns of a map that are drawn."""

CELL_PIXELS = 41
NAMES_PIXELS = 70
"""What the names of the rows take from the cells, whose numbers need the room."""
MAP_PIXELS = 170
MOST_SIDE_BY_SIDE = 8
"""Keys of maps that stand side by side; wider ones are shown one at a time."""

Map = tuple[str, str, HeatMap]
"""A title, a sentence, and the map."""


def show_maps(shown: Shown, dark: bool) -> None:
    """The formula, the maps of one head, and the checks."""
    steps = shown.steps
    st.latex(formulas.whole(steps))
    head = 0
    if len(steps.weights) > 1:
        head = links.slider("Head on screen", 0, len(steps.weights) - 1, 0, key="head_shown")
    query, key = _place(shown)
    maps = step_maps(shown, head, dark, (query, key))
    keys = steps.scores.shape[2]
    if keys > MOST_SIDE_BY_SIDE:
        _draw_one(maps)
    else:
        names = NAMES_PIXELS if shown.query_names else 0
        width = max(keys * CELL_PIXELS + names, MAP_PIXELS)
        with st.grid(min_column_width=width, gap="small"):
            for step in maps[:-1]:
                with st.container(gap="xsmall"):
                    _draw_step(step)
        # The output has the columns of V, and needs the room.
        _draw_step(maps[-1])
    queries, keys = steps.scores.shape[1:]
    width = steps.output.shape[2]
    if max(queries, keys, width) > MOST_DRAWN:
        st.caption(
            f"The maps show the first {MOST_DRAWN} rows and columns: there are {queries} queries, "
            f"{keys} keys and {width} columns of V. The JSON has all."
        )
    if shown.changed:
        st.caption(
            f"Changed: {', '.join(shown.changed)}. These are no longer the model's numbers, so "
            "they are compared with torch alone."
        )
    for check in shown.checks:
        badges.check_badge(check)
    check_with_torch(lambda: check_shown(shown))


def check_shown(shown: Shown) -> Check:
    """All that is worked out here, beside torch."""
    if shown.example is None:
        return check_attention(shown.steps)
    return check_example(shown.example)


def _draw_one(maps: list[Map]) -> None:
    """One step at a time, where each map takes the whole width; the weights first."""
    titles = [title for title, _, _ in maps]
    chosen = links.bound(
        st.segmented_control,
        "Step on screen",
        titles,
        default="Weights",
        required=True,
        key="map",
        wrap=True,
        label_visibility="collapsed",
    )
    _draw_step(maps[titles.index(chosen)])


def _draw_step(step: Map) -> None:
    title, sentence, chart = step
    clickable = title in ("Scores", "Weights")
    draw(chart, f"step_{title}", _pick if clickable else None, title)
    st.caption(sentence)


def head_on_screen(shown: Shown) -> int:
    """The number of the head that was chosen."""
    return min(int(st.session_state.get("head_shown", 0)), len(shown.steps.weights) - 1)


def _place(shown: Shown) -> tuple[int, int]:
    """The query and the key that are chosen."""
    queries, keys = shown.steps.scores.shape[1:]
    return min(_chosen("query"), queries - 1), min(_chosen("key"), keys - 1)


def _chosen(name: str) -> int:
    """What a slider below the maps stands at; before it is drawn for the first time, its link."""
    held = st.session_state.get(name)
    if isinstance(held, int):
        return held
    asked = st.query_params.get(name, "")
    return int(asked) if re.fullmatch(r"\d{1,3}", asked, re.ASCII) else 0


def step_maps(
    shown: Shown,
    head: int,
    dark: bool = False,
    picked: tuple[int | None, int | None] = (None, None),
) -> list[Map]:
    """The maps of one head: scores, scaled, what is added and hidden, weights, output."""
    steps = shown.steps
    part = slice(MOST_DRAWN)
    names: dict[str, Any] = {"rows": shown.query_names, "columns": shown.key_names, "dark": dark}
    names["picked"] = picked
    maps: list[Map] = []

    def add(title: str, array: Any, sentence: str, kind: Any = "diverging", **more: Any) -> None:
        chart = heat_map(array[head][part, part], kind, title=title, **{**names, **more})
        maps.append((title, sentence, chart))

    seen = None if steps.mask is None else steps.mask[head][part, part]
    d_k = steps.query.shape[-1]
    unscaled = " They are not scaled." if steps.scale == 1 else ""
    add("Scores", steps.scores, f"{ranges(steps.scores[head])} Each is the dot product of a query "
        f"and a key: {d_k} products, added up.{unscaled}")  # fmt: skip
    if steps.scale != 1:
        add("Scaled", steps.scaled, f"{ranges(steps.scaled[head])} Times {steps.scale:.4g}.")
    buckets = shown.example.buckets if shown.example else None
    if buckets is not None:
        add("T5's buckets", buckets[None].repeat(head + 1, 0),
            "Which bucket each distance falls into; each has a learned number.",
            "sequential")  # fmt: skip
    if steps.bias is not None:
        add("Bias", steps.bias, f"{ranges(steps.bias[head])} Added to the scaled scores.")
    if steps.bias is not None or steps.mask is not None:
        sentence = "Scaled plus bias."
        if steps.mask is not None:
            hidden, size = int((~steps.mask[head]).sum()), steps.mask[head].size
            sentence = f"{hidden} of {size} hidden: {MINUS}∞, and so weight 0."
        add("Softmax input", steps.masked, f"{ranges(steps.masked[head])} {sentence}",
            visible=seen)  # fmt: skip
    counts = np.isfinite(steps.masked[head]).sum(-1)  # the keys that each query may look at
    bits, most = entropy_bits(steps.weights[head]).mean(), np.log2(counts).mean()
    add("Weights", steps.weights, "Softmax makes shares of each row: they sum to 1. Their entropy "
        f"is {bits:.2f} of at most {most:.2f} bits.", "sequential", visible=seen,
        largest=1.0)  # fmt: skip
    row = picked[0]
    add("Output", steps.output, f"{ranges(steps.output[head])} Each row is a mix of the rows of V, "
        "by the weights in its row.", columns=None, column_title="column of V",
        picked=(row, None))  # fmt: skip
    return maps


def _pick(query: int, key: int) -> None:
    """A click on a cell is the same as choosing its query and its key below."""
    st.session_state["query"], st.session_state["key"] = query, key


def ranges(array: np.ndarray) -> str:
    """The smallest and the largest number that is finite."""
    finite = array[np.isfinite(array)]
    return f"From {number_text(finite.min())} to {number_text(finite.max())}."
