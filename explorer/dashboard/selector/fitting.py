"""Will it run here: every model of the catalogue beside this machine's memory."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from explorer import catalog
from explorer.cards import ModelCard
from explorer.dashboard import exports, messages, models, warmup
from explorer.dashboard.selector import filtering, fit_settings, in_full, speeds
from explorer.dashboard.selector.fit_settings import Settings
from explorer.device import Device
from explorer.fit import FITS_SHARE, TIGHT_SHARE, own_precision, program_bytes
from explorer.footprint import Precision

SIGNS = {"fits": "✓ fits", "tight": "◐ tight", "does not fit": "✗ does not fit"}
MEGABYTE = 1_000_000


def show(dark: bool) -> None:
    """The whole view."""
    if not warmup.is_done():
        models.wait_for_active()
        return
    device = models.model_store().device()
    own = own_precision(device)
    chosen = fit_settings.ask(device, own, models.model_store().budget_bytes())
    cards = filtering.choose(_known())
    if not cards:
        st.info("No model of the catalogue passes all of these: allow more.",
                icon=":material/filter_alt_off:")  # fmt: skip
        return
    rows = [row(card, chosen) for card in cards]
    _table(rows)
    _about_table(device, own, chosen)
    exports.take_home(
        "models",
        table=rows,
        data=lambda: {"device": device, "settings": chosen,
                      "models": [_whole(card, chosen) for card in cards]},
        key="fit_models",
    )  # fmt: skip
    st.subheader("One model in full")
    card = in_full.choose(cards)
    in_full.use(card, chosen)
    in_full.show(card, chosen)
    st.subheader("How fast?")
    usable = [each for each in cards if in_full.reason_against(each, chosen) is None]
    speeds.show(cards, usable, chosen.lengths, dark)


def _known() -> tuple[ModelCard, ...]:
    """The catalogue, and the present model where that came from elsewhere."""
    model = models.ready_model()
    if model is None or catalog.find(model.name) is not None:
        return catalog.MODELS
    return (model.card, *catalog.MODELS)


def row(card: ModelCard, chosen: Settings) -> dict[str, Any]:
    """One line of the table."""
    found = chosen.of(card)
    return {
        "Model": card.name,
        "Verdict": SIGNS[chosen.fit_of(found)],
        "Peak": found.peak_bytes / MEGABYTE,
        "Weights": found.weights_bytes / MEGABYTE,
        "KV cache": found.cache_bytes / MEGABYTE,
        "Parameters": found.parameters,
        "Download": None if card.folder else found.download_bytes / MEGABYTE,
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


def _table(rows: Sequence[dict[str, Any]]) -> None:
    numbers = {
        name: st.column_config.NumberColumn(f"{name} (MB)", format="%.1f")
        for name in ("Peak", "Weights", "KV cache", "Download")
    }
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        height=38 + 35 * len(rows),
        column_config={
            **numbers,
            "Model": st.column_config.TextColumn(pinned=True),
            "Parameters": st.column_config.NumberColumn(format="localized"),
        },
        # Of what is nowhere to be downloaded from.
        placeholder="none",
        key="fit_table",
        on_select=lambda: _picked([row["Model"] for row in rows]),
        selection_mode="single-row",
    )


def _picked(names: Sequence[str]) -> None:
    rows = st.session_state["fit_table"]["selection"]["rows"]
    if rows and rows[0] < len(names):
        st.session_state[in_full.CHOSEN_KEY] = names[rows[0]]


def _about_table(device: Device, own: Precision, chosen: Settings) -> None:
    room = messages.bytes_text(chosen.device.memory_bytes)
    limit = messages.bytes_text(chosen.budget_bytes)
    program = program_bytes(chosen.device)
    beside = f" and {messages.bytes_text(program)} for the program itself" if program else ""
    whose = f"{device.kind.upper()}, {messages.plain(device.name)}"
    where = f"this machine ({whose}: {room})"
    if chosen.device != device:
        where = f"a machine with {room}"
    st.caption(
        f"The peak{beside}, on {where}: **fits** up to {FITS_SHARE:.0%} of the memory, **tight** "
        f"up to {TIGHT_SHARE:.0%}; and the weights must be within {limit}, the limit for models. "
        "Click a heading to sort, the box before a row for its formulas below. On this machine "
        f"the explorer holds weights in {own}."
    )


def _whole(card: ModelCard, chosen: Settings) -> dict[str, Any]:
    found = chosen.of(card)
    return {
        **vars(found),
        "cache_bytes": found.cache_bytes,
        "verdict": chosen.fit_of(found),
        "tasks": [task.kind for task in card.tasks],
        "languages": card.languages,
        "licence": card.licence,
    }
