"""The sandbox's first view: every step as a heat map, one cell term by term, head by head."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from explorer.attention_math import check_attention, entropy_bits
from explorer.charts.attention_steps import MINUS, SELECTION, HeatMap, Sheet, heat_map, number_text
from explorer.dashboard import badges, exports, links, messages, warmup
from explorer.dashboard.sandbox import formulas
from explorer.dashboard.sandbox.shown import Shown

MOST_DRAWN = 40
"""Rows and columns of a map that are drawn."""

WATCH_SECONDS = 0.7
CELL_PIXELS = 41
MAP_PIXELS = 170
WIDE_MAP_PIXELS = 330
TERMS_PIXELS = 330
COLUMN_PIXELS = 150
INPUT_PIXELS = 160

Map = tuple[str, str, HeatMap]
"""A title, a sentence, and the map."""


def show_maps(shown: Shown, dark: bool) -> None:
    """The formula, the maps of one head, and the checks."""
    steps = shown.steps
    st.latex(formulas.whole(steps))
    head = 0
    if len(steps.weights) > 1:
        head = links.slider("Head on screen", 0, len(steps.weights) - 1, 0, key="head")
    query, key = _place(shown)
    maps = step_maps(shown, head, dark, (query, key))
    widest = max(min(shown.steps.scores.shape[2], MOST_DRAWN) * CELL_PIXELS, MAP_PIXELS)
    with st.grid(min_column_width=min(widest, WIDE_MAP_PIXELS), gap="small"):
        for number, step in enumerate(maps[:-1], start=1):
            _draw_step(number, step)
    # The output has the columns of V, and needs the room.
    _draw_step(len(maps), maps[-1])
    if max(steps.scores.shape[1:]) > MOST_DRAWN:
        queries, keys = steps.scores.shape[1:]
        st.caption(
            f"The maps show the first {MOST_DRAWN} of {queries} queries and {keys} keys; the CSV "
            "has all."
        )
    for check in shown.checks:
        badges.check_badge(check)
    check_with_torch(shown)
    show_inputs(shown, head, dark)


def _draw_step(number: int, step: Map) -> None:
    title, sentence, chart = step
    with st.container(gap="xsmall"):
        st.markdown(f"**{number} · {title}**")
        clickable = title in ("Scores", "Weights")
        draw(chart, f"step_{title}", _picked if clickable else None, title)
        st.caption(sentence)


def show_details(shown: Shown, dark: bool) -> None:
    """Row by row, one cell term by term, head by head, and what there is to take home."""
    head = _head(shown)
    _rows(shown, head)
    _one_cell(shown, head, dark)
    if len(shown.steps.weights) > 1:
        _all_heads(shown, dark)
    st.subheader("Take home")
    exports.take_home(
        shown.name,
        table=lambda: cells_table(shown),
        data=lambda: shown.example or shown.steps,
        chart=lambda: Sheet([(title, each) for title, _, each in step_maps(shown, head)]).altair(),
        script=shown.script,
        key="steps",
    )


def _head(shown: Shown) -> int:
    """The head on screen."""
    return min(int(st.session_state.get("head", 0)), len(shown.steps.weights) - 1)


def _place(shown: Shown) -> tuple[int, int]:
    """The query and the key that are chosen."""
    queries, keys = shown.steps.scores.shape[1:]
    chosen = (st.session_state.get("query", 0), st.session_state.get("key", 0))
    return min(int(chosen[0]), queries - 1), min(int(chosen[1]), keys - 1)


def show_inputs(shown: Shown, head: int, dark: bool) -> None:
    """Q, K and V of one head."""
    steps = shown.steps
    st.markdown("**What goes in**")
    st.caption(shown.note)
    with st.grid(min_column_width=INPUT_PIXELS, gap="small"):
        for name, array, names, row in (
            ("Q", steps.query, shown.query_names, "query"),
            ("K", steps.key, shown.key_names, "key"),
            ("V", steps.value, shown.key_names, "key"),
        ):
            with st.container(gap="xsmall"):
                count, width = array.shape[1:]
                st.markdown(f"**{name}**, {count} × {width}")
                part = array[head][:MOST_DRAWN, :MOST_DRAWN]
                chart = heat_map(part, rows=names, row_title=row, column_title="column", dark=dark)
                draw(chart, f"input_{name}", words=name)


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
        chart = heat_map(array[head][part, part], kind, **{**names, **more})
        maps.append((title, sentence, chart))

    seen = None if steps.mask is None else steps.mask[head][part, part]
    d_k = steps.query.shape[-1]
    add("Scores", steps.scores, f"{ranges(steps.scores[head])} Each is the dot product of a query "
        f"and a key: {d_k} products, added up.")  # fmt: skip
    times = f"Times {steps.scale:.4g}" if steps.scale != 1 else "Not scaled"
    add("Scaled", steps.scaled, f"{ranges(steps.scaled[head])} {times}.")
    buckets = shown.example.buckets if shown.example else None
    if buckets is not None:
        add("T5's buckets", buckets[None].repeat(head + 1, 0).astype(float),
            "Which bucket each distance falls into; each has a learned number.",
            "sequential")  # fmt: skip
    if steps.bias is not None:
        add("Bias", steps.bias, f"{ranges(steps.bias[head])} Added to the scaled scores.")
    if steps.bias is not None or steps.mask is not None:
        sentence = "Scaled plus bias."
        if steps.mask is not None:
            hidden, size = int((~steps.mask[head]).sum()), steps.mask[head].size
            sentence = f"{hidden} of {size} hidden: {MINUS}∞, and so weight 0."
        add("What the softmax gets", steps.masked, f"{ranges(steps.masked[head])} {sentence}",
            visible=seen)  # fmt: skip
    add("Weights", steps.weights, "Softmax makes shares of each row: they sum to 1.", "sequential",
        visible=seen, largest=1.0)  # fmt: skip
    row = picked[0]
    add("Output", steps.output, f"{ranges(steps.output[head])} Each row is a mix of the rows of V, "
        "by the weights in its row.", columns=None, column_title="column of V",
        picked=(row, None))  # fmt: skip
    return maps


def draw(chart: HeatMap, key: str, on_pick: Any = None, words: str = "") -> None:
    """A heat map; with `on_pick`, a click on a cell calls it with the chart's key."""
    if on_pick is None:
        st.vega_lite_chart(chart.cells, chart.specification, width="stretch", key=key, alt=words)
        return
    st.vega_lite_chart(
        chart.cells,
        chart.specification,
        width="stretch",
        key=key,
        on_select=lambda: on_pick(key),
        selection_mode=SELECTION,
        alt=words,
    )


