"""How fast models read and write here: measured, or estimated and marked as such."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer import arithmetic, hub, speed
from explorer.arithmetic import Arithmetic
from explorer.cards import ModelCard
from explorer.charts.speed import Pace, Point, sheet, speed_chart
from explorer.dashboard import exports, links, messages, models, passing
from explorer.dashboard.folded import fold
from explorer.dashboard.memory import Sentence, memory
from explorer.dashboard.running import Running
from explorer.errors import ExplorerError
from explorer.estimate import ESTIMATE_FACTOR, estimate
from explorer.speed import Speed
from explorer.stopping import Progress

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

WRITING, READING = "Writing", "Reading"
_STOPPED = "_fit_machine_stopped"
_ASKED = "_fit_measure_asked"


@dataclass(frozen=True)
class Lengths:
    """How much is read and written: what all speeds are for."""

    source: int
    target: int
    beams: int


def show(
    cards: Sequence[ModelCard], fitting: Sequence[ModelCard], lengths: Lengths, dark: bool
) -> None:
    """The chart, the numbers, and the button that measures.

    Args:
        cards: the models of the table.
        fitting: those of them that this machine can load and this visitor may.
        lengths: how much is read and written.
        dark: for a dark page.
    """
    machine = _machine()
    if machine is None or not cards:
        return
    here = [card for card in fitting if is_here(card)]
    left = [card for card in here if _known(card, lengths) is None]
    pace: Pace = "reading" if _pace() == READING else "writing"
    st.button(
        "Measure here",
        icon=":material/speed:",
        key="fit_measure",
        disabled=not left,
        on_click=_ask,
        args=(True,),
    )
    st.caption(_about(here, left, lengths))
    progress, chart = st.container(), st.empty()

    def draw() -> None:
        _draw(_points(cards, lengths, machine), pace, chart, dark)

    draw()
    if left and st.session_state.get(_ASKED):
        with progress:
            _measure(left, lengths, draw)
    points = _points(cards, lengths, machine)
    _words(points, pace)
    fold(
        "The speeds as numbers",
        "table",
        "fit_speeds_open",
        lambda: _numbers(points, machine),
    )
    exports.take_home(
        "speeds",
        table=lambda: speed_table(points),
        data=lambda: {"machine": machine, "speeds": list(points)},
        chart=lambda: sheet(points, pace),
        key="fit_speeds",
    )


def is_here(card: ModelCard) -> bool:
    """Whether a model is on this machine's disk, as far as a look at names can tell."""
    return card.folder is not None or hub.is_named(card.hub_id or "")


def _pace() -> str:
    return str(
        links.bound(
            st.segmented_control, "Speed of", [WRITING, READING], default=WRITING, required=True,
            key="fit_pace",
        )
    )  # fmt: skip


def _machine() -> Arithmetic | None:
    """What this machine can do, measured once for everybody."""
    device = models.model_store().device()
    key = ("arithmetic", device)
    known: Arithmetic | None = memory().get(key)
    if known is not None:
        return known
    if st.session_state.get(_STOPPED):
        st.caption("Measuring this machine was stopped; without that nothing can be estimated.")
        st.button("Measure this machine", icon=":material/replay:", on_click=_stop_machine,
                  args=(False,))  # fmt: skip
        return None
    slot = st.empty()

    def work(cancelled: Event, progress: Progress) -> None:
        memory().keep(key, arithmetic.measure(device, cancelled, progress))

    with memory().turn(key, Sentence(slot).show) as turn:
        if memory().get(key) is None:
            passing.watch(
                Running(work),
                "measuring",
                "fit_stop_machine",
                lambda: _stop_machine(True),
                "Measuring this machine's arithmetic and memory",
                alone=True,
                turn=turn,
            )
    slot.empty()
    found: Arithmetic | None = memory().get(key)
    return found


def _stop_machine(stopped: bool) -> None:
    st.session_state[_STOPPED] = stopped


def _ask(asked: bool) -> None:
    st.session_state[_ASKED] = asked


def _key(card: ModelCard, lengths: Lengths) -> tuple[Any, ...]:
    return ("speed", models.model_store().device(), card.name, lengths)


def _known(card: ModelCard, lengths: Lengths) -> Speed | None:
    found: Speed | None = memory().get(_key(card, lengths))
    return found


