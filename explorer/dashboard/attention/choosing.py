"""The controls that say what is on screen: in each view only those that count there."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.attention import Stack, layers_and_heads
from explorer.dashboard import links
from explorer.dashboard.attention.reduced import HOWS, Choice, How

if TYPE_CHECKING:
    from explorer.alignment import AlignmentErrors, Rows
    from explorer.model import Seq2SeqModel

STACKS: dict[str, Stack] = {"Cross": "cross", "Encoder": "encoder", "Decoder": "decoder"}
ROWS: dict[str, "Rows"] = {"predicts": "predicted", "reads": "read"}
# What is chosen in one view stays while another one has no control for it.
KEPT = {"persist_state": "session"}


def choose(look: str, model: "Seq2SeqModel", rates: "AlignmentErrors | None") -> Choice:
    """The controls of one view.

    Args:
        look: the view.
        model: its layers and heads are offered.
        rates: decides which head and which rows come first, where it is known.
    """
    stack = STACKS[
        links.bound(
            st.segmented_control, "Attention", list(STACKS), default="Cross", required=True,
            key="stack", wrap=True, **KEPT,
        )
    ]  # fmt: skip
    best = rates.best[1:] if rates else ("predicted", 0, 0)
    if look in ("Every head", "Switch off"):
        if "show" in st.query_params:
            # What a link asks for gives way to a click only while its control is on screen.
            _show()
        layer, head = _one_head(model, stack, best)
        rows = _rows(stack, best[0]) if look == "Every head" else best[0]
        return _choice(stack, layer=layer, head=head, rows=rows)
    if look == "bertviz":
        layers, heads = _layers_and_heads(model, stack)
        # What it opens on; a link holds only what is on screen.
        layer, head = _one_head(model, stack, best)
        words, special = _units()
        return _choice(stack, "One head", layer, head, layers, heads, words, special,
                       _rows(stack, best[0]))  # fmt: skip
    return _map(model, stack, best)


def _map(model: "Seq2SeqModel", stack: Stack, best: tuple["Rows", int, int]) -> Choice:
    how = _show()
    layer, head = 0, 0
    layers: tuple[int, ...] = ()
    heads: tuple[int, ...] = ()
    if how == "One head":
        layer, head = _one_head(model, stack, best)
    else:
        layers, heads = _layers_and_heads(model, stack)
    words, special = _units()
    rows = _rows(stack, best[0])
    return _choice(stack, how, layer, head, layers, heads, words, special, rows)


def _show() -> How:
    found: How = links.bound(
        st.segmented_control, "Show in the map", HOWS, default="One head", required=True,
        key="show", wrap=True, **KEPT,
    )  # fmt: skip
    return found


def threshold() -> float:
    """Weights below it are grey in the map."""
    return float(
        links.bound(
            st.slider, "Grey out weights below", 0.0, 1.0, 0.0, 0.01, key="threshold", **KEPT
        )
    )


def part(label: str, count: int, key: str) -> tuple[int, int]:
    """A range of rows or columns: the first, and the one after the last."""
    if count < 2:
        return 0, count
    held = st.session_state.get(key)
    if isinstance(held, Sequence) and not 0 <= held[0] <= held[-1] < count:
        # Another text had more of them.
        st.session_state[key] = (min(held[0], count - 1), min(held[-1], count - 1))
    links.follow_default(key, (0, count - 1))
    first, last = links.bound(
        st.slider, label, 0, count - 1, (0, count - 1), key=key, **KEPT
    )  # fmt: skip
    return int(first), int(last) + 1


def _choice(
    stack: Stack,
    how: How = "One head",
    layer: int = 0,
    head: int = 0,
    layers: tuple[int, ...] = (),
    heads: tuple[int, ...] = (),
    words: bool = True,
    special: bool = True,
    rows: "Rows" = "predicted",
) -> Choice:
    return Choice(stack, how, layer, head, layers, heads, words, special, rows)


def _one_head(
    model: "Seq2SeqModel", stack: Stack, best: tuple["Rows", int, int]
) -> tuple[int, int]:
    found = []
    counts = layers_and_heads(model.facts, stack)
    for label, key, count, default in zip(
        ("Layer", "Head"), ("layer", "head"), counts, best[1:], strict=True
    ):
        first = min(default, count - 1)
        links.follow_default(key, first)
        found.append(links.slider(label, 0, count - 1, first, key=key, **KEPT))
    return found[0], found[1]


def _layers_and_heads(
    model: "Seq2SeqModel", stack: Stack
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    layers, heads = layers_and_heads(model.facts, stack)
    return _some("Layers", layers, "layers"), _some("Heads", heads, "heads")


def _some(label: str, count: int, key: str) -> tuple[int, ...]:
    held: Any = st.session_state.get(key)
    if held and not set(held) <= set(range(count)):
        # Another stack or model had more of them.
        st.session_state[key] = [number for number in held if number in range(count)]
    chosen = links.bound(
        st.multiselect, label, list(range(count)), key=key, placeholder="all", **KEPT
    )
    return tuple(sorted(chosen))


def _units() -> tuple[bool, bool]:
    words = links.bound(st.toggle, "Merge to words", True, key="words", **KEPT)
    special = links.bound(
        st.toggle,
        "Special pieces",
        True,
        key="special",
        help="Hidden, each row is scaled to sum to 1 over what stays.",
        **KEPT,
    )
    return bool(words), bool(special)


def _rows(stack: Stack, best: "Rows") -> "Rows":
    if stack == "encoder":
        return best
    names = list(ROWS)
    named = next(name for name in names if ROWS[name] == best)
    links.follow_default("rows", named)
    return ROWS[
        links.bound(
            st.segmented_control, "A row is named by the piece that its step", names,
            default=named, required=True, key="rows", **KEPT,
        )
    ]  # fmt: skip
