"""An attribution beside plain `transformers`: no cache, no padding, no gradient."""

from collections.abc import Mapping
from copy import copy, deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from explorer.ablation_check import plain
from explorer.attention_reduction import Unit
from explorer.attribution import METHODS, Attribution, Numbers, Removed, order_of
from explorer.attribution_methods import by_word
from explorer.attribution_passes import input_embeddings, present
from explorer.checks import Check
from explorer.decoder_state import MAX_LOGITS

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

STRETCHES = tuple(10 ** (-power / 3) for power in range(3, 19))
"""How far a word's embedding is stretched and shrunk to check its gradient, as shares of it."""

TOLERANCE = {torch.float32: 0.01, torch.float64: 1e-3}
"""How far an attribution may be from plain passes, as a share of the largest of its kind. T5 and
mT5, which compute norms and the softmax in float32 in every format, never get finer than that."""

COARSE_TOLERANCE = 0.5
"""The same in the 16-bit formats."""

MAX_COPIED = 10_000_000
"""Parameters of a model that is copied to float64 to be measured: 80 MB."""

FEW_WORDS = 8
"""Words whose leaving out is computed again, from the most important to the least."""

USUAL_CHANGE = 0.1
"""A log-probability that changes less, in nats, is compared as if it changed by as much."""

USUAL_GRADIENT = 2e-5
"""A largest input x gradient below this, in nats, is compared as if it were as much, unless the
model computes in float64: where a piece is all but certain, float32 leaves its gradient less than
two digits (1.2 to 2 percent off, measured at 1e-5 and less)."""

SMALLEST = 1e-300
"""Smaller probabilities have no logarithm that float64 can tell."""


def check_attribution(model: "Seq2SeqModel", found: Attribution) -> Check:
    """All that an attribution says, beside plain passes over unpadded texts without the cache.

    Attention is beside the weights that `transformers`' own attention gives; `left_out` of a few
    words, and every curve at its beginning, after one removal, halfway and at its end, beside the
    log-probability of the text without the words; the embeddings that the gradient starts from
    beside the pieces themselves.

    Input x gradient of each word is beside a slope measured without any gradient: that of the
    log-probability at a = 1, where the word's embedding is multiplied by a, from the two values at
    1 + `STRETCHES` and at 1 - `STRETCHES`. A wide stretch suffers from curvature and a narrow one
    from rounding, so it is the mean of the two neighbours that agree best over all words.

    A small model is copied to float64 for all this, one in a 16-bit format to float32.

    The difference is the largest of all, each as a share: of the largest attention, of the largest
    input x gradient (`USUAL_GRADIENT` at least), and for log-probabilities of the largest change
    (`USUAL_CHANGE` at least).
    """

    def work() -> float:
        with torch.inference_mode():
            return _Plain(model, found).difference()

    rounds = model.facts.family in ("t5", "mt5") and model.module.dtype is torch.float64
    dtype = torch.float32 if rounds else model.module.dtype
    return Check(
        what="attention, input × gradient, leaving words out and the deletion curves, as shares of "
        "the largest: as shown, and by plain transformers without cache, padding and gradient",
        difference=model._computing(work),
        tolerance=TOLERANCE.get(dtype, COARSE_TOLERANCE),
    )


