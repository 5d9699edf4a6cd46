"""The sandbox's third view: the three kinds of attention and their masks, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer.attention_math import check_attention
from explorer.charts.attention_steps import HeatMap, Sheet, heat_map
from explorer.checks import Check, closest
from explorer.dashboard import exports, links
from explorer.dashboard.heat_maps import draw
from explorer.dashboard.sandbox import formulas
from explorer.dashboard.sandbox.checking import check_with_torch
from explorer.dashboard.sandbox.controls import MOST_COLUMNS, MOST_POSITIONS
from explorer.draws import MAX_SEED
from explorer.recipe import MaskKind, Recipe
from explorer.worked_example import WorkedExample, work
from explorer.worked_example_script import script

MINIMUM_PIXELS = 210


@dataclass(frozen=True)
class Kind:
    """One of the three."""

    title: str
    sentence: str
    example: WorkedExample


def three(seed: int, source: int, target: int, d_k: int, padded: int) -> tuple[Kind, Kind, Kind]:
    """Encoder, decoder and cross-attention of the same sizes; the source may end in padding."""

    def example(queries: int, keys: int, mask: MaskKind) -> WorkedExample:
        return work(
            Recipe(
                seed=seed, queries=queries, keys=keys, d_k=d_k, mask=mask,
                padded=padded if mask == "padding" else 1,
            )
        )  # fmt: skip

    hides: MaskKind = "padding" if padded else "none"
    return (
        Kind(
            "Encoder self-attention",
            "Every source piece sees every source piece, before and after it.",
            example(source, source, hides),
        ),
        Kind(
            "Decoder self-attention",
            "Every piece sees itself and those before it: the future is hidden.",
            example(target, target, "causal"),
        ),
        Kind(
            "Cross-attention",
            "Queries from the decoder, keys and values from the encoder: all of the source.",
            example(target, source, hides),
        ),
    )


def show(dark: bool) -> None:
    """The whole view."""
    with st.grid(min_column_width=140, gap="small"):
        source = links.slider("Source pieces", 1, MOST_POSITIONS, 6, key="source")
        target = links.slider("Target pieces", 1, MOST_POSITIONS, 4, key="target")
        padded = links.slider("Of the source, padding", 0, source - 1, 0, key="source_padding")
        d_k = links.slider("d_k", 1, MOST_COLUMNS, 6, key="d_k")
        seed = int(links.bound(st.number_input, "Seed", 0, MAX_SEED, 42, 1, key="draw"))
    kinds = three(seed, source, target, d_k, padded)
    with st.grid(min_column_width=MINIMUM_PIXELS, gap="medium"):
        for number, kind in enumerate(kinds):
            with st.container(gap="xsmall"):
                st.markdown(f"**{kind.title}**  \n{kind.sentence}")
                draw(mask_map(kind, dark), f"mask_{number}", None, f"{kind.title}: mask")
                draw(weight_map(kind, dark), f"kind_{number}", None, f"{kind.title}: weights")
    for kind in kinds:
        st.latex(formulas.whole(kind.example.steps))
    check_with_torch(lambda: check_kinds(kinds))
    st.caption(
        "The mask M is 0 where a query may look and minus infinity where it may not: added before "
        "the softmax, it makes the weight exactly 0. Whether it is added before or after the "
        "scale changes nothing."
    )
    exports.take_home(
        "three-kinds",
        data=lambda: {kind.title: kind.example for kind in kinds},
        table=lambda: [
            {"attention": kind.title, "query": q, "key": k, "weight": float(weights[q, k])}
            for kind in kinds
            for weights in [kind.example.steps.weights[0]]
            for q, k in np.ndindex(weights.shape)
        ],
        chart=lambda: Sheet(
            [(f"{kind.title}: mask", mask_map(kind, False)) for kind in kinds]
            + [(f"{kind.title}: weights", weight_map(kind, False)) for kind in kinds],
            columns=3,
        ).altair(),
        script=lambda: "\n\n".join(
            f"# {kind.title}\n{script(kind.example.recipe)}" for kind in kinds
        ),
        key="kinds",
    )


def check_kinds(kinds: Sequence[Kind]) -> Check:
    """The check that comes closest to its tolerance: when it passes, all three do."""
    return closest(
        [check_attention(kind.example.steps) for kind in kinds],
        "The outputs of all three against torch's scaled_dot_product_attention.",
    )


def mask_map(kind: Kind, dark: bool) -> HeatMap:
    """1 where a query may look."""
    mask = kind.example.steps.mask
    size = kind.example.steps.weights.shape[1:]
    allowed = np.ones(size, dtype=np.bool_) if mask is None else mask[0]
    return heat_map(
        np.where(allowed, 0.0, -np.inf), "sequential", visible=allowed, largest=1.0, dark=dark,
        title="Mask",
    )  # fmt: skip


def weight_map(kind: Kind, dark: bool) -> HeatMap:
    """The weights, with what is hidden in grey."""
    found = kind.example.steps
    visible = None if found.mask is None else found.mask[0]
    return heat_map(
        found.weights[0], "sequential", visible=visible, largest=1.0, dark=dark, title="Weights"
    )
