"""How well the models of one stack do on texts that training can't have seen."""

import random
from typing import TYPE_CHECKING, Any

import torch

from explorer.miniatures.evaluation import CHECK_SEED
from explorer.miniatures.exact import draw
from explorer.miniatures.objectives import NO_LABEL, hidden, pieces_of
from explorer.miniatures.tokenizers import ChunkEncoder

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

CHECK_TEXTS = 200


def check(model: Any, tokenizer: "PreTrainedTokenizerBase") -> dict[str, float]:
    """The loss in nats per labelled piece on a few unseen texts; and the share that is right."""
    rng = random.Random(f"{CHECK_SEED} texts")
    encode = ChunkEncoder(tokenizer)
    pieces = pieces_of(tokenizer) if tokenizer.mask_token_id is not None else None
    loss, right, count = 0.0, 0, 0
    for _ in range(CHECK_TEXTS):
        ids = encode(draw(rng, True))
        read, labels = (ids, ids) if pieces is None else hidden(ids, rng, pieces)
        with torch.inference_mode():
            logits = model(input_ids=torch.tensor([read])).logits[0]  # (piece, vocabulary)
        wanted = torch.tensor(labels)
        if pieces is None:
            logits, wanted = logits[:-1], wanted[1:]
        logits, wanted = logits[wanted != NO_LABEL], wanted[wanted != NO_LABEL]
        loss += torch.nn.functional.cross_entropy(logits, wanted, reduction="sum").item()
        right += int((logits.argmax(-1) == wanted).sum())
        count += len(wanted)
    return {"loss": loss / count, "right": right / count}
