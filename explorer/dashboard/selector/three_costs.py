"""What three architectures cost as the length grows, measured on this machine."""

from dataclasses import asdict
from threading import Event
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.charts.costs import MEASURES, curves, sheet
from explorer.costs import Cost
from explorer.dashboard import exports, passing
from explorer.siblings import ARCHITECTURES, sibling
from explorer.stopping import Progress

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

CHART_PIXELS = 250


def show(model: "Seq2SeqModel", dark: bool) -> None:
    """The curves, computed once for everybody.

    Args:
        model: the encoder-decoder.
        dark: for a dark page.
    """
    found = passing.done(
        model,
        ("three costs",),
        _measure,
        "costs",
        "measuring",
        "Stopped before all lengths were measured.",
        "measurements",
        lambda part: len(part) < measurements(),
        alone=True,
    )
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
    st.dataframe(longest(found, model.facts.parameters), hide_index=True, width="stretch")
    exports.take_home(
        "three-costs",
        table=lambda: [asdict(each) for each in found],
        data=lambda: found,
        chart=lambda: sheet(found),
        key="three_costs",
    )


def _measure(cancelled: Event, progress: Progress) -> tuple[Cost, ...]:
    from explorer.architecture_cost import measured

    found: list[Cost] = []
    for cost in measured():
        found.append(cost)
        progress(len(found), measurements())
        if cancelled.is_set():
            break
    return tuple(found)


def measurements() -> int:
    """How many there are in all."""
    from explorer.architecture_cost import LENGTHS

    return len(LENGTHS) * len(ARCHITECTURES)


def longest(found: tuple[Cost, ...], encoder_decoder_parameters: int) -> list[dict[str, Any]]:
    """What each needs for the longest text, beside how large it is."""
    most = max(each.length for each in found)
    return [
        {
            "Architecture": each.architecture,
            "Parameters": encoder_decoder_parameters
            if each.architecture == "encoder-decoder"
            else sibling(each.architecture).parameters,
            "Read and written": most,
            "Passes": each.passes,
            "Pieces through": each.positions,
            "Time (ms)": round(each.seconds * 1e3, 1),
            "Memory (kB)": round(each.peak_bytes / 1e3, 1),
            "Kept (kB)": round(each.cache_bytes / 1e3, 1),
        }
        for each in found
        if each.length == most
    ]
