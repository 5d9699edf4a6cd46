"""The smallest parts: an English word, a German word, a phrase of both.

`Word` is one English word; it learns its place when the English sentence is put in order.
`Target` is one German word and the English words it comes from. That is the whole gold alignment.
"""


class Word:
    """One English word and its place in the sentence."""

    __slots__ = ("place", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = -1


class Target:
    """One German word and the English words it comes from."""

    __slots__ = ("sources", "text")

    def __init__(self, text: str, sources: tuple[Word, ...]) -> None:
        self.text = text
        self.sources = sources


class Phrase:
    """English words with fixed German: an adverb, a place, a time. Lemmas name its content."""

    __slots__ = ("german", "lemmas", "words")

    def __init__(self, words: list[Word], german: list[Target], lemmas: tuple[str, ...]) -> None:
        self.words = words
        self.german = german
        self.lemmas = lemmas


def fixed(english: str, german: str) -> Phrase:
    """A phrase from two texts: word by word when both are as long, else every word to every."""
    words = [Word(text) for text in english.split()]
    german_words = german.split()
    if len(words) == len(german_words):
        targets = [Target(text, (word,)) for text, word in zip(german_words, words, strict=True)]
    else:
        everything = tuple(words)
        targets = [Target(text, everything) for text in german_words]
    return Phrase(words, targets, (english,))
