"""The colours of the project's own drawings, one set for each theme.

Encoder blue, decoder orange and cross-attention violet keep apart for colour-blind people, by
lightness as well as by hue, and words on every fill reach a contrast of 4.5 to 1 at least.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Fills for each part, the ink on them, and the lines between them."""

    text: str
    encoder: str
    encoder_group: str
    decoder: str
    decoder_group: str
    cross: str
    ink: str
    line: str


LIGHT = Palette(
    text="#e4e7ef",
    encoder="#b5d2fb",
    encoder_group="#e3eefe",
    decoder="#fccf9f",
    decoder_group="#fef0df",
    cross="#d6bdfa",
    ink="#171b2b",
    line="#6b7280",
)
DARK = Palette(
    text="#343a4c",
    encoder="#20549a",
    encoder_group="#152a49",
    decoder="#8a4b10",
    decoder_group="#3a2611",
    cross="#6239a6",
    ink="#f6f7fb",
    line="#9aa2b1",
)
