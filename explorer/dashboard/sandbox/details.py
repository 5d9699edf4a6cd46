"""Below the sandbox's maps: one cell term by term, rows, inputs, heads, and what to take home."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from explorer.attention_math import entropy_bits
from explorer.charts.attention_steps import HeatMap, Sheet, heat_map
from explorer.dashboard import exports, links, messages
from explorer.dashboard.heat_maps import draw
from explorer.dashboard.sandbox import formulas
from explorer.dashboard.sandbox.shown import Shown
from explorer.dashboard.sandbox.steps import (
    MOST_DRAWN,
    WIDE_MAP_PIXELS,
    head_on_screen,
    step_maps,
)

TERMS_PIXELS = 330
COLUMN_PIXELS = 150
INPUT_PIXELS = 160


def show(shown: Shown, dark: bool) -> None:
    """One cell and the heads; the rest is drawn when it is opened."""
    head = head_on_screen(shown)
    _one_cell(shown, head, dark)
    if len(shown.steps.weights) > 1:
        _all_heads(shown, dark)
    rows = st.expander("Row by row: sums and entropy", icon=":material/table_rows:",
                       key="rows_open", on_change="rerun")  # fmt: skip
    if rows.open:
        with rows:
            _rows(shown, head)
    inputs = st.expander("What goes in: Q, K and V", icon=":material/input:",
                         key="inputs_open", on_change="rerun")  # fmt: skip
    if inputs.open:
        with inputs:
            _inputs(shown, head, dark)
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
            with st.container(gap="xsmall"):
                count, width = array.shape[1:]
                st.markdown(f"**{name}**, {count} × {width}")
                part = array[head][:MOST_DRAWN, :MOST_DRAWN]
                chart = heat_map(part, rows=names, row_title=row, column_title="column", dark=dark)
                draw(chart, f"input_{name}", words=name)


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
