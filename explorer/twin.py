"""The twin of a tokenizer: the same pieces, but special strings are read as the text they are.

SentencePiece vocabularies hold special strings as ordinary entries, so switching off the special
reading is not enough: in the twin no text can match them.
"""

import json
import unicodedata
from collections.abc import Collection
from typing import Any

UNTYPABLE = " "
"""Put before an entry of a vocabulary, makes it one that no text matches: spaces are read as ▁."""


def may_be_misread(text: str, plain: Collection[str]) -> bool:
    """Whether one of the strings stands in the text, or would once a tokenizer tidied it."""
    tidy = "".join(
        letter
        for letter in unicodedata.normalize("NFKC", text)
        if not unicodedata.category(letter).startswith("C")
    )
    return any(piece in text or piece in tidy for piece in plain)


def twin_of(backend: Any, plain: Collection[str]) -> Any:
    """A copy of a `tokenizers.Tokenizer` that reads the given strings as ordinary text."""
    from tokenizers import Tokenizer

    written = json.loads(backend.to_str())
    model = written["model"]
    if model["type"] == "Unigram":
        inside = {piece for piece, _ in model["vocab"]} & set(plain)
        model["vocab"] = [
            [UNTYPABLE + piece if piece in inside else piece, score]
            for piece, score in model["vocab"]
        ]
        written["added_tokens"] = [
            added for added in written["added_tokens"] if added["content"] not in inside
        ]
    for added in written["added_tokens"]:
        added["special"] = added["content"] in plain
    twin = Tokenizer.from_str(json.dumps(written))
    twin.encode_special_tokens = True
    return twin
