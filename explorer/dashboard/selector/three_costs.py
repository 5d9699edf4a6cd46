"""What three architectures cost as the length grows, measured on this machine."""

from collections.abc import Sequence
from dataclasses import asdict
from threading import Event
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from explorer.charts.costs import MEASURES, curves, sheet
from explorer.costs import Cost, longest
from explorer.dashboard import exports, models, passing
from explorer.dashboard.memory import memory
from explorer.siblings import ARCHITECTURES, NEAREST_IN_SIZE
from explorer.stopping import Progress

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

CHART_PIXELS = 250
KEY = ("three costs",)
"""Of what was measured, in the server's memory: it depends on the machine alone."""


def show(dark: bool) -> None:
    """The curves, computed once for everybody."""
    found = costs()
    if not found:
        return
    with st.grid(min_column_width=CHART_PIXELS, gap="medium"):
        for measure, title, _ in MEASURES:
            st.vega_lite_chart(curves(found, measure, dark), width="stretch", alt=title)
    st.markdown(
        "Each reads as many pieces as it writes. **Encoder-only** writes all places at once, so "
        "one pass is enough, but no place knows what another one says. The other two write one "
        "piece a pass, and keep keys and values so that nothing is read twice."
    )
    st.dataframe(rows(longest(found)), hide_index=True, width="stretch")
    st.caption(
        f"The encoder–decoder is {NEAREST_IN_SIZE} here: it is nearer in size to the other two, "
        "and what a model was taught does not change what it costs."
    )
    exports.take_home(
        "three-costs",
        table=lambda: [asdict(each) for each in found],
        data=lambda: found,
        chart=lambda: sheet(found),
        key="three_costs",
    )


def known() -> tuple[Cost, ...] | None:
    """What was measured, if it is remembered."""
    return cast("tuple[Cost, ...] | None", memory().get(KEY))


def costs() -> tuple[Cost, ...] | None:
    """Measured now with its progress, or remembered; a part, or None, where it was stopped."""
    found = known()
    if found is not None:
        return found
    with models.leased(NEAREST_IN_SIZE) as model:
        return passing.done(
            model,
            KEY,
            lambda cancelled, progress: _measure(model, cancelled, progress),
            "costs",
            "measuring",
            "Stopped before all lengths were measured.",
            "measurements",
            lambda part: not is_whole(part),
            alone=True,
        )


def is_whole(found: Sequence[Cost]) -> bool:
    """Whether every length of every architecture is measured."""
    return len(found) == measurements()


def measurements() -> int:
    """How many there are in all."""
    from explorer.architecture_cost import LENGTHS

    return len(LENGTHS) * len(ARCHITECTURES)


def _measure(model: "Seq2SeqModel", cancelled: Event, progress: Progress) -> tuple[Cost, ...]:
    from explorer.architecture_cost import measured

    found: list[Cost] = []
    for cost in measured(model):
        found.append(cost)
        progress(len(found), measurements())
        if cancelled.is_set():
            break
    return tuple(found)


def rows(found: Sequence[Cost]) -> list[dict[str, Any]]:
    """The numbers of some costs as a table, each beside its model and how large that is."""
    return [
        {
            "Architecture": each.architecture,
            "Model": each.model,
            "Parameters": each.parameters,
            "Read and written": each.length,
            "Passes": each.passes,
            "Pieces through": each.positions,
            "Time (ms)": round(each.seconds * 1e3, 1),
            "Memory (kB)": round(each.peak_bytes / 1e3, 1),
            "Kept (kB)": round(each.cache_bytes / 1e3, 1),
        }
        for each in found
    ]
