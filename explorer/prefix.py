"""What a person makes a decoder say: pieces by number, or typed as text.

Unlike a source, what is typed here may hold special pieces by their names (`</s>`), because a
person needs them to end a text; every other piece with a meaning of its own is refused.
"""

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from explorer.errors import ExplorerError
from explorer.reading import is_sentinel
from explorer.tokens import BYTE_SPACE, PIECE_SPACE, SHOWN_SPACE, readable, visible
from explorer.whole_numbers import is_whole

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

MAX_LISTED = 8
"""Pieces that a message lists."""


def read_prefix(
    model: "Seq2SeqModel", prefix: str | Sequence[int], max_new_tokens: int
) -> tuple[int, ...]:
    """The pieces of a prefix that a person chose, checked.

    A prefix typed as text gets in front what the model is made to say first (BART's start token,
    a language), and no end token but one that was typed. An empty one forces nothing.

    Raises:
        ExplorerError: an unknown or a special piece, an end in the middle, more pieces than an
            answer may have, or pieces that the model's own rules do not allow.
    """
    ids = _typed(model, prefix) if isinstance(prefix, str) else tuple(prefix)
    opening = _opening(model)
    for index, number in enumerate(ids):
        if ids[: index + 1] != opening[: index + 1]:
            check_piece(model, number)
    check_prefix(model, ids, max_new_tokens)
    return ids


def check_prefix(model: "Seq2SeqModel", ids: tuple[int, ...], max_new_tokens: int) -> None:
    """Refuse a prefix that no answer of the model can have; each piece alone may be right.

    Raises:
        ExplorerError: it ends in the middle, is too long, or contradicts the model's rules.
    """
    rules = model.rules
    if len(ids) > max_new_tokens:
        raise ExplorerError(
            f"The forced prefix has {len(ids):,} pieces, and the most that may be written are "
            f"{max_new_tokens}; shorten the one or raise the other."
        )
    for index, number in enumerate(ids[:-1]):
        if number in rules.end:
            raise ExplorerError(
                f"The forced prefix ends the text at piece {index} ({_name(model, number)}) and "
                f"goes on for {len(ids) - index - 1} more; leave out what comes after the end."
            )
    is_full = len(ids) == max_new_tokens and bool(rules.forced_last)
    if is_full and ids[-1] not in rules.forced_last:
        raise ExplorerError(
            f"{model.name} must say {_name(model, rules.forced_last[0])} as piece "
            f"{max_new_tokens}, the last one allowed, and not {_name(model, ids[-1])}; allow "
            "more pieces or shorten the prefix."
        )
    # At the length limit of one piece, the end goes before the beginning.
    if ids and rules.forced_first not in (None, ids[0]) and not (is_full and len(ids) == 1):
        first = _name(model, rules.forced_first)
        raise ExplorerError(
            f"{model.name} must begin every answer with {first}, and the forced prefix begins "
            f"with {_name(model, ids[0])}; put {first} (piece {rules.forced_first}) in front."
        )
    for words in rules.bad_words:
        if any(ids[at : at + len(words)] == words for at in range(len(ids))):
            raise ExplorerError(
                f"{model.name} is never allowed to say {_names(model, words)}; choose another "
                "piece."
            )


def check_piece(model: "Seq2SeqModel", number: int, said: Collection[int] = ()) -> None:
    """Refuse a piece that a person cannot make a model say.

    Args:
        model: the model.
        number: the piece.
        said: pieces that are allowed anyway, because the model itself offers them.

    Raises:
        ExplorerError: there is no such piece, or it has a meaning of its own; the end token is
            allowed, and so are T5's sentinels, which T5 says itself.
    """
    rows = model.reader.vocabulary_size
    if not is_whole(number, 0, rows - 1):
        raise ExplorerError(
            f"The piece {number!r} does not exist: {model.name} has the pieces 0 to {rows - 1:,}; "
            "choose one of them."
        )
    if number in said or number in model.rules.end:
        return
    (piece,) = model.reader.pieces([number])
    if number in model.reader.special_ids and not is_sentinel(piece):
        raise ExplorerError(
            f"The piece {_name(model, number)} (number {number}) is a mark of {model.name}'s own "
            "and no text; choose a piece that spells something, or the end token "
            f"{_names(model, model.rules.end[:1])}."
        )


