"""What each architecture may look at, and what it did look at, in one sentence."""

from typing import TYPE_CHECKING

import numpy as np
import torch

from explorer.arrays import Mask
from explorer.attention import AttentionMaps
from explorer.looks import Looks
from explorer.masks import causal_mask

if TYPE_CHECKING:
    from explorer.siblings import Sibling


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


def encoder_decoder_looks(maps: AttentionMaps) -> tuple[Looks, Looks, Looks]:
    """The three kinds of attention of an encoder-decoder, from its maps of all three."""
    source, read = maps.source.display, maps.read.display
    queries, keys = len(read), len(source)
    return (
        Looks("encoder", source, source, _everything(keys, keys), maps.encoder),
        Looks("decoder", read, read, causal_mask(queries, queries), maps.decoder),
        Looks("cross", read, source, _everything(queries, keys), maps.cross),
    )


def _everything(queries: int, keys: int) -> Mask:
    return np.ones((queries, keys), dtype=np.bool_)
