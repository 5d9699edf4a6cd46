"""The frame around every page: which model, on which device, and in which state."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import catalog, hub
from explorer.dashboard import (
    drawing_turns,
    links,
    messages,
    model_work,
    models,
    room,
    settings,
    warmup,
)
from explorer.dashboard.folded import drop_down
from explorer.names import hub_id_of, kind_of, local_folder, spelled

URL_NAME = "model"
NAME_CHARACTERS = 300
_CHOICE_KEY = "_model_choice"
_WRITTEN_KEY = "_model_in_url"
_REFUSED_KEY = "_refused_model"
_OPEN_KEY, _TAKEN_KEY = "_other_open", "_other_taken"
_ASKED_KEY = "_model_to_fetch"
"""The model of a link that nothing is fetched of before somebody has clicked."""


def render() -> None:
    """Draw the frame in the sidebar and settle which model this run uses."""
    allowed = settings.read_settings()
    _follow_url(allowed)
    if _REFUSED_KEY in st.session_state:
        links.notice(st.session_state[_REFUSED_KEY])
    _question()
    with st.sidebar:
        _selector(allowed)
        models.request_selected()
        _write_url()
        _state_card()
        _facts_card()
    _failed_choice()


def offered(allowed: settings.Settings) -> list[str]:
    """The names in the selector: bundled models, then what may be downloaded."""
    return [card.name for card in catalog.MODELS if card.bundled or allowed.downloads]


def refusal(name: str, allowed: settings.Settings) -> str | None:
    """Why a name from outside is not taken; None when it is fine."""
    card = catalog.find(name)
    if card is not None:
        if card.name not in offered(allowed):
            return "this server offers only the bundled models"
        return room.lack(card)
    if 0 < len(name.strip()) <= NAME_CHARACTERS:
        # The disk is looked at for those alone who may open folders.
        if allowed.folders and (_is_kept(name) or local_folder(spelled(name)) is not None):
            return None
        if allowed.hub and hub.is_id(name):
            return None
    return "there is no such model here"


def _is_kept(name: str) -> bool:
    """Whether a folder's model is in memory: where the folder is gone, it goes on from there."""
    return kind_of(name) == "folder" and models.is_ready(name)


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
    st.session_state.pop(_ASKED_KEY, None)
    if reason is None:
        name = _meant(asked, allowed)
        if must_be_fetched(name):
            # Any page elsewhere can hold such a link, or open it by itself.
            st.session_state[_ASKED_KEY] = name
            st.session_state[_WRITTEN_KEY] = asked
            st.session_state.pop(_REFUSED_KEY, None)
        else:
            choose(name)
    else:
        choose(settings.DEFAULT_MODEL)
        st.session_state[_REFUSED_KEY] = (
            f"The link asks for the model {messages.quoted(asked)}, but {reason}; "
            f"showing {settings.DEFAULT_MODEL}."
        )


def _meant(name: str, allowed: settings.Settings) -> str:
    """The name that the store is asked for: who may open folders means them before the Hub."""
    card = catalog.find(name)
    if card is not None:
        return card.name
    return spelled(name) if allowed.folders else name


def must_be_fetched(name: str) -> bool:
    """Whether a model would have to come from the Hub, and nobody has asked for it yet."""
    if local_folder(name) is not None or kind_of(name) == "folder":
        return False
    state = models.progress(name)
    if state is not None and state.stage != "failed":
        return False
    with drawing_turns.waiting():
        # The first time every byte of it is read.
        return hub.on_disk(hub_id_of(name)) is None


def _question() -> None:
    """One click before anything is fetched that a link asks for."""
    name = st.session_state.get(_ASKED_KEY)
    if name is None:
        return
    st.info(
        f"The link asks for the model {messages.quoted(name)}, which is not on the server's disk; "
        f"showing {messages.plain(models.active_name())}.",
        icon=":material/download:",
    )
    fetch_button(name, "_load_asked", choose)


def fetch_button(name: str, key: str, on_click: Callable[[str], None]) -> None:
    """The click with which a model is fetched, and what it costs."""
    card = catalog.find(name)
    size = messages.bytes_text(card.download_bytes) if card else "size unknown until asked"
    st.button(
        f"Load {messages.plain(name)} ({size})?",
        icon=":material/download:",
        key=key,
        on_click=on_click,
        args=(name,),
    )


def choose(name: str) -> None:
    """Take a model for all pages; for clicks, before anything is drawn."""
    st.session_state[_CHOICE_KEY] = name
    _select(name)


def _select(name: str) -> None:
    st.session_state[models.SELECTED_KEY] = name
    st.session_state.pop(_REFUSED_KEY, None)
    st.session_state.pop(_ASKED_KEY, None)


