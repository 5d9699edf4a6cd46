"""Colours for numbers: diverging around zero for scores, sequential for weights.

Orange below zero and blue above it, or violet from nothing to all: kept apart by colour-blind
people, by lightness as well as by hue. On a dark page the middle is dark, so that what is small
stays quiet and what is large glows.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.contrast import channels, luminance

Numbers = npt.NDArray[np.floating[Any]]

# From -1 over 0 to 1, evenly spaced.
DIVERGING_LIGHT = ("#8f3f00", "#c9690f", "#f0ab62", "#fadfc0", "#f7f7f9", "#cfe0f5", "#85b3e6",
                   "#2f78c4", "#0b4486")  # fmt: skip
DIVERGING_DARK = ("#ffbf7a", "#e08a35", "#9c5514", "#4f3018", "#222736", "#1c3c66", "#2a66ad",
                  "#5b9be6", "#a9d0ff")  # fmt: skip
# From 0 to 1.
SEQUENTIAL_LIGHT = ("#f7f6fc", "#ded7f5", "#bba9ea", "#9477da", "#6c46bf", "#42208f")
SEQUENTIAL_DARK = ("#222736", "#37305f", "#54428f", "#7a60c2", "#a68ce8", "#d6c8ff")

HIDDEN_LIGHT = "#c9ccd6"
HIDDEN_DARK = "#363b49"
"""Cells that a mask forbids: a grey that neither scale has."""

# Between pure black and white the better one reaches 4.58 on any colour at all.
INK_DARK, INK_LIGHT = "#000000", "#ffffff"


def diverging(shares: Numbers, dark: bool) -> list[str]:
    """The colours of numbers from -1 to 1."""
    return _along((shares + 1) / 2, DIVERGING_DARK if dark else DIVERGING_LIGHT)


def sequential(shares: Numbers, dark: bool) -> list[str]:
    """The colours of numbers from 0 to 1."""
    return _along(shares, SEQUENTIAL_DARK if dark else SEQUENTIAL_LIGHT)


def hidden(dark: bool) -> str:
    """The colour of a cell that a mask forbids."""
    return HIDDEN_DARK if dark else HIDDEN_LIGHT


def ink(fill: str) -> str:
    """Black or white, whichever reads better on a colour."""
    light = luminance(fill)
    return INK_DARK if (light + 0.05) ** 2 > 0.05 * 1.05 else INK_LIGHT


def _along(shares: Numbers, stops: tuple[str, ...]) -> list[str]:
    places = np.clip(np.ravel(shares), 0.0, 1.0) * (len(stops) - 1)
    table = np.array([channels(stop) for stop in stops])
    steps = np.arange(len(stops))
    mixed = [np.interp(places, steps, table[:, channel]) for channel in range(3)]
    return ["#{:02x}{:02x}{:02x}".format(*map(round, each)) for each in zip(*mixed, strict=True)]
