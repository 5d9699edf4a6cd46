"""Why this piece: which source words made the model say it, by three methods."""

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.attribution import METHOD_NAMES, METHODS
from explorer.attribution_script import attribution_script
from explorer.charts import attribution as charts
from explorer.charts import colours
from explorer.charts.attention_maps import lit_html
from explorer.charts.timeline import percent
from explorer.dashboard import badges, exports, links, messages, written_charts
from explorer.dashboard.folded import fold
from explorer.dashboard.timeline import attributing, target
from explorer.dashboard.timeline.asking import Asked, choose_step
from explorer.errors import ExplorerError
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.attribution import Attribution

ALL = "all"
SIGNED, ABSOLUTE = "Signed", "Size alone"
COLUMN_PIXELS = 240
TABLE_PIXELS = 300
METHOD_TEXTS = {
    "attention": "**How much the step looked there.** The weights of its pieces, summed; all "
    "words and special pieces together have 100 %.",
    "gradient": "**What a slightly larger word would do**, in nats: blue speaks for the piece, "
    "orange against it. Tiny where the piece is certain anyway.",
    "left_out": "**What happens without it.** How far the log-probability falls, in nats: blue "
    "falls, orange rises.",
}
EXPLAINED = r"""
- **Cross-attention** is a weight with which a word's state goes into the step. It tells where the
  model looked, not what it needed.
- **Input × gradient** is $x_w \cdot \nabla_{x_w} \log p$, summed over a word's pieces: the slope of
  the log-probability $\log p$ when the word's embedding $x_w$ grows a little. It is exact for small
  changes only.
- **Leaving words out** reads the source again without the word: $\log p(\text{whole}) - \log
  p(\text{without } w)$. It is what really happens, but a text with a gap may be one that the model
  never saw, and two words that can stand in for one another each seem unimportant.

**The deletion curve** takes the words away one after another, the most important of a method
first, and reads the probability each time. A good explanation falls at once. Its **area** is the
mean probability on the way, from 0 to 1: the smaller, the better. The grey line is the mean over
{orders} random orders, the band holds the middle 80 % of them: a method that is no better has
explained nothing.

**A nat** is the unit of natural logarithms: one nat less, and the probability is divided by 2.718.
"""
SPEARMAN_NOTE = (
    "**Spearman's rank correlation** is 1 where two methods put the words into the same order and "
    "−1 where into the opposite one. It counts the order of the many words that hardly matter as "
    "much as that of the few that do: the curves say more."
)


def show(asked: Asked, dark: bool) -> None:
    """The whole view."""
    model = asked.model
    answer = target.choose(asked)
    if not answer.is_plain:
        st.caption(f"{answer.told}.")
    tokens = answer.timeline.target
    verdict, shown = st.container(), st.container()
    step = choose_step(len(tokens), answer.first_step)
    with shown:
        _show_answer(tokens, step, dark)
        if answer.timeline.steps[step].forced:
            st.caption(
                "A person chose this piece. What is explained is the probability that the model "
                f"gave it: {percent(answer.timeline.steps[step].probability)}."
            )
    layer, head, absolute = _choose(asked)
    try:
        found = attributing.attribution(asked, answer, step, (layer, head), absolute)
    except ExplorerError as error:
        messages.show_sentence(str(error))
        return
    if found is None:
        return
    with verdict:
        st.markdown(f"##### {messages.plain(found.verdict.sentence)}")
    _show_words(found, dark)
    key = (asked.request(answer.limit), found.target.ids, step, layer, head, absolute)
    _show_curves(found, key, dark)
    badges.check_badge(attributing.check(asked, found))
    fold(
        "The three methods, the curve and its area",
        "function",
        "t_methods_open",
        lambda: st.markdown(EXPLAINED.replace("{orders}", str(len(found.random_orders)))),
    )
    exports.take_home(
        f"{model.card.name}-why{answer.file_part}-step-{step}",
        table=lambda: table(found),
        data=found,
        chart=lambda: charts.deletion_chart(found).properties(
            width=640, title=f"“{found.piece}”, step {found.step}", background="white"
        ),
        script=lambda: attribution_script(model, found),
        key="reasons",
    )


