"""Which model? Questions one after the other, the way they take, and the models at its end."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer import catalog
from explorer.charts.decision_path import decision_path, in_words, on_paper
from explorer.dashboard import exports, written_charts
from explorer.dashboard.sandbox.checking import check_with_torch
from explorer.dashboard.selector import asking, suggestions
from explorer.guide_architectures import architecture
from explorer.guide_objections import KINDS
from explorer.guide_ranking import Suggestion, left_after, ranked
from explorer.guide_remarks import remarks_on
from explorer.guide_scenarios import Scenario, matching

if TYPE_CHECKING:
    import altair as alt

    from explorer.guide import Walk


def show(dark: bool) -> None:
    """The whole view."""
    jobs = st.container()
    left, right = st.columns(2, gap="large")
    with left:
        walked = asking.ask()
    asking.offer_scenarios(walked, jobs)
    found = ranked(walked.answers)
    with right:
        suggestions.headline(walked, found)
        counts = _left(walked, found)
        best = _title(found[0]) if found[0].fits else None
        way = (walked, tuple(counts), len(found), best)
        written_charts.show((*way, dark), lambda: decision_path(*way, dark), in_words(*way))
    _leaf(walked, matching(walked.answers))
    suggestions.show(walked, found)
    shown = [each.name for each in suggestions.best_of(found)]
    _check(shown)
    _take_home(walked, found, shown)


def _left(walked: "Walk", found: tuple[Suggestion, ...]) -> list[tuple[str, int]]:
    """What was asked, the task first, and the models left after it."""
    asked = [
        f"Task: {walked.leaf.name}",
        *(f"{need.title}: {option.name}" for need, option in walked.asked_on()),
    ]
    assert len(asked) == len(KINDS)
    return list(zip(asked, left_after(found), strict=True))


def _title(suggestion: Suggestion) -> str:
    card = catalog.find(suggestion.name)
    return card.title if card else suggestion.name


def _leaf(walked: "Walk", scenario: Scenario | None) -> None:
    leaf = walked.leaf
    with st.container(border=True):
        st.subheader(f"{leaf.name}: {leaf.architecture.lower()}", anchor=False)
        st.markdown(leaf.reason)
        names = ", ".join(
            f"{each.title} (outside the catalogue)" if each.outside else each.title
            for each in leaf.examples
        )
        uses = ", ".join(architecture(leaf.architecture).uses).lower()
        st.markdown(
            f"**Usual choices**: {names}.  \n**{leaf.architecture} models are good for**: {uses}."
        )
        if scenario:
            st.markdown(
                f"**{scenario.job}**: usually given to {scenario.usual}. {scenario.remark} "
                f":small[({scenario.date})]"
            )
        for remark in remarks_on(leaf.task):
            st.caption(f"{remark.date} · **{remark.about}** · {remark.sentence}")


def _check(names: list[str]) -> None:
    def check() -> Any:
        from explorer.size_check import check_sizes

        return check_sizes(names)

    check_with_torch(check)


def _take_home(walked: "Walk", found: tuple[Suggestion, ...], shown: list[str]) -> None:
    def chart() -> "alt.LayerChart":
        best = _title(found[0]) if found[0].fits else None
        return on_paper(decision_path(walked, _left(walked, found), len(found), best))

    def script() -> str:
        from explorer.size_check import script

        return script(shown)

    st.subheader("Take home", anchor=False)
    exports.take_home(
        "which-model",
        table=lambda: suggestions.rows(found),
        data=lambda: {"answers": walked.answers, "leaf": walked.leaf, "models": found},
        chart=chart,
        script=script,
        key="which_model",
    )
