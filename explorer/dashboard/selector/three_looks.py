"""What three architectures may look at, and what they look at, in one sentence."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import streamlit as st

from explorer.bertviz_view import bertviz_view
from explorer.charts.attention_steps import HeatMap, Sheet, heat_map
from explorer.checks import Check
from explorer.dashboard import answers, badges, exports, links
from explorer.dashboard.heat_maps import draw
from explorer.dashboard.memory import memory
from explorer.looks import Looks, check_looks
from explorer.siblings import sibling

if TYPE_CHECKING:
    from explorer.generation import Generation
    from explorer.model import Seq2SeqModel

MAY_PIXELS = 250
DID_PIXELS = (340, 700)
"""The least and the largest width that a map asks for."""
COLUMN_PIXELS, BESIDE_PIXELS = 18, 85
"""Of one column that carries its number, and of the names beside a map."""
BERTVIZ_PIXELS = 700
MAY, DID, LINES = "What it may look at", "What it looks at", "bertviz"
ROW_PIXELS = {MAY: 17, DID: 24}
MEAN, ONE = "Mean of all heads", "One head"
LAYERS, HEADS = 3, 4
"""What all three have at least."""
PARTS = {
    "miniature-bert": "**Encoder-only** looks both ways: every piece at every piece.",
    "miniature-gpt": "**Decoder-only** looks back: a piece at itself and those before it.",
    "miniature-t5 encoder": "**Encoder–decoder**: its encoder looks both ways,",
    "miniature-t5 decoder": "its decoder looks back at its own answer,",
    "miniature-t5 cross": "and by cross-attention at the whole text.",
}


@dataclass(frozen=True)
class Seen:
    """Five kinds of attention by model and part, and their check."""

    looks: dict[str, Looks]
    check: Check


def show(text: str, model: "Seq2SeqModel", question: str, answer: "Generation", dark: bool) -> None:
    """The maps of one sentence.

    Args:
        text: what the models of one stack read.
        model: the encoder-decoder.
        question, answer: what that one reads and says.
        dark: for a dark page.
    """
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        what = links.bound(
            st.segmented_control, "On screen", [MAY, DID, LINES], default=MAY, required=True,
            key="seen", wrap=True,
        )  # fmt: skip
        head = _ask_head() if what == DID else None
    found = seen(text, model, question, answer)
    if what == LINES:
        _lines(found, dark)
    else:
        with st.grid(min_column_width=width(found, what), gap="medium"):
            for name, looks in found.looks.items():
                with st.container(gap="xsmall"):
                    st.markdown(f"{PARTS[name]} :small[{name}]")
                    draw(picture(looks, what, head, dark), f"three_{name}", None, f"{name}: {what}")
    badges.check_badge(found.check)
    exports.take_home(
        "three-architectures",
        table=lambda: table(found, head),
        data=lambda: found.looks,
        chart=lambda: Sheet(
            [(name, picture(looks, what, head)) for name, looks in found.looks.items()],
            columns=3,
        ).altair(),
        script=lambda: _script(text, model, answer, head),
        key="three_looks",
    )


def _ask_head() -> tuple[int, int] | None:
    how = links.bound(
        st.segmented_control, "Heads", [MEAN, ONE], default=MEAN, required=True, key="seen_heads"
    )
    if how == MEAN:
        return None
    layer = links.slider("Layer", 0, LAYERS - 1, 0, key="seen_layer", width=160)
    return layer, links.slider("Head", 0, HEADS - 1, 0, key="seen_head", width=160)


def seen(text: str, model: "Seq2SeqModel", question: str, answer: "Generation") -> Seen:
    """Computed now or remembered."""

    def compute() -> Seen:
        from explorer.sibling_attention import encoder_decoder_looks, sibling_looks

        with answers.working(model, "looking"):
            bert = sibling_looks(sibling("encoder-only"), text)
            gpt = sibling_looks(sibling("decoder-only"), text)
            maps = model.attention(question, answer.tokens)
        encoder, decoder, cross = encoder_decoder_looks(maps)
        looks = dict(zip(PARTS, (bert, gpt, encoder, decoder, cross), strict=True))
        return Seen(looks, check_looks(tuple(looks.values())))

    return cast("Seen", memory().get_or(("three looks", text, answer.tokens.ids), compute))


def chosen(looks: Looks, head: tuple[int, int] | None) -> np.ndarray:
    """The weights of one head, or the mean of all: (query, key)."""
    if head is None:
        return np.asarray(looks.weights.mean((0, 1), dtype=np.float64))
    return np.asarray(looks.weights[head])


def width(found: Seen, what: str) -> int:
    """Pixels that a map needs: the masks stand side by side, weights have room for numbers."""
    if what == MAY:
        return MAY_PIXELS
    most = max(len(looks.columns) for looks in found.looks.values())
    least, largest = DID_PIXELS
    return min(max(COLUMN_PIXELS * most + BESIDE_PIXELS, least), largest)


def picture(looks: Looks, what: str, head: tuple[int, int] | None, dark: bool = False) -> HeatMap:
    """Where a piece may look, or its weights; what is hidden is grey."""
    numbers: Any = looks.mask.astype(int) if what == MAY else chosen(looks, head)
    chart = heat_map(
        numbers,
        "sequential",
        rows=looks.rows,
        columns=looks.columns,
        row_title="looks",
        column_title="is looked at",
        visible=looks.mask,
        largest=2.0 if what == MAY else 1.0,
        dark=dark,
        row_pixels=ROW_PIXELS[what],
        # The masks are narrow: names aslant would run into each other.
        column_angle=-90 if what == MAY else -45,
    )
    if what == MAY:
        # Colour and grey say it; a one in every square says nothing more.
        chart.cells["text"] = ""
    return chart


def table(found: Seen, head: tuple[int, int] | None) -> list[dict[str, Any]]:
    """A row for each pair of pieces of each map."""
    return [
        {
            "attention": name,
            "looks": f"{query} {looks.rows[query]}",
            "is looked at": f"{key} {looks.columns[key]}",
            "may": bool(looks.mask[query, key]),
            "weight": float(weight),
        }
        for name, looks in found.looks.items()
        for (query, key), weight in np.ndenumerate(chosen(looks, head))
    ]


def _lines(found: Seen, dark: bool) -> None:
    name = links.bound(
        st.segmented_control, "Whose attention", list(PARTS), default=next(iter(PARTS)),
        required=True, key="seen_lines", wrap=True,
    )  # fmt: skip
    looks = found.looks[name]
    st.markdown(PARTS[name])
    drawn = bertviz_view(
        np.ascontiguousarray(looks.weights), looks.rows, looks.columns,
        theme="dark" if dark else "light", title=name,
    )  # fmt: skip
    st.iframe(drawn.html, height=min(drawn.height, BERTVIZ_PIXELS))
    st.caption(
        "bertviz (Vig 2019): point at a piece to see its lines alone; click a colour to hide or "
        "show a head. No line goes where the mask hides."
    )
    exports.take_home(f"{name}-bertviz", html=lambda: drawn.html, key="three_lines")


def _script(
    text: str, model: "Seq2SeqModel", answer: "Generation", head: tuple[int, int] | None
) -> str:
    from explorer.sibling_script import looks_script

    siblings = sibling("encoder-only"), sibling("decoder-only")
    tokens = [each.tokenize(text) for each in siblings]
    return looks_script(siblings, tokens, model, answer.source, answer.tokens, head)
