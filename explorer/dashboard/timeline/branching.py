"""Other paths: from any step, any other piece, and the answers side by side."""

from dataclasses import dataclass

import streamlit as st

from explorer.branches import Branch, BranchTree, compare
from explorer.charts.branch_tree import branch_tree, columns, sheet
from explorer.charts.timeline import SMALLEST_NATS, nats, percent
from explorer.dashboard import badges, exports, links, messages
from explorer.dashboard.clicks import Point
from explorer.dashboard.timeline import (
    answer_list,
    branch_list,
    compared,
    decoded,
    growing,
    playing,
)
from explorer.dashboard.timeline.asking import STEP_KEY, Asked, choose_step
from explorer.dashboard.timeline.branch_list import MOST_BRANCHES, Leaving
from explorer.dashboard.timeline.drawing import draw
from explorer.errors import ExplorerError
from explorer.timeline import TimelineStep
from explorer.timeline_script import timeline_script

FROM_KEY, PIECE_KEY, PILLS_KEY = "t_from", "_t_piece", "_t_instead"
_TYPED, _GREW = "_t_typed", "_t_grew"


@dataclass(frozen=True)
class Place:
    """Where the next branch leaves.

    Attributes:
        branch: the answer.
        step: one of its steps.
    """

    branch: Branch
    step: int

    @property
    def shown(self) -> TimelineStep:
        """The step itself."""
        return self.branch.timeline.steps[self.step]


def leave(step: int, piece: int) -> None:
    """A click in another view: the first answer says another piece at a step, here."""
    st.session_state["watch"] = "Branches"
    links.put(FROM_KEY, "0")
    st.session_state[STEP_KEY] = step
    branch_list.clicked(Leaving(0, step, piece))


def show(asked: Asked, dark: bool) -> None:
    """The whole view."""
    chosen = decoded.choose(asked)
    root = decoded.decode(asked, chosen)
    wanted, at_first = growing.wanted(asked, chosen, root)
    wanted, clicked, before = branch_list.with_clicked(wanted)
    branch_list.say_refused()
    grown = growing.grow(asked, chosen, root, wanted)
    tree = grown.tree
    if clicked is not None and grown.repeats is not None:
        branch_list.keep(before)
        _select(tree, grown.repeats, clicked.parent)
        if not at_first:
            st.toast(f"Answer {grown.repeats} says this already.", icon=":material/check:")
    wanted = grown.leavings
    sentence, picture = st.empty(), st.container()
    place = _choose_place(tree, decoded.first_step(root))
    _offer(asked, place, wanted)
    pair, at = compared.choose(tree), (place.branch.id, place.step)
    with picture:
        draw(
            branch_tree(tree, pair, at, dark),
            "t_tree",
            "The tree of answers: the table below holds the numbers",
            _go,
        )
        _say_what_is_drawn(tree, place.step)
        answer_list.offer_removal(wanted)
    sentence.markdown(what_to_see(tree, pair))
    compared.show(tree, pair)
    answer_list.show(tree)
    on_screen = tree.branches[pair[1]]
    key = (growing.KEY, chosen.key(asked), on_screen.timeline.target.ids)
    badges.check_badge(decoded.check(asked, on_screen.timeline, key), f"answer {on_screen.id}")
    exports.take_home(
        f"{asked.model.card.name}-branches",
        table=lambda: answer_list.table(tree),
        data=tree,
        chart=lambda: sheet(tree, pair, at),
        script=lambda: timeline_script(asked.model, on_screen.timeline),
        key="branches",
    )


def _select(tree: BranchTree, number: int, left: int) -> None:
    """What was clicked stands there already: it is left next, and stands beside its parent."""
    parent = tree.branches[number].parent
    beside = left if parent is None else parent
    for key, one in (
        (FROM_KEY, number), (compared.RIGHT_KEY, number), (compared.LEFT_KEY, beside),
    ):  # fmt: skip
        links.put(key, str(one))


