"""Two answers of a tree side by side: their words, and how probable each is."""

import streamlit as st

from explorer.branches import BranchTree, compare
from explorer.charts import pieces
from explorer.charts.timeline import SMALLEST_NATS, nats
from explorer.dashboard import links

LEFT_KEY, RIGHT_KEY = "t_left", "t_right"
_EMPTY = pieces.text_html("(empty)")


def choose(tree: BranchTree) -> tuple[int, int]:
    """The two answers: at first the newest one and the one that it left."""
    newest = tree.branches[-1]
    if newest.parent is None:
        return 0, 0
    names = [str(branch.id) for branch in tree.branches]
    chosen = []
    columns = st.columns(2, gap="medium")
    for column, label, key, default in zip(
        columns,
        ("Side by side: answer", "and answer"),
        (LEFT_KEY, RIGHT_KEY),
        (newest.parent, newest.id),
        strict=True,
    ):
        if st.session_state.get(key) not in (None, *names):
            st.session_state[key] = str(default)
        links.follow_default(key, str(default))
        with column:
            chosen.append(
                int(
                    links.bound(
                        st.segmented_control, label, names, default=str(default), required=True,
                        key=key, wrap=True,
                    )
                )
            )  # fmt: skip
    return chosen[0], chosen[1]


def show(tree: BranchTree, pair: tuple[int, int]) -> None:
    """Both texts with their differences, and both scores."""
    if len(tree.branches) == 1:
        return
    found = compare(tree.branches[pair[0]], tree.branches[pair[1]])
    sides = zip(
        st.columns(2, gap="medium"), pair, found.parts_at, (found.words.left, found.words.right),
        strict=True,
    )  # fmt: skip
    for column, name, at, runs in sides:
        text = tree.branches[name].timeline.text
        with column.container(border=True):
            st.markdown(f"**Answer {name}**")
            st.html(pieces.differences_html(runs, text[:at]) if text else _EMPTY)
    if pair[0] != pair[1]:
        st.caption(
            f"They have their first {found.common} pieces in common. **Dotted**: from where they "
            "part. **Tinted**: words that the other one has not."
        )
    first, second = pair
    columns = {
        "": ["Log-probability (nats)", "Per piece (nats)"],
        f"Answer {first}": [found.log_probabilities[0], found.mean_log_probabilities[0]],
        f"Answer {second} ": [found.log_probabilities[1], found.mean_log_probabilities[1]],
        "Difference": [found.difference, found.mean_difference],
    }
    st.table(
        [
            {
                name: each if isinstance(each, str) else nats(each)
                for name, each in zip(columns, row, strict=True)
            }
            for row in zip(*columns.values(), strict=True)
        ],
        hide_index=True,
    )
    ahead = "Both are equally probable."
    if abs(found.difference) >= SMALLEST_NATS:
        ahead = f"Answer {first if found.difference > 0 else second} is the more probable one."
    st.caption(
        f"{ahead} A log-probability is the sum of the natural logarithms of the pieces' "
        "probabilities, the forced piece included; nearer to 0 is more probable. Per piece, "
        "answers of different lengths can be compared."
    )
