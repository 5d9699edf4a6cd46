"""Things side by side as an HTML table: a row for each trait, what differs tinted and marked.

On a narrow screen the table scrolls by itself, with a key as well, and its first column stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

MARK = "◆"
"""Stands before a cell that differs, so that colour is not the only sign."""
PAGE = {False: "#ffffff", True: "#11141c"}
"""Behind the column that stays."""

_LINE = "border:1px solid rgba(128,128,128,.35);"
_CELL = f"{_LINE}padding:5px 7px;vertical-align:top;text-align:start;white-space:pre-line;"
_WIDTH = "min-width:5rem;"
_DIFFERENT = "background:rgba(124,92,214,.22);font-weight:600;"


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        title: what is compared.
        cells: one for each column.
        marked: which of them differ; empty for none.
    """

    title: str
    cells: tuple[str, ...]
    marked: tuple[bool, ...] = ()


def table_html(heads: Sequence[str], rows: Sequence[Row], label: str, dark: bool = False) -> str:
    """The table.

    Args:
        heads: what stands above each column.
        rows: see `Row`.
        label: what the table is about, for those who do not see it.
        dark: for a dark page.
    """
    stays = f"position:sticky;left:0;background:{PAGE[dark]};"
    top = "".join(f'<th scope="col" style="{_CELL}{_WIDTH}">{escape(each)}</th>' for each in heads)
    body = "".join(_row(each, stays) for each in rows)
    return (
        f'<div role="region" tabindex="0" aria-label="{escape(label, quote=True)}" '
        'style="overflow-x:auto">'
        '<table style="border-collapse:collapse;width:100%;font-size:.87rem;line-height:1.4">'
        f'<thead><tr><td style="{_CELL}{stays}"></td>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(row: Row, stays: str) -> str:
    marked = row.marked or (False,) * len(row.cells)
    cells = "".join(
        f'<td style="{_CELL}{_DIFFERENT}">{MARK}&nbsp;{escape(text)}</td>'
        if differs
        else f'<td style="{_CELL}">{escape(text)}</td>'
        for text, differs in zip(row.cells, marked, strict=True)
    )
    return f'<tr><th scope="row" style="{_CELL}{stays}">{escape(row.title)}</th>{cells}</tr>'
