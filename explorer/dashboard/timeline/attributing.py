"""The work behind "Why this piece": the attribution of a step, and its check."""

from threading import Event
from typing import TYPE_CHECKING, cast

import streamlit as st

from explorer.checks import Check
from explorer.dashboard import answers, passing
from explorer.dashboard.memory import memory
from explorer.dashboard.timeline.asking import Asked
from explorer.dashboard.timeline.target import Target
from explorer.stopping import Progress

if TYPE_CHECKING:
    from explorer.attribution import Attribution


def attribution(
    asked: Asked, answer: Target, step: int, whose: tuple[int | None, int | None],
    absolute: bool,
) -> "Attribution | None":  # fmt: skip
    """Computed now with its progress, or remembered; None where it was stopped.

    Args:
        asked: the model and the text.
        answer: what is explained.
        step: which piece of it is explained.
        whose: the layer and the head of the cross-attention, None for all.
        absolute: whether input x gradient ranks words by its size.

    Raises:
        ExplorerError: this text or step can't be explained.
    """
    said = answer.timeline.target
    key = ("attribution", asked.request(answer.limit), said.ids, step, whose, absolute)

    def work(cancelled: Event, progress: Progress) -> "Attribution":
        return asked.model.attribution(
            asked.text,
            said,
            step,
            *whose,
            absolute,
            max_new_tokens=answer.limit.max_new_tokens,
            cancelled=cancelled,
            progress=progress,
        )

    return passing.done(
        asked.model, key, work, "attribution", "leaving words out",
        "Stopped before all words were left out.",
    )  # fmt: skip


def check(asked: Asked, found: "Attribution") -> Check:
    """Input x gradient beside stretched embeddings, computed now or remembered."""

    def compute() -> Check:
        with st.spinner("Checking the gradient …"), answers.working(asked.model, "checking"):
            return asked.model.check_attribution(found)

    whose = (found.layer, found.head, found.absolute)
    key = ("attribution check", asked.request(answers.plain()), found.target.ids, found.step, whose)
    return cast("Check", memory().get_or(key, compute))
