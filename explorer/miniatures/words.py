"""The words that become whole pieces: those of the language, none that is there to be copied."""

from collections import Counter
from collections.abc import Iterable

from explorer.miniatures import language
from explorer.miniatures.language.lexicon_others import RARE_ANIMALS, RARE_THINGS
from explorer.miniatures.tokenizers import count_words

LEAST_EXAMPLES = 4
"""An invented word comes up in fewer examples than this."""
_RARE = frozenset((*RARE_ANIMALS, *RARE_THINGS))


def whole_words(examples: Iterable[tuple[str, ...]], family: str) -> frozenset[str]:
    """Words of the vocabulary, and words that come up in several of the examples' texts."""
    english, german = language.vocabulary()
    words = {*english, *(german if family == "t5" else ())}
    for prefix in language.PREFIXES.values():
        words.update(prefix.replace(":", "").split())
    words |= {word[:1].upper() + word[1:] for word in words}
    seen: Counter[str] = Counter()
    for texts in examples:
        seen.update(count_words(texts).keys())
    words |= {word for word, count in seen.items() if count >= LEAST_EXAMPLES}
    return frozenset(word for word in words if not _is_rare(word))


def _is_rare(word: str) -> bool:
    """Whether the word, or the noun of which it is a plural, is one to be copied."""
    small = word.lower()
    return any(form in _RARE for form in (small, small[:-1], small[:-2]))
