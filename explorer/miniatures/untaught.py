"""The words of a text that the bundled models were never taught."""

import re
from functools import cache

from explorer.miniatures import language
from explorer.miniatures.language.lexicon_others import FEMALE_NAMES, MALE_NAMES

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_PLACEHOLDER = re.compile(r"<[^<>\s]+>")


def untaught(text: str) -> tuple[str, ...]:
    """The words that no rule says and that are no name of the training, each once, in order.

    A number counts as a word; a placeholder such as <mask> does not.
    """
    words = _WORD.findall(_PLACEHOLDER.sub(" ", text.replace("’", "'")))
    return tuple(dict.fromkeys(word for word in words if word.lower() not in _taught()))


@cache
def _taught() -> frozenset[str]:
    english, _ = language.vocabulary()
    taught = (*english, *FEMALE_NAMES, *MALE_NAMES, *language.PREFIXES.values(), "context")
    return frozenset(word.lower() for entry in taught for word in _WORD.findall(entry))
