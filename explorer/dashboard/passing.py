"""Work in several passes, in front of the person: its progress, a Stop, and remembered for all.

The work runs in a thread of its own while the page says how far it is, so that a click on Stop
leaves what there is by then.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException, StopException

from explorer.bounded import Bounded
from explorer.dashboard import answers, model_work, session_parts, settings
from explorer.dashboard.memory import Sentence as Waiting
from explorer.dashboard.memory import Turn, memory
from explorer.dashboard.running import Found, Running, Work
from explorer.dashboard.work_queue import Place
from explorer.errors import TooLateError

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

LOOK_SECONDS = 0.1
"""How often the page looks how far the work is."""
KEPT = 8
"""Parts of works that a session keeps; the oldest goes first."""
GOES_ON = "Stopped. Others have asked the same, so it is still computed for them."
_PARTS = "_parts_of_works"


@dataclass(frozen=True)
class _Part:
    """What there was of a work when it was ended.

    Attributes:
        found: the part; None where nothing can be shown.
        late: whether its time was over, and not a person's click.
        goes_on: whether it was not ended after all, since others wait for the same.
    """

    found: Any
    late: bool
    goes_on: bool = False


def done(
    model: "Seq2SeqModel",
    key: Hashable,
    work: Work[Found],
    name: str,
    doing: str,
    stopped: str | Callable[[Found], str],
    units: str = "readings",
    is_part: Callable[[Found], bool] = lambda found: False,
    alone: bool = False,
) -> Found | None:
    """What some work makes, computed now with its progress, or remembered.

    After a click on Stop the run that follows gets the part that there was, with a sentence and a
    button that goes on, and so does this run when its time is over; None where no part can be
    shown.

    Args:
        model: which one works.
        key: everything that decides the result, for the memory.
        work: is given what ends it, and what it tells how far it is.
        name: of the Stop button's key.
        doing: what it does, for the frame.
        stopped: what is said after a click on Stop; or a function that says it of a part.
        units: what is counted on the way.
        is_part: whether a result is only a part.
        alone: whether nothing else may be computed beside it.

    Raises:
        ExplorerError: what the work raises.
    """
    known: Found | None = memory().get(key)
    if known is not None:
        return known
    parts = _parts()
    part = parts.get(key)
    if part is not None:
        _say_why(part, key, stopped)
        return cast("Found | None", part.found)
    slot = st.empty()
    with memory().turn(key, Waiting(slot).show) as turn:
        # Somebody else may have asked the same and been first.
        known = memory().get(key)
        if known is None and turn.part is not None:
            part = turn.part
            known = part.found
        if known is None and part is None:
            running = Running(work)

            def settle(place: Place) -> None:
                if running.result is not None and not is_part(running.result):
                    memory().keep(key, running.result)
                elif place.late:
                    turn.pass_on(_Part(running.result, late=True))

            try:
                with slot.container(), answers.kept(model):
                    place = watch(
                        running,
                        doing,
                        f"stop_{name}",
                        lambda: _stop(parts, key, running, is_part, turn),
                        units=units,
                        alone=alone,
                        turn=turn,
                        settle=settle,
                    )
                known = cast("Found", running.result)
                if is_part(known):
                    part = _Part(known, place.late)
            except TooLateError:
                part = _Part(None, late=True)
    slot.empty()
    if part is not None:
        # Its time was over.
        parts.keep(key, part)
        _say_why(part, key, stopped)
    return known


def watch(
    running: Running[Any],
    doing: str,
    button: str,
    on_stop: Callable[[], None],
    words: str = "",
    units: str = "",
    look: Callable[[], None] = lambda: None,
    alone: bool = False,
    turn: Turn | None = None,
    settle: Callable[[Place], None] = lambda place: None,
) -> Place:
    """Do some work while a bar shows how far it is, beside a button that stops it.

    Whatever else ends this run of the page, such as leaving it, ends the work too, unless others
    wait for the same.

    Args:
        running: the work.
        doing: what it does, for the frame.
        button: the key of the Stop button.
        on_stop: called after a click on it, before the page runs again.
        words: what it is, for people; stands before how far it is.
        units: what is counted on the way; without them the share is shown.
        look: called now and then, to show what there is so far.
        alone: whether nothing else may be computed beside it.
        turn: of whoever computes this.
        settle: called when the work is through, whether this run is still read or not.

    Raises:
        ExplorerError: what the work raises; or its time was over, and it gave nothing.
    """
    slot = st.empty()
    with slot.container():
        bar = st.progress(0.0, text=f"{words or 'Waiting for its turn'} …")
        st.button("Stop", icon=":material/stop_circle:", key=button, on_click=on_stop)
    with model_work.busy(doing, running.cancelled.set, alone) as place:
        running.start()
        try:
            # A click ends this run at its next call to Streamlit, inside the loop.
            while not running.ended.wait(LOOK_SECONDS):
                share = min(running.done / running.total, 1.0) if running.total else 0.0
                counted = f"{running.done:,} of at most {running.total:,} {units}"
                how_far = counted if units and running.total else f"{share:.0%}"
                bar.progress(share, text=f"{words}: {how_far}" if words else how_far)
                look()
        except (RerunException, StopException):
            while turn is not None and turn.shared and not running.ended.wait(LOOK_SECONDS):
                pass
            if running.ended.is_set():
                settle(place)
            raise
        finally:
            running.cancelled.set()
            running.ended.wait()
    # The Stop button goes before what failed is said.
    slot.empty()
    settle(place)
    if place.late and running.result is None:
        raise settings.too_late()
    if running.error is not None:
        raise running.error
    return place


def _parts() -> "Bounded[Hashable, _Part]":
    """What this session has of works that were ended."""
    return session_parts.part(_PARTS, KEPT)


def _say_why(part: _Part, key: Hashable, stopped: str | Callable[[Any], str]) -> None:
    """Why there is only a part, and a button that does the whole."""
    if part.late:
        words = str(settings.too_late()) if part.found is None else settings.time_is_over()
        st.info(words, icon=":material/timer:")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not part.late:
            words = stopped if isinstance(stopped, str) else stopped(part.found)
            st.caption(GOES_ON if part.goes_on else words)
        label = "Try again" if part.late and part.found is None else "Go on"
        st.button(label, icon=":material/replay:", on_click=go_on, args=(key,))


def go_on(key: Hashable) -> None:
    """Let work that was stopped begin again; for clicks, before anything is drawn."""
    _parts().pop(key)


def _stop(
    parts: "Bounded[Hashable, _Part]",
    key: Hashable,
    running: Running[Any],
    is_part: Callable[[Any], bool],
    turn: Turn,
) -> None:
    """The click on Stop, in the thread of the run that follows."""
    if turn.shared:
        parts.keep(key, _Part(None, late=False, goes_on=True))
        return
    running.end()
    found = running.result
    if found is not None and not is_part(found):
        # It was through before the click arrived.
        memory().keep(key, found)
    else:
        parts.keep(key, _Part(found, late=False))
