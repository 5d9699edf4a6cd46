"""One step on screen: its alternatives, its numbers, and the source words that it read."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from explorer.attention import Floats
from explorer.attention_reduction import Unit, merge, words_of
from explorer.charts import timeline as charts
from explorer.charts.attention_maps import sources_html
from explorer.dashboard import links
from explorer.dashboard.clicks import Point
from explorer.dashboard.timeline.asking import Asked
from explorer.dashboard.timeline.drawing import draw
from explorer.timeline import Timeline, TimelineStep

READERS = ("All heads", "One layer", "One head")
Leave = Callable[[int, int], None]
"""Say another piece: the step, and the number of the piece."""


def show(asked: Asked, found: Timeline, at: int, dark: bool, leave: Leave) -> None:
    """Alternatives on the left, what was read on the right, and the numbers below."""
    step = found.steps[at]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown("**What else it could have said**")
        _show_alternatives(step, dark, leave)
    with right:
        st.markdown("**What this step read**")
        weights = read_words(found, step, *_choose_reader(found))
        st.html(sources_html([unit.text for unit in words_of(found.source)], weights, dark))
    _show_numbers(step)


def _show_alternatives(step: TimelineStep, dark: bool, leave: Leave) -> None:
    def picked(point: Point) -> None:
        index = int(point["index"])
        if index < len(step.alternatives) and step.alternatives[index].id != step.token.id:
            leave(step.index, step.alternatives[index].id)

    draw(
        charts.alternatives(step, dark),
        "t_bars",
        "The most probable pieces of this step: the table below holds the numbers",
        None if step.fixed else picked,
    )
    if step.fixed:
        st.caption("The model's own rules leave no choice here, so its probability is 1.")
        return
    told = (
        "» is what was said, ␣ the space before a word. Click a bar to say that instead: a branch "
        "grows."
    )
    if not step.alternatives:
        told = "No alternatives are listed: their number is 0."
    elif step.after is not None and not charts.bent(step):
        told += " No setting changes these probabilities: the piece is drawn from them as they are."
    elif step.after is not None:
        told += (
            " The tick, and the number behind the arrow, is the probability after the settings, "
            "from which the piece is drawn; grey was cut."
        )
    st.caption(told)


def _show_numbers(step: TimelineStep) -> None:
    with st.container(horizontal=True, gap="medium"):
        st.metric("Probability", charts.percent(step.probability), width="content")
        st.metric(
            "Entropy",
            f"{step.entropy_bits:.2f} bits",
            help="How much doubt there was: 0 bits is none, 1 bit is a choice between two that "
            "are alike.",
            width="content",
        )
        st.metric(
            "Margin",
            charts.percent(step.margin),
            help="The most probable piece is ahead of the second one by this.",
            width="content",
        )
        st.metric(
            "Rank",
            f"{step.rank:,}",
            help="Of the piece that was said, in the whole vocabulary; 1 is the most probable.",
            width="content",
        )
        st.metric(
            "Sum so far",
            f"{charts.nats(step.cumulative_log_probability)} nats",
            help="The natural logarithms of the probabilities, added up to this step.",
            width="content",
        )
        if step.after is not None and charts.bent(step):
            st.metric(
                "Left to draw from",
                f"{step.after.kept:,} pieces",
                help="How many pieces the settings kept.",
                width="content",
            )
            st.metric(
                "Cut away",
                charts.percent(step.after.cut_probability),
                help="What the model itself gave all the pieces that the settings cut, together.",
                width="content",
            )


def _choose_reader(found: Timeline) -> tuple[int | None, int | None]:
    """The layer and the head whose reading is shown; None for all."""
    layers, heads = found.steps[0].cross.shape[:2]
    who = links.bound(
        st.segmented_control,
        "Read by",
        READERS,
        default=READERS[0],
        required=True,
        key="t_read",
        wrap=True,
    )
    layer = head = None
    if who != READERS[0]:
        layer = links.slider("Layer", 0, layers - 1, min(1, layers - 1), key="t_layer")
    if who == READERS[2]:
        head = links.slider("Head", 0, heads - 1, heads - 1, key="t_head")
    return layer, head


def read_words(found: Timeline, step: TimelineStep, layer: int | None, head: int | None) -> Floats:
    """How much a step read of each source word; they sum to 1.

    Args:
        found: what the step belongs to.
        step: whose cross-attention.
        layer, head: None is the mean over all of them.
    """
    cross = step.cross if layer is None else step.cross[layer : layer + 1]
    cross = cross if head is None else cross[:, head : head + 1]
    words: Floats = merge(cross.mean((0, 1))[None], [_ONE], words_of(found.source))[0]
    return words


_ONE = Unit("", (0,), None, False)
"""The one row of a step."""


def explain(step: TimelineStep, vocabulary: int) -> None:
    """Every term, with the numbers of the step on screen."""
    st.markdown(
        "At each step the decoder reads the source and **all pieces before**, and gives every "
        f"one of its {vocabulary:,} pieces a probability. A **piece** is an entry of the "
        "vocabulary: a word, a part of one, or a mark."
    )
    st.latex(
        r"p_t(v) = \mathrm{softmax}(z_t)_v \qquad "
        r"H_t = -\sum_{v=1}^{" + str(vocabulary) + r"} p_t(v)\,\log_2 p_t(v)"
        rf" = {step.entropy_bits:.3f}\ \text{{bits}}"
    )
    st.latex(
        rf"\sum_{{i \le {step.index}}} \ln p_i(y_i) = "
        rf"{charts.nats(step.cumulative_log_probability)} \qquad "
        rf"\log_2({vocabulary}) = {np.log2(vocabulary):.2f}\ \text{{bits at most}}"
    )
    st.markdown(
        "The probabilities are the model's own, before any setting. A sure model is not always "
        "right, and a low probability may only mean that two words would do as well. What a step "
        "**read** is where its cross-attention looked while this piece was predicted; that a word "
        "was looked at does not prove that it decided."
    )
