"""What a model knows: for a bundled one its training, scores, words and mistakes; else its facts.

Everything stands in the files beside the weights and in the rules that made the training text;
nothing is said here that was not measured.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.dashboard import messages
from explorer.dashboard.memory import memory
from explorer.errors import ExplorerError

if TYPE_CHECKING:
    from explorer.catalog import ModelCard, ModelFacts

WORDS_HEIGHT = 240
MISSES_SHOWN = 8
UNTAUGHT_SHOWN = 6
WORD_CHARACTERS = 20
OTHER_WEIGHTS = (
    "The training and the scores of these weights are not known: the record beside them is missing "
    "or belongs to other weights. Score the model again, or fetch its folder anew."
)


def offer(card: "ModelCard", facts: "ModelFacts", key: str | None = None) -> None:
    """A button that opens a dialog about a model; with a key where a page has several."""
    title = "What this model knows" if card.bundled else "About this model"
    if st.button(title, icon=":material/school:", key=key):
        st.dialog(title, width="large", icon=":material/school:")(_about)(card, facts)


def say_untaught(card: "ModelCard", text: str) -> None:
    """One line where a bundled model reads words that it was never taught."""
    words = _untaught(text, card.family) if card.bundled else ()
    if words:
        some = ", ".join(messages.quoted(word, WORD_CHARACTERS) for word in words[:UNTAUGHT_SHOWN])
        more = f" and {len(words) - UNTAUGHT_SHOWN} more" if len(words) > UNTAUGHT_SHOWN else ""
        st.caption(
            f":material/help: Never taught: {some}{more}. The model copies such words, or makes "
            "nonsense of them."
        )


def _untaught(text: str, family: str) -> tuple[str, ...]:
    from explorer.miniatures.untaught import untaught

    found: tuple[str, ...] = memory().get_or(
        ("untaught", text, family), lambda: untaught(text, family)
    )
    return found


def _about(card: "ModelCard", facts: "ModelFacts") -> None:
    st.markdown(f"**{messages.plain(card.title)}**. {messages.plain(card.summary)}")
    if card.bundled:
        _records(card)
        _language(card)
    else:
        st.markdown(messages.plain(card.purpose))
        _facts(card, facts)


def _records(card: "ModelCard") -> None:
    """The training and the scores of a bundled model, if its own file is about its weights."""
    from explorer.miniatures.digests import sources_digest
    from explorer.miniatures.record import read_scores

    try:
        record = read_scores(Path(card.folder or ""))
    except ExplorerError:
        st.warning(OTHER_WEIGHTS, icon=":material/help:")
        return
    training(record["training"], card.licence, sources_digest())
    _scores(record.get("scores", []))


def training(record: dict[str, Any], licence: str, sources: str) -> None:
    """How a bundled model was trained.

    Args:
        record: what its `scores.json` says of the training.
        licence: of its weights.
        sources: digest of the code that makes its examples now.
    """
    from explorer.miniatures.record import rules_corrected_since

    plan = record.get("plan", {})
    if not plan:
        return
    begun = f"the weights of {plan['start']}" if plan.get("start") else "random weights"
    sentence = (
        f"Trained from {begun} on sentences made by rules, and on no other text: "
        f"{record['steps']:,} steps of {plan['batch']} examples, seed {plan['seed']}"
    )
    if "minutes" in record:
        sentence += f", in {record['minutes']:,.0f} minutes on a CPU"
    st.markdown(messages.plain(sentence + f". Licence: {licence}."))
    corrected = rules_corrected_since(record, sources)
    if corrected:
        st.caption(corrected)


def _scores(scores: list[dict[str, Any]]) -> None:
    if not scores:
        st.info("This model has not been scored yet.", icon=":material/grading:")
        return
    st.markdown("**How well it does** on examples that training cannot have shown it")
    st.dataframe(
        [
            {
                "Task": score["title"],
                "Exactly right": f"{score['exact_match']:.1%}",
                "Goal": f"{score['wanted']:.0%}" if score.get("wanted") else "none",
                "95 % interval": f"{score['lower']:.1%} to {score['upper']:.1%}",
                "Examples": score["examples"],
                "Condition": score["condition"],
            }
            for score in scores
        ],
        hide_index=True,
        width="stretch",
    )
    misses(scores)


def misses(scores: list[dict[str, Any]]) -> None:
    """The first mistakes of each score; of open ones none, as there other words fit too."""
    found = [
        {"It read": miss["source"], "It wrote": miss["written"], "Right": miss["expected"]}
        for score in scores
        if score.get("group") != "open"
        for miss in score.get("misses", ())[:2]
    ]
    if found:
        st.markdown("**Mistakes it made** there")
        st.dataframe(found[:MISSES_SHOWN], hide_index=True, width="stretch")


def _language(card: "ModelCard") -> None:
    from explorer.miniatures import language

    speaks_german = card.family == "t5"
    english, german = language.vocabulary()
    if not speaks_german:
        # The words of judgements belong to the sentiment task of the T5.
        english = language.clause_vocabulary()
    st.markdown("**What it can say**")
    st.markdown(
        "\n".join(
            f"- {messages.plain(line[:1].upper() + line[1:])}"
            for line in language.grammar_summary(speaks_german)
        )
    )
    st.markdown(
        "**Every word it was taught**, in each of its forms. Other words it copies, or makes "
        "nonsense of."
    )
    lists = [("English", english), *([("German", german)] if speaks_german else [])]
    for column, (name, words) in zip(st.columns(len(lists)), lists, strict=True):
        column.dataframe(
            [{f"{name}, {len(words):,} words": word} for word in words],
            hide_index=True,
            width="stretch",
            height=WORDS_HEIGHT,
        )


def _facts(card: "ModelCard", facts: "ModelFacts") -> None:
    known = {
        "Family": facts.family_title,
        "Parameters": f"{facts.parameters:,}",
        "Layers": f"{facts.encoder_layers} encoder, {facts.decoder_layers} decoder",
        "Heads": f"{facts.encoder_heads} encoder, {facts.decoder_heads} decoder",
        "Model width": f"{facts.d_model:,}",
        "Vocabulary": f"{facts.vocabulary_size:,} pieces",
        "Reads": f"{facts.max_source_tokens:,} pieces at most",
        "Trained for": ", ".join(task.title for task in card.tasks) or "see its model card",
        "Languages": ", ".join(card.languages) or "see its model card",
        "Licence": card.licence,
        "On the Hub": card.hub_id or "no",
    }
    st.dataframe(
        [{"Fact": name, "Value": value} for name, value in known.items()],
        hide_index=True,
        width="stretch",
    )
    st.caption(
        "What it was trained on, and how well it does, stands in the model card of its makers."
    )
