"""What each architecture can make of a sentence: fill a gap, go on, or answer with another text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from explorer.checks import Check
from explorer.errors import ExplorerError
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.siblings import Sibling

TOLERANCE = 1e-5
"""How far a probability may be from that of an independent pass."""


@dataclass(frozen=True)
class Candidate:
    """A piece and its probability over the whole vocabulary.

    Attributes:
        id: its number in the vocabulary.
        piece: as it is displayed.
        probability: over the whole vocabulary.
    """

    id: int
    piece: str
    probability: float


@dataclass(frozen=True)
class Filled:
    """A word taken out of a text, and what an encoder-only model puts there.

    Attributes:
        tokens: the text with the gap, as the model reads it.
        places: the pieces that are gaps.
        candidates: for each of them the most probable pieces, best first. All gaps are filled in
            one pass, so none knows of the others.
        word: the word that stood there.
        text: the most probable filling, as it reads.
    """

    tokens: Tokens
    places: tuple[int, ...]
    candidates: tuple[tuple[Candidate, ...], ...]
    word: str
    text: str


@dataclass(frozen=True)
class Continued:
    """The beginning of a text, and what a decoder-only model adds.

    Attributes:
        begun: the pieces that it read.
        added: the pieces that it added greedily; the end token is the last one, if it came.
        probabilities: of each added piece, over the whole vocabulary.
        next: the most probable pieces after the beginning, best first.
    """

    begun: Tokens
    added: Tokens
    probabilities: tuple[float, ...]
    next: tuple[Candidate, ...]


def fill(model: "Sibling", text: str, word: int, alternatives: int = 5) -> Filled:
    """Take one word out of a text and let an encoder-only model fill the gap from both sides.

    Args:
        model: the encoder-only one.
        text: the whole text.
        word: the number of the word that is taken out.
        alternatives: candidates for each piece.

    Raises:
        ExplorerError: the text is empty, or has no such word.
    """
    tokens = model.tokenize(text)
    count = len(tokens.word_texts)
    if not 0 <= word < count:
        raise ExplorerError(
            f"The text has no word {word}: its {count} words have the numbers 0 to {count - 1}."
        )
    places = tuple(place for place, each in enumerate(tokens.words) if each == word)
    probabilities = _probabilities(model, with_gaps(model, tokens, places))  # (piece, vocabulary)
    candidates = tuple(_best(model, probabilities[place], alternatives) for place in places)
    text = model.reader.decode(probabilities[list(places)].argmax(-1).tolist()).strip()
    return Filled(tokens, places, candidates, tokens.word_texts[word], text)


def with_gaps(model: "Sibling", tokens: Tokens, places: Sequence[int]) -> list[int]:
    """The pieces of a text, with a mask in some places."""
    mask = model.reader.tokenizer.mask_token_id
    return [mask if place in places else id for place, id in enumerate(tokens.ids)]


def go_on(model: "Sibling", text: str, most: int = 16, alternatives: int = 5) -> Continued:
    """Let a decoder-only model add to a text greedily, with its cache.

    Args:
        model: the decoder-only one.
        text: the beginning.
        most: pieces that are added at most; fewer where the end comes or its places run out.
        alternatives: candidates for the first piece.

    Raises:
        ExplorerError: the text is empty, or leaves no place.
    """
    tokens = model.tokenize(text)
    room = min(most, model.longest - len(tokens))
    if room < 1:
        raise ExplorerError(
            f"The text fills all {model.longest} places that {model.name} has, so nothing can be "
            "added; shorten it."
        )
    end = model.reader.tokenizer.eos_token_id
    ids = torch.tensor([tokens.ids], device=model.device)
    added: list[int] = []
    chances: list[float] = []
    first: tuple[Candidate, ...] = ()
    cache = None
    with torch.inference_mode():
        while len(added) < room and added[-1:] != [end]:
            out = model.module(input_ids=ids, past_key_values=cache, use_cache=True)
            cache = out.past_key_values
            found = out.logits[0, -1].double().softmax(-1).cpu().numpy()  # (vocabulary,)
            if not added:
                first = _best(model, found, alternatives)
            added.append(int(found.argmax()))
            chances.append(float(found[added[-1]]))
            ids = torch.tensor([added[-1:]], device=model.device)
    return Continued(tokens, model.reader.written(added), tuple(chances), first)


def check_continued(model: "Sibling", found: Continued) -> Check:
    """The probabilities of the added pieces beside those of one pass over all pieces, no cache."""
    ids = [*found.begun.ids, *found.added.ids]
    whole = _probabilities(model, ids)  # (piece, vocabulary)
    first = len(found.begun) - 1
    expected = [whole[first + place, id] for place, id in enumerate(found.added.ids)]
    return Check(
        "probability of each added piece: with the cache, and from one pass over the whole text",
        float(np.abs(np.array(expected) - found.probabilities).max()),
        TOLERANCE,
    )


def check_filled(model: "Sibling", found: Filled) -> Check:
    """The candidates' probabilities beside those of the gap in a padded batch of two texts."""
    tokenizer = model.reader.tokenizer
    ids = with_gaps(model, found.tokens, found.places)
    short = ids[:1] + ids[-1:]
    padding = [tokenizer.pad_token_id] * (len(ids) - len(short))
    batch = torch.tensor([ids, short + padding], device=model.device)
    seen = torch.tensor([[1] * len(ids), [1] * len(short) + [0] * len(padding)])
    with torch.inference_mode():
        logits = model.module(input_ids=batch, attention_mask=seen.to(model.device)).logits[0]
    whole = logits.double().softmax(-1).cpu().numpy()
    pairs = [
        (candidate, float(whole[place, candidate.id]))
        for place, candidates in zip(found.places, found.candidates, strict=True)
        for candidate in candidates
    ]
    # The piece that is shown is read again from its number: a right probability beside a wrong
    # piece is wrong.
    pieces = model.reader.display([candidate.id for candidate, _ in pairs])
    differences = [
        abs(candidate.probability - chance) if candidate.piece == piece else 1.0
        for (candidate, chance), piece in zip(pairs, pieces, strict=True)
    ]
    return Check(
        "probability of each candidate: alone, and in a padded batch with another text",
        max(differences),
        TOLERANCE,
    )


def _probabilities(model: "Sibling", ids: list[int]) -> np.ndarray:
    """(piece, vocabulary)."""
    with torch.inference_mode():
        logits = model.module(input_ids=torch.tensor([ids], device=model.device)).logits[0]
    return np.asarray(logits.double().softmax(-1).cpu().numpy())


def _best(model: "Sibling", probabilities: np.ndarray, count: int) -> tuple[Candidate, ...]:
    best = np.argsort(-probabilities, kind="stable")[:count]
    ids: list[int] = best.tolist()
    names = model.reader.display(ids)
    return tuple(
        Candidate(id, name, float(probabilities[id])) for name, id in zip(names, ids, strict=True)
    )
