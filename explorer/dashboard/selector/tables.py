"""Fourteen tasks and three architectures, the models people use, and where rules are dated."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.charts import side_by_side
from explorer.charts.suitability import on_paper, suitability
from explorer.costs import Cost, longest
from explorer.dashboard import exports, links, passing, written_charts
from explorer.dashboard.selector import three_costs
from explorer.guide_architectures import ARCHITECTURES, NamedModel, comparison
from explorer.guide_remarks import REMARKS
from explorer.guide_tasks import MEANINGS, VERDICTS, filtered, rows

ANY = "Any of them"
MOST_CHARACTERS = 60
"""Of the words by which a task is looked for."""
_ASKED = "_three_costs_asked"


def show(dark: bool = False) -> None:
    """The whole view."""
    _tasks(dark)
    _models()
    _comparison(dark)
    _remarks()


def _tasks(dark: bool) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        name = links.bound(
            st.selectbox,
            "Architecture",
            [ANY, *(each.name for each in ARCHITECTURES)],
            key="architecture",
        )
    with right:
        words = links.text_input(
            "Task", "", key="task_words", placeholder="text, summary, QA …", longest=MOST_CHARACTERS
        )
    verdicts = links.bound(
        st.pills,
        "Suited",
        list(VERDICTS),
        selection_mode="multi",
        key="suited",
        wrap=True,
        help="; ".join(f"**{each}**: {meaning}" for each, meaning in MEANINGS.items()),
    )
    found = filtered(None if name == ANY else name, tuple(verdicts or ()), words)
    if not found:
        st.info("No task is like this: take a filter away.", icon=":material/filter_alt_off:")
        return
    written_charts.show(
        (found, dark),
        lambda: suitability(found, dark),
        "; ".join(
            f"{row['Task']}: "
            + ", ".join(f"{each.name} {row[each.name]}" for each in ARCHITECTURES)
            for row in rows(found)
        ),
    )
    st.caption("; ".join(f"**{each}**: {meaning}" for each, meaning in MEANINGS.items()) + ".")
    exports.take_home(
        "tasks-and-architectures",
        table=lambda: rows(found),
        data=lambda: {"tasks": found, "architectures": ARCHITECTURES, "remarks": REMARKS},
        chart=lambda: on_paper(suitability(found)),
        key="tasks",
    )


def _models() -> None:
    st.header("The models people use")
    with st.grid(min_column_width=260, border=True):
        for each in ARCHITECTURES:
            lines = "".join(f"\n- {_line(model)}" for model in each.models)
            st.markdown(f"**{each.name}**\n{lines}")
    st.caption(
        "The explorer's catalogue holds encoder–decoders; what is outside it is named here for "
        "comparison."
    )


def _line(model: NamedModel) -> str:
    where = ":gray-badge[outside]" if model.outside else ":violet-badge[in the catalogue]"
    return f"**{model.title}** {where}  \n  {model.year} · {model.size} · :small[{model.note}]"


def _comparison(dark: bool) -> None:
    st.header("The three compared")
    place = st.empty()
    found = three_costs.known()
    _compared(place, found, dark)
    if found is None:
        if st.session_state.get(_ASKED):
            measured = three_costs.costs() or ()
            # Of a part the longest text is not there for all three.
            found = measured if three_costs.is_whole(measured) else None
            _compared(place, found, dark)
        else:
            st.button(
                "Measure here",
                icon=":material/speed:",
                key="measure_three",
                help="Memory and speed of three bundled models of nearly one size; takes seconds.",
                on_click=_ask,
            )
    exports.take_home(
        "architectures",
        table=lambda: comparison(costs=found or ()),
        data=lambda: {"architectures": ARCHITECTURES, "measured": longest(found or ())},
        key="three",
    )


def _compared(place: DeltaGenerator, found: Sequence[Cost] | None, dark: bool) -> None:
    """The table, with the numbers in it once they are measured."""
    rows = [
        side_by_side.Row(row[""], tuple(row[each.name] for each in ARCHITECTURES))
        for row in comparison("• ", found or ())
    ]
    heads = [each.name for each in ARCHITECTURES]
    place.html(side_by_side.table_html(heads, rows, "The three architectures compared", dark))


def _ask() -> None:
    """The click on *Measure here*: also where the same was stopped in another view."""
    st.session_state[_ASKED] = True
    passing.go_on(three_costs.KEY)


def _remarks() -> None:
    st.header("Where this is dated or too simple")
    st.markdown("\n".join(f"- **{r.about}** ({r.date}). {r.sentence}" for r in REMARKS))
