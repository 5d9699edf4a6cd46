"""What each architecture may look at, and what it did look at, in one sentence."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from explorer.arrays import Mask
from explorer.attention import Floats
from explorer.checks import Check
from explorer.masks import causal_mask

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel
    from explorer.siblings import Sibling

Part = Literal["encoder", "decoder", "cross"]

TOLERANCE = 1e-5
"""How far the sum of a row may be from 1, and a hidden weight from 0."""


@dataclass(frozen=True)
class Looks:
    """One kind of attention on one sentence.

    Attributes:
        part: the encoder's, the decoder's, or from the decoder to the encoder.
        rows: what stands beside each row: the piece that looks.
        columns: what stands below each column: the piece that is looked at.
        mask: (query, key), true where the architecture lets a query look.
        weights: (layer, head, query, key). Law: each row sums to 1, and is 0 where it is masked.
    """

    part: Part
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    mask: Mask
    weights: Floats


def sibling_looks(model: "Sibling", text: str) -> Looks:
    """The self-attention of an encoder-only or decoder-only model while it reads a text.

    Raises:
        ExplorerError: the text is empty.
    """
    tokens = model.tokenize(text)
    ids = torch.tensor([tokens.ids], device=model.device)
    with torch.inference_mode():
        found = model.module(input_ids=ids, output_attentions=True).attentions
    weights = torch.stack(found)[:, 0].float().cpu().numpy()  # (layer, head, query, key)
    count = len(tokens)
    if model.architecture == "encoder-only":
        return Looks("encoder", tokens.display, tokens.display, _everything(count, count), weights)
    mask = causal_mask(count, count)
    return Looks("decoder", tokens.display, tokens.display, mask, weights)


def encoder_decoder_looks(model: "Seq2SeqModel", text: str) -> tuple[Looks, Looks, Looks]:
    """The three kinds of attention of an encoder-decoder that answers a text.

    Raises:
        ExplorerError: as `Seq2SeqModel.attention`.
    """
    maps = model.attention(text)
    source, read = maps.source.display, maps.read.display
    queries, keys = len(read), len(source)
    return (
        Looks("encoder", source, source, _everything(keys, keys), maps.encoder),
        Looks("decoder", read, read, causal_mask(queries, queries), maps.decoder),
        Looks("cross", read, source, _everything(queries, keys), maps.cross),
    )


def check_looks(looks: tuple[Looks, ...]) -> Check:
    """How far hidden weights are from 0 and the sums of rows from 1, the larger of the two."""
    hidden = [np.abs(each.weights[..., ~each.mask]).max(initial=0.0) for each in looks]
    sums = [np.abs(each.weights.sum(-1, dtype=np.float64) - 1).max() for each in looks]
    return Check(
        "every weight that the mask hides beside 0, and each row's sum beside 1",
        float(max(*hidden, *sums)),
        TOLERANCE,
    )


def _everything(queries: int, keys: int) -> Mask:
    return np.ones((queries, keys), dtype=np.bool_)
