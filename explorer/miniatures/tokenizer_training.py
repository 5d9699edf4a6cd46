"""The tokenizer of a recipe: trained on the words of its examples, or taken from another model."""

import random
from pathlib import Path
from typing import TYPE_CHECKING

import transformers

from explorer.miniatures.exact import draw as draw_text
from explorer.miniatures.examples import draw
from explorer.miniatures.recipes import FAMILIES_OF_ONE_STACK, Recipe, recipe
from explorer.miniatures.tokenizers import (
    count_words,
    write_byte_level,
    write_continuing,
    write_unigram,
    write_word_pieces,
)
from explorer.miniatures.words import LEAST_EXAMPLES, whole_words

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

TOKENIZER_EXAMPLES = 30_000
"""Examples in which words are counted for the tokenizer."""
STACK_TOKENIZER_TEXTS = 100_000
"""Texts in which the words of a model of one stack are counted."""


def tokenizer_for(plan: Recipe, folder: Path) -> "PreTrainedTokenizerBase":
    """The tokenizer of a recipe, trained or copied from the model it starts from."""
    if plan.start:
        for path in recipe(plan.start).folder.iterdir():
            if path.name.startswith(("tokenizer", "vocab", "merges")):
                Path(folder, path.name).write_bytes(path.read_bytes())
        return transformers.AutoTokenizer.from_pretrained(str(folder))
    rng = random.Random(f"{plan.name} {plan.seed} tokenizer")
    if plan.family in FAMILIES_OF_ONE_STACK:
        return _stack_tokenizer(plan, rng, folder)
    tasks = rng.choices(list(plan.shares), list(plan.shares.values()), k=TOKENIZER_EXAMPLES)
    pairs = [draw(task, rng, False) for task in tasks]
    if plan.family == "t5":
        examples = [(pair.source, pair.target) for pair in pairs]
        whole = whole_words(examples, plan.family)
        counts = count_words([text for texts in examples for text in texts], whole)
        counts.update(dict.fromkeys(whole, 1))  # a word that is rare here is whole all the same
        write_unigram(counts, folder)
    else:
        # Every document is written out again, so its targets alone hold all words.
        texts = [pair.target for pair in pairs]
        whole = whole_words([(text,) for text in texts], plan.family)
        counts = count_words(texts, whole)
        counts.update(word for word in whole if word.islower())
        first = count_words([text.split(" ", 1)[0] for text in texts], whole)
        write_byte_level(counts, first, folder)
    return transformers.AutoTokenizer.from_pretrained(str(folder))


def _stack_tokenizer(plan: Recipe, rng: random.Random, folder: Path) -> "PreTrainedTokenizerBase":
    """A tokenizer in which every word of the exact grammar is whole, but no invented name."""
    texts = [draw_text(rng, False) for _ in range(STACK_TOKENIZER_TEXTS)]
    counts = count_words(texts)
    whole = {word: count for word, count in counts.items() if count >= LEAST_EXAMPLES}
    if plan.family == "bert":
        write_word_pieces([part for word in whole for part in word.split("'")], folder)
    else:
        first = count_words([text.split(" ", 1)[0] for text in texts], frozenset(whole))
        write_continuing(whole, first, folder)
    return transformers.AutoTokenizer.from_pretrained(str(folder))
