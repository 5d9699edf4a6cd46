"""The sandbox's controls: from the URL to a recipe of plain values."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import streamlit as st

from explorer.dashboard import links
from explorer.draws import MAX_SEED
from explorer.recipe import BiasKind, MaskKind, PositionKind, Recipe

MOST_POSITIONS = 12
MOST_COLUMNS = 64
MOST_HEADS = 8
LARGEST = 1000.0
"""The largest number that a scale, a slope or an edited cell can be."""

ROOT, ONE, MINE = "1/√d_k", "none", "my own"
MODELS = "the model's own"
MASKS: dict[str, MaskKind] = {
    MODELS: "given",
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
BIASES: dict[str, BiasKind] = {
    MODELS: "given",
    "none": "none",
    "by distance": "distance",
    "by hand": "drawn",
}
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


@dataclass(frozen=True)
class Offer:
    """Which controls of the formula there are, for one source of numbers.

    Attributes:
        keys: what the names of its controls begin with in the URL. What is offered under one name
            must be the same everywhere: so a choice stays with the numbers that it was made for.
        positions: by their names; none where the model has told positions apart already.
        scale: the model's own; None where there is no such, nor its mask and its bias.
    """

    keys: str = ""
    positions: tuple[str, ...] = tuple(POSITIONS)
    scale: float | None = None

    @property
    def formula_keys(self) -> str:
        """The same for the controls that random numbers and words share."""
        return self.keys if self.scale is not None else ""

    def of(self, names: Iterable[str]) -> list[str]:
        """What is offered of these."""
        return [name for name in names if name != MODELS or self.scale is not None]


OF_NUMBERS = Offer()
OF_WORDS = Offer("word_", ("none", "sinusoidal"))


def of_head(scale: float) -> Offer:
    """For a head of a model, which begins with everything as the model has it."""
    return Offer("head_", (), scale)


def ask_formula(recipe: Recipe, offer: Offer = OF_NUMBERS) -> Recipe:
    """Scale, temperature, mask, positions and bias."""
    scale = _ask_scale(offer)
    temperature = float(
        links.bound(
            st.slider,
            "Softmax temperature",
            0.05,
            5.0,
            1.0,
            0.05,
            key=f"{offer.formula_keys}heat",
            help="Divides what the softmax gets: below 1 sharpens, above 1 flattens.",
        )
    )
    mask = _choose("Mask", offer.of(MASKS), f"{offer.keys}mask")
    padded = recipe.padded
    if mask == "padding":
        key = f"{offer.formula_keys}padded"
        padded = links.slider("Keys that are padding", 0, recipe.keys, 1, key=key)
    kind = "none"
    if offer.positions:
        kind = links.bound(
            st.selectbox, "Positions", offer.positions, key=f"{offer.keys}positions",
            help=POSITION_HELP,
        )  # fmt: skip
    bias = _choose("Bias", offer.of(BIASES), f"{offer.keys}bias")
    slope = recipe.slope
    if bias == "by distance":
        label, key = "Minus, for each piece of distance", f"{offer.formula_keys}slope"
        slope = float(links.bound(st.number_input, label, -LARGEST, LARGEST, slope, 0.1, key=key))
    return replace(
        recipe,
        scale=scale,
        temperature=temperature,
        mask=MASKS[mask],
        padded=padded,
        positions=POSITIONS[kind],
        bias=BIASES[bias],
        slope=slope,
    )


def _ask_scale(offer: Offer) -> float | None:
    """What the scores are multiplied by; None is 1/√d_k."""
    scale = _choose("Scale", offer.of((MODELS, ROOT, ONE, MINE)), f"{offer.formula_keys}scale")
    if scale == MODELS:
        return offer.scale
    if scale == MINE:
        key = f"{offer.formula_keys}factor"
        return float(
            links.bound(st.number_input, "Scores times", -LARGEST, LARGEST, 1.0, 0.1, key=key)
        )
    return 1.0 if scale == ONE else None


def _choose(label: str, names: list[str], key: str) -> str:
    """One of several, the first by default."""
    return str(
        links.bound(
            st.segmented_control, label, names, default=names[0], required=True, key=key, wrap=True
        )
    )
