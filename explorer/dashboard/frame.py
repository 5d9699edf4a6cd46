"""The frame around every page: which model, on which device, and in which state."""

from pathlib import Path

import streamlit as st

from explorer import catalog
from explorer.dashboard import links, messages, models, settings, warmup

URL_NAME = "model"
_CHOICE_KEY = "_model_choice"
_WRITTEN_KEY = "_model_in_url"


def render() -> None:
    """Draw the frame in the sidebar and settle which model this run uses."""
    allowed = settings.read_settings()
    _follow_url(allowed)
    with st.sidebar:
        _selector(allowed)
        models.request_selected()
        _write_url()
        _state_card()
        _device_card()


def offered(allowed: settings.Settings) -> list[str]:
    """The names in the selector: bundled models, then what may be downloaded."""
    return [card.name for card in catalog.MODELS if card.bundled or allowed.downloads]


def refusal(name: str, allowed: settings.Settings) -> str | None:
    """Why a name from outside is not taken; None when it is fine."""
    if name in offered(allowed):
        return None
    if catalog.find(name) is not None:
        return "this server offers only the bundled models"
    if allowed.folders and Path(name).expanduser().is_dir():
        return None
    if allowed.hub and 0 < len(name) <= 200 and name.count("/") <= 1 and name.isprintable():
        return None
    return "there is no such model here"


def label(name: str) -> str:
    """A line of the selector: name, family, size, and what a download would cost."""
    card = catalog.find(name)
    if card is None:
        return name
    cost = "bundled" if card.bundled else f"{messages.bytes_text(card.download_bytes)} download"
    return f"{card.name} · {card.family.upper()} · {cost}"


def _follow_url(allowed: settings.Settings) -> None:
    """Take the model from the URL when the URL, and not this session, changed it."""
    asked = st.query_params.get(URL_NAME)
    if asked is None or asked == st.session_state.get(_WRITTEN_KEY):
        return
    reason = refusal(asked, allowed)
    if reason is None:
        _choose(asked)
    else:
        _choose(settings.DEFAULT_MODEL)
        links.notice(
            f"The link asks for the model {messages.quoted(asked)}, but {reason}; "
            f"showing {settings.DEFAULT_MODEL}."
        )


def _choose(name: str) -> None:
    st.session_state[models.SELECTED_KEY] = name
    st.session_state[_CHOICE_KEY] = name


def _write_url() -> None:
    """Keep `?model=` true on every page; the default model needs none."""
    name = models.selected_name()
    st.session_state[_WRITTEN_KEY] = name
    if name != settings.DEFAULT_MODEL:
        if st.query_params.get(URL_NAME) != name:
            st.query_params[URL_NAME] = name
    elif URL_NAME in st.query_params:
        del st.query_params[URL_NAME]


def _selector(allowed: settings.Settings) -> None:
    names = offered(allowed)
    selected = models.selected_name()
    if selected not in names:
        names.append(selected)
    st.session_state.setdefault(_CHOICE_KEY, selected)
    st.selectbox("Model", names, format_func=label, key=_CHOICE_KEY, on_change=_selector_changed)


def _selector_changed() -> None:
    st.session_state[models.SELECTED_KEY] = st.session_state[_CHOICE_KEY]


def _state_card() -> None:
    slot = st.empty()
    name = models.active_name()
    models.announce_states_with(lambda state: _show_state(slot, state))
    _show_state(slot, "ready" if models.is_ready(name) else "loading")


def _show_state(slot: "st.delta_generator.DeltaGenerator", state: str) -> None:
    colours = {"ready": "green", "loading": "orange", "failed": "red"}
    slot.badge(state, color=colours.get(state, "blue"))  # type: ignore[arg-type]


def _device_card() -> None:
    if not warmup.is_done():
        st.caption("Device: known once torch is there.")
        return
    from explorer.device import detect_device

    device = detect_device()
    memory = messages.bytes_text(device.memory_bytes)
    st.caption(f"{device.kind.upper()} · {messages.plain(device.name)} · {memory}")
