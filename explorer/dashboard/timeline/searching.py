"""Beam search as a tree, with the hypotheses that were lost."""

from dataclasses import asdict, dataclass
from threading import Event
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from explorer.charts.beam_layout import places
from explorer.charts.beam_marks import NODE
from explorer.charts.beam_tree import MOST_STEPS, beam_tree
from explorer.charts.beam_words import UNFINISHED, considered, numbers
from explorer.dashboard import answers, badges, exports, links, messages, passing
from explorer.dashboard.memory import memory
from explorer.dashboard.timeline import findings, given, told_node
from explorer.dashboard.timeline.asking import Asked
from explorer.dashboard.timeline.search_settings import Settings, choose_settings
from explorer.errors import ExplorerError
from explorer.generation import Decoding
from explorer.stopping import Progress

if TYPE_CHECKING:
    from explorer.beams import AgainstGreedy, BeamTree
    from explorer.checks import Check

PATH_KEY = "t_path"
SCROLL_BAR_PIXELS = 28
EVERYTHING, KEPT = "Everything considered", "Only what was kept"
EXPLAINED = (
    "At every step each beam is continued with every piece of the vocabulary: the best few "
    "continuations are **kept**, the others **pruned**, and one that says the end piece is "
    "**finished**. Finished answers are ranked by log-probability divided by length to the power "
    "of the **length penalty**: above 0 it favours long answers, below 0 short ones."
)
LEGEND = (
    "**Thick violet**: the best answer. The stronger a piece's colour, the less its line was "
    "behind the best of its step. **Grey, dashed**: given up. **#1, #2 …**: an answer and its "
    "score. Point at a piece or tap it for all its numbers, ␣ being a space; a wide tree scrolls "
    "to the right."
)
RUNS_ON = (
    f"**{UNFINISHED}**: still kept when the search was over, but without an end piece; such a "
    "line has a score, and is an answer, only where the length limit or Stop cut it off."
)


@dataclass(frozen=True)
class Seen:
    """What of a tree is drawn; see `beam_tree`."""

    everything: bool
    marked: int
    first: int


def show(asked: Asked, dark: bool) -> None:
    """The whole view."""
    settings = choose_settings(asked)
    given.say_unused("The search goes by the settings above alone.")
    try:
        tree = _tree(asked, settings)
        against = _against(asked, settings, tree)
    except ExplorerError as error:
        messages.show_sentence(str(error))
        return
    st.markdown(findings.sentence(tree, against))
    if against.differs_at is None:
        findings.offer(asked.model.card.name)
    seen = _seen(tree)
    _draw(tree, seen, _key(asked, settings), dark)
    _answers(tree, seen.marked)
    badges.check_badge(_check(asked, settings, tree))
    st.subheader("Take home")
    exports.take_home(
        f"{asked.model.card.name}-beam-search",
        table=lambda: findings.node_table(tree),
        data=lambda: {"tree": tree, "against greedy": against},
        chart=lambda: beam_tree(tree, **asdict(seen)).altair(),
        script=lambda: _script(asked, settings),
        key="beams",
    )


def _key(asked: Asked, settings: Settings) -> tuple[Any, ...]:
    return ("beam search", asked.request(Decoding(max_new_tokens=settings.most)), settings)


def _tree(asked: Asked, settings: Settings) -> "BeamTree":
    def work(cancelled: Event, progress: Progress) -> "BeamTree":
        return asked.model.beam_search(
            asked.text,
            settings.width,
            settings.penalty,
            settings.most,
            settings.early,
            cancelled,
            lambda steps: progress(steps, settings.most),
        )

    tree = passing.done(
        asked.model,
        _key(asked, settings),
        work,
        "beams",
        "searching",
        _when_stopped,
        "steps",
        lambda found: found.end == "stopped",
    )
    if tree is None:
        st.stop()
    return tree


def _when_stopped(tree: "BeamTree | None") -> str:
    if tree is None:
        return "Stopped before the first step was done."
    return f"Stopped after {tree.steps} steps: this is what there was then."


