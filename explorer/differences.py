"""Which words of two texts differ: for comparisons and for repairs.

Law: the runs of a side, joined, are that side's text, character for character.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from explorer.tokens import UNSPACED

MAX_COMPARED_WORDS = 2_000
"""Words, marks and spaces on a side that are compared; time and memory grow with the square."""

_PUNCTUATION = re.escape("!\"#%&'()*,-./:;?@[\\]_{}¡¿«»‹›„“”‚‘’–—…،؟、。！？，")
_SPECIAL = r"<[^<>\s]{1,20}>"
_LETTERS = rf"(?:(?!{_SPECIAL})[^\s{UNSPACED}{_PUNCTUATION}])+"
# A special token (<mask>) is one word; an apostrophe or hyphen inside a word belongs to it.
_WORD = re.compile(rf"\s+|[{UNSPACED}]|{_SPECIAL}|{_LETTERS}(?:['’-]{_LETTERS})*|[{_PUNCTUATION}]")


@dataclass(frozen=True)
class Run:
    """A run of one side's text; `different` where the other side has something else."""

    text: str
    different: bool


@dataclass(frozen=True)
class Differences:
    """Two texts, each as runs in order.

    Attributes:
        left, right: the runs of each side.
        words_left, words_right: how many words differ on each side (spaces are not counted).
    """

    left: tuple[Run, ...]
    right: tuple[Run, ...]
    words_left: int
    words_right: int

    @property
    def equal(self) -> bool:
        """Whether the two texts are the same, character for character."""
        return not any(run.different for run in self.left + self.right)


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
        pairs = _ends(left_words, right_words)
    else:
        pairs = _with_spaces(left_words, right_words, _common(left_words, right_words))
    same_left, same_right = {a for a, _ in pairs}, {b for _, b in pairs}
    return Differences(
        left=tuple(_runs(left_words, same_left)),
        right=tuple(_runs(right_words, same_right)),
        words_left=_count(left_words, same_left),
        words_right=_count(right_words, same_right),
    )


def _common(left: list[str], right: list[str]) -> list[tuple[int, int]]:
    """The places of a longest common subsequence of the words; spaces are passed over.

    Wagner and Fischer's table of lengths, row by row. A length never falls along a row, so the
    running maximum of what comes from above and from the diagonal is the whole row.
    """
    rows = [index for index, word in enumerate(left) if not word.isspace()]
    columns = [index for index, word in enumerate(right) if not word.isspace()]
    numbers: dict[str, int] = {}
    ours = [numbers.setdefault(left[index], len(numbers)) for index in rows]
    theirs = np.array([numbers.setdefault(right[index], len(numbers)) for index in columns], int)
    lengths = np.zeros((len(rows) + 1, len(columns) + 1), np.int16)  # (left, right)
    for row, number in enumerate(ours):
        longer = np.maximum(lengths[row, 1:], lengths[row, :-1] + (theirs == number))
        np.maximum.accumulate(longer, out=lengths[row + 1, 1:])
    pairs: list[tuple[int, int]] = []
    row, column = len(rows), len(columns)
    while row and column:
        if ours[row - 1] == theirs[column - 1]:
            row, column = row - 1, column - 1
            pairs.append((rows[row], columns[column]))
        elif lengths[row - 1, column] >= lengths[row, column - 1]:
            row -= 1
        else:
            column -= 1
    return pairs[::-1]


def _with_spaces(
    left: list[str], right: list[str], pairs: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The same with the spaces beside common words: a space alone would mean nothing."""
    same = {-1: -1, **dict(pairs), len(left): len(right)}
    taken = set(same.values())
    for step in (1, -1):
        for a, b in list(same.items()):
            space, other = a + step, b + step
            if (
                0 <= space < len(left)
                and 0 <= other < len(right)
                and space not in same
                and other not in taken
                and left[space] == right[other]
                and left[space].isspace()
            ):
                same[space] = other
                taken.add(other)
    return [(a, b) for a, b in same.items() if 0 <= a < len(left)]


def _ends(left: list[str], right: list[str]) -> list[tuple[int, int]]:
    shorter = min(len(left), len(right))
    start = next((i for i in range(shorter) if left[i] != right[i]), shorter)
    rest = shorter - start
    end = next((i for i in range(rest) if left[-1 - i] != right[-1 - i]), rest)
    tail = ((len(left) - 1 - i, len(right) - 1 - i) for i in range(end))
    return [*((i, i) for i in range(start)), *tail]


def _runs(words: list[str], same: set[int]) -> Iterator[Run]:
    run, different = "", False
    for index, word in enumerate(words):
        if run and different != (index not in same):
            yield Run(run, different)
            run = ""
        run, different = run + word, index not in same
    if run:
        yield Run(run, different)


def _count(words: list[str], same: set[int]) -> int:
    return sum(1 for index, word in enumerate(words) if index not in same and word.strip())
