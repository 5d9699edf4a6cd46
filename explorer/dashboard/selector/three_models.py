"""The encoder-decoder of the three, as the server holds it, and how it is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from explorer.dashboard import models
from explorer.siblings import NAMES

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel


@contextmanager
def the_encoder_decoder() -> "Iterator[Seq2SeqModel]":
    """Loaded where it is not, and counted in the server's memory while it is used."""
    with models.model_store().lease(NAMES["encoder-decoder"]) as model:
        yield model


def asked(model: "Seq2SeqModel", text: str) -> str:
    """A sentence as the first of the model's tasks reads it."""
    return model.card.tasks[0].compose(text)
