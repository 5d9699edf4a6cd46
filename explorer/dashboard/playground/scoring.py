"""The answer beside a reference: BLEU, chrF and ROUGE, and what each of them can't see."""

import hashlib
from collections.abc import Sequence

import streamlit as st

from explorer.charts import pieces
from explorer.dashboard import messages
from explorer.dashboard.folded import fold
from explorer.dashboard.memory import memory
from explorer.dashboard.playground import asking
from explorer.differences import differences
from explorer.errors import ExplorerError
from explorer.metrics import Metric, corpus_score, score


def score_against_reference(text: str) -> None:
    """An expander with the reference and, once there is one, the scores."""
    given = bool(st.session_state.get("reference") or st.query_params.get("reference"))

    def draw() -> None:
        reference = asking.long_text(
            "Reference: the answer that you would call right", "", key="reference"
        )
        if not reference.strip():
            st.caption("Type a reference to see BLEU, chrF and ROUGE for this answer.")
            return
        try:
            metrics = _score(text, reference)
        except ExplorerError as error:
            messages.show_sentence(str(error))
            return
        show_scores(metrics)
        found = differences(text, reference)
        st.markdown("**Answer**, and below it the **reference**")
        st.html(pieces.differences_html(found.left) + pieces.differences_html(found.right))

    fold(
        "Score against a reference",
        "grading",
        "reference_open",
        draw,
        expanded=given,
        filled=given,
    )


def show_scores(metrics: Sequence[Metric]) -> None:
    """A line for each score: its value, what it measures, and its limit."""
    st.table(
        {
            "Score, 0 to 100": {metric.name: f"{metric.value:.1f}" for metric in metrics},
            "What it measures": {metric.name: metric.measures for metric in metrics},
            "What it misses": {metric.name: metric.misses for metric in metrics},
        }
    )


def corpus(pairs: Sequence[tuple[str, str]]) -> tuple[Metric, ...]:
    """The scores of many answers, each with its reference; computed once for all reruns.

    Raises:
        ExplorerError: as `explorer.metrics.corpus_score`.
    """
    # The texts themselves would fill the memory beside the few numbers.
    digest = hashlib.sha256(repr(pairs).encode()).hexdigest()
    found: tuple[Metric, ...] = memory().get_or(
        ("corpus score", digest), lambda: corpus_score(*zip(*pairs, strict=True))
    )
    return found


def _score(text: str, reference: str) -> tuple[Metric, ...]:
    found: tuple[Metric, ...] = memory().get_or(
        ("score", text, reference), lambda: score(text, reference)
    )
    return found
