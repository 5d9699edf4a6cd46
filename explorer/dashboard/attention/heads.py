"""Which head does what: one row for each head, and one click opens it."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.attention import AttentionMaps
from explorer.attention_statistics import HeadStatistics
from explorer.dashboard import badges, exports
from explorer.dashboard.attention import computing
from explorer.dashboard.attention.asking import Asked
from explorer.dashboard.attention.reduced import Choice
from explorer.dashboard.attention.script import alignment_script, heads_script

if TYPE_CHECKING:
    from explorer.alignment import AlignmentErrors

ERRORS = "Alignment error rate"
TERMS = (
    "**Entropy**: 0 bits when a row looks at one piece only, more the wider it looks. "
    "**Largest weight**: of a row, in the mean. "
    "**On special pieces**: the share of the weight that rests on pieces such as the end token. "
    "**Off the diagonal**: how many pieces a row looks away from its own place. "
    "**Coverage**: 1 when all pieces are looked at alike, near 0 when one gets everything."
)


COLUMNS = {
    "Layer": ("Layer", 52),
    "Head": ("Head", 52),
    ERRORS: ("AER", 56),
    "Entropy (bits)": ("Entropy", 68),
    "Largest weight": ("Largest", 66),
    "On special pieces": ("Special", 66),
    "Off the diagonal (pieces)": ("Off diag.", 72),
    "Coverage": ("Coverage", 78),
}
"""What stands above each column on the page, and its width in pixels: all fit side by side."""


def table(
    found: HeadStatistics, choice: Choice, rates: "AlignmentErrors | None"
) -> list[dict[str, Any]]:
    """A row for each head of the stack, over pieces as the model has them.

    Args:
        found: the statistics of the stack.
        choice: whose rows count.
        rates: how well the heads of cross-attention align words, where that is known.
    """
    rows = []
    layers, heads = found.entropy_bits.shape
    for layer in range(layers):
        for head in range(heads):
            judged = {}
            if rates:
                judged[ERRORS] = float(rates.of(choice.rows)[layer, head])
            row: dict[str, Any] = {
                "Layer": layer,
                "Head": head,
                **judged,
                "Entropy (bits)": float(found.entropy_bits[layer, head]),
                "Largest weight": float(found.confidence[layer, head]),
                "On special pieces": float(found.special_share[layer, head]),
                "Off the diagonal (pieces)": float(found.diagonal_distance[layer, head]),
                "Coverage": float(found.coverage[layer, head]),
            }
            rows.append(row)
    if rates:
        rows.sort(key=lambda row: row[ERRORS])
    return rows


def show(asked: Asked, maps: AttentionMaps, choice: Choice, best: "AlignmentErrors | None") -> None:
    """The table; a click on a row opens the map of that head.

    Args:
        asked: the text and the target.
        maps: with the chosen stack.
        choice: whose heads.
        best: the rates by which the page chose what it opens on.
    """
    judged = computing.reported(asked.model) if choice.stack == "cross" else None
    found, check = computing.statistics(asked, maps, choice.stack)
    rows = table(found, choice, judged.rates if judged else None)
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        column_config={
            name: st.column_config.NumberColumn(
                short, help=name, width=width, format=None if short in ("Layer", "Head") else "%.3f"
            )
            for name, (short, width) in COLUMNS.items()
        },
        key="heads_table",
        on_select=lambda: _opened(rows),
        selection_mode="single-row",
    )
    st.caption(
        "Click a column's name to sort, and the box before a row to open its map; or choose a "
        "layer and a head."
    )
    st.button(
        f"Open the map of layer {choice.layer}, head {choice.head}",
        icon=":material/grid_on:",
        on_click=open_head,
        args=(choice.layer, choice.head),
    )
    st.caption(TERMS)
    badges.check_badge(check)
    if judged and best:
        _, _, layer, head = best.best
        st.caption(
            f"**{ERRORS}** (AER; Och and Ney 2003): 0 when the largest weight of each target word "
            f"is on the word that it translates, 1 when it never is; over "
            f"{judged.rates.sentences} sentences with {judged.rates.links} known links that the "
            f"model was never trained on. The map opens on layer {layer}, head {head}, the best "
            "one on as many other sentences: who is chosen and judged by the same ones looks "
            "better than he is."
        )
        badges.check_badge(judged.check)
    exports.take_home(
        f"{asked.model.card.name}-{choice.stack}-heads",
        table=rows,
        data=rows,
        script=lambda: (
            heads_script(asked.model, maps, choice)
            + (alignment_script(asked.model, judged.sentences, choice.rows) if judged else "")
        ),
        key="heads",
    )
    if choice.stack == "cross" and not judged:
        st.caption(
            "The alignment error rate is there for models whose answers' words are known to "
            "belong to words of the text: the bundled ones that translate or repair."
        )


def _opened(rows: list[dict[str, Any]]) -> None:
    chosen = st.session_state["heads_table"]["selection"]["rows"]
    if chosen:
        row = rows[chosen[0]]
        open_head(int(row["Layer"]), int(row["Head"]))


def open_head(layer: int, head: int) -> None:
    """Show the map of one head in the run that follows."""
    st.session_state["layer"], st.session_state["head"] = layer, head
    st.session_state["show"], st.session_state["look"] = "One head", "Map"
