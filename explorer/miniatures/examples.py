"""Endless examples for training and evaluation, made from the language and the corruptions.

Everything is a function of seeds: the same step of the same recipe sees the same batch, also
after an interruption.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from explorer.miniatures import language
from explorer.miniatures.certainty import certain_places
from explorer.miniatures.corruption import (
    KINDS,
    Corrupted,
    delete,
    infill,
    mask,
    permute,
    random_order,
    random_runs,
    random_words,
    rotate,
    word_spans,
)
from explorer.miniatures.language import Document, documents, question
from explorer.miniatures.language.question import SHARING
from explorer.miniatures.recipes import Recipe

POOL_BATCHES = 48
"""Batches whose examples are sorted by length together, so that little padding is needed."""
DETERMINED_SHARE = 0.5
"""Share of the damaged documents in which the rules fix what is missing."""
JOINED_SHARE = 0.2
"""Share of the documents damaged at random that are several documents in a row."""
JOINED_WORDS = (16, 56)
"""The words after which no further document is added: from, to."""


@dataclass(frozen=True)
class Pair:
    """What the model reads and what it must write. `determined`: only one answer is right."""

    task: str
    source: str
    target: str
    determined: bool = True


def draw(
    task: str,
    rng: random.Random,
    heldout: bool,
    difficulty: int | None = None,
    sharing: float = SHARING,
) -> Pair:
    """One fresh example of a task of the T5, of `summary-plain`, or of a kind of damage."""
    if task in KINDS:
        determined = rng.random() < DETERMINED_SHARE
        joined = not determined and rng.random() < JOINED_SHARE
        return damaged(task, rng, heldout, determined, joined)
    if task == "summary-plain":
        text, target, _ = language.summary_pair(rng, heldout)
        if rng.random() < 0.08:
            text = text[:-1]
        return Pair(task, text, target)
    if task == "question":
        made = question.example(rng, heldout, difficulty, sharing)
    else:
        made = language.EXAMPLES[task](rng, heldout)
    return Pair(task, made.source, made.target)


def damaged(
    kind: str,
    rng: random.Random,
    heldout: bool,
    determined: bool,
    joined: bool = False,
    strict: bool = False,
) -> Pair:
    """A document damaged in one way; when determined, the rules fix what the repair must be.

    Strictly, a person could know the repair too: certainty.py judges the words that are hidden,
    and no mask hides nothing, as it could always hide an adjective.
    """
    while True:
        document = language.document(rng, heldout)
        if joined:
            document = _joined(document, rng, heldout)
        made = _damage(kind, document, rng, determined, strict)
        if made is not None:
            return Pair(kind, made.text, document.text, determined)


def _joined(document: Document, rng: random.Random, heldout: bool) -> Document:
    """Several documents in a row, so that long texts and all positions are learned too."""
    room = rng.randint(*JOINED_WORDS)
    sentences, keys = document.sentences, document.combinations
    while sum(len(sentence.split()) for sentence in sentences) < room:
        following = language.document(rng, heldout)
        sentences, keys = sentences + following.sentences, keys + following.combinations
    return documents.from_sentences(list(sentences), False, keys)


def _damage(
    kind: str, document: Document, rng: random.Random, determined: bool, strict: bool
) -> Corrupted | None:
    """The damage, or None where this document can't be damaged so."""
    text, count = document.text, len(document.words)
    if kind in ("permutation", "rotation"):
        if determined and not document.order_determined:
            return None
        if kind == "rotation":
            return rotate(text, rng.randrange(1, count)) if count > 1 else None
        if len(document.sentences) < 2:
            return None
        return permute(text, random_order(len(document.sentences), rng))
    if len(word_spans(text)) != count:
        return None
    if kind == "infilling":
        runs = random_runs(count, rng)
        chosen = [word for first, length in runs for word in range(first, first + length)]
    else:
        runs = []
        chosen = random_words(count, rng)
    if determined:
        chosen = _restorable(document, chosen, rng, strict)
        if kind == "infilling":
            empty = [] if strict else [run for run in runs if not run[1]]
            runs = empty + _runs(chosen)
        if not chosen:
            return None
    if kind == "infilling":
        return infill(text, sorted(runs))
    return mask(text, chosen) if kind == "masking" else delete(text, chosen)


def _restorable(
    document: Document, chosen: list[int], rng: random.Random, strict: bool
) -> list[int]:
    """As many determined words as were chosen; of a group one stays readable.

    Strictly: only places that certainty.py names, and at most one word of a group goes.
    """
    candidates = [place for place, fixed in enumerate(document.determined) if fixed]
    if strict:
        candidates = certain_places(document)
    rng.shuffle(candidates)
    readable: dict[int, int] = {}
    for group in document.groups:
        readable[group] = readable.get(group, 0) + 1
    hidden: set[int] = set()
    kept: list[int] = []
    for place in candidates:
        group = document.groups[place]
        if len(kept) == len(chosen):
            break
        if group >= 0:
            if readable[group] < 2 or (strict and group in hidden):
                continue
            readable[group] -= 1
            hidden.add(group)
        kept.append(place)
    return sorted(kept)


def _runs(places: list[int]) -> list[tuple[int, int]]:
    """Neighbouring places as runs (first, number)."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return runs


LONGEST_PIECES = 80
"""Pieces of a source or a target at most; BART has no more positions."""

Encode = Callable[[str], list[int]]
Encoded = tuple[list[int], list[int]]


def batches(recipe: Recipe, encode: Encode, first_step: int = 0) -> Iterator[list[Encoded]]:
    """The batches of the recipe from a step on, without end."""
    number, skip = divmod(first_step, POOL_BATCHES)
    while True:
        for index, batch in enumerate(_pool(recipe, encode, number)):
            if index >= skip:
                yield batch
        number, skip = number + 1, 0


def _pool(recipe: Recipe, encode: Encode, number: int) -> Iterator[list[Encoded]]:
    """Fresh examples in batches of about equal length, in random order."""
    rng = random.Random(f"{recipe.name} {recipe.seed} {number}")
    step = number * POOL_BATCHES
    shares, contexts = recipe.shares_at(step), recipe.contexts_at(step)
    tasks = rng.choices(list(shares), list(shares.values()), k=POOL_BATCHES * recipe.batch)
    pool = []
    for task in tasks:
        difficulty = rng.choice(contexts) if task == "question" else None
        while True:
            pair = draw(task, rng, False, difficulty, recipe.sharing_at(step))
            source, target = encode(pair.source), encode(pair.target)
            if max(len(source), len(target)) <= LONGEST_PIECES:
                break
        pool.append((source, target))
    rng.shuffle(pool)  # pairs of equal length stand in another order than their tasks
    ordered = sorted(pool, key=lambda pair: len(pair[0]) + len(pair[1]))
    starts = list(range(0, len(pool), recipe.batch))
    rng.shuffle(starts)
    for start in starts:
        yield ordered[start : start + recipe.batch]
