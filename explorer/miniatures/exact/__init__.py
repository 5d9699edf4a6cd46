"""The part of the miniatures' English whose every probability is known exactly.

Its words, forms and clauses are those of the language; it tells them from left to right, so that
a text, and each word that fits a gap in it, has a probability that a program can work out.
"""

from explorer.miniatures.exact.probability import determines, fillers, log_probability, split
from explorer.miniatures.exact.reading import ANY_NEW_WORD
from explorer.miniatures.exact.texts import draw, joined

__all__ = [
    "ANY_NEW_WORD",
    "determines",
    "draw",
    "fillers",
    "joined",
    "log_probability",
    "split",
]
