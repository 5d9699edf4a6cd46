"""What the two models of one stack learn from a text: the hidden words, or the next piece.

Everything is a function of seeds: the same step of the same recipe sees the same batch, also
after an interruption.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.miniatures.exact.texts import draw

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from explorer.miniatures.recipes import Recipe

POOL_BATCHES = 48
"""Batches whose texts are sorted by length together, so that little padding is needed."""
LONGEST_PIECES = 80
"""Pieces of a text at most; there are no more positions."""
NO_LABEL = -100
"""The label that the loss leaves out."""
ONE_HIDDEN_SHARE = 0.5
"""Share of the texts in which a single piece is hidden; in the others it is a part of them."""
HIDDEN_SHARES = (0.15, 0.4)
"""That part: from, to."""
MASKED, REPLACED = 0.8, 0.1
"""What becomes of a hidden piece: `[MASK]`, any piece, or in the rest it stays as it is.

As in BERT: Devlin et al. 2018, arXiv 1810.04805, section 3.1.
"""

Encode = Callable[[str], list[int]]
Item = tuple[list[int], list[int]]
"""What the model reads, and for each piece the label."""


@dataclass(frozen=True)
class Pieces:
    """The ids that hiding needs: of the mask, of the special pieces, and how many there are."""

    mask: int
    special: frozenset[int]
    count: int


def pieces_of(tokenizer: "PreTrainedTokenizerBase") -> Pieces:
    """The ids of a tokenizer that has a mask."""
    return Pieces(tokenizer.mask_token_id, frozenset(tokenizer.all_special_ids), len(tokenizer))


def hidden(ids: list[int], rng: random.Random, pieces: Pieces) -> Item:
    """A text with hidden pieces; only those have a label."""
    places = [place for place, piece in enumerate(ids) if piece not in pieces.special]
    wanted = 1
    if rng.random() >= ONE_HIDDEN_SHARE:
        wanted = max(1, round(rng.uniform(*HIDDEN_SHARES) * len(places)))
    read, labels = list(ids), [NO_LABEL] * len(ids)
    for place in rng.sample(places, wanted):
        labels[place] = ids[place]
        chance = rng.random()
        if chance < MASKED:
            read[place] = pieces.mask
        elif chance < MASKED + REPLACED:
            read[place] = rng.randrange(pieces.count)
    return read, labels


def batches(
    recipe: "Recipe", encode: Encode, pieces: Pieces | None, first_step: int = 0
) -> Iterator[list[Item]]:
    """The batches of the recipe from a step on, without end.

    Args:
        recipe: whose name, seed and batch are used.
        encode: a text to piece ids, special pieces included.
        pieces: for hidden words; None for the next piece, where each piece is its own label, as
            the model itself compares it with what it said one piece before.
        first_step: the step of the first batch.
    """
    number, skip = divmod(first_step, POOL_BATCHES)
    while True:
        for index, batch in enumerate(_pool(recipe, encode, pieces, number)):
            if index >= skip:
                yield batch
        number, skip = number + 1, 0


def _pool(
    recipe: "Recipe", encode: Encode, pieces: Pieces | None, number: int
) -> Iterator[list[Item]]:
    """Fresh texts in batches of about equal length, in random order."""
    rng = random.Random(f"{recipe.name} {recipe.seed} {number}")
    pool: list[Item] = []
    while len(pool) < POOL_BATCHES * recipe.batch:
        ids = encode(draw(rng, False))
        if len(ids) <= LONGEST_PIECES:
            pool.append((ids, ids) if pieces is None else hidden(ids, rng, pieces))
    pool.sort(key=lambda item: len(item[0]))
    starts = list(range(0, len(pool), recipe.batch))
    rng.shuffle(starts)
    for start in starts:
        yield pool[start : start + recipe.batch]
