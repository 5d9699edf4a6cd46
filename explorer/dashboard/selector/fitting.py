"""Will it run here: every model of the catalogue beside this machine's memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from explorer import budget, catalog
from explorer.cards import ModelCard
from explorer.checks import Check
from explorer.dashboard import (
    badges,
    exports,
    frame,
    leaving,
    links,
    messages,
    models,
    settings,
    warmup,
)
from explorer.dashboard.memory import memory
from explorer.dashboard.selector import filtering, speeds
from explorer.dashboard.selector.speeds import Lengths
from explorer.device import Device, bytes_for_each_weight
from explorer.errors import ExplorerError
from explorer.footprint import (
    FITS_SHARE,
    NUMBER_BYTES,
    PROGRAM_BYTES,
    TIGHT_SHARE,
    Footprint,
    Precision,
    check_fits,
    footprint,
    verdict,
)
from explorer.footprint_formulas import formulas
from explorer.footprint_script import footprint_script

GOALS = {
    "Playground": "playground.py",
    "Cross-attention": "cross_attention.py",
    "Timeline": "timeline.py",
    "Overview": "overview.py",
}
"""Where a model that was chosen is used."""

MOST_READ, MOST_WRITTEN, MOST_BEAMS = 1024, 512, 16
HERE = "this machine"
MEMORIES = {HERE: 0, "1 GB": 1, "2 GB": 2, "4 GB": 4, "8 GB": 8, "16 GB": 16, "24 GB": 24,
            "80 GB": 80}  # fmt: skip
PRECISIONS: dict[str, Precision] = {
    "float32": "float32",
    "bfloat16 or float16": "bfloat16",
    "int8": "int8",
}
SIGNS = {"fits": "✓ fits", "tight": "◐ tight", "does not fit": "✗ does not fit"}
MEGABYTE = 1_000_000
CHOSEN_KEY = "fit_model"
_REFUSED = "_fit_refused"


@dataclass(frozen=True)
class Settings:
    """What the figures are for."""

    lengths: Lengths
    precision: Precision
    memory_bytes: int

    def of(self, card: ModelCard) -> Footprint:
        """What a model takes."""
        lengths = self.lengths
        return footprint(card, lengths.source, lengths.target, lengths.beams, self.precision)


def show(dark: bool) -> None:
    """The whole view."""
    if not warmup.is_done():
        models.wait_for_active()
        return
    device = models.model_store().device()
    own = own_precision(device)
    chosen = _settings(device, own)
    cards = filtering.choose(_known())
    if not cards:
        st.info("No model of the catalogue passes all of these: allow more.",
                icon=":material/filter_alt_off:")  # fmt: skip
        return
    _table(cards, chosen)
    _about_table(device, own, chosen)
    rows = [row(card, chosen) for card in cards]
    exports.take_home(
        "models",
        table=rows,
        data=lambda: {"device": device, "settings": chosen,
                      "models": [_whole(card, chosen) for card in cards]},
        key="fit_models",
    )  # fmt: skip
    st.subheader("One model in full")
    card = _one(cards)
    _use(card, chosen, device, own)
    _full(card, chosen)
    st.subheader("How fast?")
    speeds.show(cards, [each for each in cards if _usable(each, chosen, device, own)],
                chosen.lengths, dark)  # fmt: skip


def _known() -> tuple[ModelCard, ...]:
    """The catalogue, and the present model where that came from elsewhere."""
    model = models.ready_model()
    if model is None or catalog.find(model.name) is not None:
        return catalog.MODELS
    return (model.card, *catalog.MODELS)


def own_precision(device: Device) -> Precision:
    """How the explorer itself holds weights on a device."""
    return "bfloat16" if bytes_for_each_weight(device) == NUMBER_BYTES["bfloat16"] else "float32"


def _settings(device: Device, own: Precision) -> Settings:
    first, second = st.columns(2, gap="medium")
    with first:
        source = links.slider("Pieces to read", 1, MOST_READ, 128, key="fit_read")
        target = links.slider("Pieces to write", 1, MOST_WRITTEN, 64, key="fit_write")
    with second:
        beams = links.slider("Beams", 1, MOST_BEAMS, 1, key="fit_beams")
        left, right = st.columns(2, gap="small")
        with left:
            precision = links.bound(
                st.selectbox,
                "Weights held in",
                list(PRECISIONS),
                index=list(PRECISIONS.values()).index(own),
                key="fit_precision",
            )
        with right:
            room = links.bound(st.selectbox, "Memory of", list(MEMORIES), key="fit_memory")
    memory_bytes = MEMORIES[room] * 10**9 or device.memory_bytes
    return Settings(Lengths(source, target, beams), PRECISIONS[precision], memory_bytes)


def row(card: ModelCard, chosen: Settings) -> dict[str, Any]:
    """One line of the table."""
    found = chosen.of(card)
    return {
        "Model": card.name,
        "Verdict": SIGNS[verdict(found, chosen.memory_bytes)],
        "Peak": found.peak_bytes / MEGABYTE,
        "Weights": found.weights_bytes / MEGABYTE,
        "KV cache": found.cache_bytes / MEGABYTE,
        "Parameters": found.parameters,
        "Download": 0.0 if card.folder else found.download_bytes / MEGABYTE,
        "Here": _where(card),
        "Reads": found.source_tokens,
        "Tasks": ", ".join(dict.fromkeys(task.kind for task in card.tasks)),
        "Languages": ", ".join(card.languages),
        "Licence": card.licence,
    }


def _where(card: ModelCard) -> str:
    if card.bundled:
        return "bundled"
    return "on disk" if speeds.is_here(card) else "to fetch"


def _table(cards: Sequence[ModelCard], chosen: Settings) -> None:
    numbers = {
        name: st.column_config.NumberColumn(f"{name} (MB)", format="%.1f")
        for name in ("Peak", "Weights", "KV cache", "Download")
    }
    st.dataframe(
        [row(card, chosen) for card in cards],
        hide_index=True,
        width="stretch",
        height=38 + 35 * len(cards),
        column_config={
            **numbers,
            "Model": st.column_config.TextColumn(pinned=True),
            "Parameters": st.column_config.NumberColumn(format="localized"),
        },
        key="fit_table",
        on_select=lambda: _picked([card.name for card in cards]),
        selection_mode="single-row",
    )


def _picked(names: Sequence[str]) -> None:
    rows = st.session_state["fit_table"]["selection"]["rows"]
    if rows and rows[0] < len(names):
        st.session_state[CHOSEN_KEY] = names[rows[0]]


def _about_table(device: Device, own: Precision, chosen: Settings) -> None:
    room = messages.bytes_text(chosen.memory_bytes)
    whose = f"{device.kind.upper()}, {messages.plain(device.name)}"
    where = f"this machine ({whose}: {room})"
    if chosen.memory_bytes != device.memory_bytes:
        where = f"a machine with {room}"
    st.caption(
        f"The peak and {messages.bytes_text(PROGRAM_BYTES)} for the program itself, on {where}: "
        f"**fits** up to {FITS_SHARE:.0%} of the memory, **tight** up to {TIGHT_SHARE:.0%}. Click "
        "a heading to sort, the box before a row for its formulas below. On this machine the "
        f"explorer holds weights in {own}."
    )


def _whole(card: ModelCard, chosen: Settings) -> dict[str, Any]:
    found = chosen.of(card)
    return {
        **vars(found),
        "cache_bytes": found.cache_bytes,
        "verdict": verdict(found, chosen.memory_bytes),
        "tasks": [task.kind for task in card.tasks],
        "languages": card.languages,
        "licence": card.licence,
    }


def _one(cards: Sequence[ModelCard]) -> ModelCard:
    names = [card.name for card in cards]
    name = links.bound(st.selectbox, "Model in full", names, key=CHOSEN_KEY)
    return cards[names.index(name)]


def _usable(card: ModelCard, chosen: Settings, device: Device, own: Precision) -> bool:
    return reason_against(card, chosen, device, own) is None


def reason_against(card: ModelCard, chosen: Settings, device: Device, own: Precision) -> str | None:
    """Why a model can't be used on this very machine, as the explorer loads it; None if it can."""
    lengths = chosen.lengths
    found = footprint(card, lengths.source, lengths.target, lengths.beams, own)
    limit = models.model_store().budget_bytes()
    try:
        check_fits(found, device)
        budget.check_size(card.name, budget.model_bytes(card.configuration, device), limit)
    except ExplorerError as error:
        return str(error)
    refused = frame.refusal(card.name, settings.read_settings())
    return f"{card.name} was not loaded: {refused}." if refused else None


