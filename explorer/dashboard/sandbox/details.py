"""Below the sandbox's maps: one cell term by term, rows, inputs, heads, and what to take home."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from explorer.attention_math import entropy_bits
from explorer.charts.attention_steps import HeatMap, Sheet, heat_map
from explorer.dashboard import exports, links, messages
from explorer.dashboard.folded import fold
from explorer.dashboard.heat_maps import draw
from explorer.dashboard.sandbox import formulas
from explorer.dashboard.sandbox.shown import Shown
from explorer.dashboard.sandbox.steps import MOST_DRAWN, head_on_screen, step_maps

TERMS_PIXELS = 430
COLUMN_PIXELS = 150
INPUT_PIXELS = 160
WIDE_MAP_PIXELS = 330


def show(shown: Shown, dark: bool) -> None:
    """One cell and the heads; the rest is drawn when it is opened."""
    head = head_on_screen(shown)
    _one_cell(shown, head, dark)
    if len(shown.steps.weights) > 1:
        _all_heads(shown, dark)
    fold("Row by row: sums and entropy", "table_rows", "rows_open", lambda: show_rows(shown, head))
    fold("What goes in: Q, K and V", "input", "inputs_open", lambda: _inputs(shown, head, dark))
    st.subheader("Take home")
    exports.take_home(
        shown.name,
        table=lambda: cells_table(shown),
        data=lambda: shown.example or shown.steps,
        chart=lambda: Sheet([(title, each) for title, _, each in step_maps(shown, head)]).altair(),
        script=shown.script,
        key="steps",
    )


def _inputs(shown: Shown, head: int, dark: bool) -> None:
    """Q, K and V of one head."""
    steps = shown.steps
    st.caption(shown.note)
    with st.grid(min_column_width=INPUT_PIXELS, gap="small"):
        for name, array, names, row in (
            ("Q", steps.query, shown.query_names, "query"),
            ("K", steps.key, shown.key_names, "key"),
            ("V", steps.value, shown.key_names, "key"),
        ):
            count, width = array.shape[1:]
            part = array[head][:MOST_DRAWN, :MOST_DRAWN]
            title = f"{name}, {count} × {width}"
            chart = heat_map(
                part, rows=names, row_title=row, column_title="column", dark=dark, title=title
            )
            draw(chart, f"input_{name}", None, title)


def _name(names: Sequence[str] | None, place: int) -> str:
    return str(place) if names is None else f"{place} {names[place]}"


def show_rows(shown: Shown, head: int) -> None:
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
    st.markdown(
        "### One cell, term by term\n"
        "Click a cell of the scores or of the weights, or choose it here."
    )
    with st.container(horizontal=True, gap="medium"):
        query = links.slider("Query", 0, queries - 1, 0, key="query")
        key = links.slider("Key", 0, keys - 1, 0, key="key")
    of_query = str(query)
    if shown.query_names or shown.key_names:
        of_query = f"**{messages.plain(_name(shown.query_names, query))}**"
        name = messages.plain(_name(shown.key_names, key))
        st.markdown(f"Query {of_query}, key **{name}**")
    with st.grid(min_column_width=TERMS_PIXELS, gap="medium"):
        st.latex(formulas.one_cell(steps, head, query, key))
        draw(mix_map(shown, head, query, dark), "mix", None, "weights times values")
    st.caption(
        f"Weights times values: query {of_query} takes each value times its weight; the last row, "
        "their sum, is its output."
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
        title="Weights times values, and their sum",
    )


def _all_heads(shown: Shown, dark: bool) -> None:
    """The weights of every head, side by side, and what becomes of their outputs."""
    steps, example = shown.steps, shown.example
    heads, queries, d_k = steps.output.shape
    bits = entropy_bits(steps.weights).mean(-1)
    each = ", ".join(f"head {head}: {value:.2f}" for head, value in enumerate(bits))
    st.markdown(
        "### Head by head\n"
        "Every head has its own columns of Q, K and V, and so its own weights. Their entropy in "
        f"bits, a row: {each}."
    )
    with st.grid(min_column_width=COLUMN_PIXELS, gap="small"):
        for head in range(heads):
            seen = None if steps.mask is None else steps.mask[head]
            chart = heat_map(
                steps.weights[head], "sequential", visible=seen, largest=1.0, dark=dark,
                title=f"Head {head}",
            )  # fmt: skip
            draw(chart, f"head_{head}", None, f"weights of head {head}")
    if example is None:
        return
    wide: dict[str, Any] = {"column_title": "head · column", "dark": dark}
    joined = heat_map(
        example.concatenated[:, :MOST_DRAWN], title="Their outputs side by side", **wide
    )
    draw(joined, "concatenated", None, "the outputs of all heads side by side")
    if example.result is not None and example.projection is not None:
        st.latex(formulas.heads_formula(heads, d_k, queries))
        small = example.projection[:MOST_DRAWN, :MOST_DRAWN]
        projection = heat_map(
            small, row_title="head · column", title="W^O, drawn from the seed", **wide
        )
        wide["column_title"] = "column"
        result = heat_map(example.result[:, :MOST_DRAWN], title="Result", **wide)
        with st.grid(min_column_width=WIDE_MAP_PIXELS, gap="medium"):
            draw(projection, "projection", None, "W^O, the matrix that mixes the heads")
            draw(result, "result", None, "the outputs side by side times W^O")


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
