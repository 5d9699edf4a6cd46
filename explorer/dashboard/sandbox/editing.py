"""Cells set by hand, in an editor and in the URL: `?edits=Q.0.5=2.5;mask.1.0=0`.

Each source of numbers has edits of its own: `place` is what their name in the URL begins with.
"""

import re
import zlib
from typing import Any

import pandas as pd
import streamlit as st

from explorer.arrays import Array
from explorer.dashboard import links
from explorer.dashboard.folded import fold
from explorer.dashboard.messages import quoted
from explorer.dashboard.sandbox.controls import LARGEST
from explorer.recipe import Edit, Matrix, Recipe
from explorer.worked_example import Given, before_edits

URL_NAME = "edits"
MOST_ROWS, MOST_COLUMNS = 100, 128
"""Rows and columns that can be set by hand: a link names a row by two digits."""
MOST_EDITS = 200
BY_HAND: tuple[Matrix, ...] = ("mask", "bias")
ROWS: tuple[Matrix, ...] = ("Q", "K", "V")
MOST_EDIT_CHARACTERS = 32
"""What the longest edit needs in a URL, the semicolon after it included."""
MOST_URL_CHARACTERS = MOST_EDITS * MOST_EDIT_CHARACTERS
_EDITS, _WRITTEN, _BASES, _ROUND = "_edits", "_edits_written", "_edit_bases", "_edit_round"
_FULL = "_edits_full"
_EDIT = re.compile(r"(Q|K|V|mask|bias)\.(\d{1,2})\.(\d{1,3})=(nan|-?\d+(?:\.\d+)?(?:e-?\d+)?)")

Cell = tuple[Matrix, int, int]


def follow_url(place: str = "") -> None:
    """Take the edits from the URL when the URL, and not this session, changed them."""
    asked = st.query_params.get(place + URL_NAME, "")
    if asked == st.session_state.get(_WRITTEN + place, ""):
        return
    edits, refused = read(asked)
    st.session_state[_EDITS + place] = edits
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    if refused:
        others = f" and {len(refused) - 1:,} more" if len(refused) > 1 else ""
        links.notice(
            f"The link asks for the edit {quoted(refused[0])}{others}, which cannot be: an edit "
            f"names a cell and a number up to {LARGEST:g}, and {MOST_EDITS} are the most. Such "
            "edits are left out."
        )
    _write(place)


def read(text: str) -> tuple[dict[Cell, float], list[str]]:
    """The edits that a URL holds, and what in it is no edit or one too many."""
    edits: dict[Cell, float] = {}
    refused = []
    parts = text.split(";") if text else []
    # A cut within an edit could leave another number, so only whole ones are read.
    read_until = 0
    for part in parts:
        read_until += len(part) + 1
        if read_until > MOST_URL_CHARACTERS + 1:
            refused.append(part)
            continue
        found = _EDIT.fullmatch(part)
        value = float(found[4]) if found else 0.0
        if found is None or abs(value) > LARGEST or len(edits) >= MOST_EDITS:
            refused.append(part)
        else:
            matrix: Any = found[1]
            edits[matrix, int(found[2]), int(found[3])] = value
    return edits, refused


def written(edits: dict[Cell, float]) -> str:
    """The same for the URL."""
    return ";".join(
        f"{matrix}.{row}.{column}={value:.12g}" for (matrix, row, column), value in edits.items()
    )


def _write(place: str) -> None:
    text = written(st.session_state.get(_EDITS + place, {}))
    st.session_state[_WRITTEN + place] = text
    if text:
        st.query_params[place + URL_NAME] = text
    elif place + URL_NAME in st.query_params:
        del st.query_params[place + URL_NAME]


def edits_for(recipe: Recipe, place: str = "") -> tuple[Edit, ...]:
    """The edits that have a cell in an example of this size and kind."""
    sizes = _sizes(recipe)
    return tuple(
        Edit(matrix, row, column, value)
        for (matrix, row, column), value in st.session_state.get(_EDITS + place, {}).items()
        if matrix in sizes and row < sizes[matrix][0] and column < sizes[matrix][1]
    )


def _sizes(recipe: Recipe) -> dict[str, tuple[int, int]]:
    sizes = {
        "Q": (recipe.queries, recipe.width),
        "K": (recipe.keys, recipe.width),
        "V": (recipe.keys, recipe.width),
    }
    if recipe.mask == "drawn":
        sizes["mask"] = (recipe.queries, recipe.keys)
    if recipe.bias == "drawn":
        sizes["bias"] = (recipe.queries, recipe.keys)
    return sizes


