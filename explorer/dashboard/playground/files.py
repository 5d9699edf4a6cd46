"""The file of a batch: an upload or the example, its columns, and the text of each row."""

import hashlib
from collections.abc import Mapping
from typing import cast

import streamlit as st

from explorer.cards import Task
from explorer.dashboard import exports, links, messages, settings
from explorer.dashboard.memory import memory
from explorer.errors import ExplorerError
from explorer.table import MAX_FILE_BYTES, Table, read_table

NO_REFERENCE = "none"
_UPLOAD_KEY = "csv_file"
_KEPT_KEY = "_csv_kept"
_URL_NAME = "file"
NAME_CHARACTERS = 100
"""So much of a file's name stands in the link."""
EXAMPLES = {
    "translation": (
        ("The weather is beautiful today.", "Das Wetter ist heute schön."),
        ("The small dog sees the old cat.", "Der kleine Hund sieht die alte Katze."),
        ("We do not drink coffee.", "Wir trinken keinen Kaffee."),
        ("Does the cat sleep?", "Schläft die Katze?"),
    ),
    "sentiment": (
        ("The film is wonderful.", "positive"),
        ("The food was terrible.", "negative"),
    ),
}


def choose_file(task: Task | None) -> Table | None:
    """The file, or the example while there is none; None where it cannot be read."""
    example = example_csv(task)
    most_rows = settings.limit("batch_rows")
    st.file_uploader(
        f"CSV with a column of texts, up to {most_rows:,} rows and {MAX_FILE_BYTES / 1e6:.0f} MB",
        type=["csv", "tsv", "txt"],
        key=_UPLOAD_KEY,
        on_change=_keep_upload,
    )
    given: tuple[str, bytes] | None = st.session_state.get(_KEPT_KEY)
    _name_in_link(given)
    with st.container(horizontal=True, vertical_alignment="center"):
        if given is None:
            st.caption("No file yet: this is an example. It holds an empty row on purpose.")
        elif st.session_state.get(_UPLOAD_KEY) is None:
            st.caption(f"Still your file {messages.plain(given[0])}.")
            st.button("Put it away", icon=":material/close:", on_click=_put_away)
        st.download_button(
            "Example CSV",
            example,
            file_name="example.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
    data = example if given is None else given[1]
    choice = links.bound(
        st.segmented_control,
        "First row",
        ("recognise", "names", "a text"),
        default="recognise",
        required=True,
        key="header",
        help="Whether the first row holds the names of the columns.",
    )
    try:
        table = _read(data, {"names": True, "a text": False}.get(choice), most_rows)
    except ExplorerError as error:
        messages.show_sentence(str(error))
        return None
    names = "names in the first row" if table.header else "no names"
    st.caption(
        f"{_counted(len(table.rows), 'row')}, {_counted(len(table.columns), 'column')}, "
        f"{table.encoding}, "
        f"{table.delimiter}, {names}."
    )
    for notice in table.notices:
        st.warning(messages.plain(notice), icon=":material/info:")
    return table


def is_given() -> bool:
    """Whether there is a file of the person's own."""
    return _KEPT_KEY in st.session_state


def _name_in_link(given: tuple[str, bytes] | None) -> None:
    """The file's name stands in the link: a page that comes back without the file says so."""
    asked = st.query_params.get(_URL_NAME)
    if given is not None:
        name = given[0][:NAME_CHARACTERS]
        # Whatever is written there is one step more on the way back.
        if asked != name:
            st.query_params[_URL_NAME] = name
    elif asked:
        links.notice(
            f"The link speaks of the file {messages.quoted(asked)}, and no link holds a file: "
            "choose it once more."
        )


def _keep_upload() -> None:
    """Keep the file in the session: the widget forgets it where another view is looked at."""
    uploaded = st.session_state[_UPLOAD_KEY]
    if uploaded is None:
        _put_away()
    else:
        st.session_state[_KEPT_KEY] = (uploaded.name, uploaded.getvalue())


def _put_away() -> None:
    st.session_state.pop(_KEPT_KEY, None)
    if _URL_NAME in st.query_params:
        del st.query_params[_URL_NAME]


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def example_csv(task: Task | None) -> bytes:
    """A small file to try, made for the task; texts may hold commas and quotes."""
    if task and task.fields:
        values = task.example_fields()
        return exports.csv_bytes([values, {**values, task.fields[0]: ""}])
    kind = task.kind if task else ""
    rows = EXAMPLES.get(kind) or ((task.example if task else "The weather is fine.", ""),)
    empty = ("", "")
    return exports.csv_bytes([{"text": text, "reference": right} for text, right in (*rows, empty)])


def _read(data: bytes, header: bool | None, most_rows: int) -> Table:
    key = ("table", hashlib.sha256(data).hexdigest(), header, most_rows)
    return cast("Table", memory().get_or(key, lambda: read_table(data, header, most_rows)))


def choose_columns(table: Table, task: Task | None) -> tuple[dict[str, str], str | None]:
    """Which column holds which part of the text, and which the right answers."""
    fields = task.fields if task and task.fields else ("text",)
    lower = {name.lower(): name for name in table.columns}
    chosen = {}
    for place, field in zip(st.columns(len(fields) + 1), (*fields, None), strict=True):
        with place:
            if field is None:
                options = [NO_REFERENCE, *table.columns]
                likely = table.likely_reference_column or NO_REFERENCE
                reference = _column("Column with right answers", options, likely, "reference")
            else:
                likely = lower.get(field, table.likely_text_column)
                chosen[field] = _column(f"Column of {field}", list(table.columns), likely, field)
    return chosen, None if reference == NO_REFERENCE else reference


def _column(label: str, names: list[str], likely: str, part: str) -> str:
    """A column by its name, in the URL. One that a link names waits for the file that has it."""
    key = f"column_{part}"
    wanted = f"_wanted_{key}"
    asked = st.query_params.get(key)
    if asked is not None and asked not in names:
        st.session_state[wanted] = asked
    links.follow_default(key, likely)
    if st.session_state.get(wanted) in names:
        st.session_state[key] = st.session_state.pop(wanted)
    elif st.session_state.get(key, likely) not in names:
        st.session_state[key] = likely
    return str(links.bound(st.selectbox, label, names, names.index(likely), key=key))


def compose(table: Table, columns: Mapping[str, str], task: Task | None) -> list[str]:
    """The exact text of each row that the model will read; "" where a part is missing."""
    parts = {field: table.texts(name) for field, name in columns.items()}
    texts = []
    for row in range(len(table.rows)):
        values = {field: cells[row] for field, cells in parts.items()}
        if not all(value.strip() for value in values.values()):
            texts.append("")
        elif task and task.fields:
            texts.append(task.compose_fields(values))
        else:
            texts.append(task.compose(values["text"]) if task else values["text"])
    return texts
