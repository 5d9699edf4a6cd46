"""Which step of an answer is worth looking at first."""

import math
from collections.abc import Sequence

from explorer.tokens import Tokens

UNSURE = 0.8
"""Below this probability of a piece the model was unsure."""
LONG_WORD = 4
"""From so many letters on a word is no article, in the languages of most models."""


def first_step(tokens: Tokens, log_probabilities: Sequence[float], forced: Sequence[bool]) -> int:
    """The step worth looking at first: where the model was least sure, if it was unsure at all.

    Else the first piece with a choice, of a word that is no article; where there is none, the
    first that stands for text; then the first that is not forced.
    """
    free = [step for step in range(len(tokens)) if not forced[step]]
    least = min(free, key=lambda step: log_probabilities[step], default=0)
    if free and math.exp(log_probabilities[least]) < UNSURE:
        return least
    text = [step for step in free if not tokens.special[step] and tokens.words[step] is not None]
    long = [step for step in text if len(tokens.word_texts[tokens.words[step] or 0]) >= LONG_WORD]
    return (long or text or free or [0])[0]
