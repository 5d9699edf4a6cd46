"""Which step of an answer is worth looking at first."""

from collections.abc import Sequence

from explorer.tokens import Tokens

LONG_WORD = 4
"""From so many letters on a word is no article, in the languages of most models."""


def first_step(tokens: Tokens, forced: Sequence[bool]) -> int:
    """The first step worth looking at: a piece with a choice, of a word that is no article.

    Where there is none, the first that stands for text; then the first that is not forced.
    """
    free = [step for step in range(len(tokens)) if not forced[step]]
    text = [step for step in free if not tokens.special[step] and tokens.words[step] is not None]
    long = [step for step in text if len(tokens.word_texts[tokens.words[step] or 0]) >= LONG_WORD]
    return (long or text or free or [0])[0]
