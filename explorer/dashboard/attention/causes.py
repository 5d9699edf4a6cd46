"""What a head causes: the answer without it, and what every head does for the answer."""

from collections import OrderedDict
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import streamlit as st

from explorer.attention import HeadRef, heads_of
from explorer.charts import pieces
from explorer.charts.attention_maps import ablation_chart
from explorer.charts.attention_steps import Sheet
from explorer.dashboard import answers, badges, exports, links
from explorer.dashboard.attention.asking import Asked
from explorer.dashboard.attention.heads import open_head
from explorer.dashboard.attention.reduced import Choice
from explorer.dashboard.heat_maps import draw
from explorer.dashboard.memory import memory
from explorer.differences import differences

if TYPE_CHECKING:
    from explorer.ablation import Ablation, AblationMap

ONE, LAYER = "This head", "All heads of its layer"
_PARTIAL = "_ablation_maps"
_PARTIAL_KEPT = 4


def show(asked: Asked, choice: Choice, dark: bool) -> None:
    """The answer without some heads, then every head in one picture."""
    what = links.bound(
        st.segmented_control,
        "Switch off",
        [ONE, LAYER],
        default=ONE,
        required=True,
        key="off",
    )
    one = HeadRef(choice.stack, choice.layer, choice.head)
    heads = (one,) if what == ONE else heads_of(asked.model.facts, choice.stack, choice.layer)
    name = f"layer {choice.layer}" + (f", head {choice.head}" if what == ONE else "")
    found = _ablation(asked, heads)
    _show_answers(found, f"{choice.stack} attention, {name}")
    st.subheader("Every head in turn")
    _show_map(asked, choice, dark)


def _ablation(asked: Asked, heads: tuple[HeadRef, ...]) -> "Ablation":
    def compute() -> "Ablation":
        with st.spinner("Writing the answer again …"), answers.working(asked.model, "ablating"):
            return asked.model.ablation(asked.text, heads)

    key = ("ablation", asked.key[0], heads)
    return cast("Ablation", memory().get_or(key, compute))


def _show_answers(found: "Ablation", name: str) -> None:
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
    changed = max(compared.words_left, compared.words_right)
    with st.container(horizontal=True, gap="medium"):
        st.metric("Words that changed", changed, width="content")
        st.metric(
            "Log-probability of the old answer",
            f"{found.total_change:+.3f} nats",
            help="The old answer's log-probability without the heads minus that with all. Far "
            "below 0: the model needs these heads to say it.",
            width="content",
        )
    with st.expander("Piece by piece", icon=":material/table:"):
        rows = ablation_table(found)
        st.dataframe(rows, hide_index=True, width="stretch")
    exports.take_home(
        "without-heads", table=lambda: ablation_table(found), data=found, key="ablation"
    )


def ablation_table(found: "Ablation") -> list[dict[str, Any]]:
    """A row for each piece of the old answer: its log-probability with and without the heads."""
    own = found.before.token_log_probabilities
    return [
        {
            "Piece": piece,
            "With all heads (nats)": round(log_probability, 4),
            "Change without (nats)": round(float(change), 4),
        }
        for piece, log_probability, change in zip(
            found.before.tokens.display, own, found.change, strict=True
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
    with st.expander("The numbers", icon=":material/table:"):
        st.dataframe(map_table(found), hide_index=True, width="stretch")
    exports.take_home(
        f"{asked.model.card.name}-{choice.stack}-ablation",
        table=lambda: map_table(found),
        data=found,
        chart=lambda: Sheet(
            [("Change of the log-probability (nats)", ablation_chart(found.change))], columns=1
        ).altair(),
        key="ablation_map",
    )


def _ablation_map(asked: Asked, choice: Choice) -> "AblationMap | None":
    """The whole map, remembered or computed now; the part that was there when it was stopped."""
    key = ("ablation map", *asked.key, choice.stack)
    known: AblationMap | None = memory().get(key)
    if known is not None:
        return known
    partial = st.session_state.setdefault(_PARTIAL, OrderedDict())
    if key in partial:
        st.caption("Stopped; grey squares are not computed.")
        st.button("Go on", icon=":material/replay:", on_click=partial.pop, args=(key,))
        return cast("AblationMap | None", partial[key])
    slot = st.empty()
    newest: list[AblationMap] = []
    with slot.container():
        bar = st.progress(0.0, text="Switching off one head after another …")
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            key="stop_ablation",
            on_click=_stop,
            args=(key, newest),
        )
    with (
        answers.working(asked.model, "ablating"),
        closing(
            cast("Any", asked.model.ablation_map(asked.text, asked.target, choice.stack))
        ) as all_,
    ):
        for found in all_:
            newest[:] = [found]
            bar.progress(found.done / found.total, text=f"{found.done} of {found.total} heads")
    slot.empty()
    memory().keep(key, newest[0])
    return newest[0]


def _stop(key: Any, newest: "list[AblationMap]") -> None:
    """The click on Stop: the run that follows shows what is there."""
    partial = st.session_state.setdefault(_PARTIAL, OrderedDict())
    partial[key] = newest[0] if newest else None
    while len(partial) > _PARTIAL_KEPT:
        partial.popitem(last=False)


def map_table(found: "AblationMap") -> list[dict[str, Any]]:
    """A row for each head that is computed."""
    return [
        {"Layer": layer, "Head": head, "Change (nats)": round(float(value), 4)}
        for (layer, head), value in np.ndenumerate(found.change)
        if np.isfinite(value)
    ]
