"""The steps of one answer: what was chosen, what else was considered, and what was read."""

import streamlit as st

from explorer.charts import course
from explorer.charts import timeline as charts
from explorer.dashboard import badges, exports, messages
from explorer.dashboard.clicks import Point
from explorer.dashboard.folded import fold
from explorer.dashboard.timeline import branching, decoded, playing, step_shown
from explorer.dashboard.timeline.asking import EXAMPLES, Asked
from explorer.dashboard.timeline.decoded import Chosen
from explorer.dashboard.timeline.drawing import draw
from explorer.timeline import Timeline
from explorer.timeline_script import timeline_script

_PILLS, _DRAWN = "t_hesitated", "t_drawn"


def show(asked: Asked, dark: bool) -> None:
    """The whole view."""
    chosen = decoded.choose(asked)
    found = decoded.decode(asked, chosen)
    marked = decoded.hesitations(found)
    odd = decoded.odd_draws(found)
    picture = st.container()
    at = playing.choose(len(found.steps), decoded.first_step(found), chosen.key(asked))
    with picture:
        draw(
            charts.tape(found.steps, at, dark),
            "t_tape",
            "The answer, piece by piece, coloured by probability: the table below holds the "
            "numbers, and the slider goes to a piece",
            _go,
        )
    _offer("An improbable piece was drawn at", _DRAWN, found, at, odd)
    _offer("It hesitated most at", _PILLS, found, at, marked)
    # Below what is clicked: it is one line long at one step and two at the next.
    st.markdown(what_to_see(asked, found, at, marked))
    step_shown.show(asked, found, at, dark, branching.leave)
    st.markdown("**Along the text**")
    draw(
        course.course(found.steps, at, (*odd, *marked), dark),
        "t_course",
        "Probability and entropy of every step: the table below holds the numbers",
        _go,
    )
    if found.stop_reason == "length limit":
        count = len(found.steps)
        st.caption(
            f":material/content_cut: The answer was cut off at the limit of {count} "
            f"{'piece' if count == 1 else 'pieces'}; the model had not finished."
        )
    drawn = ", or an improbable piece was drawn" if odd else ""
    st.caption(
        "Solid: the probability of the chosen piece. Dashed: the entropy, how many bits of doubt "
        f"there were. Rings: where the model hesitated most{drawn}. Click a step to see it."
    )
    fold(
        "The numbers",
        "table",
        "t_numbers_open",
        lambda: st.dataframe(decoded.table(found), hide_index=True, width="stretch"),
    )
    badges.check_badge(decoded.check(asked, found, chosen.key(asked)))
    fold(
        "What these numbers are, and what they are not",
        "functions",
        "t_explained_open",
        lambda: step_shown.explain(found.steps[at], asked.model.reader.vocabulary_size),
    )
    _take_home(asked, chosen, found, at, (*odd, *marked))


def what_to_see(asked: Asked, found: Timeline, at: int, marked: tuple[int, ...]) -> str:
    """One sentence about the step on screen."""
    step = found.steps[at]
    name = f"**{messages.plain(step.token.display)}**"
    if step.fixed:
        return f"Step {at}: the rules of the model leave no choice but {name}."
    if step.forced:
        return (
            f"Step {at}: {name} was forced; the model itself gave it "
            f"{charts.percent(step.probability)}."
        )
    others = [one for one in step.alternatives if one.id != step.token.id]
    if at in decoded.odd_draws(found):
        likeliest = ""
        if others:
            likeliest = (
                f"; the most probable piece is **{messages.plain(others[0].display)}** with "
                f"{charts.percent(others[0].probability)}"
            )
        return (
            f"Step {at}: the draw fell on {name}, an improbable piece of "
            f"{charts.percent(step.probability)}{likeliest}."
        )
    if at not in marked or not others:
        return f"Step {at}: the model says {name} with {charts.percent(step.probability)}."
    other = f"**{messages.plain(others[0].display)}**"
    told = (
        f"Step {at}: it takes {name} with {charts.percent(step.probability)}, and {other} has "
        f"{charts.percent(others[0].probability)}."
    )
    pair = {step.token.display, others[0].display}
    greedy = found.decoding.strategy == "greedy"
    freely = not any(each.forced for each in found.steps)
    if (
        pair == {"den", "dem"}
        and freely
        and asked.text.endswith(EXAMPLES["miniature-t5", "translation"])
    ):
        errs = ", so the model errs by a hair" if greedy and step.token.display == "den" else ""
        told += (
            f" The verb decides, and it is yet to come: German *helfen* takes **dem**{errs}. "
            "Look at what the step reads: *helps* is among it."
        )
    return told


def _go(point: Point) -> None:
    playing.go(int(point["index"]))


def _offer(label: str, key: str, found: Timeline, at: int, steps: tuple[int, ...]) -> None:
    """Steps that are worth seeing, one click away."""
    if not steps:
        return

    def go() -> None:
        if st.session_state[key] is not None:
            playing.go(int(st.session_state[key]))

    # It shows where one is, and no more: the step stands in the slider.
    st.session_state[key] = at if at in steps else None
    st.pills(
        label,
        steps,
        format_func=lambda index: (
            f"{index} · {messages.plain(found.steps[index].token.display)} "
            f"{charts.percent(found.steps[index].probability)}"
        ),
        key=key,
        wrap=True,
        on_change=go,
    )


def _take_home(
    asked: Asked, chosen: Chosen, found: Timeline, at: int, marked: tuple[int, ...]
) -> None:
    st.caption(decoded.in_short(chosen))
    exports.take_home(
        f"{asked.model.card.name}-timeline",
        table=lambda: decoded.table(found),
        data=found,
        chart=lambda: course.sheet(found.steps, at, marked),
        script=lambda: timeline_script(asked.model, found),
        key="timeline",
    )
