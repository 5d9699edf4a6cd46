"""What a head causes: the answer without it, and what every head does for the answer."""

from contextlib import closing
from threading import Event
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import streamlit as st

from explorer.attention import HeadRef, heads_of
from explorer.charts import pieces
from explorer.charts.attention_maps import ablation_chart
from explorer.charts.attention_steps import Sheet
from explorer.checks import Check
from explorer.dashboard import answers, badges, exports, links, passing
from explorer.dashboard.attention.asking import Asked
from explorer.dashboard.attention.heads import open_head
from explorer.dashboard.attention.reduced import Choice
from explorer.dashboard.folded import fold
from explorer.dashboard.heat_maps import draw
from explorer.dashboard.memory import memory
from explorer.differences import differences
from explorer.generation import UNFINISHED
from explorer.stopping import Progress, check_stopped

if TYPE_CHECKING:
    from explorer.ablation import Ablation, AblationMap

ONE, LAYER = "This head", "All heads of its layer"
DIGITS = {
    name: st.column_config.NumberColumn(format="%.4f")
    for name in ("With all heads (nats)", "Change without (nats)", "Change (nats)")
}


def show(asked: Asked, choice: Choice, dark: bool) -> None:
    """The answer without some heads, then every head in one picture."""
    what = links.bound(
        st.segmented_control,
        "Switch off",
        [LAYER, ONE],
        default=LAYER,
        required=True,
        key="off",
    )
    one = HeadRef(choice.stack, choice.layer, choice.head)
    heads = (one,) if what == ONE else heads_of(asked.model.facts, choice.stack, choice.layer)
    name = f"layer {choice.layer}" + (f", head {choice.head}" if what == ONE else "")
    if asked.answer is not None and asked.answer.stop_reason in UNFINISHED:
        st.info(
            "The answer was stopped, so there is no whole one to compare with: decode it again to "
            "see what changes without heads.",
            icon=":material/info:",
        )
    else:
        found = _ablation(asked, heads)
        if found is not None:
            _show_answers(asked, found, f"{choice.stack} attention, {name}")
            badges.check_badge(_check(asked, found))
    st.subheader("Every head in turn")
    _show_map(asked, choice, dark)


def _ablation(asked: Asked, heads: tuple[HeadRef, ...]) -> "Ablation | None":
    """Computed now or remembered; None where the person has stopped it."""

    def work(cancelled: Event, progress: Progress) -> "Ablation":
        progress(0, 1)
        found = asked.model.ablation(
            asked.text,
            heads,
            asked.decoding or answers.plain(),
            target=_own(asked),
            before=asked.answer,
            cancelled=cancelled,
        )
        # The beginning of an answer is nothing to compare with.
        check_stopped("answer without the heads", cancelled)
        return found

    return passing.done(
        asked.model,
        ("ablation", *asked.key, heads),
        work,
        "without",
        "ablating",
        "Stopped before the answer without the heads was written.",
        "answer",
    )


def _own(asked: Asked) -> str | None:
    """A target that the person typed; an answer's own pieces are followed anyway."""
    return asked.target if isinstance(asked.target, str) else None


def _check(asked: Asked, found: "Ablation") -> Check:
    def compute() -> Check:
        with answers.working(asked.model, "checking"):
            return asked.model.check_ablation(found)

    return cast("Check", memory().get_or(("ablation check", *asked.key, found.heads), compute))