def _picked(key: str) -> None:
    """A click on a cell is the same as choosing its query and its key below."""
    points = st.session_state[key]["selection"].get(SELECTION) or []
    if points:
        st.session_state["query"] = int(points[-1]["row"])
        st.session_state["key"] = int(points[-1]["column"])


def ranges(array: np.ndarray) -> str:
    """The smallest and the largest number that is finite."""
    finite = array[np.isfinite(array)]
    return f"From {number_text(finite.min())} to {number_text(finite.max())}."


def check_with_torch(shown: Shown) -> None:
    """The badge: at once where torch is there, else as soon as it is."""
    if warmup.is_done():
        badges.check_badge(check_attention(shown.steps))
    else:
        st.fragment(_wait_for_torch, run_every=WATCH_SECONDS)()


def _wait_for_torch() -> None:
    if warmup.is_done():
        st.rerun()
    st.caption("The server has just started: torch will check these numbers in a moment.")


def _name(names: Sequence[str] | None, place: int) -> str:
    return str(place) if names is None else f"{place} {names[place]}"


def _rows(shown: Shown, head: int) -> None:
    """What each row of weights sums to, and how spread out it is."""
    weights = shown.steps.weights[head]
    bits = entropy_bits(weights)
    rows = {
        "Query": [messages.plain(_name(shown.query_names, i)) for i in range(len(weights))],
        "Row sum": [f"{total:.6f}" for total in weights.sum(-1)],
        "Entropy, bits": [f"{each:.3f}" for each in bits],
        "Most to key": [
            messages.plain(_name(shown.key_names, int(row.argmax()))) + f" ({row.max():.0%})"
            for row in weights
        ],
    }
    st.markdown("**Row by row**")
    st.table(
        [dict(zip(rows, row, strict=True)) for row in list(zip(*rows.values(), strict=True))],
        hide_index=True,
    )
    st.caption(
        f"Entropy is 0 bits where one key gets all, and log₂({weights.shape[1]}) = "
        f"{np.log2(weights.shape[1]):.2f} bits where all {weights.shape[1]} get the same."
    )


