"""What a page gives to take home: tables, data, charts and the Python that makes them again.

Files and scripts are made only when somebody presses a button: a page that nobody exports pays for
the buttons alone.
"""

import csv
import dataclasses
import json
import math
import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.dashboard.folded import drop_down

if TYPE_CHECKING:
    import altair as alt

# A spreadsheet runs a cell that begins with one of these as a formula, spaces before it or not. One
# that does not go by quotes cuts a cell at separators and line breaks, and each part is one then.
_STARTS = r"[ \xa0\"]*[=+\-@＝＋－＠]"
FORMULA = re.compile(rf"\A(?=[\t\r\n]|{_STARTS})|(?<=[;,|\t\r\n\v\f\x85\u2028\u2029])(?={_STARTS})")
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PNG_SCALE = 2.0
FILE_NAME_CHARACTERS = 100
PAPER_MARGIN_PIXELS = 16


def neutralised(cell: Any) -> Any:
    """A cell that no spreadsheet runs as a formula, nor any part of it; numbers stay numbers.

    An apostrophe stands before each beginning of a formula.
    """
    return FORMULA.sub("'", cell) if isinstance(cell, str) else cell


def file_name(name: str, ending: str) -> str:
    """A name that every file system takes, from one that may be a Hub id or the way to a folder."""
    if os.path.isabs(name):
        name = os.path.basename(name)
    safe = re.sub(r"[^\w.-]+", "-", name).strip("-.")[-FILE_NAME_CHARACTERS:]
    return f"{safe or 'explorer'}.{ending}"


def csv_bytes(table: Any) -> bytes:
    """A table (a data frame or a list of rows) as CSV that a spreadsheet opens safely."""
    import pandas as pd

    if isinstance(table, pd.DataFrame):
        frame = table.map(neutralised).rename(columns=neutralised)
    else:
        rows = [{neutralised(k): neutralised(v) for k, v in row.items()} for row in table]
        # As objects: in a column of numbers a gap would turn 3 into 3.0.
        frame = pd.DataFrame(rows, dtype=object)
    # The mark at the beginning tells spreadsheets that the text is UTF-8.
    quoting = csv.QUOTE_NONNUMERIC  # every text
    text: str = frame.to_csv(index=False, lineterminator="\n", quoting=quoting)
    return text.encode("utf-8-sig")


def json_bytes(data: Any) -> bytes:
    """Results as JSON: dataclasses and arrays taken apart, numbers JSON does not know as null."""
    return json.dumps(_simple(data), ensure_ascii=False, indent=2, allow_nan=False).encode()


def _simple(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _simple(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _simple(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_simple(each) for each in value]
    if hasattr(value, "tolist"):
        return _simple(value.tolist())
    return str(value)


def chart_svg(chart: "alt.TopLevelMixin") -> bytes:
    """A chart as SVG, made on this computer."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(_on_paper(chart))).encode()


def chart_png(chart: "alt.TopLevelMixin") -> bytes:
    """A chart as PNG with twice the pixels of the screen, made on this computer."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(_on_paper(chart), scale=PNG_SCALE))


def _on_paper(chart: "alt.TopLevelMixin") -> dict[str, Any]:
    """The chart with a white margin around it."""
    specification: dict[str, Any] = _drawable(chart.to_dict())
    return {**specification, "padding": PAPER_MARGIN_PIXELS, "background": "white"}


def _drawable(part: Any) -> Any:
    """The same with � for each character that an SVG cannot hold.

    What draws the picture ends the whole process where a text holds one.
    """
    if isinstance(part, str):
        return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", part)
    if isinstance(part, Mapping):
        return {_drawable(key): _drawable(each) for key, each in part.items()}
    if isinstance(part, list | tuple):
        return [_drawable(each) for each in part]
    return part


def take_home(
    name: str,
    *,
    table: Any = None,
    data: Any = None,
    chart: "alt.TopLevelMixin | Callable[[], alt.TopLevelMixin] | None" = None,
    html: "Callable[[], str] | None" = None,
    script: "str | Callable[[], str] | None" = None,
    key: str = "",
) -> None:
    """One row of controls: CSV, JSON, PNG, SVG, HTML and *Copy as Python*.

    Args:
        name: the beginning of the file names.
        table: a data frame or a list of rows, or a function that gives one.
        data: anything JSON can hold after dataclasses and arrays are taken apart, or a function.
        chart: an Altair chart, or a function that gives one.
        html: a function that gives one whole HTML file.
        script: the Python that prints the same numbers without this project.
        key: told apart from another row on the same page by this.
    """
    prefix = f"take_home_{key or name}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if table is not None:
            _button("CSV", name, "csv", "text/csv", lambda: csv_bytes(_given(table)), prefix)
        if data is not None:
            kind = "application/json"
            _button("JSON", name, "json", kind, lambda: json_bytes(_given(data)), prefix)
        if chart is not None:
            _button("PNG", name, "png", "image/png", lambda: chart_png(_given(chart)), prefix)
            _button("SVG", name, "svg", "image/svg+xml", lambda: chart_svg(_given(chart)), prefix)
        if html is not None:
            _button("HTML", name, "html", "text/html", lambda: html().encode(), prefix)
        if script is not None:
            drop_down(
                "Copy as Python", "code", f"{prefix}_script", lambda: _show_script(_given(script))
            )


def _show_script(script: str) -> None:
    st.caption("Prints the same numbers with plain transformers and torch.")
    st.code(script, language="python", wrap_lines=True)


def _button(
    label: str, name: str, ending: str, kind: str, make: Callable[[], bytes], prefix: str
) -> None:
    st.download_button(
        label,
        make,
        file_name=file_name(name, ending),
        mime=kind,
        key=f"{prefix}_{ending}",
        on_click="ignore",
        icon=":material/download:",
    )


def _given(value: Any) -> Any:
    return value() if callable(value) else value