def _show_answers(asked: Asked, found: "Ablation", name: str) -> None:
    compared = differences(found.before.text, found.after.text)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**With all heads**")
        st.html(pieces.differences_html(compared.left))
    with right:
        st.markdown(f"**Without {name}**")
        if found.after.text.strip():
            st.html(pieces.differences_html(compared.right))
        else:
            st.caption("The answer is empty.")
    if asked.decoding is None:
        st.caption(
            "Both are the model's own greedy answers: what it is made to say can't change. The "
            "log-probability is that of your text."
        )
    changed = max(compared.words_left, compared.words_right)
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            "Words that changed", changed, width="content",
            help="A punctuation mark counts as a word.",
        )  # fmt: skip
        whose = "the old answer" if _own(asked) is None else "your text"
        st.metric(
            f"Change of {whose}'s log-probability",
            f"{badges.number_text(found.total_change)} nats",
            help=f"The log-probability of {whose} without the heads minus that with all. Far "
            "below 0: the model needs these heads to say it.",
            width="content",
        )
    if not changed:
        st.caption("Switching this off changed no word; the picture below shows which heads count.")
    fold("Piece by piece", "table", "ablation_open", lambda: _numbers(ablation_table(found)))
    exports.take_home(
        "without-heads",
        table=lambda: ablation_table(found),
        data=found,
        script=lambda: _ablation_script(asked, found),
        key="ablation",
    )


def _ablation_script(asked: Asked, found: "Ablation") -> str:
    from explorer.ablation_script import ablation_script

    return ablation_script(asked.model, found)


def _map_script(asked: Asked, found: "AblationMap") -> str:
    from explorer.ablation_script import map_script

    source = asked.model.tokenize(asked.text)
    return map_script(asked.model, source, found, asked.limit)


def ablation_table(found: "Ablation") -> list[dict[str, Any]]:
    """A row for each piece of the target: its log-probability with and without the heads."""
    return [
        {
            "Piece": piece,
            "With all heads (nats)": float(own),
            "Change without (nats)": float(change),
        }
        for piece, own, change in zip(
            found.target.display, found.log_probabilities, found.change, strict=True
        )
    ]


def _show_map(asked: Asked, choice: Choice, dark: bool) -> None:
    found = _ablation_map(asked, choice)
    if found is None:
        return
    chart = ablation_chart(found.change, dark)
    draw(chart, "ablation_map", open_head, "What each head does: the table below holds the numbers")
    st.caption(
        "Each square is one head: how the log-probability of the target (with all heads "
        f"{badges.number_text(found.log_probability)} nats) changes when that head alone is off. "
        "**Orange**: the head speaks for the target. **Blue**: it speaks against it. A head that "
        "changes nothing may be replaced by others: it can still look interesting. Click a square "
        "to open its map."
    )
    fold("The numbers", "table", "causes_open", lambda: _numbers(map_table(found)))
    exports.take_home(
        f"{asked.model.card.name}-{choice.stack}-ablation",
        table=lambda: map_table(found),
        data=found,
        chart=lambda: Sheet(
            [("Change of the log-probability (nats)", ablation_chart(found.change))], columns=1
        ).altair(),
        script=lambda: _map_script(asked, found),
        key="ablation_map",
    )


def _ablation_map(asked: Asked, choice: Choice) -> "AblationMap | None":
    """The whole map, remembered or computed now; the part that was there when it was stopped."""

    def work(cancelled: Event, progress: Progress) -> "AblationMap | None":
        growing: Any = asked.model.ablation_map(asked.text, asked.target, choice.stack, asked.limit)
        found: AblationMap | None = None
        with closing(growing):
            for found in growing:
                progress(found.done, found.total)
                if cancelled.is_set():
                    break
        return found

    return passing.done(
        asked.model,
        ("ablation map", *asked.key, asked.limit, choice.stack),
        work,
        "ablation",
        "ablating",
        "Stopped; grey squares are not computed.",
        "heads",
        lambda found: found is not None and found.done < found.total,
    )


def map_table(found: "AblationMap") -> list[dict[str, Any]]:
    """A row for each head that is computed."""
    return [
        {"Layer": layer, "Head": head, "Change (nats)": float(value)}
        for (layer, head), value in np.ndenumerate(found.change)
        if np.isfinite(value)
    ]


def _numbers(rows: list[dict[str, Any]]) -> None:
    st.dataframe(rows, hide_index=True, width="stretch", column_config=DIGITS)
