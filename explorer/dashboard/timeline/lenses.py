"""What each layer would have said, had the model ended there."""

from threading import Event
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import streamlit as st

from explorer.charts import drawn_steps
from explorer.charts import lens as charts
from explorer.charts.attention_steps import Sheet
from explorer.checks import Check
from explorer.dashboard import answers, badges, exports, links, messages, passing, written_charts
from explorer.dashboard.folded import fold
from explorer.dashboard.heat_maps import draw
from explorer.dashboard.memory import memory
from explorer.dashboard.timeline import target
from explorer.dashboard.timeline.asking import STEP_KEY, Asked, choose_step
from explorer.dashboard.timeline.target import Target
from explorer.lens_script import lens_script
from explorer.probabilities import percent
from explorer.stopping import Progress

if TYPE_CHECKING:
    from explorer.lens import Lens
    from explorer.model import Seq2SeqModel

STACKS = {"Encoder layers": "encoder", "Decoder layers": "decoder"}
LAYER_KEY = "t_lens_layer"
WHAT = {
    "encoder": "A row lets the **whole decoder read an earlier encoder layer**: the layer's state "
    "$h_\\ell$ goes through the encoder's last norm and stands in for the encoder's output $M$; "
    "the decoder then writes as always. The top row is the model itself.",
    "decoder": "A row **ends the decoder after an earlier layer**: its state $h_\\ell$ goes "
    "through what otherwise follows the last layer alone, up to the output layer $W$ and the "
    "softmax over all {vocabulary:,} pieces. The top row is the model itself.",
}
LIMITS = (
    "**What it can't show.** It is a reading with an instrument that was made for the last layer. "
    "An earlier layer may hold the answer in a form that this instrument can't read, so *not on "
    "top* does not mean *not known*; and no layer really says what stands in its row. Every step "
    "is given the finished answer up to there, also in rows that would have written something "
    "else. Layers and steps count from 0."
)


def show(asked: Asked, dark: bool) -> None:
    """The whole view."""
    model = asked.model
    above, row = st.container(), st.container(horizontal=True, gap="large")
    with above:
        answer = target.choose(asked, row)
    with links.notices_in(above), row:
        stack = STACKS[
            links.bound(
                st.segmented_control,
                "Whose layers",
                list(STACKS),
                default=next(iter(STACKS)),
                required=True,
                key="t_lens",
            )
        ]
    text = messages.plain(answer.timeline.text) or "(empty)"
    st.markdown(f"{answer.told}: **{text}**")
    found = _lens(asked, answer, stack)
    if found is None:
        return
    st.markdown(f"##### {result(found, answer.is_plain)}")
    # The grid shows what the controls below it say.
    grid = st.container()
    left, right = st.columns(2, gap="medium")
    with left:
        step = choose_step(len(found.target), answer.first_step)
    with right:
        last = found.layers - 1
        layer = links.slider("Layer that is read", 0, last, max(last - 1, 0), key=LAYER_KEY)
    with grid:
        _show_grid(found, layer, step, dark)
    _show_cell(asked, answer, found, (layer, step), dark)
    badges.check_badge(_check(asked, answer, found))
    fold(
        "What is computed, and what it can't show",
        "function",
        "t_lens_explained_open",
        lambda: _explain(model, found),
    )
    exports.take_home(
        f"{model.card.name}-{stack}-layers{answer.file_part}",
        table=lambda: table(found),
        data=found,
        chart=lambda: sheet(found, layer, step),
        script=lambda: lens_script(model, found),
        key="layers",
    )


def _lens(asked: Asked, answer: Target, stack: str) -> "Lens | None":
    """Computed now with its progress, or remembered; None where it was stopped."""
    read = asked.model.encoder_lens if stack == "encoder" else asked.model.lens

    def work(cancelled: Event, progress: Progress) -> "Lens":
        return read(
            asked.text,
            answer.timeline.target,
            max_new_tokens=answer.limit.max_new_tokens,
            cancelled=cancelled,
            progress=progress,
        )

    key = ("lens", asked.request(answer.limit), answer.timeline.target.ids, stack)
    return passing.done(
        asked.model, key, work, "layers", "reading its layers",
        "Stopped before every layer was read.",
    )  # fmt: skip


def _check(asked: Asked, answer: Target, found: "Lens") -> Check:
    def compute() -> Check:
        with answers.working(asked.model, "checking"):
            return asked.model.check_lens(found)

    key = ("lens check", asked.request(answer.limit), found.target.ids, found.stack)
    return cast("Check", memory().get_or(key, compute))


def result(found: "Lens", is_plain: bool = True) -> str:
    """How late the answer is on top, as a sentence for Markdown.

    Args:
        found: the layers.
        is_plain: whether the answer is what the model itself says.
    """
    free = ~found.forced
    steps, last = int(free.sum()), found.layers - 1
    if last == 0:
        return f"The {found.stack} has one layer only, so there is no earlier one to read."
    if steps == 0:
        return "The model's rules force every step, so no layer has a choice."
    first = found.first_on_top[free]
    late, early = int((first == last).sum()), int((first == 0).sum())
    begin = f"At **{_of(late, steps)}** the answer is on top only in the last {found.stack} layer"
    never = int((first < 0).sum())
    why = "because the rules forbid what is above it"
    if not is_plain:
        why = "because the model itself would say something else"
    parts = [
        f"at {early} already in the first" if early else "at none already in the first",
        *([f"at {never} never, {why}"] if never else []),
    ]
    return f"{begin}, {', '.join(parts)}."