def _one_cell(shown: Shown, head: int, dark: bool) -> None:
    """One score and one weight written out, and how a row of weights mixes the values."""
    steps = shown.steps
    queries, keys = steps.scores.shape[1:]
    st.subheader("One cell, term by term")
    st.caption("Click a cell of the scores or of the weights, or choose it here.")
    left, right = st.columns(2, gap="medium")
    with left:
        query = links.slider("Query", 0, queries - 1, 0, key="query")
    with right:
        key = links.slider("Key", 0, keys - 1, 0, key="key")
    with st.grid(min_column_width=TERMS_PIXELS, gap="medium"):
        left, right = st.container(), st.container()
    with left:
        if shown.query_names or shown.key_names:
            names = (_name(shown.query_names, query), _name(shown.key_names, key))
            st.markdown(f"Query **{messages.plain(names[0])}**, key **{messages.plain(names[1])}**")
        st.latex(formulas.one_score(steps, head, query, key))
        st.latex(formulas.one_weight(steps, head, query, key))
    with right:
        st.markdown(f"**How query {query} mixes the values**")
        draw(mix_map(shown, head, query, dark), "mix", words="weights times values")
        st.caption(
            "Each row is a value times its weight; the last row, their sum, is the output of "
            f"query {query}."
        )


def mix_map(shown: Shown, head: int, query: int, dark: bool) -> HeatMap:
    """(key + 1, d_v): each value times its weight, and the sum."""
    steps = shown.steps
    weights = steps.weights[head, query]
    parts = weights[:, None] * steps.value[head]
    names = [
        f"{weight:.2f} × {'v' + str(at) if shown.key_names is None else shown.key_names[at]}"
        for at, weight in enumerate(weights[:MOST_DRAWN])
    ]
    matrix = np.vstack([parts[:MOST_DRAWN], steps.output[head, query]])[:, :MOST_DRAWN]
    return heat_map(
        matrix,
        rows=[*names, "sum"],
        row_title="",
        column_title="column of V",
        picked=(len(names), None),
        dark=dark,
    )


def _all_heads(shown: Shown, dark: bool) -> None:
    """The weights of every head, side by side, and what becomes of their outputs."""
    steps, example = shown.steps, shown.example
    heads, queries, d_k = steps.output.shape
    st.subheader("Head by head")
    st.caption("Every head has its own columns of Q, K and V, and so its own weights.")
    with st.grid(min_column_width=COLUMN_PIXELS, gap="small"):
        for head in range(heads):
            with st.container(gap="xsmall"):
                st.markdown(f"**Head {head}**")
                seen = None if steps.mask is None else steps.mask[head]
                chart = heat_map(
                    steps.weights[head], "sequential", visible=seen, largest=1.0, dark=dark
                )
                draw(chart, f"head_{head}", words=f"weights of head {head}")
                bits = entropy_bits(steps.weights[head]).mean()
                st.caption(f"{bits:.2f} bits a row")
    if example is None:
        return
    st.markdown("**Their outputs side by side**")
    wide: dict[str, Any] = {"column_title": "head · column", "dark": dark}
    draw(heat_map(example.concatenated[:, :MOST_DRAWN], **wide), "concatenated")
    if example.result is not None and example.projection is not None:
        st.latex(formulas.heads_formula(heads, d_k, queries))
        with st.grid(min_column_width=WIDE_MAP_PIXELS, gap="medium"):
            with st.container(gap="xsmall"):
                st.markdown("**W^O**, drawn from the seed")
                small = example.projection[:MOST_DRAWN, :MOST_DRAWN]
                draw(heat_map(small, row_title="head · column", **wide), "projection")
            with st.container(gap="xsmall"):
                st.markdown("**Result**")
                wide["column_title"] = "column"
                draw(heat_map(example.result[:, :MOST_DRAWN], **wide), "result")


def cells_table(shown: Shown) -> list[dict[str, Any]]:
    """A row for each cell of each head, for a CSV."""
    steps = shown.steps
    table = []
    for head, query, key in np.ndindex(steps.scores.shape):
        place = head, query, key
        table.append(
            {
                "head": head,
                "query": _name(shown.query_names, query),
                "key": _name(shown.key_names, key),
                "score": float(steps.scores[place]),
                "scaled": float(steps.scaled[place]),
                "with bias": float(steps.biased[place]),
                "visible": bool(np.isfinite(steps.masked[place])),
                "weight": float(steps.weights[place]),
            }
        )
    return table
