"""What the page computes: the maps, their check, and how well each head aligns words."""

import random
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
    from explorer.attention_statistics import HeadStatistics
    from explorer.miniatures.language import Example
    from explorer.model import Seq2SeqModel

SENTENCES = 20
"""Sentences with known links by which the best head is chosen, and as many by which all are
judged: who is chosen and judged by the same sentences looks better than he is."""
SEED = 7


@dataclass(frozen=True)
class Reported:
    """How well each cross-attention head aligns words, for the table.

    Attributes:
        rates: of every head.
        check: those beside rates from plain `transformers`.
        sentences: the examples, for who wants to compute them again.
    """

    rates: "AlignmentErrors"
    check: Check
    sentences: tuple["Example", ...]


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


def statistics(asked: Asked, maps: AttentionMaps, stack: Stack) -> tuple["HeadStatistics", Check]:
    """What kind of head each one is, and a check of it, computed now or remembered."""

    def compute() -> tuple["HeadStatistics", Check]:
        from explorer.attention_statistics import head_statistics
        from explorer.statistics_check import check_statistics

        with st.spinner("Describing every head …"), answers.working(asked.model, "describing"):
            found = head_statistics(maps, stack)
            return found, check_statistics(maps, found)

    key = ("statistics", *asked.key, stack)
    return cast("tuple[HeadStatistics, Check]", memory().get_or(key, compute))


def has_links(model: "Seq2SeqModel") -> bool:
    """Whether it is known which words of this model's answers belong together."""
    kinds = {task.kind for task in model.card.tasks}
    return model.card.bundled and bool(kinds & {"translation", "denoising"})


def examples(model: "Seq2SeqModel", first: int) -> "list[Example]":
    """SENTENCES unseen examples with known links, from the `first` one on.

    For a model that repairs text they are whole sentences, which it says again word by word.
    """
    from explorer.alignment import copied
    from explorer.miniatures import language

    numbers = random.Random(SEED)
    found = [
        language.example("translation", numbers, heldout=True) for _ in range(first + SENTENCES)
    ][first:]
    translates = any(task.kind == "translation" for task in model.card.tasks)
    return found if translates else [copied(each) for each in found]


def best_head(model: "Seq2SeqModel") -> "AlignmentErrors | None":
    """The rates by which the page chooses what it opens on; None for models without links."""
    if not has_links(model):
        return None

    def compute() -> "AlignmentErrors":
        from explorer.alignment import alignment_errors

        with (
            st.spinner(f"Comparing every head with the links of {SENTENCES} sentences …"),
            answers.working(model, "aligning"),
        ):
            return alignment_errors(model, examples(model, 0))

    key = ("alignment", request_of(model, "", answers.PLAIN))
    return cast("AlignmentErrors", memory().get_or(key, compute))


def reported(model: "Seq2SeqModel") -> Reported | None:
    """The rates on other sentences, with their check; None for models without links."""
    if not has_links(model):
        return None

    def compute() -> Reported:
        from explorer.alignment import alignment_errors
        from explorer.alignment_check import check_alignment

        with (
            st.spinner(f"Comparing every head with the links of {SENTENCES} more sentences …"),
            answers.working(model, "aligning"),
        ):
            others = examples(model, SENTENCES)
            rates = alignment_errors(model, others)
            return Reported(rates, check_alignment(model, others, rates), tuple(others))

    key = ("alignment reported", request_of(model, "", answers.PLAIN))
    return cast("Reported", memory().get_or(key, compute))
