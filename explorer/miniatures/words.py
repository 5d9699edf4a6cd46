"""The words that become whole pieces: those of the language, small and capitalised."""

from explorer.miniatures import language


def known_words(family: str) -> frozenset[str]:
    """Words as they may stand in a text, of both languages or of English alone."""
    english, german = language.vocabulary()
    words = {*english, *(german if family == "t5" else ())}
    for prefix in language.PREFIXES.values():
        words.update(prefix.replace(":", "").split())
    words.update(("context", "Who", "What", "Where", "When", "positive", "negative"))
    return frozenset(words | {word[:1].upper() + word[1:] for word in words})
