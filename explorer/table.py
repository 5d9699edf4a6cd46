"""A CSV as people really save it: any usual encoding and delimiter, with or without names.

A row that cannot be used is kept with its reason; it never costs the other rows.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.errors import ExplorerError
from explorer.text_encoding import decode

MAX_FILE_BYTES = 1_000_000
MAX_ROWS = 1_000
MAX_COLUMNS = 100
MAX_CONTROL_SHARE = 0.02
"""Share of control characters above which a file is not taken for text."""

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_NO_DELIMITER = "\x1f"
_TEXT_NAMES = ("text", "source", "input", "sentence", "document", "article", "question")
_REFERENCE_NAMES = ("reference", "target", "expected", "label", "translation", "summary", "answer")
_NAME = re.compile(r"[^\W\d][\w \-/()]{0,39}")


@dataclass(frozen=True)
class TableRow:
    """A row of the file: the line it begins on, its cells, and why it cannot be used ("" = can)."""

    line: int
    cells: tuple[str, ...]
    error: str = ""


@dataclass(frozen=True)
class Table:
    """A CSV that was read.

    Attributes:
        columns: one unique name for each column.
        rows: in the file's order.
        encoding, delimiter: what was recognised, in words for people.
        header: whether the first row gave the names.
        notices: what was cut, guessed or repaired, a sentence each.
    """

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    encoding: str
    delimiter: str
    header: bool
    notices: tuple[str, ...] = ()

    def texts(self, column: str) -> tuple[str, ...]:
        """The cells of one column, "" where a row is too short."""
        index = self.columns.index(column)
        return tuple(row.cells[index] if index < len(row.cells) else "" for row in self.rows)

    @property
    def likely_text_column(self) -> str:
        """The column to begin with: one called text or the like, else the one with most letters."""
        return self._named(_TEXT_NAMES) or max(
            self.columns, key=lambda name: sum(map(len, self.texts(name)))
        )

    @property
    def likely_reference_column(self) -> str | None:
        """A column whose name says that it holds the right answers."""
        return self._named(_REFERENCE_NAMES)

    def _named(self, names: Sequence[str]) -> str | None:
        lower = {column.lower().strip(): column for column in reversed(self.columns)}
        return next((lower[name] for name in names if name in lower), None)


def read_table(data: bytes, header: bool | None = None, most_rows: int = MAX_ROWS) -> Table:
    """Read a CSV file's bytes.

    Args:
        data: the file.
        header: whether the first row holds the names; None looks at it.
        most_rows: rows beyond this many are left out, and that is said.

    Raises:
        ExplorerError: no file of text, too large, or without rows.
    """
    if len(data) > MAX_FILE_BYTES:
        raise ExplorerError(
            f"The file has {len(data) / 1e6:.1f} MB; the limit is {MAX_FILE_BYTES / 1e6:.0f} MB. "
            "Split it into smaller files."
        )
    content, encoding, notices = decode(data)
    odd = sum(1 for c in content if unicodedata.category(c) == "Cc" and c not in "\t\r\n")
    if odd > MAX_CONTROL_SHARE * len(content):
        raise ExplorerError(
            f"The file is not text: {odd:,} of its {len(content):,} characters are control "
            "characters. Save the table as CSV."
        )
    content = content.removeprefix("\ufeff")
    delimiter = _delimiter(content)
    records, mended = _records(content, delimiter)
    if not any(cell.strip() for _, cells in records for cell in cells):
        raise ExplorerError("The file is empty: give it a column of texts, one row for each.")
    notices += mended
    if header is None:
        header = _looks_like_header(records)
    names = records[0][1] if header else [""] * len(records[0][1])
    if len(names) > MAX_COLUMNS:
        raise ExplorerError(
            f"The file has {len(names):,} columns; the limit is {MAX_COLUMNS}. "
            "Keep the columns that are needed."
        )
    body = records[1:] if header else records
    if not body:
        raise ExplorerError("The file has column names and 0 rows: add a row for each text.")
    if len(body) > most_rows:
        notices.append(
            f"The file has {len(body):,} rows; the first {most_rows:,} are used, which is the "
            "limit."
        )
    rows = tuple(_row(line, cells, len(names)) for line, cells in body[:most_rows])
    return Table(
        columns=_unique(names),
        rows=rows,
        encoding=encoding,
        delimiter=_DELIMITERS.get(delimiter, "one column"),
        header=header,
        notices=tuple(notices),
    )


def _delimiter(content: str) -> str:
    """The character that cuts the rows into as many cells as the first row, more than one.

    Four of five rows must agree; where the first row holds names, a third is enough.
    """
    found = []
    for delimiter in _DELIMITERS:
        cells = [row for _, row in _parse(content.lstrip()[:50_000], delimiter, strict=False)[:200]]
        if not cells:
            continue
        width = len(cells[0])
        share = sum(1 for row in cells if len(row) == width) / len(cells)
        names = all(_NAME.fullmatch(cell.strip()) for cell in cells[0])
        if width > 1 and share >= (1 / 3 if names else 0.8):
            found.append((share, width, delimiter))
    return max(found)[2] if found else _NO_DELIMITER


def _parse(content: str, delimiter: str, strict: bool) -> list[tuple[int, list[str]]]:
    """Records with the line they begin on; blank lines are left out."""
    csv.field_size_limit(MAX_FILE_BYTES)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=strict)
    records, line = [], 1
    for cells in reader:
        if any(cell.strip() for cell in cells) or len(cells) > 1:
            records.append((line, cells))
        line = reader.line_num + 1
    return records


def _records(content: str, delimiter: str) -> tuple[list[tuple[int, list[str]]], list[str]]:
    try:
        return _parse(content, delimiter, strict=True), []
    except csv.Error:
        pass
    lenient = _parse(content, delimiter, strict=False)
    if content.count('"') % 2 == 0:
        return lenient, []
    # An odd mark swallows every row after it: take quotes as ordinary characters instead.
    lines = [(number, line) for number, line in enumerate(content.splitlines(), start=1)]
    records = [
        (number, [_unquote(cell) for cell in line.split(delimiter)])
        for number, line in lines
        if line.strip()
    ]
    notice = (
        "A quotation mark is opened and never closed, so every line was read as one row. "
        "Texts that run over several lines are cut there."
    )
    return records, [notice]


def _unquote(cell: str) -> str:
    inner = cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
    return inner.replace('""', '"')


def _looks_like_header(records: list[tuple[int, list[str]]]) -> bool:
    first = [cell.strip() for cell in records[0][1]]
    known = {*_TEXT_NAMES, *_REFERENCE_NAMES, "id", "number", "name", "prediction", "context"}
    if any(cell.lower() in known for cell in first):
        return True
    if len(records) == 1 or not all(map(_NAME.fullmatch, first)) or len(set(first)) < len(first):
        return False
    # Names are shorter than the texts below them.
    longest = max(len(cell) for _, cells in records[1:50] for cell in cells)
    return max(map(len, first)) * 2 <= longest and all(len(cell.split()) <= 4 for cell in first)


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """A name for every column, none twice: the second "text" is "text (2)"."""
    result: list[str] = []
    for index, name in enumerate(names, start=1):
        wanted = unique = name.strip() or f"column {index}"
        number = 1
        while unique in result:
            number += 1
            unique = f"{wanted} ({number})"
        result.append(unique)
    return tuple(result)


def _row(line: int, cells: list[str], width: int) -> TableRow:
    if len(cells) > width:
        return TableRow(
            line,
            tuple(cells),
            f"Line {line:,} has {len(cells)} cells where the file has {width} columns: "
            "put a text that holds the delimiter in quotation marks.",
        )
    return TableRow(line, tuple(cells))