def edit_cells(recipe: Recipe, given: Given | None = None, place: str = "") -> None:
    """An expander with an editor for one matrix at a time.

    Args:
        recipe: sizes, and which mask and bias are drawn by hand.
        given: what takes the place of random numbers.
        place: whose edits.
    """
    by_hand: list[Matrix] = [name for name in BY_HAND if name in _sizes(recipe)]
    label = "Set the cells of Q, K and V by hand"
    if by_hand:
        label = f"Set the cells of the {' and the '.join(by_hand)}, or of Q, K and V"

    def draw() -> None:
        matrix: Any = st.segmented_control(
            "Matrix", [*by_hand, *ROWS], default=(by_hand or ROWS)[0],
            required=True, key=f"edit_which_{len(by_hand)}", label_visibility="collapsed",
        )  # fmt: skip
        _editor(matrix, recipe, given, place)
        edits = edits_for(recipe, place)
        say_if_full()
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Undo all", icon=":material/undo:", on_click=_undo, args=(place,),
                disabled=not edits,
            )  # fmt: skip
            st.caption(_count(len(edits), len(st.session_state.get(_EDITS + place, {}))))

    fold(label, "edit", f"cells_{len(by_hand)}", draw, expanded=bool(by_hand))


def say_if_full() -> None:
    """A notice when the last change was one too many."""
    if st.session_state.get(_FULL):
        links.notice(
            f"{MOST_EDITS} cells are set by hand, and a link holds no more: the last change was "
            "not taken. Undo all, or give a cell its old number back."
        )


def _count(here: int, everywhere: int) -> str:
    waiting = everywhere - here
    text = "Nothing is set by hand." if not here else f"Set by hand: {here} of {MOST_EDITS}."
    return text + (f" {waiting} more wait for cells that are not there now." if waiting else "")


def _editor(matrix: Matrix, recipe: Recipe, given: Given | None, place: str) -> None:
    whole = _sizes(recipe)[matrix]
    rows, columns = min(whole[0], MOST_ROWS), min(whole[1], MOST_COLUMNS)
    begun = st.session_state.get(_ROUND, 0)
    drawn = _drawn(matrix, recipe, given)
    from_ = recipe.seed if given is None else zlib.crc32(drawn.tobytes())
    key = f"cells_{place}{matrix}_{from_}_{rows}_{columns}_{recipe.queries}_{recipe.heads}_{begun}"
    bases = st.session_state.setdefault(_BASES, {})
    # While the editor lives, what it was given must stay the same, or it would begin anew.
    if key not in st.session_state or key not in bases:
        bases.clear()
        bases[key] = _base(matrix, recipe, drawn, place)
    if whole != (rows, columns):
        st.caption(
            f"The first {rows} rows and {columns} columns of {whole[0]} and {whole[1]} can be set."
        )
    frame = pd.DataFrame(bases[key], columns=[str(column) for column in range(columns)])
    frame.index.name = "key" if matrix in ("K", "V") else "query"
    if matrix == "mask":
        frame = frame != 0
        st.caption("A tick lets the query of the row see the key of the column.")
    numbers = st.column_config.NumberColumn(
        format="%.3f", min_value=-LARGEST, max_value=LARGEST, width="small"
    )
    st.data_editor(
        frame,
        key=key,
        column_config={} if matrix == "mask" else dict.fromkeys(frame.columns, numbers),
        on_change=keep,
        args=(key, matrix, recipe, given, place),
        width="stretch",
    )


def _base(matrix: Matrix, recipe: Recipe, drawn: Array, place: str) -> Array:
    base = drawn.copy()
    for edit in edits_for(recipe, place):
        if edit.matrix == matrix and edit.row < len(base) and edit.column < base.shape[1]:
            base[edit.row, edit.column] = edit.value
    return base


def _drawn(matrix: Matrix, recipe: Recipe, given: Given | None = None) -> Array:
    """The part of a matrix that can be set, without edits."""
    part: Array = before_edits(recipe, given)[matrix][:MOST_ROWS, :MOST_COLUMNS].copy()
    return part


def keep(
    key: str, matrix: Matrix, recipe: Recipe, given: Given | None = None, place: str = ""
) -> None:
    """Take over what the editor of this key holds."""
    edits = st.session_state.setdefault(_EDITS + place, {})
    drawn = _drawn(matrix, recipe, given)
    base = st.session_state.get(_BASES, {}).get(key, drawn)
    st.session_state[_FULL] = False
    changed = {
        (matrix, int(row), int(column)): float("nan") if value is None else float(value)
        for row, cells in st.session_state[key]["edited_rows"].items()
        for column, value in cells.items()
    }
    # A cell that was put back to what the editor began with is no longer among the changed ones.
    for cell in [cell for cell in edits if cell[0] == matrix and cell not in changed]:
        if cell[1] < len(base) and cell[2] < base.shape[1]:
            changed[cell] = float(base[cell[1], cell[2]])
    for cell, number in changed.items():
        if number == drawn[cell[1], cell[2]]:
            edits.pop(cell, None)
        elif cell in edits or len(edits) < MOST_EDITS:
            edits[cell] = number
        else:
            st.session_state[_FULL] = True
    if st.session_state[_FULL]:
        # The editor begins anew, so that it shows what counts.
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    _write(place)


def _undo(place: str) -> None:
    st.session_state[_EDITS + place] = {}
    st.session_state[_FULL] = False
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    _write(place)
