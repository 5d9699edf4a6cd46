"""The five ways in which BART's training damages a text, as pure functions on words.

Source: Lewis et al. 2019, "BART: Denoising Sequence-to-Sequence Pre-training", section 2.2,
arXiv 1910.13461. The paper damages pieces; here whole words are damaged, so that a person sees
what happened. Punctuation stays where it is. No model and no torch are needed.

Laws: the same random state gives the same damage; masking, deletion and infilling leave every
character outside the changed spans as it was; permutation and rotation lose no word.
"""

import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.errors import ExplorerError

MASK = "<mask>"
"""BART's mask piece."""
WORD_SHARE = 0.2
"""Share of the words that masking and deletion touch; at least one word."""
INFILLING_SHARE = 0.3
"""Share of the words that infilling hides, as in the paper's large model."""
SPAN_MEAN = 3.0
"""Mean length in words of an infilled span: the paper's Poisson λ."""
LONGEST_TEXT = 20_000
"""Characters that are damaged at most."""

Span = tuple[int, int]
"""First character and the one after the last."""

_WORD = re.compile(r"<mask>|\w+(?:['’\-]\w+)*")
_SENTENCE = re.compile(r"\S.*?(?:[.!?…]+[\"'”’)]*(?=\s|$)|$)", re.DOTALL)


@dataclass(frozen=True)
class Corruption:
    """One kind of damage: its name in the program, on a button, and in a sentence."""

    kind: str
    title: str
    explanation: str


CORRUPTIONS: tuple[Corruption, ...] = (
    Corruption("masking", "Mask words", "Some words become <mask>: which word stood there?"),
    Corruption("deletion", "Delete words", "Some words are gone: where, and which ones?"),
    Corruption("infilling", "Infill spans", "Each <mask> hides no word, one word or several."),
    Corruption("permutation", "Shuffle sentences", "The sentences stand in another order."),
    Corruption("rotation", "Rotate the text", "The text starts at some word in its middle."),
)
KINDS: tuple[str, ...] = tuple(corruption.kind for corruption in CORRUPTIONS)


@dataclass(frozen=True)
class Corrupted:
    """A damaged text beside the original.

    Attributes:
        kind: which of the five.
        text: the damaged text.
        original: the text before, its ends stripped of white space.
        hidden: spans of the original that were hidden, deleted or moved.
        marks: spans of the damaged text that show it: the masks, or the parts that moved. An
            empty span stands where words were deleted.
    """

    kind: str
    text: str
    original: str
    hidden: tuple[Span, ...]
    marks: tuple[Span, ...]


def corrupt(kind: str, text: str, rng: random.Random) -> Corrupted:
    """Damage a text in one of the five ways, at random places.

    A text that this kind can't damage (one sentence has no other order) is refused with the
    reason.
    """
    text = text.strip()
    if kind not in KINDS:
        raise ExplorerError(f"There is no corruption {kind!r}: choose one of {', '.join(KINDS)}.")
    if len(text) > LONGEST_TEXT:
        raise ExplorerError(
            f"The text has {len(text):,} characters and at most {LONGEST_TEXT:,} can be damaged: "
            "shorten it."
        )
    words = word_spans(text)
    if not words:
        raise ExplorerError("There is no word to damage: type a sentence.")
    if kind in ("masking", "deletion"):
        if kind == "deletion" and len(words) == 1:
            raise ExplorerError("Deleting the only word would leave nothing: type a second word.")
        chosen = random_words(len(words), rng)
        return mask(text, chosen) if kind == "masking" else delete(text, chosen)
    if kind == "infilling":
        return infill(text, random_runs(len(words), rng))
    if kind == "permutation":
        count = len(sentence_spans(text))
        if count < 2:
            raise ExplorerError(
                "Shuffling needs at least 2 sentences and the text has 1: type another sentence."
            )
        return permute(text, random_order(count, rng))
    if len(words) == 1:
        raise ExplorerError("A text of one word looks the same rotated: type a second word.")
    return rotate(text, rng.randrange(1, len(words)))


def word_spans(text: str) -> tuple[Span, ...]:
    """Where the words are that can be damaged; a `<mask>` typed by hand is none."""
    return tuple(found.span() for found in _WORD.finditer(text) if found.group() != MASK)


def sentence_spans(text: str) -> tuple[Span, ...]:
    """Where the sentences are; the last one may lack its full stop."""
    return tuple(found.span() for found in _SENTENCE.finditer(text) if found.group().strip())