class _Plain:
    """The passes of `check_attribution`."""

    def __init__(self, model: "Seq2SeqModel", found: Attribution) -> None:
        self.model, self.found = copy(model), found
        self.model.module = _measuring(model)
        exact = model.module.dtype is torch.float64
        self.least_gradient = SMALLEST if exact else USUAL_GRADIENT
        self.known: dict[Removed, float] = {}
        self.reads = torch.tensor(
            [[model.rules.start, *found.target.ids[: found.step]]], device=model.module.device
        )

    def difference(self) -> float:
        found = self.found
        orders = all(found.curve(one).order == order_of(found.scores(one)) for one in METHODS)
        shares = [
            self._attention(),
            self._gradient(),
            self._log_probabilities(),
            0.0 if orders else np.inf,
        ]
        return float(np.max(shares))  # `max` would pass over a value that is not a number

    def _attention(self) -> float:
        found = self.found
        ids = torch.tensor([found.source.ids], device=self.reads.device)
        cross = self._pass({"input_ids": ids}, output_attentions=True).cross_attentions
        maps = torch.stack(cross)[:, 0, :, -1].double().cpu().numpy()  # (layer, head, source)
        maps = maps if found.layer is None else maps[[found.layer]]
        weights = (maps if found.head is None else maps[:, [found.head]]).mean((0, 1))
        distances = (
            np.abs(weights - found.piece_attention),
            np.abs(by_word(weights, found.words) - found.attention),
        )
        return float(np.max([one.max() for one in distances]) / weights.max())

    def _gradient(self) -> float:
        found = self.found
        slopes = np.array([self._slopes(word) for word in found.words])  # (word, stretch)
        # Without a look at the gradient, because a wrong one may agree with a wrong slope.
        place = int(np.abs(np.diff(slopes)).max(0).argmin())
        slope = slopes[:, place : place + 2].mean(1)  # (word,)
        distances = (
            np.abs(slope - found.gradient),
            np.abs(by_word(found.piece_gradient, found.words) - found.gradient),
        )
        return float(np.max(distances) / max(np.abs(slope).max(), self.least_gradient))

    def _slopes(self, word: Unit) -> Numbers:
        stretches = np.array(STRETCHES)
        factors = 1 + np.concatenate([stretches, -stretches])
        rows = input_embeddings(self.model, self.found.source).repeat(len(factors), 1, 1)
        rows[:, list(word.pieces)] *= rows.new_tensor(factors)[:, None, None]
        out, back = self._read_rows(rows).reshape(2, -1)  # (stretch,)
        return np.asarray((out - back) / (2 * stretches))

    def _log_probabilities(self) -> float:
        found, nothing = self.found, frozenset[int]()
        own = self._without(nothing)
        (rows,) = self._read_rows(input_embeddings(self.model, found.source))
        differences = [own - found.log_probability, own - rows]
        places = np.unique(np.linspace(0, len(found.words) - 1, FEW_WORDS).astype(int))
        differences += [
            own - self._without(frozenset([word])) - found.left_out[word]
            for word in np.array(order_of(found.left_out))[places].tolist()
        ]
        curves = [(curve.order, curve.probabilities) for curve in found.curves]
        curves += [
            (found.random_orders[place], found.random_probabilities[place]) for place in (0, -1)
        ]
        for order, probabilities in curves:
            for count in (0, 1, len(order) // 2, len(order)):
                expected = max(self._without(frozenset(order[:count])), np.log(SMALLEST))
                value = np.log(np.maximum(probabilities[count], SMALLEST))
                differences.append(expected - value)
        largest = float(np.abs([own - value for value in self.known.values()]).max())
        return float(np.abs(differences).max()) / max(USUAL_CHANGE, largest)

    def _without(self, gone: Removed) -> float:
        """The log-probability of the piece without some words, in a pass of its own."""
        if gone not in self.known:
            hidden = {place for word in gone for place in self.found.words[word].pieces}
            ids = [id for place, id in enumerate(self.found.source.ids) if place not in hidden]
            # Without an end token nothing may be left, and a model must read something.
            inputs = torch.tensor([ids or [self.model.rules.padding]], device=self.reads.device)
            logits = self._pass({"input_ids": inputs}).logits
            self.known[gone] = float(self._said(logits)[0])
        return self.known[gone]

    def _read_rows(self, rows: torch.Tensor) -> Numbers:
        """The log-probability of the piece for embeddings (row, source, d_model): (row,)."""
        size = self.reads.shape[1] * self.model.facts.vocabulary_size
        step = max(1, MAX_LOGITS // size)
        parts = (rows[start : start + step] for start in range(0, len(rows), step))
        return np.concatenate(
            [self._said(self._pass({"inputs_embeds": part}).logits) for part in parts]
        )

    def _said(self, logits: torch.Tensor) -> Numbers:
        last = logits[:, -1].to(torch.float32 if logits.device.type == "mps" else torch.float64)
        piece = self.found.target.ids[self.found.step]
        return np.asarray(last.log_softmax(-1)[:, piece].cpu().numpy(), dtype=np.float64)

    def _pass(self, inputs: Mapping[str, torch.Tensor], **options: bool) -> Any:
        (rows,) = inputs.values()
        module: Any = self.model.module
        return module(
            **inputs,
            attention_mask=present(rows),
            decoder_input_ids=self.reads.expand(len(rows), -1),
            use_cache=False,
            **options,
        )


def _measuring(model: "Seq2SeqModel") -> Any:
    """The model with `transformers`' own attention, in a format that is fine enough."""
    module, coarse = model.module, model.module.dtype not in TOLERANCE
    small = model.facts.parameters <= MAX_COPIED and module.device.type != "mps"
    if not (coarse or (small and module.dtype is torch.float32)):
        return plain(model)
    copied: Any = deepcopy(module).to(torch.float64 if small else torch.float32)
    copied.set_attn_implementation("eager")
    return copied