def _write_url() -> None:
    """Keep `?model=` true on every page; the default model needs none."""
    if _ASKED_KEY in st.session_state:
        return
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
    if st.session_state.get(_CHOICE_KEY) not in names:
        st.session_state[_CHOICE_KEY] = selected
    st.selectbox(
        "Model",
        names,
        format_func=label,
        key=_CHOICE_KEY,
        on_change=_selector_changed,
        help="All pages use this model. The bundled ones need no network.",
    )
    if allowed.folders or allowed.hub:
        _other_model(allowed)


def _selector_changed() -> None:
    """Take what was chosen, if it is one of the lines of the selector.

    Streamlit hands on whatever a browser's message says was chosen, and a program can say anything:
    a folder of the server, a model that nobody here may fetch.
    """
    # Who typed a name has taken the control's value away, until the next run draws it anew.
    name = st.session_state.get(_CHOICE_KEY) or models.selected_name()
    if name in (*offered(settings.read_settings()), models.selected_name()):
        _select(name)
    else:
        st.session_state[_CHOICE_KEY] = models.selected_name()


def _other_model(allowed: settings.Settings) -> None:
    """A folder on this computer, or any model of the Hub by its id."""
    kinds = [
        kind for kind, given in (("a folder", allowed.folders), ("a Hub id", allowed.hub)) if given
    ]

    def draw() -> None:
        with st.form("_other_model", border=False):
            _ask_other(" or ".join(kinds).replace("a ", "A ", 1), allowed)

    if st.session_state.pop(_TAKEN_KEY, False):
        st.session_state[_OPEN_KEY] = False
    drop_down("Another model", "folder_open", _OPEN_KEY, draw, "stretch")


def _ask_other(label: str, allowed: settings.Settings) -> None:
    """The field of the form, and what becomes of what is typed there."""
    typed = st.text_input(
        label,
        max_chars=NAME_CHARACTERS,
        key="_other_name",
        placeholder="google/flan-t5-small" if allowed.hub else "/models/flan-t5-small",
    ).strip()
    st.caption("T5, mT5, BART, PEGASUS, Marian, NLLB and mBART models can be opened.")
    if st.form_submit_button("Load", icon=":material/download:", key="_other_load") and typed:
        reason = refusal(typed, allowed)
        if reason:
            messages.show_sentence(f"{typed[:80]} was not loaded: {reason}.")
        else:
            # The selector stands already in this run; the next one shows the name.
            _select(_meant(typed, allowed))
            del st.session_state[_CHOICE_KEY]
            st.session_state[_TAKEN_KEY] = True
            st.rerun()


def _state_card() -> None:
    """The state of the chosen model: ready, computing, loading, or failed and why."""
    selected, active = models.selected_name(), models.active_name()
    if not models.is_ready(selected):
        failed = models.has_failed(selected)
        drawing_turns.fragment(_loading_card, models.POLL_SECONDS)(selected, active, failed)
        return
    slot = st.empty()
    model_work.announce_states_with(lambda state: _badge(slot, state))
    _badge(slot, "ready")


def _loading_card(selected: str, active: str, failed: bool) -> None:
    models.keep_loading(selected)
    if models.is_ready(selected) or models.has_failed(selected) != failed:
        # The page speaks of it too.
        st.rerun()
    if models.has_failed(selected):
        # The page says why, and offers to try again.
        st.badge("not loaded", icon=":material/error:", color="red")
        return
    st.badge("loading", icon=":material/hourglass_top:", color="orange")
    models.show_progress(selected)
    models.cancel_button(selected, "frame")
    if active != selected:
        st.caption(f"The pages show {messages.plain(active)} meanwhile.")


def _failed_choice() -> None:
    """Say in the page why it does not show the chosen model: on a phone the sidebar is closed."""
    selected, active = models.selected_name(), models.active_name()
    if selected != active and models.has_failed(selected):
        models.show_failed_load(selected, "page")
        st.caption(f"This page shows {messages.plain(active)} meanwhile.")


def _badge(slot: DeltaGenerator, state: str) -> None:
    if state == "ready":
        slot.badge("ready", icon=":material/check_circle:", color="green")
    else:
        slot.badge(state, icon=":material/autorenew:", color="blue")


def _facts_card() -> None:
    """How large the active model is, and where it computes."""
    card = catalog.find(models.active_name())
    facts = catalog.facts(card) if card else None
    model = models.ready_model()
    if model:
        facts = model.facts
    lines = []
    if facts:
        size = messages.bytes_text(facts.weights_bytes)
        count = messages.count_text(facts.parameters)
        lines.append(f":material/deployed_code: {count} parameters, {size}")
    if warmup.is_done():
        device = models.model_store().device()
        memory = messages.bytes_text(device.memory_bytes)
        name = messages.plain(device.name)
        lines.append(f":material/memory: {device.kind.upper()}: {name}, {memory} memory")
    else:
        lines.append(":material/memory: Looking for the device …")
    st.caption("  \n".join(lines))