def what_to_see(tree: BranchTree, pair: tuple[int, int]) -> str:
    """One sentence about the two answers that stand side by side."""
    if len(tree.branches) == 1:
        return "Take another piece at any step: a branch grows from there."
    before, after = (tree.branches[number] for number in pair)
    at = compare(before, after).common
    sides = [branch.timeline.steps[at : at + 1] for branch in (after, before)]
    if before.id == after.id or not any(sides):
        return "The same answer stands on both sides: choose another one for either."
    ours, theirs = (
        f"**{messages.plain(step[0].token.display)}**" if step else "nothing more" for step in sides
    )
    change = after.log_probability - before.log_probability
    if abs(change) < SMALLEST_NATS:
        verdict = "both are equally probable"
    else:
        verdict = f"it is {'more' if change > 0 else 'less'} probable than answer {before.id}"
    return (
        f"At step {at} {ours} stands for {theirs} in answer {after.id}: {verdict} "
        f"({nats(after.log_probability)} against {nats(before.log_probability)} nats)."
    )


def _choose_place(tree: BranchTree, default: int) -> Place:
    """The answer and the step that the next branch leaves."""
    names = [str(branch.id) for branch in tree.branches]
    if st.session_state.get(FROM_KEY) not in (None, *names):
        # The branch was taken away.
        st.session_state[FROM_KEY] = "0"
    left, right = st.columns([1, 2], gap="medium", vertical_alignment="bottom")
    with left:
        number = links.bound(
            st.segmented_control, "Leave answer", names, default="0", required=True,
            key=FROM_KEY, wrap=True,
        )  # fmt: skip
    branch = tree.branches[int(number)]
    with right:
        step = choose_step(len(branch.timeline.steps), default, "at step")
    return Place(branch, step)


def _offer(asked: Asked, place: Place, wanted: tuple[Leaving, ...]) -> None:
    """The alternatives of the step, and a field for any other piece."""
    step = place.shown
    said = messages.plain(step.token.display)
    if step.fixed:
        st.caption(f"The model's own rules allow only **{said}** at this step.")
        return
    if len(wanted) >= MOST_BRANCHES:
        st.caption(f"There are {MOST_BRANCHES} branches, the most there can be: remove one first.")
        return
    names = {
        one.id: f"{messages.plain(one.name)} {percent(one.probability)}"
        for one in step.alternatives
        if one.id != step.token.id
    }
    if st.session_state.pop(_GREW, False):
        # The same piece may be typed again, at another step.
        st.session_state[PIECE_KEY] = ""
    parent = place.branch.id
    left, right = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    with left:
        if names:
            st.pills(
                f"Instead of **{said}**, say",
                list(names),
                format_func=names.__getitem__,
                key=PILLS_KEY,
                help="␣ is the space before a word.",
                wrap=True,
                on_change=_instead,
                args=(parent, place.step, wanted),
            )
    with right:
        st.text_input(
            "or any other piece",
            key=PIECE_KEY,
            max_chars=100,
            placeholder="type it, and Enter",
            on_change=_type,
            args=(parent, place.step),
        )
    _take_typed(asked, wanted)


def _instead(parent: int, step: int, base: tuple[Leaving, ...]) -> None:
    piece = st.session_state[PILLS_KEY]
    st.session_state[PILLS_KEY] = None
    if piece is not None:
        branch_list.clicked(Leaving(parent, step, int(piece)), base)


def _type(parent: int, step: int) -> None:
    st.session_state[_TYPED] = (parent, step, st.session_state[PIECE_KEY])


def _take_typed(asked: Asked, wanted: tuple[Leaving, ...]) -> None:
    """Look a typed piece up in the vocabulary, and let its branch grow in the next run."""
    typed = st.session_state.pop(_TYPED, None)
    if typed is None or not typed[2]:
        return
    from explorer.prefix import piece_id

    parent, step, text = typed
    try:
        piece = piece_id(asked.model, text)
    except ExplorerError as error:
        messages.show_sentence(str(error))
        return
    branch_list.clicked(Leaving(parent, step, piece), wanted)
    st.session_state[_GREW] = True
    st.rerun()


def _go(point: Point) -> None:
    st.session_state[FROM_KEY] = str(int(point["branch"]))
    playing.go(int(point["step"]))


def _say_what_is_drawn(tree: BranchTree, step: int) -> None:
    first, last = columns(tree, step)
    told = (
        "Each row is an answer; a branch begins where it leaves another one, and what stands "
        "before is shared. On the left its number and its log-probability in nats; in each box the "
        "probability of the piece. Click a box to leave there."
    )
    if first > 0 or last < tree.steps:
        told += f" Drawn: steps {first} to {last - 1} of 0 to {tree.steps - 1}."
    st.caption(told)
