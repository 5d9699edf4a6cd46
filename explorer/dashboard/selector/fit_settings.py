"""How much is read and written, in which precision, and with how much memory."""

from dataclasses import dataclass

import streamlit as st

from explorer.cards import ModelCard
from explorer.dashboard import links
from explorer.dashboard.selector.speeds import Lengths
from explorer.device import Device, bytes_for_each_weight
from explorer.footprint import NUMBER_BYTES, Footprint, Precision, footprint

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
    """What the figures are for."""

    lengths: Lengths
    precision: Precision
    memory_bytes: int

    def of(self, card: ModelCard) -> Footprint:
        """What a model takes."""
        lengths = self.lengths
        return footprint(card, lengths.source, lengths.target, lengths.beams, self.precision)


def own_precision(device: Device) -> Precision:
    """How the explorer itself holds weights on a device."""
    return "bfloat16" if bytes_for_each_weight(device) == NUMBER_BYTES["bfloat16"] else "float32"


def ask(device: Device, own: Precision) -> Settings:
    """The controls."""
    first, second = st.columns(2, gap="medium")
    with first:
        source = links.slider("Pieces to read", 1, MOST_READ, 128, key="fit_read")
        target = links.slider("Pieces to write", 1, MOST_WRITTEN, 64, key="fit_write")
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
    memory_bytes = MEMORIES[room] * 10**9 or device.memory_bytes
    return Settings(Lengths(source, target, beams), PRECISIONS[precision], memory_bytes)
