"""The map on screen: heat map, the sources of one row lit in the text, numbers, and files."""

from typing import cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.attention import AttentionMaps
from explorer.charts.attention_maps import (
    MOST_DRAWN,
    attention_map,
    sources_html,
    strongest_text,
)
from explorer.charts.attention_steps import HeatMap, Sheet
from explorer.checks import Check
from explorer.dashboard import badges, exports
from explorer.dashboard.attention import choosing, target
from explorer.dashboard.attention.asking import Asked
from explorer.dashboard.attention.reduced import Choice, Reduced, chosen, reduced
from explorer.dashboard.attention.script import map_script
from explorer.dashboard.folded import fold
from explorer.dashboard.heat_maps import draw
from explorer.dashboard.memory import memory

FEW_COLUMNS = 12
"""So many columns are wide enough for numbers, on a phone not even these."""
ROW_TITLES = {"predicted": "what the step predicts", "read": "what the step reads"}
ROW_SENTENCES = {
    "predicted": "A row is one step of the decoder, named by the piece that it **predicts**: it "
    "has read everything before that piece, not the piece itself.",
    "read": "A row is one step of the decoder, named by the piece that it **reads**, the last one "
    "written; what it predicts is the piece of the next row.",
}


def show(
    asked: Asked, maps: AttentionMaps, choice: Choice, controls: DeltaGenerator, dark: bool
) -> None:
    """Everything about one map.

    Args:
        asked: the text and the target.
        maps: with the chosen stack.
        choice: which map.
        controls: where the map's own control stands.
        dark: for a dark page.
    """
    shown = reduced(maps, choice)
    with controls:
        threshold = choosing.threshold()
    row = target.choose_row(shown.row_names)
    st.html(sources_html(shown.column_names, shown.weights[row], dark))
    title = "piece" if choice.stack == "encoder" else ROW_TITLES[choice.rows]

    def chart(picked: int | None = None, dark: bool = False) -> HeatMap:
        return attention_map(
            shown.weights,
            shown.row_names,
            shown.column_names,
            row_title=title,
            threshold=threshold,
            picked=picked,
            dark=dark,
        )

    draw(
        chart(row if row < MOST_DRAWN else None, dark),
        "attention_map",
        lambda row, column: target.pick(row),
        f"{choice.title}: the table below holds its numbers",
    )
    st.caption(_sentence(shown, choice))
    badges.check_badge(_check(asked, maps, choice, shown))
    fold("The numbers", "table", "numbers_open", lambda: _numbers(table(shown)))
    exports.take_home(
        f"{asked.model.card.name}-attention",
        table=lambda: table(shown),
        data=lambda: {"choice": choice, "source": maps.source, "target": maps.target, "map": shown},
        chart=lambda: Sheet([(choice.title, chart())], columns=1).altair(),
        script=lambda: map_script(asked.model, maps, choice),
        key="map",
    )


def _check(asked: Asked, maps: AttentionMaps, choice: Choice, shown: Reduced) -> Check:
    """The map beside torch's, computed now or remembered."""

    def compute() -> Check:
        from explorer.reduction_check import check_reduced

        layers, heads = chosen(maps, choice)
        parts = shown.rows, shown.columns, shown.weights
        return check_reduced(maps, choice.stack, choice.how, layers, heads, *parts)

    return cast("Check", memory().get_or(("map check", *asked.key, choice), compute))


def _sentence(shown: Reduced, choice: Choice) -> str:
    parts = [f"**{choice.title}.**"]
    if choice.stack != "encoder":
        parts.append(ROW_SENTENCES[choice.rows])
    if not choice.special:
        whose = "Each row of each head" if choice.how in ("Mean", "Largest") else "Each row"
        parts.append(f"{whose} is scaled to sum to 1 without the special pieces.")
    if choice.how == "Largest":
        parts.append(
            "Each cell is the largest weight that any of the chosen heads has there, so a row may "
            "sum to more than 1."
        )
    elif choice.special:
        parts.append("Each row sums to 1.")
    if choice.how == "Rollout":
        parts.append(
            "Rollout multiplies the mean attention of the chosen layers, half of each position "
            "being the position itself. For cross-attention it is the mean of the chosen layers, "
            "carried back through the whole encoder."
        )
    blind = int((shown.weights.sum(1) == 0).sum())
    if blind:
        parts.append(
            f"{blind} of {len(shown.weights)} rows {'looks' if blind == 1 else 'look'} at special "
            "pieces alone, and nothing is left to show."
        )
    parts.append(f"The strongest colour is {strongest_text(shown.weights)}.")
    if shown.weights.shape[1] > FEW_COLUMNS:
        parts.append("Where a square is too narrow for its number, the table below has it.")
    if max(shown.weights.shape) > MOST_DRAWN:
        rows, columns = shown.weights.shape
        parts.append(
            f"The picture shows {min(rows, MOST_DRAWN)} of {rows} rows and "
            f"{min(columns, MOST_DRAWN)} of {columns} columns; the table has all."
        )
    return " ".join(parts)


def _numbers(rows: list[dict[str, str | int | float]]) -> None:
    digits = st.column_config.NumberColumn(format="%.4f")
    config = dict.fromkeys(list(rows[0])[2:], digits)
    st.dataframe(rows, hide_index=True, width="stretch", column_config=config)


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
