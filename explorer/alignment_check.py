"""The alignment error rate, computed a second way: plain `transformers`, words, sets of links."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from explorer.ablation_check import plain
from explorer.alignment import ROWS, TIE, AlignmentErrors, Rows
from explorer.checks import Check
from explorer.teacher_forcing import read_source, read_target, reading
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.miniatures.language import Example
    from explorer.model import Seq2SeqModel

WORD_STARTS = ("▁", "Ġ")
"""What a piece at the start of a word begins with, in the tokenizers of T5 and of BART."""

Place = tuple[Rows, int, int]
"""A convention, a layer and a head."""

Link = tuple[int, int, int]
"""An example, and the numbers of a source word and a target word."""


def check_alignment(
    model: "Seq2SeqModel", examples: Sequence["Example"], found: AlignmentErrors
) -> Check:
    """Every rate beside 1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|), from sets of links.

    The weights are those that plain `transformers` gives with `output_attentions`. The tokenizer
    must mark the start of a word as T5's or BART's does.
    """
    proposed: dict[Place, set[Link]] = {}
    sure: set[Link] = set()

    def work() -> None:
        module = plain(model)
        for number, example in enumerate(examples):
            sure.update((number, *link) for link in example.alignment)
            source, target = read_source(model, example.source), read_target(model, example.target)
            with torch.inference_mode():
                seen = module(
                    input_ids=_row(model, source),
                    decoder_input_ids=_row(model, reading(model, target)),
                    output_attentions=True,
                ).cross_attentions
            weights = torch.stack(seen)[:, 0].double().cpu().numpy()  # (layer, head, query, key)
            columns = marked_words(source)[-len(example.source_words) :]
            sums = np.stack([weights[..., places].sum(-1) for places in columns], axis=-1)
            for word, places in enumerate(marked_words(target)):
                for rows in ROWS:
                    steps = [place + (rows == "read") for place in places]
                    steps = [step for step in steps if step < weights.shape[2]]
                    if not steps:
                        continue
                    means = sums[:, :, steps].mean(2)  # (layer, head, source word)
                    for layer, head in np.ndindex(means.shape[:2]):
                        links = proposed.setdefault((rows, layer, head), set())
                        links.add((number, _largest(means[layer, head].tolist()), word))

    model._computing(work)
    differences = []
    for (rows, layer, head), links in proposed.items():
        shared = len(links & sure)
        rate = 1 - (shared + shared) / (len(links) + len(sure))
        differences.append(abs(rate - float(found.of(rows)[layer, head])))
    return Check(
        f"the alignment error rate of all {found.predicted.size} heads: ours, and from the sets of "
        "links that plain transformers' weights give",
        max(differences),
        1 / len(sure),
    )


def marked_words(tokens: Tokens) -> list[list[int]]:
    """The places of each word's pieces, by the mark that begins a word."""
    words: list[list[int]] = []
    for place, (piece, special) in enumerate(zip(tokens.pieces, tokens.special, strict=True)):
        if special:
            continue
        if piece.startswith(WORD_STARTS) or not words:
            words.append([])
        words[-1].append(place)
    return words


def _largest(weights: list[float]) -> int:
    """The first of those that no other one is above, but for rounding."""
    return next(
        place
        for place, weight in enumerate(weights)
        if not any(other - weight > TIE * other for other in weights)
    )


def _row(model: "Seq2SeqModel", tokens: Tokens) -> torch.Tensor:
    return torch.tensor([tokens.ids], device=model.module.device)
