"""Going through the steps: previous, next, by a key, or by itself once a second."""

import time
from collections.abc import Hashable

import streamlit as st

from explorer.dashboard import drawing_turns
from explorer.dashboard.timeline.asking import STEP_KEY, choose_step

PLAY_SECONDS = 1.0
_PLAY_KEY = "t_play"
_PLAYING, _FORWARD, _SHOWN, _OF = "_t_playing", "_t_forward", "_t_shown", "_t_playing_of"


def choose(count: int, default: int, of: Hashable) -> int:
    """Buttons and scrubber; gives the step on screen.

    Args:
        count: how many steps there are.
        default: the one that is worth seeing first.
        of: what decides the answer: another one does not play by itself.
    """
    _end_unseen(of)
    _move_on(count)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        buttons = st.container(horizontal=True, width="content", gap="small")
        with st.container():
            at = choose_step(count, default)
    with buttons:
        _button("Previous", "skip_previous", "Left", -1, at, count)
        playing = bool(st.session_state.get(_PLAYING))
        st.button(
            "Pause" if playing else "Play",
            icon=":material/pause:" if playing else ":material/play_arrow:",
            key=_PLAY_KEY,
            shortcut="P",
            on_click=_play,
            args=(not playing, at, count),
            disabled=count == 1,
        )
        _button("Next", "skip_next", "Right", 1, at, count)
    if st.session_state.get(_PLAYING):
        st.session_state[_SHOWN] = time.monotonic()
        drawing_turns.fragment(_tick, PLAY_SECONDS)()
    return at


def go(step: int) -> None:
    """Put a step on screen; for clicks, before anything is drawn."""
    st.session_state[STEP_KEY] = step
    st.session_state[_PLAYING] = False


def _button(label: str, icon: str, shortcut: str, by: int, at: int, count: int) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"t_{icon}",
        shortcut=shortcut,
        on_click=_move,
        args=(by, at, count),
        disabled=not 0 <= at + by < count,
    )


def _move(by: int, drawn: int, count: int) -> None:
    """Go on from where the page is now: since the button was drawn a quick hand may have moved."""
    at = int(st.session_state.get(STEP_KEY, drawn))
    go(min(max(at + by, 0), count - 1))


def _play(start: bool, at: int, count: int) -> None:
    st.session_state[_PLAYING] = start
    if start and at == count - 1:
        st.session_state[STEP_KEY] = 0


def _tick() -> None:
    """Runs with the page, and then once a second alone."""
    # Just drawn: a step stays on screen for its whole second.
    if time.monotonic() - st.session_state[_SHOWN] > PLAY_SECONDS / 2:
        st.session_state[_FORWARD] = True
        st.rerun()


def _end_unseen(of: Hashable) -> None:
    """What nobody saw meanwhile does not go on by itself."""
    state = st.session_state
    # The state of a button lives from one run to the next where both draw it: where it is gone,
    # another view or another page was on screen.
    if _PLAY_KEY not in state or state.get(_OF) != of:
        state[_PLAYING] = False
    state[_OF] = of


def _move_on(count: int) -> None:
    if not st.session_state.pop(_FORWARD, False) or not st.session_state.get(_PLAYING):
        return
    step = min(int(st.session_state.get(STEP_KEY, 0)) + 1, count - 1)
    st.session_state[STEP_KEY] = step
    # At the end it stops.
    st.session_state[_PLAYING] = step < count - 1
