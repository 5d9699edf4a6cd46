"""How well the models of one stack do on texts that training can't have seen.

The encoder fills gaps, the decoder goes on. Both are set beside what the exact grammar says of the
same texts.

The bound of the decoder. A text of the grammar has the probability P(text), the sum over all ways
of telling it, which `exact.log_probability` works out. Let Q(text) be what a model gives it. For
texts drawn from P, Gibbs' inequality says that the mean of -log Q is at least the mean of -log P,
the entropy of the grammar: no model can be less surprised on average, and one that is as little
surprised knows every rule and every share. The surprisal of the choices alone would not do: where
several choices give one text it is larger than the text's own, so a model could be below it.

On *unseen* texts, whose clauses are those that training never draws, the same P is used: what
somebody expects who knows the grammar and does not know which combinations were set aside. Who
knew them could save up to log 50 nats a clause, as 1 combination in 50 is set aside; no text of
the training tells which. On *fresh* texts, drawn from the whole grammar, the bound is strict.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from explorer.miniatures.evaluation import (
    CHECK_SEED,
    EVALUATION_SEED,
    EXAMPLES,
    KEPT_MISSES,
    Miss,
    Score,
    wilson_interval,
)
from explorer.miniatures.exact import draw, log_probability
from explorer.miniatures.gaps import REPEATED, RULED, Gap, unseen_gaps
from explorer.miniatures.objectives import NO_LABEL, hidden, pieces_of
from explorer.miniatures.tokenizers import ChunkEncoder

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

CHECK_TEXTS = 200
OPEN_GAPS = 200
"""Open gaps in the model card: their probabilities take longer to work out."""
BATCH = 100
UNSEEN, FRESH = "unseen", "fresh"
"""Texts of the held-out part, and texts of the whole grammar."""


@dataclass(frozen=True)
class Filled:
    """What an encoder makes of gaps, beside what the grammar makes of them.

    Attributes:
        score: the share of the gaps filled with the hidden word.
        best: the share that is expected from always saying the most probable word; 1 for
            determined gaps.
        fitting: the share filled with a word that fits, whether or not it is the hidden one.
        nats: mean surprisal of the hidden word, in nats.
        bound_nats: the grammar's own; in the long run no model's is smaller.
    """

    score: Score
    best: float
    fitting: float
    nats: float
    bound_nats: float


@dataclass(frozen=True)
class Continued:
    """A decoder's surprise at texts, beside the grammar's own, in nats.

    Attributes:
        group: `UNSEEN` or `FRESH`.
        texts, pieces: how many; the piece that ends a text counts, the one that begins it does
            not.
        nats: the model's surprisal, summed over all pieces and divided by their number.
        bound_nats: the grammar's surprisal, divided by the same number.
        error_nats: standard error of the difference between the two, from the differences of
            single texts.
    """

    group: str
    texts: int
    pieces: int
    nats: float
    bound_nats: float
    error_nats: float

    @property
    def perplexity(self) -> float:
        """Of the model, per piece."""
        return math.exp(self.nats)

    @property
    def bound(self) -> float:
        """The perplexity per piece that the grammar itself has."""
        return math.exp(self.bound_nats)


def fill(
    model: Any, tokenizer: "PreTrainedTokenizerBase", texts: Sequence[str]
) -> tuple[list[str], torch.Tensor]:
    """The most probable piece for the one mask of each text, and all log-probabilities.

    Returns:
        The words; and log-probabilities in nats, (text, vocabulary).
    """
    found: list[torch.Tensor] = []
    for start in range(0, len(texts), BATCH):
        read = tokenizer(list(texts[start : start + BATCH]), return_tensors="pt", padding=True)
        with torch.inference_mode():
            logits = model(**read).logits  # (text, piece, vocabulary)
        at_mask = logits[read.input_ids == tokenizer.mask_token_id]  # (text, vocabulary)
        found.append(torch.log_softmax(at_mask.float(), dim=-1))
    logs = torch.cat(found)
    words = tokenizer.convert_ids_to_tokens(logs.argmax(dim=-1).tolist())
    return list(words), logs


def filled(
    model: Any, tokenizer: "PreTrainedTokenizerBase", gaps: Sequence[Gap], group: str
) -> Filled:
    """How an encoder fills gaps."""
    texts = [gap.text(tokenizer.mask_token) for gap in gaps]
    words, logs = fill(model, tokenizer, texts)
    ids = tokenizer.convert_tokens_to_ids([gap.word for gap in gaps])
    judged = list(zip(gaps, texts, words, strict=True))
    misses = [Miss(text, gap.word, word) for gap, text, word in judged if word != gap.word]
    share = 1 - len(misses) / len(gaps)
    lower, upper = wilson_interval(share, len(gaps))
    score = Score("gap", group, len(gaps), share, lower, upper, None, tuple(misses[:KEPT_MISSES]))
    return Filled(
        score,
        best=sum(gap.fillers[0][1] for gap in gaps) / len(gaps),
        fitting=sum(word in dict(gap.fillers) for gap, _, word in judged) / len(gaps),
        nats=-float(logs[torch.arange(len(gaps)), ids].mean()),
        bound_nats=sum(math.log(1 / gap.probability) for gap in gaps) / len(gaps),
    )


def gap_scores(
    model: Any,
    tokenizer: "PreTrainedTokenizerBase",
    count: int = EXAMPLES,
    open_count: int = OPEN_GAPS,
    seed: int = EVALUATION_SEED,
) -> list[Filled]:
    """All that the card of an encoder says: determined gaps, their two kinds, and open gaps."""
    pieces = frozenset(tokenizer.get_vocab())
    determined = unseen_gaps(count, True, seed, pieces)
    found = [filled(model, tokenizer, determined, "determined")]
    for kind in (REPEATED, RULED):
        some = [gap for gap in determined if gap.kind == kind]
        found.append(filled(model, tokenizer, some, kind))
    if open_count:
        found.append(filled(model, tokenizer, unseen_gaps(open_count, False, seed, pieces), "open"))
    return found


def unseen_texts(count: int, group: str = UNSEEN, seed: int = EVALUATION_SEED) -> list[str]:
    """Always the same texts of the held-out part, or of the whole grammar."""
    rng = random.Random(f"{seed} texts {group}")
    return [draw(rng, True if group == UNSEEN else None) for _ in range(count)]


def surprisals(
    model: Any, tokenizer: "PreTrainedTokenizerBase", texts: Sequence[str]
) -> list[tuple[float, int]]:
    """A decoder's surprisal at each text in nats, summed over its pieces, and their number.

    The first piece only begins the text; the last one says that it is over.
    """
    encode = ChunkEncoder(tokenizer)
    found: list[tuple[float, int]] = []
    for text in texts:
        ids = torch.tensor([encode(text)])  # (1, piece)
        with torch.inference_mode():
            logits = model(input_ids=ids).logits[0, :-1]  # (piece, vocabulary)
        nats = torch.nn.functional.cross_entropy(logits.float(), ids[0, 1:], reduction="sum")
        found.append((float(nats), ids.shape[1] - 1))
    return found


def continued(
    model: Any, tokenizer: "PreTrainedTokenizerBase", texts: Sequence[str], group: str
) -> Continued:
    """A decoder's surprise at texts beside the grammar's."""
    found = surprisals(model, tokenizer, texts)
    own = [-log_probability(text) for text in texts]
    pieces = sum(count for _, count in found)
    differences = [nats - bound for (nats, _), bound in zip(found, own, strict=True)]
    mean = sum(differences) / len(texts)
    variance = sum((difference - mean) ** 2 for difference in differences) / (len(texts) - 1)
    return Continued(
        group,
        len(texts),
        pieces,
        sum(nats for nats, _ in found) / pieces,
        sum(own) / pieces,
        math.sqrt(variance * len(texts)) / pieces,
    )


def continued_scores(
    model: Any,
    tokenizer: "PreTrainedTokenizerBase",
    count: int = EXAMPLES,
    seed: int = EVALUATION_SEED,
) -> list[Continued]:
    """All that the card of a decoder says: its surprise at unseen texts and at fresh ones."""
    return [
        continued(model, tokenizer, unseen_texts(count, group, seed), group)
        for group in (UNSEEN, FRESH)
    ]


def check(model: Any, tokenizer: "PreTrainedTokenizerBase") -> dict[str, float]:
    """The loss in nats per labelled piece on a few unseen texts; and the share that is right.

    Other texts than those of the card, by which nothing may be chosen.
    """
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
