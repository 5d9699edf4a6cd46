"""The rows of a batch as a person sees them: before the start, as results, and as files."""

import streamlit as st

from explorer.batch import RowResult
from explorer.dashboard import exports, messages
from explorer.dashboard.playground import scoring
from explorer.errors import ExplorerError

PREVIEW_ROWS = 10


def preview(texts: list[str]) -> None:
    """What the model will read, before anything has been answered."""
    rows = [{"Row": row, "The model will read": text} for row, text in enumerate(texts, start=1)]
    st.dataframe(
        rows[:PREVIEW_ROWS],
        hide_index=True,
        width="stretch",
        column_config={"Row": st.column_config.NumberColumn(width="small")},
    )
    if len(rows) > PREVIEW_ROWS:
        st.caption(f"The first {PREVIEW_ROWS} of {len(rows):,} rows.")


def show(results: tuple[RowResult, ...]) -> None:
    """The answers so far, as a table."""
    st.dataframe(
        [
            {
                "Row": result.row,
                "Note": " ".join(filter(None, (result.error, result.note))),
                "The model reads": result.text,
                "Answer": result.output,
                "Score": result.score,
                "Pieces": result.pieces,
                "Seconds": result.seconds,
            }
            for result in results
        ],
        hide_index=True,
        width="stretch",
        height=min(38 + 35 * len(results), 400),
        column_config={
            "Row": st.column_config.NumberColumn(width="small"),
            "Note": st.column_config.TextColumn(width="small"),
            "The model reads": st.column_config.TextColumn(width="medium"),
            "Answer": st.column_config.TextColumn(width="medium"),
            "Score": st.column_config.NumberColumn(format="%.3f"),
            "Seconds": st.column_config.NumberColumn(format="%.2f"),
        },
    )


def take_home(
    results: tuple[RowResult, ...], references: tuple[str, ...], settings: str, name: str
) -> None:
    """The scores, and the files, which say what they were made with."""
    _scores(results, references)
    rows = [result.record() for result in results]
    for row, right in zip(rows, references, strict=False):
        row["reference"] = right
    exports.take_home(name, table=rows, data={"settings": settings, "rows": rows})


def _scores(results: tuple[RowResult, ...], references: tuple[str, ...]) -> None:
    pairs = [
        (result.output, right)
        for result, right in zip(results, references, strict=False)
        if right.strip() and not result.error
    ]
    if not pairs:
        return
    exact = sum(1 for text, right in pairs if text.strip() == right.strip())
    st.markdown(f"**Scores over {len(pairs):,} rows with a right answer**, {exact:,} exact")
    try:
        scoring.show_scores(scoring.corpus(pairs))
    except ExplorerError as error:
        messages.show_sentence(str(error))
