"""Exact match of a model on examples that training can't have seen."""

import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from explorer.miniatures.corruption import KINDS
from explorer.miniatures.examples import Pair, damaged, draw
from explorer.miniatures.language.example import SENTIMENT
from explorer.miniatures.language.lexicon import ALL_NOUNS

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

EVALUATION_SEED = 20_260
"""Of the examples in the model card."""
CHECK_SEED = 20_261
"""Of the examples on which a training is watched: nothing may be chosen by the card's examples."""
EXAMPLES = 500
"""Unseen examples of each task in the model card."""
BATCH = 100
LONGEST_ANSWER = 80
"""Pieces that an answer may have."""
KEPT_MISSES = 5
"""Wrong answers that are kept to be shown."""
NORMAL_95 = 1.96
"""Standard deviations to each side that hold 95 % of a normal distribution."""
_ADJECTIVES_OF = {
    form: {adjective.english for adjective in noun.adjectives}
    for noun in ALL_NOUNS
    for form in (noun.english, noun.english_plural)
}
TASKS = {
    "miniature-t5": ("translation", "summary", "question", "sentiment"),
    "miniature-bart": KINDS,
    "miniature-bart-summary": ("summary-plain",),
}


@dataclass(frozen=True)
class Miss:
    """A wrong answer."""

    source: str
    expected: str
    written: str


@dataclass(frozen=True)
class Score:
    """The share of right answers on one kind of unseen examples.

    Attributes:
        task: the task, or the kind of damage.
        group: "determined" where one answer is right, "open" where several could be, "copying"
            for translations with words that training never showed.
        examples: how many.
        exact_match: share answered word for word.
        lower, upper: 95 % interval of the share (Wilson), for the chance of the draw.
        copied: for copying, the share in which each new word stands in the answer.
        misses: some of the wrong answers.
    """

    task: str
    group: str
    examples: int
    exact_match: float
    lower: float
    upper: float
    copied: float | None = None
    misses: tuple[Miss, ...] = ()


def unseen(
    task: str, count: int, determined: bool = True, seed: int = EVALUATION_SEED
) -> list[Pair]:
    """Always the same held-out examples of a task."""
    rng = random.Random(f"{seed} {task} {determined}")
    if task in KINDS:
        return [damaged(task, rng, True, determined, strict=determined) for _ in range(count)]
    found: list[Pair] = []
    while len(found) < count:
        pair = draw(task, rng, True)
        if task != SENTIMENT or not sayable_elsewhere(pair.source):
            found.append(pair)
    return found


def sayable_elsewhere(judgement: str) -> bool:
    """Whether an adjective of the judgement fits one of its nouns outside of sentiment too.

    The other tasks hold out their own combinations, so one of them may have said it in training.
    """
    words = _small_words(judgement)
    return any(words & _ADJECTIVES_OF[word] for word in words & _ADJECTIVES_OF.keys())


def unseen_with_new_words(tokenizer: "PreTrainedTokenizerBase", count: int) -> list[Pair]:
    """Held-out translations with at least one word that no training example holds."""
    rng = random.Random(f"{EVALUATION_SEED} copying")
    found: list[Pair] = []
    while len(found) < count:
        pair = draw("translation", rng, True)
        if new_words(tokenizer, pair):
            found.append(pair)
    return found


def new_words(tokenizer: "PreTrainedTokenizerBase", pair: Pair) -> list[str]:
    """The words of a translation that the model must copy: no piece of their own, same in German.

    In held-out examples all names, cities and nouns outside the vocabulary are reserved words.
    """
    pieces = tokenizer.get_vocab()
    target = _small_words(pair.target)
    text = pair.source.split(": ", 1)[1]
    return [
        word
        for word in re.findall(r"[^\W\d_]{3,}", text)
        if "▁" + word not in pieces and word.lower() in target
    ]


def _small_words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text.lower()))


def answers(
    model: Any,
    tokenizer: "PreTrainedTokenizerBase",
    texts: Sequence[str],
    limit: int = LONGEST_ANSWER,
) -> list[str]:
    """What the model writes, greedily, in batches of about equal length."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    written = [""] * len(texts)
    for start in range(0, len(order), BATCH):
        places = order[start : start + BATCH]
        read = tokenizer([texts[place] for place in places], return_tensors="pt", padding=True)
        with torch.inference_mode():
            ids = model.generate(
                input_ids=read.input_ids,
                attention_mask=read.attention_mask,
                max_new_tokens=limit,
                num_beams=1,
                do_sample=False,
            )
        decoded = tokenizer.batch_decode(ids, skip_special_tokens=True)
        for place, text in zip(places, decoded, strict=True):
            written[place] = text
    return written


def score(
    model: Any,
    tokenizer: "PreTrainedTokenizerBase",
    pairs: Sequence[Pair],
    group: str = "determined",
) -> Score:
    """The share of the examples that the model answers word for word."""
    # An answer a little longer than the longest right one is wrong, so writing may stop there.
    limit = 4 + max(len(tokenizer(pair.target).input_ids) for pair in pairs)
    written = answers(model, tokenizer, [pair.source for pair in pairs], limit)
    judged = list(zip(pairs, written, strict=True))
    misses = [Miss(pair.source, pair.target, text) for pair, text in judged if text != pair.target]
    share = 1 - len(misses) / len(pairs)
    copied = None
    if group == "copying":
        kept = sum(
            all(word.lower() in _small_words(text) for word in new_words(tokenizer, pair))
            for pair, text in judged
        )
        copied = kept / len(pairs)
    lower, upper = wilson_interval(share, len(pairs))
    return Score(
        pairs[0].task,
        group,
        len(pairs),
        share,
        lower,
        upper,
        copied,
        tuple(misses[:KEPT_MISSES]),
    )


def wilson_interval(share: float, examples: int) -> tuple[float, float]:
    """The 95 % interval of a share that was seen on so many examples."""
    squared = NORMAL_95**2
    middle = (share + squared / (2 * examples)) / (1 + squared / examples)
    spread = math.sqrt(share * (1 - share) / examples + squared / (4 * examples**2))
    half = NORMAL_95 * spread / (1 + squared / examples)
    return max(0.0, middle - half), min(1.0, middle + half)


def scores(
    name: str,
    model: Any,
    tokenizer: "PreTrainedTokenizerBase",
    count: int = EXAMPLES,
) -> list[Score]:
    """Everything that the model card of a bundled model says."""
    found = [score(model, tokenizer, unseen(task, count)) for task in TASKS[name]]
    if name == "miniature-bart":
        found += [
            score(model, tokenizer, unseen(kind, count, determined=False), "open") for kind in KINDS
        ]
    if name == "miniature-t5":
        pairs = unseen_with_new_words(tokenizer, count)
        found.append(score(model, tokenizer, pairs, "copying"))
    return found
