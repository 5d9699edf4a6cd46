"""How much is read and written, in which precision, and with how much memory."""

from dataclasses import dataclass, replace

import streamlit as st

from explorer.budget import usual_budget
from explorer.cards import ModelCard
from explorer.dashboard import links
from explorer.dashboard.selector.speeds import Lengths
from explorer.device import Device
from explorer.fit import USUAL_READ, USUAL_WRITTEN, Fit, fit
from explorer.footprint import Footprint, Precision, footprint

MOST_READ, MOST_WRITTEN, MOST_BEAMS = 1024, 512, 16
HERE = "this machine"
MEMORIES = {HERE: 0, "1 GB": 1, "2 GB": 2, "4 GB": 4, "8 GB": 8, "16 GB": 16, "24 GB": 24,
            "80 GB": 80}  # fmt: skip
PRECISIONS: dict[str, Precision] = {
    "float32": "float32",
    "bfloat16 or float16": "bfloat16",
    "int8": "int8",
}


@dataclass(frozen=True)
class Settings:
    """What the figures are for.

    Attributes:
        lengths: what is read and written.
        precision: how weights are held.
        device: this one, or one of its kind with another memory.
        budget_bytes: the limit for models there.
    """

    lengths: Lengths
    precision: Precision
    device: Device
    budget_bytes: int

    def of(self, card: ModelCard) -> Footprint:
        """What a model takes."""
        lengths = self.lengths
        return footprint(card, lengths.source, lengths.target, lengths.beams, self.precision)

    def fit_of(self, found: Footprint) -> Fit:
        """Whether it fits."""
        return fit(found, self.device, self.budget_bytes)


def ask(device: Device, own: Precision, budget_bytes: int) -> Settings:
    """The controls.

    Args:
        device: of this machine.
        own: how the explorer holds weights here.
        budget_bytes: the limit for models here.
    """
    first, second = st.columns(2, gap="medium")
    with first:
        source = links.slider("Pieces to read", 1, MOST_READ, USUAL_READ, key="fit_read")
        target = links.slider("Pieces to write", 1, MOST_WRITTEN, USUAL_WRITTEN, key="fit_write")
    with second:
        beams = links.slider("Beams", 1, MOST_BEAMS, 1, key="fit_beams")
        left, right = st.columns(2, gap="small")
        with left:
            precision = links.bound(
                st.selectbox,
                "Weights held in",
                list(PRECISIONS),
                index=list(PRECISIONS.values()).index(own),
                key="fit_precision",
            )
        with right:
            room = links.bound(st.selectbox, "Memory of", list(MEMORIES), key="fit_memory")
    if room != HERE:
        device = replace(device, memory_bytes=MEMORIES[room] * 10**9)
        budget_bytes = usual_budget(device.memory_bytes)
    return Settings(Lengths(source, target, beams), PRECISIONS[precision], device, budget_bytes)
