"""Pieces, texts and differences as HTML, escaped whole: nothing a person types is ever markup.

Colours are tints over whatever background the theme has, and every meaning has a second sign
beside its colour: a border, an underline, a line through.
"""

from collections.abc import Iterable, Sequence
from html import escape

from explorer.differences import Run
from explorer.tokens import Tokens

MAX_CHIPS = 400
"""Pieces drawn at once; more would make a page heavy and teach nothing."""
MAX_CUT_CHARACTERS = 400

_BOX = (
    "white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.5;"
    "unicode-bidi:plaintext;text-align:start"
)
_CHIP = (
    "display:inline-block;margin:0 3px 5px 0;padding:1px 7px;border-radius:6px;"
    "font-family:monospace;font-size:.95rem;white-space:pre-wrap;overflow-wrap:anywhere;"
    "border:1px solid rgba(128,128,128,.45);"
)
# Pieces of neighbouring words alternate, so that one sees which pieces make one word.
_WORD_TINTS = ("background:rgba(66,133,244,.16);", "background:rgba(240,150,30,.18);")
_SPECIAL = "border-style:dashed;background:rgba(128,128,128,.12);font-style:italic;"
_UNKNOWN = "border:2px solid #d55e00;background:rgba(213,94,0,.14);"
_DIFFERENT = (
    "background:rgba(213,94,0,.24);border-bottom:2px solid #d55e00;border-radius:3px;color:inherit"
)
_PARTED = "text-decoration:underline dotted;text-underline-offset:.3em"
_HIDDEN = (
    "background:rgba(66,133,244,.26);border-bottom:2px dotted #4285f4;border-radius:3px;"
    "color:inherit"
)


def text_html(text: str, size: str = "1rem") -> str:
    """A text exactly as it is, line breaks and direction of writing included."""
    return f'<div dir="auto" style="{_BOX};font-size:{size}">{escape(text)}</div>'


def pieces_html(tokens: Tokens, limit: int | None = None) -> str:
    """A chip for each piece, with its id and its word on hover; what was cut, struck out.

    Args:
        tokens: the pieces.
        limit: how many pieces the model can read, said where something was cut.
    """
    chips = [_chip(tokens, index) for index in range(min(len(tokens), MAX_CHIPS))]
    if len(tokens) > MAX_CHIPS:
        chips.append(f"<span>… and {len(tokens) - MAX_CHIPS:,} more pieces</span>")
    return f'<div dir="auto" style="line-height:1.7">{"".join(chips)}</div>' + cut_html(
        tokens, limit
    )


def _chip(tokens: Tokens, index: int) -> str:
    special = tokens.special[index]
    unknown = bool(tokens.unknown) and tokens.unknown[index]
    word = tokens.words[index]
    hover = [f"piece {index + 1}: {tokens.pieces[index]}", f"id {tokens.ids[index]}"]
    if word is not None:
        hover.append(f"word {word + 1}: {tokens.word_texts[word]}")
    if special:
        hover.append("special piece")
    style = _CHIP
    if unknown:
        hover.append("unknown: the vocabulary cannot spell this")
        style += _UNKNOWN
    elif special:
        style += _SPECIAL
    elif word is not None:
        style += _WORD_TINTS[word % 2]
    sign = "⚠ " if unknown else ""
    title = escape(" · ".join(hover), quote=True)
    return f'<span style="{style}" title="{title}">{sign}{escape(tokens.display[index])}</span>'


def cut_html(tokens: Tokens, limit: int | None) -> str:
    """The end of the text that the model cannot read, struck out; "" when it reads all."""
    if not tokens.truncated:
        return ""
    cut = tokens.truncated[:MAX_CUT_CHARACTERS]
    rest = len(tokens.truncated) - len(cut)
    more = f" … and {rest:,} more characters" if rest else ""
    reads = f"The model reads {limit:,} pieces at most. " if limit else ""
    return (
        f'<div style="{_BOX};margin-top:.4rem">{reads}Cut off, {len(tokens.truncated):,} '
        f"characters: <s>{escape(cut)}</s>{more}</div>"
    )


def differences_html(runs: Iterable[Run], shared: str | None = None) -> str:
    """One side of a comparison; what the other side has not is underlined and tinted.

    Args:
        runs: the side.
        shared: what stands before it, the same on both sides; then a dotted line is under all
            that follows.
    """
    parts = (
        f'<mark style="{_DIFFERENT}">{escape(run.text)}</mark>'
        if run.different
        else escape(run.text)
        for run in runs
    )
    text = "".join(parts)
    if shared is not None:
        text = f'{escape(shared)}<span style="{_PARTED}">{text}</span>'
    return f'<div dir="auto" style="{_BOX};font-size:1.15rem">{text}</div>'


def marked_html(text: str, marks: Sequence[tuple[int, int]]) -> str:
    """A text with some of its spans marked; an empty span shows as a gap."""
    parts: list[str] = []
    position = 0
    for start, end in sorted(marks):
        parts.append(escape(text[position:start]))
        inner = escape(text[start:end]) if end > start else "&#8197;"
        parts.append(f'<mark style="{_HIDDEN}">{inner}</mark>')
        position = max(position, end)
    parts.append(escape(text[position:]))
    return f'<div dir="auto" style="{_BOX};font-size:1.15rem">{"".join(parts)}</div>'
