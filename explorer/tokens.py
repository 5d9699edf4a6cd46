"""Text as the model reads it: pieces, their ids, and the word that each piece belongs to.

A *piece* is an entry of the vocabulary. A *word* is what a person would call one: a run of
characters without white space, where punctuation at its ends counts as a word of its own ("dog"
and "." in "dog.", but "don't" and "3.5" are one word each). A piece that reaches over such a
border belongs to the word of its first letter. A placeholder that the person types (`<mask>`,
`<extra_id_0>`) is a word of its own. Text written without spaces (Chinese, Thai) is one long word.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

MAX_CHARACTERS = 200_000
"""The longest text that is read at all; far more than any model here can use."""

PIECE_SPACE = "▁"
"""How SentencePiece writes a space."""

BYTE_SPACE = "Ġ"
"""How a vocabulary of bytes writes a space."""

SHOWN_SPACE = "␣"
"""How people see a space that they would overlook."""

UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Scripts that put no space between words, for a regular expression: a character is a word."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Tokens:
    """What the model reads (or wrote), piece by piece; all tuples have one entry for each piece.

    Attributes:
        text: the text that was read, with half characters (lone surrogates) shown as "�".
        ids: the entry of each piece in the vocabulary.
        pieces: each piece as the vocabulary writes it, with its ▁ or Ġ.
        display: each piece as people read it; bytes that are no whole character as ⟨E2 82⟩, a
            lone space as ␣, characters without a shape by their number.
        words: the word each piece belongs to, counted from 0 and never decreasing; None for
            pieces that stand for no text, such as the end token.
        word_texts: the words, as they stand in the text.
        special: whether the piece has a meaning of its own instead of a spelling.
        unknown: whether the piece stands for text that the vocabulary can't spell.
        truncated: the end of the text that the model can't read any more; "" when it reads all.
    """

    text: str
    ids: tuple[int, ...]
    pieces: tuple[str, ...]
    display: tuple[str, ...]
    words: tuple[int | None, ...]
    word_texts: tuple[str, ...]
    special: tuple[bool, ...]
    unknown: tuple[bool, ...] = ()
    truncated: str = ""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Span:
    """One piece and the characters of the text that it stands for.

    A piece that was `added` (an end token, a language) stands for no text and belongs to no word.
    A piece that is `alone` is a word by itself whatever stands beside it.
    """

    id: int
    start: int
    end: int
    alone: bool = False
    added: bool = False


def readable(text: str) -> str:
    """The text with each half of a surrogate pair, which no encoding can carry, shown as "�"."""
    return "".join(REPLACEMENT if "\ud800" <= letter <= "\udfff" else letter for letter in text)


def visible(text: str) -> str:
    """The text with every character that has no shape, or moves others, shown by its number."""
    return "".join(_visible_letter(letter, text) for letter in text)


def _visible_letter(letter: str, text: str) -> str:
    if letter in "\u200c\u200d" and len(text) > 1:  # joins letters and emoji: harmless in company
        return letter
    if unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"):
        return f"⟨{ord(letter):02X}⟩"
    return letter


def word_of_each(text: str, spans: Sequence[Span]) -> tuple[list[int | None], list[str]]:
    """The word of each piece, and the words.

    Word numbers start at 0, never decrease and leave none out; every word has a piece.
    """
    marks = _word_marks(text, spans)
    words: list[int | None] = []
    starts: list[int] = []
    previous: int | None = None
    for span in spans:
        if span.added or not text:
            words.append(None)
            continue
        start = min(span.start, len(text) - 1)
        while start < len(text) - 1 and text[start].isspace():  # a space opens the next word
            start += 1
        ends_in_space = text[start].isspace() and previous is not None
        if previous is None or (marks[start] > previous and not ends_in_space):
            starts.append(span.start)
            previous = marks[start]
        words.append(len(starts) - 1)
    # Up to the next word, because a tokenizer may drop characters (an accent joined to its letter).
    texts = [text[start:end] for start, end in pairwise([*starts, len(text)])]
    return words, [word.strip() or word for word in texts]


def _word_marks(text: str, spans: Sequence[Span]) -> list[int]:
    """A number for each character that grows where a new word begins."""
    alone = {}
    for span in spans:
        if span.alone:
            alone.update(dict.fromkeys(range(span.start, span.end), span.start))
    kinds = _kinds(text)
    marks: list[int] = []
    mark = 0
    for position in range(len(text)):
        if position and (
            kinds[position] != kinds[position - 1] or alone.get(position) != alone.get(position - 1)
        ):
            mark += 1
        marks.append(mark)
    return marks


def _kinds(text: str) -> list[str]:
    """For each character: "space", "letter", or "mark" for punctuation at the end of a run."""
    kinds: list[str] = []
    position = 0
    while position < len(text):
        end = position
        while end < len(text) and text[end].isspace() == text[position].isspace():
            end += 1
        run = text[position:end]
        if run[0].isspace():
            kinds.extend(["space"] * len(run))
        else:
            core = [index for index, letter in enumerate(run) if not _is_mark(letter)]
            first, last = (core[0], core[-1]) if core else (len(run), len(run))
            kinds.extend(["mark"] * min(first, len(run)))
            if core:
                kinds.extend(["letter"] * (last - first + 1))
                kinds.extend(["mark"] * (len(run) - last - 1))
        position = end
    return kinds


def _is_mark(letter: str) -> bool:
    """Whether the character is punctuation; emoji and signs such as € and + are not."""
    return unicodedata.category(letter).startswith("P")


_BYTE_LETTERS = [
    *range(ord("!"), ord("~") + 1),
    *range(ord("¡"), ord("¬") + 1),
    *range(ord("®"), ord("ÿ") + 1),
]
_BYTE_OF_LETTER = {chr(byte): byte for byte in _BYTE_LETTERS} | {
    chr(256 + index): byte
    for index, byte in enumerate(byte for byte in range(256) if byte not in _BYTE_LETTERS)
}

_LETTER_OF_BYTE = {byte: letter for letter, byte in _BYTE_OF_LETTER.items()}


def piece_bytes(piece: str, byte_level: bool) -> bytes:
    """The text that a piece spells, as bytes; a leading space is one."""
    if not byte_level:
        return piece.replace(PIECE_SPACE, " ").encode()
    if any(letter not in _BYTE_OF_LETTER for letter in piece):  # an added piece, spelled plainly
        return piece.encode()
    return bytes(_BYTE_OF_LETTER[letter] for letter in piece)


def spelling(text: str, byte_level: bool) -> str:
    """How a vocabulary writes a text; the opposite of `piece_bytes`."""
    if not byte_level:
        return text.replace(" ", PIECE_SPACE)
    return "".join(_LETTER_OF_BYTE[byte] for byte in text.encode())


def show_bytes(raw: bytes) -> str:
    """Bytes as text, and those that are no whole character as ⟨E2 82⟩."""
    shown = ""
    while raw:
        try:
            return shown + visible(raw.decode())
        except UnicodeDecodeError as error:
            shown += visible(raw[: error.start].decode())
            # A character cut off at the end of the piece fails with all of its bytes at once.
            broken = raw[error.start : error.end]
            shown += "⟨" + " ".join(f"{byte:02X}" for byte in broken) + "⟩"
            raw = raw[error.end :]
    return shown


def named(piece: str, display: str) -> str:
    """A piece as people read it, and ␣ before it where it begins with a space.

    So two pieces that differ in nothing else (▁the and the) have two names.

    Args:
        piece: as the vocabulary writes it.
        display: what `show` makes of it.
    """
    begins = piece[:1] in (PIECE_SPACE, BYTE_SPACE)
    shown = display[:1] in (piece[:1], SHOWN_SPACE, "")
    return SHOWN_SPACE + display if begins and not shown else display


def show(piece: str, byte_level: bool) -> str:
    """A piece as people read it: without the sign for its leading space; a lone space as ␣."""
    shown = show_bytes(piece_bytes(piece, byte_level))
    return shown.removeprefix(" ") if shown.strip(" ") else SHOWN_SPACE * len(shown)
