"""The other ways to spell a word with a SentencePiece vocabulary, and what each would cost.

A unigram vocabulary gives every piece a score, the natural logarithm of its probability. Of all
ways to put a word together from pieces the tokenizer takes the one whose scores add up highest.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.bounded import Bounded
from explorer.errors import ExplorerError

MODEL_FILES = ("spiece.model", "sentencepiece.bpe.model", "source.spm", "sentencepiece.model")
"""What the families call the file with the pieces and their scores."""

MAX_SPLITS = 20
MAX_WORD_CHARACTERS = 60
"""Longer words have more splits than a person can compare, and they take long to find."""

VOCABULARIES_BYTES = 100_000_000
"""Memory of the vocabularies that are kept; the one used longest ago goes first."""
FILE_FACTOR = 4
"""How much more memory than its file a vocabulary takes at most; measured: 2.4 times."""

_vocabularies: Bounded[tuple[Path, int], Any] = Bounded(VOCABULARIES_BYTES)


@dataclass(frozen=True)
class SplitCandidate:
    """One way to spell a word.

    Attributes:
        pieces: the pieces, in order.
        scores: the score of each piece.
        score: their sum, by which splits are ranked.
    """

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    score: float


def sentencepiece_file(folder: Path) -> Path | None:
    """The SentencePiece model among the files of a model, if it has one."""
    return next((folder / name for name in MODEL_FILES if (folder / name).is_file()), None)


def processor(file: Path) -> Any:
    """The SentencePiece model of a file, as the file is now."""
    import sentencepiece

    about = file.stat()
    key = (file, about.st_mtime_ns)
    found = _vocabularies.get(key)
    if found is None:
        found = sentencepiece.SentencePieceProcessor(model_file=str(file))
        _vocabularies.keep(key, found, FILE_FACTOR * about.st_size)
    return found


def splits(file: Path, word: str, count: int) -> tuple[SplitCandidate, ...]:
    """The best ways to spell a word, the tokenizer's own first."""
    word = word.strip()
    if not word:
        raise ExplorerError("There is no word to split; choose one.")
    if len(word) > MAX_WORD_CHARACTERS:
        raise ExplorerError(
            f"The word has {len(word)} characters and the limit is {MAX_WORD_CHARACTERS}; "
            "choose a shorter one."
        )
    if not 1 <= count <= MAX_SPLITS:
        raise ExplorerError(f"{count} splits were asked for; choose 1 to {MAX_SPLITS}.")
    model = processor(file)
    try:
        found = model.NBestEncodeAsPieces(word, nbest_size=count)
    except RuntimeError as error:
        raise ExplorerError(
            "This model's vocabulary joins pieces by fixed rules (BPE), so a word has one split "
            "only; choose a model with a unigram vocabulary, such as a T5."
        ) from error
    candidates = []
    for pieces in found:
        scores = tuple(model.get_score(model.piece_to_id(piece)) for piece in pieces)
        candidates.append(SplitCandidate(tuple(pieces), scores, sum(scores)))
    return tuple(candidates)


def scores_of(file: Path, pieces: tuple[str, ...]) -> tuple[float | None, ...]:
    """The score of each piece; None for one that the file does not hold or gives none."""
    model = processor(file)
    found: list[float | None] = []
    for piece in pieces:
        number = model.piece_to_id(piece)
        ordinary = not (model.is_control(number) or model.is_unknown(number))
        found.append(model.get_score(number) if ordinary else None)
    return tuple(found)
