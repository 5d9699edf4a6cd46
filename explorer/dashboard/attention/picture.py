"""The map on screen: heat map, the sources of one row lit in the text, numbers, and files."""

import numpy as np
import streamlit as st

from explorer.attention import AttentionMaps
from explorer.charts.attention_maps import (
    MOST_DRAWN,
    attention_map,
    sources_html,
    strongest_text,
)
from explorer.charts.attention_steps import Sheet
from explorer.dashboard import exports, links
from explorer.dashboard.attention.asking import Asked
from explorer.dashboard.attention.reduced import Choice, Reduced, reduced
from explorer.dashboard.attention.script import map_script
from explorer.dashboard.heat_maps import draw

ROW_TITLES = {"predicted": "what the step predicts", "read": "what the step reads"}
ROW_SENTENCES = {
    "predicted": "A row is one step of the decoder, named by the piece that it **predicts**: it "
    "has read everything before that piece, not the piece itself.",
    "read": "A row is one step of the decoder, named by the piece that it **reads**, the last one "
    "written; what it predicts is the piece of the next row.",
}


def show(asked: Asked, maps: AttentionMaps, choice: Choice, dark: bool) -> None:
    """Everything about one map."""
    shown = reduced(maps, choice)
    st.markdown(f"**{choice.title}**")
    threshold = links.bound(
        st.slider,
        "Grey out weights below",
        0.0,
        1.0,
        0.0,
        0.01,
        key="threshold",
    )
    row = links.slider("Row whose sources light up", 0, len(shown.rows) - 1, 0, key="row")
    title = "piece" if choice.stack == "encoder" else ROW_TITLES[choice.rows]
    drawn_row = row if row < MOST_DRAWN else None
    chart = attention_map(
        shown.weights,
        shown.row_names,
        shown.column_names,
        row_title=title,
        threshold=threshold,
        picked=drawn_row,
        dark=dark,
    )
    draw(chart, "attention_map", _pick, f"{choice.title}: the table below holds its numbers")
    st.caption(_sentence(shown, choice))
    st.markdown("**Where this row looks**")
    st.html(sources_html([shown.row_names[row]], np.ones(1), dark))
    st.html(sources_html(shown.column_names, shown.weights[row], dark))
    with st.expander("The numbers", icon=":material/table:"):
        st.dataframe(table(shown), hide_index=True, width="stretch")
    exports.take_home(
        f"{asked.model.card.name}-attention",
        table=lambda: table(shown),
        data=lambda: {"choice": choice, "source": maps.source, "target": maps.target, "map": shown},
        chart=lambda: Sheet(
            [
                (
                    choice.title,
                    attention_map(
                        shown.weights,
                        shown.row_names,
                        shown.column_names,
                        row_title=title,
                        threshold=threshold,
                    ),
                )
            ],
            columns=1,
        ).altair(),
        script=lambda: map_script(asked.model, maps, choice),
        key="map",
    )


def _pick(row: int, column: int) -> None:
    """A click on a cell is the same as choosing its row."""
    st.session_state["row"] = row


def _sentence(shown: Reduced, choice: Choice) -> str:
    parts = [] if choice.stack == "encoder" else [ROW_SENTENCES[choice.rows]]
    if choice.how == "Largest":
        parts.append("The largest weight of the chosen heads: rows need not sum to 1.")
    elif choice.special:
        parts.append("Each row sums to 1.")
    else:
        parts.append("Each row is scaled to sum to 1 without the special pieces.")
    if choice.how == "Rollout":
        parts.append(
            "Rollout multiplies the mean attention of the layers, half of each position being "
            "the position itself; for cross-attention it goes back through the encoder."
        )
    parts.append(f"The strongest colour is {strongest_text(shown.weights)}.")
    if max(shown.weights.shape) > MOST_DRAWN:
        rows, columns = shown.weights.shape
        parts.append(
            f"The picture shows the first {MOST_DRAWN} of {rows} rows and {columns} columns; the "
            "table has all."
        )
    return " ".join(parts)


def table(shown: Reduced) -> list[dict[str, str | int | float]]:
    """A row for each row of the map, a column for each of its columns."""
    names = [f"{place} {name}" for place, name in enumerate(shown.column_names)]
    return [
        {
            "row": place,
            "piece": name,
            **dict(zip(names, map(float, weights), strict=True)),
        }
        for place, (name, weights) in enumerate(zip(shown.row_names, shown.weights, strict=True))
    ]
