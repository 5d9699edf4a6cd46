"""The rows of numbers that a loaded model has for the pieces of a text, before any layer."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from explorer.errors import ExplorerError
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel


def embedding_rows(
    model: "Seq2SeqModel", text: str, most: int
) -> tuple[Tokens, npt.NDArray[np.float64]]:
    """The pieces of a text without the special ones around it, and (piece, d_model).

    Args:
        model: a loaded model.
        text: any text.
        most: how many pieces it may have.

    Raises:
        ExplorerError: a text with no piece, or with more than `most`.
    """
    tokens = model.reader.read(text, (), (), None)
    if not len(tokens):
        raise ExplorerError("The text is empty; type a word or a sentence.")
    if len(tokens) > most:
        raise ExplorerError(
            f"The text has {len(tokens)} pieces, and {most} are drawn at most; shorten it."
        )
    table: Any = model.module.get_input_embeddings().weight
    rows = table[list(tokens.ids)].detach().double().cpu().numpy()
    return tokens, rows
