"""What the three models know: their scores, read from the files beside their weights."""

from pathlib import Path
from typing import Any

import streamlit as st

from explorer.dashboard import knowledge, messages
from explorer.errors import ExplorerError
from explorer.miniatures.single_stack import SingleStack

BUTTON = "What this model knows"
REMEMBERED = 8


# Of bundled models alone, 16 kB each at most.
@st.cache_data(max_entries=REMEMBERED, show_spinner=False)
def _record(folder: str) -> dict[str, Any]:
    from explorer.miniatures.record import read_scores

    return read_scores(Path(folder))


def headline(folder: str) -> None:
    """The first score of a bundled model as a sentence; nothing where none is known."""
    try:
        scores = _record(folder)["scores"]
    except ExplorerError:
        return
    if scores:
        st.caption(f":material/grading: {in_words(scores[0])}")


def in_words(score: dict[str, Any]) -> str:
    """A score as a sentence, beside what would be the best."""
    if "perplexity" in score:
        return (
            f"On {score['texts']:,} {score['condition']}, its perplexity is "
            f"**{score['perplexity']:.2f}** a piece. The grammar's own is **{score['bound']:.2f}**:"
            " in the long run nobody comes below that."
        )
    share = f"**{score['exact_match']:.1%}** of {score['examples']:,}"
    within = f"(95 % interval {score['lower']:.1%} to {score['upper']:.1%})"
    if score["task"] == "gap":
        return (
            f"Where {score['condition']}, it fills {share} gaps with that word {within}, in texts "
            "that training never draws."
        )
    return (
        f"{messages.plain(score['title'])}: {share} examples exactly right {within}, none of which "
        "training can have shown it."
    )


def offer(stack: SingleStack) -> None:
    """A button that opens a dialog about a model of one stack."""
    if st.button(BUTTON, icon=":material/school:", key=f"_known_{stack.name}"):
        st.dialog(BUTTON, width="large", icon=":material/school:")(_about)(stack)


def _about(stack: SingleStack) -> None:
    from explorer.miniatures.digests import EXACT_SOURCES, sources_digest
    from explorer.miniatures.stack_card import FORMS

    st.markdown(f"**{messages.plain(stack.title)}**. {messages.plain(stack.summary)}")
    try:
        record = _record(stack.folder)
    except ExplorerError:
        st.warning(knowledge.OTHER_WEIGHTS, icon=":material/help:")
    else:
        knowledge.training(
            record["training"], stack.licence, sources_digest(patterns=EXACT_SOURCES)
        )
        _scores(record["scores"])
    st.markdown("**What it can say**\n\n" + "\n".join(f"- {form}" for form in FORMS))


def _scores(scores: list[dict[str, Any]]) -> None:
    from explorer.miniatures.stack_card import BOUND, GAPS

    if not scores:
        st.info("This model has not been scored yet.", icon=":material/grading:")
        return
    st.markdown("**How well it does** on examples that training cannot have shown it")
    st.dataframe([table_row(score) for score in scores], hide_index=True, width="stretch")
    st.caption(BOUND if "perplexity" in scores[0] else GAPS)
    knowledge.misses(scores)


def table_row(score: dict[str, Any]) -> dict[str, Any]:
    """One score as a row of a table."""
    if "perplexity" in score:
        return {
            "Texts": score["condition"],
            "Number": score["texts"],
            "Pieces": f"{score['pieces']:,}",
            "Perplexity": round(score["perplexity"], 2),
            "Lower bound of the grammar": round(score["bound"], 2),
            "Ratio": round(score["perplexity"] / score["bound"], 3),
        }
    return {
        "Gaps": score["condition"],
        "Exactly right": f"{score['exact_match']:.1%}",
        "Goal": f"{score['wanted']:.0%}" if score["wanted"] else "none",
        "95 % interval": f"{score['lower']:.1%} to {score['upper']:.1%}",
        "Best possible": f"{score['best']:.1%}",
        "A word that fits": f"{score['fitting']:.1%}",
        "Examples": score["examples"],
    }
