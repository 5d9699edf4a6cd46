"""One model in full: what it needs by which formula, and a button that takes it along."""

from collections.abc import Sequence

import streamlit as st

from explorer.cards import ModelCard
from explorer.checks import Check
from explorer.dashboard import (
    badges,
    exports,
    frame,
    leaving,
    links,
    messages,
    model_work,
    room,
    settings,
)
from explorer.dashboard.memory import memory
from explorer.dashboard.selector.fit_settings import Settings
from explorer.fit import needed_bytes, program_bytes, why_not
from explorer.footprint import Footprint
from explorer.footprint_formulas import formulas
from explorer.footprint_script import footprint_script

GOALS = {
    "Playground": "playground.py",
    "Cross-attention": "cross_attention.py",
    "Timeline": "timeline.py",
    "Overview": "overview.py",
}
"""Where a model that was chosen is used."""

CHOSEN_KEY = "fit_model"
"""Of the control that names the model."""
_REFUSED = "_fit_refused"


def choose(cards: Sequence[ModelCard]) -> ModelCard:
    """Which model; a click in the table chooses too."""
    names = [card.name for card in cards]
    name = links.bound(st.selectbox, "Model in full", names, key=CHOSEN_KEY)
    return cards[names.index(name)]


def reason_against(card: ModelCard, chosen: Settings) -> str | None:
    """Why a model can't be used on this very machine, as the explorer loads it; None if it can."""
    lengths = chosen.lengths
    reason = room.lack(card, lengths.source, lengths.target, lengths.beams)
    reason = reason or frame.refusal(card.name, settings.read_settings())
    return f"{card.name} was not loaded: {reason}." if reason else None


def use(card: ModelCard, chosen: Settings) -> None:
    """Load a model and go on to another page with it; one that does not fit is refused."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        goal = st.selectbox("Use it in", list(GOALS), key="fit_goal", width=200)
        st.button(
            f"Use {messages.plain(card.name)}",
            icon=":material/play_arrow:",
            type="primary",
            key="fit_use",
            on_click=_take,
            args=(card, GOALS[goal], reason_against(card, chosen)),
        )
    refused = st.session_state.pop(_REFUSED, None)
    if refused is not None:
        messages.show_sentence(refused)


def _take(card: ModelCard, page: str, reason: str | None) -> None:
    if reason is None:
        leaving.with_model(card.name, page)
    else:
        st.session_state[_REFUSED] = reason


def show(card: ModelCard, chosen: Settings) -> None:
    """What a model needs, each figure with its formula and its check."""
    found = chosen.of(card)
    needed = needed_bytes(found, chosen.device)
    memory_bytes = chosen.device.memory_bytes
    program = " with the program" if program_bytes(chosen.device) else ""
    st.markdown(
        f"**{messages.plain(card.title)}**: {messages.plain(card.purpose)} With "
        f"{found.source_tokens:,} pieces to read and {found.target_tokens:,} to write it needs "
        f"{messages.bytes_text(needed)}{program}, {needed / memory_bytes:.1%} of "
        f"{messages.bytes_text(memory_bytes)}: **{chosen.fit_of(found)}**."
    )
    reason = why_not(found, chosen.device, chosen.budget_bytes)
    if reason:
        st.caption(f":material/block: It does not fit: {messages.plain(reason)}.")
    for verb, most, asked in (
        ("reads", found.source_tokens, chosen.lengths.source),
        ("writes", found.target_tokens, chosen.lengths.target),
    ):
        if most < asked:
            st.caption(f"This model {verb} {most:,} pieces at most: its figures are for those.")
    with st.grid(min_column_width=320, border=True):
        for part in formulas(card, found):
            with st.container(gap="xsmall"):
                st.markdown(f"**{part.title}** · {messages.plain(part.shown)}")
                st.latex(part.latex())
                st.caption(messages.plain(part.letters + "."))
    for check in _checks(card, found):
        badges.check_badge(check)
    st.caption(
        "Neither needs weights or a network: both sides come from the configuration. How near the "
        "peak comes to what a process really takes is measured in the tests, for a T5 and a BART."
    )
    exports.take_home(
        f"{card.name}-memory",
        table=lambda: [
            {"Figure": part.title, "Value": part.value, "For people": part.shown,
             "Formula": " + ".join(part.symbols), "With numbers": " + ".join(part.numbers)}
            for part in formulas(card, found)
        ],
        data=found,
        script=lambda: footprint_script(card, found),
        key="fit_one",
    )  # fmt: skip


def _checks(card: ModelCard, found: Footprint) -> tuple[Check, Check]:
    """Both against the real class, built without weights; computed now or remembered."""

    def compute() -> tuple[Check, Check]:
        from explorer.footprint_check import check_cache, check_parameters

        with st.spinner("Building the real class without weights …"), model_work.busy("checking"):
            return check_parameters(card, found), check_cache(card, found)

    checks: tuple[Check, Check] = memory().get_or(("footprint checks", found), compute)
    return checks