def _points(cards: Sequence[ModelCard], lengths: Lengths, machine: Arithmetic) -> list[Point]:
    return [
        Point(
            card.name,
            card.parameters,
            estimate(card, machine, lengths.source, lengths.target, lengths.beams),
            _known(card, lengths),
        )
        for card in cards
    ]


def _about(here: Sequence[ModelCard], left: Sequence[ModelCard], lengths: Lengths) -> str:
    if not here:
        return (
            "None of these models is on this machine, or none that fits: load one, or allow more "
            "in the list above, to measure it."
        )
    if not left:
        return "All models of this list that are on this machine are measured at these lengths."
    names = ", ".join(messages.plain(card.name) for card in left)
    return (
        f"Runs what is on this machine and not yet measured ({names}): {lengths.source} pieces "
        f"read and {lengths.target} written, once to warm up and {speed.REPEATS} times for the "
        "median."
    )


def _measure(cards: Sequence[ModelCard], lengths: Lengths, draw: Any) -> None:
    """Measure the smallest model first; each result is remembered as it comes."""
    store = models.model_store()
    ordered = sorted(cards, key=lambda card: card.parameters)
    shown = 0
    found: list[Speed] = []

    def lease(card: ModelCard) -> "AbstractContextManager[Seq2SeqModel]":
        return store.lease(card.name)

    def work(cancelled: Event, progress: Progress) -> None:
        # A file that was damaged is found only now, and must not be fetched again for this.
        sound = [card for card in ordered if card.folder or hub.on_disk(card.hub_id or "")]
        by_name = {card.name: card for card in sound}
        for each in speed.speeds(
            [partial(lease, card) for card in sound],
            lengths.source, lengths.target, lengths.beams, cancelled, progress,
        ):  # fmt: skip
            memory().keep(_key(by_name[each.name], lengths), each)
            found.append(each)

    def look() -> None:
        nonlocal shown
        if len(found) > shown:
            shown = len(found)
            draw()

    _ask(False)
    try:
        passing.watch(
            Running(work),
            "measuring",
            "fit_stop",
            lambda: _ask(False),
            "Measuring",
            look=look,
            alone=True,
        )
    except ExplorerError as error:
        messages.show_sentence(str(error))
        return
    # The button and the words above the chart speak of what is not measured yet.
    st.rerun()


def _draw(points: Sequence[Point], pace: Pace, slot: Any, dark: bool) -> None:
    slot.vega_lite_chart(
        spec=speed_chart(points, pace, dark),
        width="stretch",
        alt="Speed against size; the numbers are in the table below.",
    )


def _words(points: Sequence[Point], pace: Pace) -> None:
    both = [point for point in points if point.measured]
    words = (
        "**Discs**: measured here. **Hollow diamonds**: an estimate from this machine's "
        "measured arithmetic and memory speed and the model's shape; right within a factor of "
        f"about {ESTIMATE_FACTOR:g} on a machine that has nothing else to do. Both scales are "
        "logarithmic. A piece is a word or a part of one."
    )
    if both:
        off = max(
            max(p.rate(pace, True) / p.rate(pace, False), p.rate(pace, False) / p.rate(pace, True))
            for p in both
        )
        words += (
            f" Of {len(both)} measured, the estimate furthest off was wrong by a factor of "
            f"{off:.1f}: that is the line between the two."
        )
    st.caption(words)


def _numbers(points: Sequence[Point], machine: Arithmetic) -> None:
    st.dataframe(
        speed_table(points),
        hide_index=True,
        width="stretch",
        column_config={"Parameters": st.column_config.NumberColumn(format="localized")},
    )
    st.caption(
        f"This machine, {messages.plain(machine.device)}: "
        f"{max(machine.flops) / 1e9:.3g} billion operations a second, "
        f"{messages.bytes_text(machine.bytes_per_second[0])} of weights read a second."
    )


def speed_table(points: Sequence[Point]) -> list[dict[str, Any]]:
    """A row for each model: both speeds, and how they are known."""
    return [
        {
            "Model": point.name,
            "Parameters": point.parameters,
            "Written a second": _rounded(point.rate("writing")),
            "Read a second": _rounded(point.rate("reading")),
            "How": f"measured, median of {point.measured.repeats}"
            if point.measured
            else "estimate",
            "Written, estimate": _rounded(point.rate("writing", False)),
            "Read, estimate": _rounded(point.rate("reading", False)),
        }
        for point in points
    ]


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
