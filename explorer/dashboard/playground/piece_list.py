"""Pieces on the page: as chips in a row, and as a table for keyboard, touch and spreadsheet."""

from typing import TYPE_CHECKING

import streamlit as st

from explorer.charts import pieces
from explorer.dashboard import exports
from explorer.dashboard.folded import fold
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

CHIPS = (
    "Point at a piece for its id. The pieces of one word have one colour, the next word the other; "
    "a dashed piece is special, ␣ is a space, and ⚠ is what the vocabulary cannot spell. The table "
    "below says the same for keyboard and touch."
)


def show_source(model: "Seq2SeqModel", text: str, who: str = "The model") -> Tokens:
    """The pieces that a model reads of a text, and what is unusual about them."""
    tokens = model.tokenize(text)
    st.markdown(f"**{who} reads** {len(tokens)} pieces", help=CHIPS)
    st.html(pieces.pieces_html(tokens, model.facts.max_source_tokens))
    unknown = sum(tokens.unknown)
    if unknown:
        st.caption(
            f":material/warning: {unknown} {'piece is' if unknown == 1 else 'pieces are'} not in "
            "this model's vocabulary: it reads each as the same unknown piece."
        )
    show_table(model, tokens, f"Every piece that {who if len(who) == 1 else 'the model'} reads")
    return tokens


def show_table(model: "Seq2SeqModel", tokens: Tokens, title: str) -> None:
    """An expander with a row for each piece, and the same as files."""

    def draw() -> None:
        rows = table(model, tokens)
        st.dataframe(
            [{name.capitalize(): cell for name, cell in row.items()} for row in rows],
            hide_index=True,
            width="stretch",
        )
        if rows and "score" in rows[0]:
            st.caption(
                "A score is the piece's own in the SentencePiece file: in a unigram vocabulary the "
                "natural logarithm of its probability, in a BPE vocabulary its place in the order "
                "of joining."
            )
        exports.take_home(f"{model.card.name}-{title}", table=rows, key=title)

    fold(title, "table", f"{title}_open", draw)


def table(model: "Seq2SeqModel", tokens: Tokens) -> list[dict[str, object]]:
    """A row for each piece: what it is, its id, its word and, with SentencePiece, its score."""
    scores = model.piece_scores(tokens.ids)
    rows: list[dict[str, object]] = []
    for index, piece in enumerate(tokens.pieces):
        word = tokens.words[index]
        unknown = bool(tokens.unknown) and tokens.unknown[index]
        row: dict[str, object] = {
            "number": index + 1,
            "piece": piece,
            "id": tokens.ids[index],
            "word": "" if word is None else tokens.word_texts[word],
            "kind": "special" if tokens.special[index] else "unknown" if unknown else "ordinary",
        }
        if scores is not None:
            row["score"] = scores[index]
        rows.append(row)
    return rows