def mask(text: str, chosen: Sequence[int]) -> Corrupted:
    """Token masking: each chosen word becomes one `<mask>`."""
    words = word_spans(text)
    return _replace("masking", text, [(words[index], MASK) for index in chosen])


def delete(text: str, chosen: Sequence[int]) -> Corrupted:
    """Token deletion: each chosen word goes, with the space before it, and leaves no trace."""
    return _replace(
        "deletion", text, [(_with_space(text, word_spans(text)[index]), "") for index in chosen]
    )


def infill(text: str, runs: Sequence[tuple[int, int]]) -> Corrupted:
    """Text infilling: each run of words (first word, number of words) becomes one `<mask>`.

    A run of no words puts a `<mask>` before its first word, where nothing is missing; in another
    run or at its ends it is left out.
    """
    words = word_spans(text)
    full = [(first, first + count) for first, count in runs if count]
    changes = []
    for first, count in runs:
        if not count and any(start <= first <= end for start, end in full):
            continue
        start = words[first][0]
        if count:
            changes.append(((start, words[first + count - 1][1]), MASK))
        else:
            changes.append(((start, start), MASK + " "))
    return _replace("infilling", text, changes)


def permute(text: str, order: Sequence[int]) -> Corrupted:
    """Sentence permutation: the sentences in the given order, a space between them."""
    spans = sentence_spans(text)
    marks, parts, length = [], [], 0
    for place, index in enumerate(order):
        sentence = text[slice(*spans[index])]
        if index != place:
            marks.append((length, length + len(sentence)))
        parts.append(sentence)
        length += len(sentence) + 1
    moved = tuple(spans[index] for place, index in enumerate(order) if index != place)
    return Corrupted("permutation", " ".join(parts), text, tuple(sorted(moved)), tuple(marks))


def rotate(text: str, first: int) -> Corrupted:
    """Document rotation: the text begins with the given word, the part before it comes last."""
    start = word_spans(text)[first][0]
    head, tail = text[:start].rstrip(), text[start:]
    rotated = f"{tail} {head}"
    return Corrupted("rotation", rotated, text, ((0, len(head)),), ((len(tail) + 1, len(rotated)),))


def _replace(kind: str, text: str, changes: Sequence[tuple[Span, str]]) -> Corrupted:
    """Put each replacement in place of its span, from left to right."""
    parts: list[str] = []
    marks: list[Span] = []
    hidden: list[Span] = []
    position = length = 0
    for (start, end), replacement in changes:
        start = max(start, position)  # two deleted words may share the space between them
        hidden.append((start, end))
        parts += [text[position:start], replacement]
        length += start - position
        marks.append((length, length + len(replacement.rstrip())))
        length += len(replacement)
        position = max(position, end)
    parts.append(text[position:])
    damaged = "".join(parts)
    return Corrupted(kind, damaged, text, tuple(hidden), tuple(marks))


def _with_space(text: str, span: Span) -> Span:
    """The word with the space before it, or after it when the text begins with the word."""
    start, end = span
    if start and text[start - 1].isspace():
        return start - 1, end
    if not start and text[end : end + 1].isspace():
        return start, end + 1
    return start, end


def random_words(words: int, rng: random.Random) -> list[int]:
    """The places of the words that masking and deletion touch, sorted."""
    return sorted(rng.sample(range(words), max(1, round(WORD_SHARE * words))))


def random_order(sentences: int, rng: random.Random) -> list[int]:
    """An order of at least two sentences that is not the present one."""
    order = list(range(sentences))
    while order == sorted(order):
        rng.shuffle(order)
    return order


def random_runs(words: int, rng: random.Random) -> list[tuple[int, int]]:
    """Runs with Poisson lengths that hide about the wanted share and do not touch each other."""
    wanted = max(1, round(INFILLING_SHARE * words))
    free = set(range(words))
    runs: list[tuple[int, int]] = []
    hidden = 0
    for _ in range(8 * wanted):
        if hidden >= wanted and runs:
            break
        count = min(_poisson(SPAN_MEAN, rng), max(1, wanted - hidden + 1))
        first = rng.randrange(0, words - min(count, words) + 1) if count < words else 0
        count = min(count, words)
        first = min(first, words - 1)
        if free.issuperset(range(first, first + max(1, count))):
            runs.append((first, count))
            free -= set(range(first - 1, first + count + 1)) | {first}
            hidden += max(1, count)
    return sorted(runs)


def _poisson(mean: float, rng: random.Random) -> int:
    """A Poisson number by Knuth's method."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
