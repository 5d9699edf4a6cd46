"""The sandbox's controls: from the URL to a recipe of plain values."""

from dataclasses import replace

import streamlit as st

from explorer.dashboard import links
from explorer.draws import MAX_SEED
from explorer.recipe import BiasKind, MaskKind, PositionKind, Recipe

MOST_POSITIONS = 12
MOST_COLUMNS = 64
MOST_HEADS = 8
LARGEST = 1000.0
"""The largest number that a scale, a slope or an edited cell can be."""

ROOT, ONE, OWN = "1/√d_k", "none", "my own"
MASKS: dict[str, MaskKind] = {
    "none": "none",
    "causal": "causal",
    "padding": "padding",
    "by hand": "drawn",
}
POSITIONS: dict[str, PositionKind] = {
    "none": "none",
    "T5: relative buckets": "relative",
    "BART: learned": "learned",
    "sinusoidal": "sinusoidal",
}
BIASES: dict[str, BiasKind] = {"none": "none", "by distance": "distance", "by hand": "drawn"}
POSITION_HELP = (
    "T5 adds a learned number for each bucket of distances to the scores. BART adds a learned row, "
    "the 2017 paper a row of sines and cosines, to every position; here they are added to the rows "
    "of Q, K and V. What training would learn is drawn from the seed."
)


def ask_sizes() -> Recipe:
    """Lengths, width, heads and seed of a random example."""
    first = Recipe()
    with st.grid(min_column_width=120, gap="small"):
        queries = links.slider("Queries", 1, MOST_POSITIONS, first.queries, key="n")
        keys = links.slider(
            "Keys and values",
            1,
            MOST_POSITIONS,
            first.keys,
            key="m",
            help="In cross-attention there are as many keys as source pieces, and as many queries "
            "as target pieces.",
        )
        d_k = links.slider(
            "d_k", 1, MOST_COLUMNS, first.d_k, key="d_k", help="Numbers in one query, key or value."
        )
        heads = links.slider("Heads", 1, MOST_HEADS, first.heads, key="head_count")
    seed = links.bound(
        st.number_input,
        "Seed",
        0,
        MAX_SEED,
        first.seed,
        1,
        key="draw",
        help="The same as torch.manual_seed: the same seed draws the same Q, K and V.",
    )
    return Recipe(seed=int(seed), queries=queries, keys=keys, d_k=d_k, heads=heads)


def ask_formula(recipe: Recipe, by_hand: bool = True) -> Recipe:
    """Scale, temperature, mask, positions and bias; `by_hand` offers masks and biases drawn so."""
    scale = links.bound(
        st.segmented_control, "Scale", (ROOT, ONE, OWN), default=ROOT, required=True, key="scale"
    )
    factor = {ROOT: None, ONE: 1.0}.get(scale)
    if scale == OWN:
        factor = float(
            links.bound(st.number_input, "Scores times", -LARGEST, LARGEST, 1.0, 0.1, key="factor")
        )
    temperature = float(
        links.bound(
            st.slider,
            "Softmax temperature",
            0.05,
            5.0,
            1.0,
            0.05,
            key="heat",
            help="Divides what the softmax gets: below 1 sharpens, above 1 flattens.",
        )
    )
    # Fewer are offered for words: keys of their own keep what was chosen for random numbers.
    kept = "" if by_hand else "word_"
    masks = [name for name in MASKS if by_hand or MASKS[name] != "drawn"]
    mask = links.bound(
        st.segmented_control, "Mask", masks, default="none", required=True, key=f"{kept}mask",
        wrap=True,
    )  # fmt: skip
    padded = recipe.padded
    if mask == "padding":
        padded = links.slider("Keys that are padding", 0, recipe.keys, 1, key="padded")
    kinds = [n for n in POSITIONS if by_hand or POSITIONS[n] in ("none", "sinusoidal")]
    kind = links.bound(st.selectbox, "Positions", kinds, key=f"{kept}positions", help=POSITION_HELP)
    biases = [name for name in BIASES if by_hand or BIASES[name] != "drawn"]
    bias = links.bound(
        st.segmented_control, "Bias", biases, default="none", required=True, key=f"{kept}bias",
        wrap=True,
    )  # fmt: skip
    slope = recipe.slope
    if bias == "by distance":
        label = "Minus, for each piece of distance"
        slope = float(
            links.bound(st.number_input, label, -LARGEST, LARGEST, slope, 0.1, key="slope")
        )
    return replace(
        recipe,
        scale=factor,
        temperature=temperature,
        mask=MASKS[mask],
        padded=padded,
        positions=POSITIONS[kind],
        bias=BIASES[bias],
        slope=slope,
    )