def _of(some: int, all_: int) -> str:
    return f"{'all' if some == all_ else 'none' if some == 0 else some} of {all_} steps"


def _show_grid(found: "Lens", layer: int, step: int, dark: bool) -> None:
    steps = charts.window(len(found.target), step)
    chart = charts.lens_grid(found, steps, (layer, step), dark)

    def picked(row: int, column: int) -> None:
        st.session_state[LAYER_KEY] = found.layers - 1 - row
        st.session_state[STEP_KEY] = steps[column]

    words = f"What each {found.stack} layer would have said at each step: the CSV holds the numbers"
    # On a narrow screen the row scrolls, so that words stay readable.
    with st.container(horizontal=True, wrap=False):
        draw(chart, f"lens_{found.stack}", picked, words, width="content")
    narrowed = (
        f" Drawn: steps {steps[0]} to {steps[-1]} of 0 to {len(found.target) - 1}; move the step "
        "to see others."
        if len(steps) < len(found.target)
        else ""
    )
    more = "brighter" if dark else "darker"
    st.caption(
        f"A column is one step of the answer, a cell the **most probable piece** there: the {more} "
        "the violet, the more probable. **Bold in an orange frame**: the answer's own piece is on "
        f"top. **{charts.STAR}**: the first layer where it is. Point at a cell for its five best "
        "pieces, click it to see them below, where ␣ is the space before a word. A wide grid "
        f"scrolls sideways.{narrowed}"
    )


def _show_cell(
    asked: Asked, answer: Target, found: "Lens", cell: tuple[int, int], dark: bool
) -> None:
    layer, step = cell
    vocabulary = asked.model.facts.vocabulary_size
    said = messages.plain(found.target.display[step])
    st.markdown(
        f"**Step {step}, {found.stack} layer {layer}.** The answer says **{said}**; here it has "
        f"the probability {percent(found.probability[layer, step])} and place "
        f"{found.rank[layer, step]:,}. Entropy {found.entropy_bits[layer, step]:.2f} bits: 0 "
        "when one piece has everything, "
        f"{np.log2(vocabulary):.1f} when all have the same."
    )
    written_charts.show(
        ("bars", asked.request(answer.limit), found.target.ids, found.stack, cell, dark),
        lambda: charts.top_bars(found, layer, step, dark),
        "The most probable pieces of this cell",
        key="lens_bars",
    )
    if found.forced[step]:
        st.caption("The model's rules force this piece, so it is certain at every layer.")


def _explain(model: "Seq2SeqModel", found: "Lens") -> None:
    st.markdown(WHAT[found.stack].format(vocabulary=model.facts.vocabulary_size))
    st.latex(formula(model, found.stack))
    st.markdown(LIMITS)


def formula(model: "Seq2SeqModel", stack: str) -> str:
    """What is computed, with only those parts that the model has."""
    from explorer.layer_reading import last_norm_name, scaled

    state = r"\mathrm{norm}(h_\ell)" if last_norm_name(model) else r"h_\ell"
    if stack == "encoder":
        return rf"p_\ell = \mathrm{{decoder}}(M = {state})"
    scale = rf"\,/\sqrt{{{model.facts.d_model}}}" if scaled(model) else ""
    bias = " + b" if hasattr(model.module, "final_logits_bias") else ""
    return rf"p_\ell = \mathrm{{softmax}}\bigl(W\,{state}{scale}{bias}\bigr)"


def sheet(found: "Lens", layer: int, step: int) -> Any:
    """The grid as it is taken home, with the same steps and the same cell framed."""
    steps = charts.window(len(found.target), step)
    title = f"The most probable piece after each {found.stack} layer"
    title += drawn_steps.told(steps.start, steps.stop, len(found.target))
    grid = charts.lens_grid(found, steps, (layer, step))
    return Sheet([(title, grid)], columns=1, cell_pixels=charts.CELL_WIDTH).altair()


def table(found: "Lens") -> list[dict[str, Any]]:
    """A row for each layer and step."""
    first = found.first_on_top
    rows = []
    for layer, step in np.ndindex(found.rank.shape):
        row: dict[str, Any] = {
            "stack": found.stack,
            "layer": layer,
            "step": step,
            "answer's piece": found.target.pieces[step],
            "probability": float(found.probability[layer, step]),
            "rank": int(found.rank[layer, step]),
            "entropy (bits)": float(found.entropy_bits[layer, step]),
            "first on top": bool(first[step] == layer),
        }
        for place, piece in enumerate(found.top_pieces[layer][step]):
            row[f"top {place + 1}"] = piece
            row[f"probability {place + 1}"] = float(found.top_probabilities[layer, step, place])
        rows.append(row)
    return rows