def _use(card: ModelCard, chosen: Settings, device: Device, own: Precision) -> None:
    """Load a model and go on to another page with it; one that does not fit is refused."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        goal = st.selectbox("Use it in", list(GOALS), key="fit_goal", width=200)
        st.button(
            f"Use {messages.plain(card.name)}",
            icon=":material/play_arrow:",
            type="primary",
            key="fit_use",
            on_click=_take,
            args=(card, GOALS[goal], reason_against(card, chosen, device, own)),
        )
    refused = st.session_state.pop(_REFUSED, None)
    if refused is not None:
        messages.show_sentence(refused)


def _take(card: ModelCard, page: str, reason: str | None) -> None:
    if reason is None:
        leaving.with_model(card.name, page)
    else:
        st.session_state[_REFUSED] = reason


def _full(card: ModelCard, chosen: Settings) -> None:
    found = chosen.of(card)
    needed = messages.bytes_text(found.needed_bytes)
    share = found.needed_bytes / chosen.memory_bytes
    st.markdown(
        f"**{messages.plain(card.title)}**: {messages.plain(card.purpose)} With "
        f"{found.source_tokens:,} pieces to read and {found.target_tokens:,} to write it needs "
        f"{needed} with the program, {share:.1%} of {messages.bytes_text(chosen.memory_bytes)}: "
        f"**{verdict(found, chosen.memory_bytes)}**."
    )
    if found.source_tokens < chosen.lengths.source or found.target_tokens < chosen.lengths.target:
        st.caption(
            f"This model reads {found.source_tokens:,} pieces at most here; its figures are for "
            "those."
        )
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

        with st.spinner("Building the real class without weights …"), models.busy("checking"):
            return check_parameters(card, found), check_cache(card, found)

    checks: tuple[Check, Check] = memory().get_or(("footprint checks", found), compute)
    return checks
