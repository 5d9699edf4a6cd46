"""The sandbox's second view: why attention divides by the square root of d_k."""

from dataclasses import asdict
from typing import Any

import streamlit as st

from explorer.charts.saturation import MEASURES, curves, sheet
from explorer.dashboard import exports, links
from explorer.dashboard.folded import fold
from explorer.dashboard.sandbox.checking import check_with_torch
from explorer.draws import MAX_SEED
from explorer.saturation import KEYS, QUERIES, Saturation, check_saturation, saturation, script

MINIMUM_PIXELS = 330


def show(dark: bool) -> None:
    """The whole view."""
    seed = int(links.bound(st.number_input, "Seed", 0, MAX_SEED, 42, 1, key="draw"))
    found = saturation(seed)
    st.latex(
        r"\operatorname{Var}(q \cdot k) = \sum_{i=1}^{d_k} \operatorname{Var}(q_i k_i) = d_k"
        r"\qquad \frac{\partial w_i}{\partial s_j} = w_i\,(\delta_{ij} - w_j)"
    )
    with st.grid(min_column_width=MINIMUM_PIXELS, gap="medium"):
        for measure, title, sentence in MEASURES:
            with st.container(gap="xsmall"):
                st.markdown(f"**{title}**")
                st.vega_lite_chart(
                    curves(found, measure, title, dark),
                    width="stretch",
                    key=f"curve_{measure}",
                    alt=f"{title} over d_k, with the scale and without it",
                )
                st.caption(sentence)
    last, first = found[-1], found[-2]
    st.markdown(
        f"At $d_k = {last.d_k}$ without the scale, the largest weight of a row is "
        f"**{last.largest_weight:.2f}** on average and the gradient **{last.gradient:.3f}**: the "
        f"softmax is saturated, and a model could hardly learn. With it: "
        f"**{first.largest_weight:.2f}** and **{first.gradient:.3f}**, whatever $d_k$ is."
    )
    check_with_torch(lambda: check_saturation(seed, found))
    st.caption(
        f"Means over {QUERIES} random queries and {KEYS} random keys with numbers of variance 1, "
        "drawn from the seed; the gradient is the length (Frobenius norm) of the matrix of all "
        "derivatives. T5 has no scale: its first weights are drawn smaller instead."
    )
    table = [_row(each) for each in found]
    fold(
        "As a table",
        "table",
        "scaling_open",
        lambda: st.dataframe(table, hide_index=True, width="stretch"),
    )
    exports.take_home(
        "why-the-scale",
        table=table,
        data=found,
        chart=lambda: sheet(found),
        script=lambda: script(seed),
        key="scaling",
    )


def _row(each: Saturation) -> dict[str, Any]:
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(each).items()}
    return {name.replace("_", " ") if name != "d_k" else name: v for name, v in rounded.items()}
