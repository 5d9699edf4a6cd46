"""What the page computes: the maps, their check, and how well each head aligns words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import streamlit as st

from explorer.attention import AttentionMaps, Stack
from explorer.checks import Check
from explorer.dashboard import answers
from explorer.dashboard.attention.asking import Asked
from explorer.dashboard.attention.reduced import Choice
from explorer.dashboard.memory import memory
from explorer.dashboard.requests import request_of

if TYPE_CHECKING:
    from explorer.alignment import AlignmentErrors
    from explorer.model import Seq2SeqModel

SENTENCES = 20
"""Sentences with known links by which the best head is chosen, and as many by which all are
judged: who is chosen and judged by the same sentences looks better than he is."""
SEED = 7


@dataclass(frozen=True)
class Judged:
    """How well each cross-attention head aligns words.

    Attributes:
        chosen: the rates by which the page chooses the head that it opens on.
        reported: the rates on other sentences, which the page shows.
        check: those beside rates from plain `transformers`.
    """

    chosen: "AlignmentErrors"
    reported: "AlignmentErrors"
    check: Check


def stacks_of(choice: Choice) -> tuple[Stack, ...]:
    """The stacks whose weights a view needs: no other one is computed."""
    if choice.stack == "cross" and choice.how == "Rollout":
        return ("encoder", "cross")
    return (choice.stack,)


def attention_maps(asked: Asked, choice: Choice) -> AttentionMaps:
    """The maps that the view needs, computed now or remembered."""
    stacks = stacks_of(choice)

    def compute() -> AttentionMaps:
        with (
            st.spinner("Observing every head in one pass …"),
            answers.working(asked.model, "observing"),
        ):
            return asked.model.attention(asked.text, asked.target, stacks=stacks)

    return cast("AttentionMaps", memory().get_or(("maps", *asked.key, stacks), compute))


def attention_check(asked: Asked, choice: Choice, maps: AttentionMaps) -> Check:
    """The maps beside the textbook's formula, computed now or remembered."""

    def compute() -> Check:
        with answers.working(asked.model, "checking"):
            return asked.model.check_attention(maps)

    key = ("maps check", *asked.key, stacks_of(choice))
    return cast("Check", memory().get_or(key, compute))


def judged(model: "Seq2SeqModel") -> Judged | None:
    """How well each cross-attention head aligns words; None for models without known links."""
    kinds = {task.kind for task in model.card.tasks}
    if not model.card.bundled or "translation" not in kinds:
        return None

    def compute() -> Judged:
        import random

        from explorer.alignment import alignment_errors
        from explorer.alignment_check import check_alignment
        from explorer.miniatures import language

        numbers = random.Random(SEED)
        examples = [
            language.example("translation", numbers, heldout=True) for _ in range(2 * SENTENCES)
        ]
        with (
            st.spinner(f"Comparing every head with the known links of {len(examples)} sentences …"),
            answers.working(model, "aligning"),
        ):
            chosen, others = examples[:SENTENCES], examples[SENTENCES:]
            reported = alignment_errors(model, others)
            check = check_alignment(model, others, reported)
            return Judged(alignment_errors(model, chosen), reported, check)

    key = ("alignment", request_of(model, "", answers.PLAIN))
    return cast("Judged", memory().get_or(key, compute))
