"""Exact match of a model on examples that training can't have seen."""

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from explorer.miniatures.corruption import KINDS
from explorer.miniatures.examples import Pair, damaged, draw

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

EVALUATION_SEED = 20_260
BATCH = 100
LONGEST_ANSWER = 80
"""Pieces that an answer may have."""
TASKS = {
    "miniature-t5": ("translation", "summary", "question", "sentiment"),
    "miniature-bart": KINDS,
    "miniature-bart-summary": ("summary-plain",),
}


def unseen(task: str, count: int, determined: bool = True) -> list[Pair]:
    """Always the same held-out examples of a task."""
    rng = random.Random(f"{EVALUATION_SEED} {task} {determined}")
    if task in KINDS:
        return [damaged(task, rng, True, determined) for _ in range(count)]
    return [draw(task, rng, True) for _ in range(count)]


def answers(
    model: "PreTrainedModel",
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
        for place, text in zip(
            places, tokenizer.batch_decode(ids, skip_special_tokens=True), strict=True
        ):
            written[place] = text
    return written


def exact_match(
    model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", pairs: Sequence[Pair]
) -> float:
    """Share of the examples that the model answers word for word."""
    # An answer a little longer than the longest right one is wrong, so writing may stop there.
    limit = 4 + max(len(tokenizer(pair.target).input_ids) for pair in pairs)
    written = answers(model, tokenizer, [pair.source for pair in pairs], limit)
    return sum(text == pair.target for text, pair in zip(written, pairs, strict=True)) / len(pairs)
