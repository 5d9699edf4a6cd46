"""Which words of two texts differ: for comparisons and for repairs.

Law: the spans of a side, joined, are that side's text, character for character.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

MAX_COMPARED_WORDS = 2_000
"""Words on a side that are compared; matching takes time in the square of this."""

# Scripts that put no space between words: each character counts as a word.
_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_PUNCTUATION = re.escape("!\"#%&'()*,-./:;?@[\\]_{}¡¿«»‹›„“”‚‘’–—…،؟、。！？，")
_LETTERS = rf"[^\s{_UNSPACED}{_PUNCTUATION}]+"
# A special token (<mask>) is one word; an apostrophe or hyphen inside a word belongs to it.
_WORD = re.compile(
    rf"\s+|[{_UNSPACED}]|<[^<>\s]{{1,20}}>|{_LETTERS}(?:['’-]{_LETTERS})*|[{_PUNCTUATION}]"
)


@dataclass(frozen=True)
class Span:
    """A run of one side's text; `different` where the other side has something else."""

    text: str
    different: bool


@dataclass(frozen=True)
class Differences:
    """Two texts, each as spans in order.

    Attributes:
        left, right: the spans of each side.
        words_left, words_right: how many words differ on each side (spaces are not counted).
    """

    left: tuple[Span, ...]
    right: tuple[Span, ...]
    words_left: int
    words_right: int

    @property
    def equal(self) -> bool:
        """Whether the two texts are the same, character for character."""
        return not any(span.different for span in self.left + self.right)


def split_words(text: str) -> list[str]:
    """Words, punctuation marks and spaces in order; joined they are the text."""
    return _WORD.findall(text)


def differences(left: str, right: str) -> Differences:
    """Mark the words that stand on one side only.

    Texts beyond MAX_COMPARED_WORDS are not matched word by word: only their common beginning and
    end count as the same.
    """
    left_words, right_words = split_words(left), split_words(right)
    if max(len(left_words), len(right_words)) > MAX_COMPARED_WORDS:
        blocks = _ends(left_words, right_words)
    else:
        # A space alone is no match: else every space between two changed words would be one.
        matcher = SequenceMatcher(str.isspace, left_words, right_words, autojunk=False)
        blocks = [(b.a, b.b, b.size) for b in matcher.get_matching_blocks()]
    same_left = {a + i for a, _, size in blocks for i in range(size)}
    same_right = {b + i for _, b, size in blocks for i in range(size)}
    return Differences(
        left=tuple(_spans(left_words, same_left)),
        right=tuple(_spans(right_words, same_right)),
        words_left=_count(left_words, same_left),
        words_right=_count(right_words, same_right),
    )


def _ends(left: list[str], right: list[str]) -> list[tuple[int, int, int]]:
    shorter = min(len(left), len(right))
    start = next((i for i in range(shorter) if left[i] != right[i]), shorter)
    rest = shorter - start
    end = next((i for i in range(rest) if left[-1 - i] != right[-1 - i]), rest)
    return [(0, 0, start), (len(left) - end, len(right) - end, end)]


def _spans(words: list[str], same: set[int]) -> Iterator[Span]:
    run, different = "", False
    for index, word in enumerate(words):
        if run and different != (index not in same):
            yield Span(run, different)
            run = ""
        run, different = run + word, index not in same
    if run:
        yield Span(run, different)


def _count(words: list[str], same: set[int]) -> int:
    return sum(1 for index, word in enumerate(words) if index not in same and word.strip())
