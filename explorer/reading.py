"""From text to pieces: what a person types is text, whatever it looks like.

A tokenizer reads `</s>`, `<pad>` or `deu_Latn` in a text as its own special pieces. Typed by a
person they are text, and are spelled out here. Two kinds keep their meaning because they are
useful input: `<mask>` for models that learned to fill it in, and T5's `<extra_id_0>`, a sentinel,
which T5 also writes. A string whose piece the model has no embedding for is text as well: the
tokenizer of bart-large-cnn knows `<mask>`, and its weights do not.

Most texts hold none of these strings and go straight through the model's own tokenizer, the others
through a twin of it, in which the special strings can't be found (see `explorer.twin`).
"""

import json
import re
from collections.abc import Collection, Iterable
from threading import RLock
from typing import Any

from explorer.errors import ExplorerError
from explorer.tokens import (
    MAX_CHARACTERS,
    Span,
    Tokens,
    piece_bytes,
    readable,
    show,
    spelling,
    visible,
    word_of_each,
)
from explorer.twin import may_be_misread, twin_of

MASKING_FAMILIES = ("bart", "mbart")

SENTINEL = "<extra_id_"
"""How the name of every sentinel of T5 begins: what stands for a gap, and for what fills it."""


class Reader:
    """Reads text for one model. Safe to use from many threads at once.

    Attributes:
        specials: the strings that the tokenizer reads as pieces with a meaning of their own.
        outside: those of them that the model has no embedding for.
        placeholders: the strings in a text that keep their special meaning.
        byte_level: whether pieces are spelled in bytes (BART) instead of characters.
        continued: what the vocabulary puts before a piece that goes on a word (BERT: ##); "" where
            it marks the beginning of a word instead.
    """

    def __init__(self, tokenizer: Any, family: str, lock: RLock, vocabulary_size: int) -> None:
        """Read with a tokenizer for a model whose embedding has `vocabulary_size` rows.

        Raises:
            ExplorerError: an ordinary text could hold pieces that the model has no row for.
        """
        self.tokenizer = tokenizer
        self.lock = lock
        self.vocabulary_size = vocabulary_size
        added = tokenizer.added_tokens_decoder
        specials = {str(piece) for piece in tokenizer.all_special_tokens}
        specials |= {str(piece) for piece in added.values() if piece.special}
        self.special_ids = frozenset(tokenizer.convert_tokens_to_ids(sorted(specials)))
        beyond = {piece for piece, id in tokenizer.get_vocab().items() if id >= vocabulary_size}
        self._refuse(beyond - specials - {str(piece) for piece in added.values()})
        self._refuse(beyond & {tokenizer.unk_token})
        self.specials = frozenset(specials)
        self.outside = frozenset(beyond)
        self.placeholders = frozenset(
            piece
            for piece in specials - beyond
            if is_sentinel(piece) or (family in MASKING_FAMILIES and piece == tokenizer.mask_token)
        )
        self._plain = (specials | beyond) - self.placeholders
        self._twin: Any = None
        self._placeholder_ids = frozenset(
            tokenizer.convert_tokens_to_ids(sorted(self.placeholders))
        )
        self._silent_ids = self.special_ids - frozenset(
            tokenizer.convert_tokens_to_ids(sorted(filter(is_sentinel, self.placeholders)))
        )
        self.continued = ""
        if tokenizer.is_fast:
            self._backend = tokenizer.backend_tokenizer
            self._backend.no_truncation()
            self._backend.no_padding()
            decoder = json.loads(self._backend.decoder.__getstate__())
            self.byte_level = decoder.get("type") == "ByteLevel"
            if decoder.get("type") == "WordPiece":
                self.continued = str(decoder["prefix"])
        elif hasattr(tokenizer, "spm_source"):
            self.byte_level = False
        else:
            raise ExplorerError(
                "This model's tokenizer does not say where its pieces stand in the text; "
                "use a model with a fast tokenizer (tokenizer.json)."
            )

    def read(
        self,
        text: str,
        prefix: tuple[int, ...],
        suffix: tuple[int, ...],
        limit: int | None,
        target: bool = False,
    ) -> Tokens:
        """The pieces of a text between those that the model wants around it.

        What does not fit into `limit` pieces is left in `truncated`, never in half a character.
        """
        if len(text) > MAX_CHARACTERS:
            raise ExplorerError(
                f"The text has {len(text):,} characters and the limit is {MAX_CHARACTERS:,}; "
                "shorten it."
            )
        text = readable(text)
        cut = len(text)
        room = None if limit is None else max(limit - len(prefix) - len(suffix), 0)
        # One more than there is room for tells where the rest begins.
        spans = self._spans(text, target, 4 * len(text) + 1 if room is None else room + 1)
        if room is not None and len(spans) > room:
            while room and _one_character(spans[room - 1], spans[room]):
                room -= 1
            cut = spans[room].start
            spans = spans[:room]
        edge = [Span(id, 0, 0, added=True) for id in prefix]
        spans = [*edge, *spans, *(Span(id, cut, cut, added=True) for id in suffix)]
        return self.tokens(text, spans, cut)

    def tokens(self, text: str, spans: list[Span], cut: int) -> Tokens:
        """The result for pieces whose places in the text are known."""
        ids = [span.id for span in spans]
        pieces = self.pieces(ids)
        words, word_texts = word_of_each(text[:cut], spans)
        unknown = [span.id == self.tokenizer.unk_token_id and not span.added for span in spans]
        return Tokens(
            text=text,
            ids=tuple(ids),
            pieces=pieces,
            display=tuple(
                # A character that becomes several (ﷺ) has its place in the first of them alone.
                show(text[span.start : span.end] or piece, False) if odd else self._show(piece)
                for piece, span, odd in zip(pieces, spans, unknown, strict=True)
            ),
            words=tuple(words),
            word_texts=tuple(word_texts),
            special=tuple(
                span.added or (span.id in self.special_ids and not odd)
                for span, odd in zip(spans, unknown, strict=True)
            ),
            unknown=tuple(unknown),
            truncated=text[cut:],
        )

    def written(self, ids: Iterable[int]) -> Tokens:
        """The pieces of an answer, placed in the text that they spell."""
        ids = list(ids)
        pieces = self.pieces(ids)
        raw = [
            b"" if id in self._silent_ids else piece_bytes(piece, self.byte_level)
            for id, piece in zip(ids, pieces, strict=True)
        ]
        first = next((index for index, spelled in enumerate(raw) if spelled), 0)
        if raw and not self.byte_level:
            raw[first] = raw[first].removeprefix(b" ")
        whole = b"".join(raw)
        text = whole.decode(errors="replace")
        spans, begin = [], 0
        for id, spelled in zip(ids, raw, strict=True):
            end = begin + len(spelled)
            start = min(_characters(whole, begin, inside=0), len(text))
            stop = min(_characters(whole, end, inside=1), len(text))
            alone, added = id in self._placeholder_ids, id in self._silent_ids
            spans.append(Span(id, start, max(start, stop), alone, added))
            begin = end
        return self.tokens(text, spans, len(text))

    def pieces(self, ids: list[int]) -> tuple[str, ...]:
        """Each id as the vocabulary writes it; a row of the embedding without a piece as ⟨id⟩."""
        found = self.tokenizer.convert_ids_to_tokens(ids)
        return tuple(
            f"⟨{id}⟩" if piece is None else str(piece) for id, piece in zip(ids, found, strict=True)
        )

    def display(self, ids: list[int]) -> tuple[str, ...]:
        """Each id as people read it, whatever stands around it."""
        return tuple(self._show(piece) for piece in self.pieces(ids))

    def _show(self, piece: str) -> str:
        return show(piece.removeprefix(self.continued) or piece, self.byte_level)

    def find(self, text: str) -> int | None:
        """The piece that spells exactly this text (or is this special string), if there is one."""
        piece = spelling(text, self.byte_level)
        if getattr(self.tokenizer, "separate_vocabs", False):  # Marian
            number = self.tokenizer.target_encoder.get(piece)
        else:
            number = self.tokenizer.convert_tokens_to_ids(piece)
        if number is None or not 0 <= number < self.vocabulary_size:
            return None
        unknown = number == self.tokenizer.unk_token_id and piece != self.tokenizer.unk_token
        return None if unknown else int(number)

    def decode(self, ids: Iterable[int]) -> str:
        """What the pieces say, without the special ones but for T5's sentinels."""
        heard = [id for id in ids if id not in self._silent_ids]
        return str(self.tokenizer.decode(heard, skip_special_tokens=False))

    def surroundings(self, language: str | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What the tokenizer puts before and after a text in the source language.

        Raises:
            ExplorerError: one of these pieces has no row in the embedding.
        """
        with self.lock:
            if language is not None:
                self.tokenizer.src_lang = language
            whole = self.tokenizer("a")["input_ids"]
            bare = self.tokenizer("a", add_special_tokens=False)["input_ids"]
        self._refuse(self.pieces([id for id in whole if id >= self.vocabulary_size]))
        for start in range(len(whole) - len(bare) + 1):
            if whole[start : start + len(bare)] == bare:
                return tuple(whole[:start]), tuple(whole[start + len(bare) :])
        raise ExplorerError(
            "This model's tokenizer changes a text that stands between its marks, so the explorer "
            "cannot show its pieces: use another model."
        )

    def _refuse(self, pieces: Collection[str]) -> None:
        if pieces:
            raise ExplorerError(
                f"This model's tokenizer has pieces that the model knows nothing of (“"
                f"{visible(min(pieces))[:40]}” is one of {len(pieces):,}): its files do not belong "
                "together. Fetch the model again."
            )

    def _spans(self, text: str, target: bool, most: int) -> list[Span]:
        """The first pieces of the text itself, each with the characters it stands for."""
        if not self.tokenizer.is_fast:
            return self._sentencepiece_spans(text, target, most)
        encoding = self._backend_for(text).encode(text, add_special_tokens=False)
        encoding.truncate(most)
        return [
            Span(id, start, end, alone=id in self._placeholder_ids)
            for id, (start, end) in zip(encoding.ids, encoding.offsets, strict=True)
        ]

    def _sentencepiece_spans(self, text: str, target: bool, most: int) -> list[Span]:
        """The same for Marian, whose tokenizer is the `sentencepiece` package itself."""
        tokenizer = self.tokenizer
        processor = tokenizer.spm_target if target else tokenizer.spm_source
        separate = target and tokenizer.separate_vocabs
        vocabulary = tokenizer.target_encoder if separate else tokenizer.encoder
        code = re.match(r">>[^<>]+<<", text)
        offset = code.end() if code and code[0] in vocabulary else 0
        spans = [Span(vocabulary[text[:offset]], 0, offset, alone=True)] if offset else []
        found = processor.encode(text[offset:], return_type="offset_mapping")
        spans += [
            Span(vocabulary.get(piece, tokenizer.unk_token_id), start + offset, end + offset)
            for piece, (start, end) in zip(
                found["pieces"][:most], found["offsets"][:most], strict=True
            )
        ]
        return spans[:most]

    def _backend_for(self, text: str) -> Any:
        """The tokenizer that reads this text: the model's own, or its twin, made once."""
        if not may_be_misread(text, self._plain):
            return self._backend
        with self.lock:
            if self._twin is None:
                self._twin = twin_of(self._backend, self._plain)
            return self._twin


def is_sentinel(piece: str) -> bool:
    """Whether a piece is one of T5's, `<extra_id_0>` and so on."""
    return piece.startswith(SENTINEL)


def _one_character(before: Span, after: Span) -> bool:
    """Whether two neighbouring pieces share a character, so that no cut may part them."""
    return after.start < before.end or before.start == before.end == after.start


def _characters(whole: bytes, position: int, inside: int) -> int:
    """How many characters begin before this byte; one cut in two counts as `inside`."""
    count = len(whole[:position].decode(errors="replace"))
    cut = position < len(whole) and whole[position] & 0xC0 == 0x80
    return count - 1 + inside if cut and count else count