def _against(asked: Asked, settings: Settings, tree: "BeamTree") -> "AgainstGreedy":
    def compute() -> "AgainstGreedy":
        with answers.working(asked.model, "decoding"):
            return asked.model.against_greedy(tree)

    key = ("against greedy", *_key(asked, settings), tree.end, tree.steps)
    return cast("AgainstGreedy", memory().get_or(key, compute))


def _check(asked: Asked, settings: Settings, tree: "BeamTree") -> "Check":
    def compute() -> "Check":
        with answers.working(asked.model, "checking"):
            return asked.model.check_beams(tree)

    key = ("check beams", *_key(asked, settings), tree.end, tree.steps)
    return cast("Check", memory().get_or(key, compute))


def _script(asked: Asked, settings: Settings) -> str:
    from explorer.scripts import beams_script

    return beams_script(
        asked.model,
        asked.text,
        settings.width,
        settings.penalty,
        settings.most,
        settings.early,
    )


def _seen(tree: "BeamTree") -> Seen:
    """The controls of the picture; they come before it, so that a link is followed at once."""
    if st.session_state.get(PATH_KEY, 1) > len(tree.hypotheses):
        # An earlier search had more answers.
        st.session_state[PATH_KEY] = len(tree.hypotheses)
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        drawn = links.bound(
            st.segmented_control,
            "What is drawn",
            [KEPT, EVERYTHING],
            default=KEPT,
            required=True,
            key="t_tree",
        )
    with right:
        marked = links.slider("Answer that is marked", 1, len(tree.hypotheses), 1, key=PATH_KEY)
    first = 0
    if tree.steps > MOST_STEPS:
        first = links.slider("First step drawn", 0, tree.steps - MOST_STEPS, 0, key="t_first")
        st.caption(
            f"{MOST_STEPS} of {tree.steps} steps are drawn at once; the table to take home has all."
        )
    return Seen(drawn == EVERYTHING, marked - 1, first)


def _draw(tree: "BeamTree", seen: Seen, key: tuple[Any, ...], dark: bool) -> None:
    number = told_node.chosen(key, len(tree.nodes))
    chart = beam_tree(tree, **asdict(seen), dark=dark)
    with st.container(
        height=chart.height + SCROLL_BAR_PIXELS, border=False, key="beam_tree_scroll"
    ):
        st.vega_lite_chart(
            chart.specification,
            width="content",
            key="beam_tree",
            on_select=lambda: _picked(tree, key),
            selection_mode=NODE,
            alt="The tree of the search: its answers stand in the table below, all its numbers in "
            "the files to take home.",
        )
    if number is not None:
        node = tree.nodes[number]
        told = numbers(tree, node, considered(tree)[node.step])
        st.markdown(" · ".join(f"{k}: **{messages.plain(v)}**" for k, v in told.items()))
    unfinished = f" {RUNS_ON}" if any(map(tree.runs_on, tree.nodes)) else ""
    st.caption(f"{LEGEND}{unfinished} {findings.ending(tree)}")
    st.caption(EXPLAINED)


def _picked(tree: "BeamTree", key: tuple[Any, ...]) -> None:
    """A click on a piece tells its numbers, and marks the best answer that goes through it."""
    points = st.session_state["beam_tree"]["selection"].get(NODE) or []
    node = int(points[-1]["id"]) if points else None
    told_node.keep(key, node)
    if node in places(tree):
        st.session_state[PATH_KEY] = places(tree)[node] + 1


def _answers(tree: "BeamTree", chosen: int) -> None:
    st.subheader("The answers")
    st.dataframe(
        findings.answer_table(tree, chosen),
        hide_index=True,
        width="stretch",
        column_config={
            name: st.column_config.Column(alignment="right") for name in findings.NUMBERS
        },
        key="beam_answers",
        on_select=_row_picked,
        selection_mode="single-row",
    )
    st.caption("Click a row to mark its path in the tree.")
    st.latex(findings.formula(tree.hypotheses[chosen], tree.length_penalty))
    st.caption(
        "log P: the log-probability of the whole answer, in nats. n: its pieces, with the end "
        "piece. α: the length penalty."
    )


def _row_picked() -> None:
    rows = st.session_state["beam_answers"]["selection"]["rows"]
    st.session_state[PATH_KEY] = int(rows[0]) + 1 if rows else 1
