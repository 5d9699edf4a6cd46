"""The part of the miniatures' English whose every probability is known exactly.

Its words, forms and clauses are those of the language; it tells them from left to right, so that
a text, a gap in it and what may come next have probabilities that a program can work out.
"""

from explorer.miniatures.exact.probability import fillers, following, log_probability, split
from explorer.miniatures.exact.reading import ANY_NEW_WORD, END
from explorer.miniatures.exact.texts import draw, joined

__all__ = [
    "ANY_NEW_WORD",
    "END",
    "draw",
    "fillers",
    "following",
    "joined",
    "log_probability",
    "split",
]
