"""The words of a text that the bundled models were never taught."""

import re
from functools import cache

from explorer.miniatures import language
from explorer.miniatures.language.lexicon_others import FEMALE_NAMES, MALE_NAMES

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_PLACEHOLDER = re.compile(r"<[^<>\s]+>")


def untaught(text: str, family: str) -> tuple[str, ...]:
    """The words that a family's training holds neither by a rule nor as a name, once, in order.

    The words of judgements and the words before a task ("translate English to German:") are known
    to the T5 alone. A number counts as a word; a placeholder such as <mask> does not.

    Args:
        text: what the model reads.
        family: "t5" or "bart".
    """
    words = _WORD.findall(_PLACEHOLDER.sub(" ", text.replace("’", "'")))
    taught = _taught(family)
    return tuple(dict.fromkeys(word for word in words if word.lower() not in taught))


@cache
def _taught(family: str) -> frozenset[str]:
    if family == "t5":
        english, _ = language.vocabulary()
        words = (*english, *language.PREFIXES.values(), "context")
    else:
        words = language.clause_vocabulary()
    taught = (*words, *FEMALE_NAMES, *MALE_NAMES)
    return frozenset(word.lower() for entry in taught for word in _WORD.findall(entry))