def piece_id(model: "Seq2SeqModel", text: str, continues: bool = False) -> int:
    """The one piece that a typed text stands for.

    A text that begins with a letter or a digit is taken for the beginning of a word, and only if
    there is no such piece for the rest of one; other texts (“.”, “-”) the other way round. A
    space in front, or a sign for it (␣, or ▁ and Ġ of the vocabularies), says that a word begins
    here.

    Args:
        model: whose vocabulary.
        text: what was typed; the end token by its name, such as `</s>`.
        continues: look for the piece that continues a word, with no space in front, first.

    Raises:
        ExplorerError: no piece, or several, spell the text; or it is a special piece.
    """
    typed = readable(text)
    if not typed.strip():
        raise ExplorerError("The piece is empty; type a word or a part of one.")
    number = special_piece(model, typed)
    if number is not None:
        check_piece(model, number)
        return number
    bare = re.sub(f"^[{PIECE_SPACE}{BYTE_SPACE}{SHOWN_SPACE}]", "", typed.strip())
    orders = [bare, f" {bare}"]
    if typed.strip() != bare or typed[0].isspace():
        orders = [f" {bare}"]
    elif bare[:1].isalnum() and not continues:
        orders.reverse()
    for spelled in orders:
        number = model.reader.find(spelled)
        if number is not None:
            check_piece(model, number)
            return number
    tokens = model.reader.read(orders[0], (), (), None, target=True)
    # What the vocabulary cannot spell would be the unknown piece, or nothing.
    if not len(tokens) or any(tokens.unknown):
        raise ExplorerError(
            f"{model.name} has no piece for “{visible(text)[:40]}”; type something that its "
            "vocabulary can spell."
        )
    if len(tokens) > 1:
        more = ", …" if len(tokens) > MAX_LISTED else ""
        raise ExplorerError(
            f"“{visible(text)[:40]}” is {len(tokens)} pieces in the vocabulary of {model.name} "
            f"({', '.join(tokens.pieces[:MAX_LISTED])}{more}), and one is needed; type one of them."
        )
    check_piece(model, tokens.ids[0])
    return tokens.ids[0]


def special_piece(model: "Seq2SeqModel", text: str) -> int | None:
    """The special piece whose name a text is exactly, such as `</s>`; None for any other text."""
    name = text.strip()
    known = name in model.reader.specials - model.reader.outside
    return model.reader.find(name) if known else None


def _typed(model: "Seq2SeqModel", text: str) -> tuple[int, ...]:
    """The pieces of a text, special ones by their names, after what the model says first."""
    if not text.strip():
        return ()
    opening = _opening(model)
    limit = model.facts.max_target_tokens
    ids: list[int] = []
    for part in _parts(model, text):
        number = special_piece(model, part)
        ids += [number] if number is not None else _spelled(model, part, limit)
        if len(ids) > limit:
            raise ExplorerError(
                f"The forced prefix is longer than the {limit:,} pieces that {model.name} can "
                "write; shorten it."
            )
    # Whoever types what stands on the page types what comes first anyway as well.
    said_first = bool(opening) and tuple(ids[: len(opening)]) == opening
    return tuple(ids) if said_first else (*opening, *ids)


def _parts(model: "Seq2SeqModel", text: str) -> list[str]:
    """The text between the names of special pieces, and these; all but placeholders (`<mask>`)."""
    reader = model.reader
    names = reader.specials - reader.outside - reader.placeholders - {""}
    if not names:
        return [text]
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text)
    # A space before a special piece spells nothing.
    parts = [part.rstrip() if place < len(parts) - 1 else part for place, part in enumerate(parts)]
    return [part for part in parts if part.strip()]


def _spelled(model: "Seq2SeqModel", text: str, limit: int) -> list[int]:
    """The pieces of a text without special ones, at most one more than `limit`."""
    tokens = model.reader.read(text, (), (), limit + 1, target=True)
    if any(tokens.unknown):
        unknown = tokens.display[tokens.unknown.index(True)]
        raise ExplorerError(
            f"{model.name} has no piece for “{unknown[:40]}” in the forced prefix; type something "
            "that its vocabulary can spell."
        )
    return list(tokens.ids)


def _opening(model: "Seq2SeqModel") -> tuple[int, ...]:
    """What stands before the text of every answer."""
    ids = model.tokenize_target("").ids
    return ids[: len(ids) - len(model.rules.end[:1])]


def _name(model: "Seq2SeqModel", number: int | None) -> str:
    return "nothing" if number is None else f"“{model.reader.pieces([number])[0][:40]}”"


def _names(model: "Seq2SeqModel", numbers: Sequence[int]) -> str:
    return " ".join(_name(model, number) for number in numbers) or "“”"
