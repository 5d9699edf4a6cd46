"""The model that pages work with: chosen in the frame, loaded in the background, shared."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from explorer import catalog
from explorer.dashboard import drawing_turns, messages, settings, warmup
from explorer.dashboard.settings import DEFAULT_MODEL
from explorer.names import with_folder_hint

if TYPE_CHECKING:
    from explorer.catalog import ModelCard, ModelFacts
    from explorer.loading import LoadProgress, ModelStore
    from explorer.model import Seq2SeqModel

SELECTED_KEY = "_selected_model"
ACTIVE_KEY = "_active_model"
_TRIED_KEY = "_tried_model"
POLL_SECONDS = 0.7
# A bundled model is in memory sooner than a page could say that it is being loaded.
BRIEF_WAIT_SECONDS = 0.6


def model_store() -> "ModelStore":
    """The process-wide store of loaded models."""
    from explorer.loading import store

    return store()


@contextmanager
def leased(
    name: str, on_progress: "Callable[[LoadProgress], None] | None" = None
) -> "Iterator[Seq2SeqModel]":
    """A model in the block, counted in the store's memory; others draw while it is loaded.

    Raises:
        ExplorerError: it cannot be loaded, in a sentence.
    """
    with ExitStack() as lease:
        with drawing_turns.waiting():
            model = lease.enter_context(model_store().lease(name, on_progress))
        yield model


def selected_name() -> str:
    """The model that was chosen, whether it is in memory yet or not."""
    return str(st.session_state.get(SELECTED_KEY, DEFAULT_MODEL))


def active_name() -> str:
    """The model that pages show: the chosen one, or the one before while that is not there."""
    return str(st.session_state.get(ACTIVE_KEY, selected_name()))


def progress(name: str) -> "LoadProgress | None":
    """How far the loading of a model is; None when nothing has been begun."""
    return model_store().state(name) if warmup.is_done() else None


def is_ready(name: str) -> bool:
    """Whether a model is in memory."""
    return warmup.is_done() and model_store().peek(name) is not None


def request_selected() -> None:
    """Begin to load the chosen model, and make it the active one once it is in memory."""
    if not warmup.is_done():
        return
    name = selected_name()
    if not is_ready(name) and st.session_state.get(_TRIED_KEY) != name:
        st.session_state[_TRIED_KEY] = name
        _start_and_wait_briefly(name)
    if is_ready(name):
        st.session_state[_TRIED_KEY] = None
    _settle_active()
    if active_name() != name:
        keep_loading(active_name())


def _settle_active() -> None:
    """Say which model the pages show: the chosen one unless another can be seen meanwhile.

    Who chooses a model that has no room beside the one before may lose that one while the new one
    is being built. The pages then wait for the chosen one: were the one before loaded again, the
    two would push each other out without end.
    """
    if not warmup.is_done():
        return
    name = selected_name()
    if not is_ready(name):
        if is_ready(active_name()):
            return
        if has_failed(name):
            # A model that cannot be loaded, and none before it: go on with the bundled one.
            name = DEFAULT_MODEL
    st.session_state[ACTIVE_KEY] = name


def retry(name: str) -> None:
    """Try again to load a model that failed."""
    model_store().start(name)


def can_cancel(name: str) -> bool:
    """Whether a load can still be stopped: its files are coming, or it waits for its turn."""
    state = progress(name)
    return state is not None and state.stage in ("queued", "downloading")


def cancel(name: str) -> None:
    """Stop a load, for everybody who waits for it."""
    model_store().cancel(name)


def cancel_button(name: str, place: str) -> None:
    """A button that stops a load, while it can still be stopped.

    The place ("frame" or "compare") tells two such buttons on one screen apart.
    """
    if can_cancel(name):
        st.button(
            "Cancel",
            icon=":material/close:",
            key=f"_cancel_{place}_{name}",
            on_click=cancel,
            args=(name,),
            help="Stops this load for everybody who waits for it.",
        )


def keep_loading(name: str) -> None:
    """Begin a load again where none is under way: another model may have pushed it out since."""
    if warmup.is_done() and progress(name) is None:
        _start_and_wait_briefly(name)


def _start_and_wait_briefly(name: str) -> None:
    model_store().start(name)
    deadline = time.monotonic() + BRIEF_WAIT_SECONDS
    with drawing_turns.waiting():
        while not is_ready(name) and not has_failed(name) and time.monotonic() < deadline:
            time.sleep(0.02)


def has_failed(name: str) -> bool:
    """Whether the last attempt to load a model failed."""
    state = progress(name)
    return state is not None and state.stage == "failed"


def ready_model() -> "Seq2SeqModel | None":
    """The active model if it is in memory; nothing is shown and nothing is waited for."""
    return model_store().peek(active_name()) if warmup.is_done() else None


def current_model() -> "Seq2SeqModel":
    """The loaded model for this page; until it is there, show the progress and stop the page."""
    model = ready_model()
    if model is None:
        wait_for_active()
        st.stop()
    return model


def current_card() -> "ModelCard":
    """The active model's card, at once for the catalogue's models, else as soon as it is there."""
    return catalog.find(active_name()) or current_model().card


def current_facts() -> "ModelFacts":
    """The active model's facts, at once for the catalogue's models, else as soon as it is there."""
    card = catalog.find(active_name())
    return catalog.facts(card) if card else current_model().facts


def wait_for_active() -> None:
    """Show how far the active model is, and run the page again by itself when that is over."""
    _settle_active()
    drawing_turns.fragment(_watch, POLL_SECONDS)(active_name())


def _watch(name: str) -> None:
    _settle_active()
    if name == active_name():
        keep_loading(name)
        _settle_active()
    if is_ready(name) or name != active_name():
        st.rerun()
    if has_failed(name):
        show_failed_load(name, "page")
    else:
        show_progress(name)


def show_failed_load(name: str, place: str) -> None:
    """Why a model could not be loaded, in one sentence, and a button to try again.

    The place ("page", "frame" or "compare") tells two such buttons on one screen apart.
    """
    state = progress(name)
    reason = state.message if state else f"{name} could not be loaded: try again."
    if settings.read_settings().folders:
        reason = with_folder_hint(reason, name)
    messages.show_sentence(reason)
    if st.button("Try again", icon=":material/refresh:", key=f"_retry_{place}_{name}"):
        retry(name)
        st.rerun()


def show_progress(name: str) -> None:
    """One line on what is being loaded and how far it is, in bytes where they are known."""
    state = progress(name)
    label = messages.plain(name)
    if not warmup.is_done():
        st.progress(0.0, text=f"The server has just started: {warmup.step()} …")
    elif state is None or not state.total_bytes:
        what = state.message if state and state.message else "loading"
        st.progress(0.0, text=f"{label}: {messages.plain(what)} …")
    else:
        share = min(state.done_bytes / state.total_bytes, 1.0)
        done, total = map(messages.bytes_text, (state.done_bytes, state.total_bytes))
        st.progress(share, text=f"{label}: {state.stage}, {done} of {total}")