def _choose(asked: Asked) -> tuple[int | None, int | None, bool]:
    """Whose cross-attention, None for all, and whether the gradient counts by its size."""
    facts = asked.model.facts
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        layer = _one_or_all("Attention of layer", facts.decoder_layers, "t_of_layer")
        head = _one_or_all("and head", facts.decoder_heads, "t_of_head")
        gradient = links.bound(
            st.segmented_control,
            "Gradient ranks words by",
            [SIGNED, ABSOLUTE],
            default=SIGNED,
            required=True,
            key="t_gradient",
            help="Signed: what speaks for the piece goes first. Size alone: what speaks against "
            "it counts as well.",
        )
    return layer, head, gradient == ABSOLUTE


def _one_or_all(label: str, count: int, key: str) -> int | None:
    options = [ALL, *map(str, range(count))]
    chosen = links.bound(st.selectbox, label, options, key=key, width=150)
    return None if chosen == ALL else int(chosen)


def _show_answer(tokens: Tokens, step: int, dark: bool) -> None:
    display = tokens.display
    quiet = colours.SEQUENTIAL_DARK[0] if dark else colours.SEQUENTIAL_LIGHT[0]
    loud = colours.DIVERGING_DARK[1] if dark else colours.DIVERGING_LIGHT[1]
    fills = [loud if place == step else quiet for place in range(len(display))]
    hovers = [f"step {place}" for place in range(len(display))]
    st.html(lit_html(display, fills, [""] * len(display), hovers))


def _show_words(found: "Attribution", dark: bool) -> None:
    with st.grid(min_column_width=COLUMN_PIXELS, gap="medium"):
        for method in METHODS:
            with st.container(gap="xsmall"):
                name = METHOD_NAMES[method]
                st.markdown(f"**{name[:1].upper()}{name[1:]}**")
                st.html(charts.words_html(found, method, dark))
                st.caption(METHOD_TEXTS[method])


def _show_curves(found: "Attribution", key: Hashable, dark: bool) -> None:
    st.markdown("**The words go, the most important of each method first**")
    written_charts.show(
        ("deletion", key, dark),
        lambda: charts.deletion_chart(found, dark),
        "How the probability falls while source words are taken away",
        key="deletion",
    )
    st.caption(
        "Each line takes away one more source word at every step to the right and reads the text "
        f"again. Grey: the mean over {len(found.random_orders)} random orders, and the band that "
        "holds the middle 80 % of them."
    )
    with st.grid(min_column_width=TABLE_PIXELS, gap="medium"):
        with st.container(gap="xsmall"):
            st.table(area_table(found))
            st.caption("**Area under the curve**: the smaller, the better the method explains.")
        with st.container(gap="xsmall"):
            st.table(correlation_table(found))
            st.caption(SPEARMAN_NOTE)


def area_table(found: "Attribution") -> dict[str, dict[str, str]]:
    """The area under each curve."""
    areas = {METHOD_NAMES[curve.method]: curve.area for curve in found.curves}
    areas[charts.RANDOM_NAME] = found.random_area
    return {"Area": {name: f"{area:.3f}" for name, area in areas.items()}}


def correlation_table(found: "Attribution") -> dict[str, dict[str, str]]:
    """The rank correlation of each pair of methods."""
    return {
        "Spearman": {
            f"{METHOD_NAMES[each.first]} and {METHOD_NAMES[each.second]}": "all words tied"
            if each.spearman is None
            else f"{each.spearman:+.2f}".replace("-", badges.MINUS)
            for each in found.agreements
        }
    }


def table(found: "Attribution") -> list[dict[str, Any]]:
    """A row for each source word: what each method gives it, and when it goes."""
    return [
        {
            "place": place,
            "word": unit.text,
            "cross-attention": float(found.attention[place]),
            "input × gradient (nats)": float(found.gradient[place]),
            "left out (nats)": float(found.left_out[place]),
            **{
                f"goes by {METHOD_NAMES[method]}": found.curve(method).order.index(place) + 1
                for method in METHODS
            },
        }
        for place, unit in enumerate(found.words)
    ]
