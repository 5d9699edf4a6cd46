"""What each layer would have said: its state read by the model's own output layer.

The decoder's lens ends decoding after a layer: the state goes through the decoder's last norm
(where the family has one), T5's scaling, the output layer and the bias of the pieces. The
encoder's lens lets the whole decoder read the output of an earlier encoder layer, through the
encoder's last norm. In both the last layer is the model itself. Earlier layers were not trained to
be read like this: what they "say" is a view of their state, not an answer of the model.
"""

from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.attention import Floats
from explorer.checks import Check
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel
    from explorer.stopping import Progress
    from explorer.teacher_forcing import Target

Integers = NDArray[np.int64]
Pieces = tuple[tuple[tuple[str, ...], ...], ...]
Stack = Literal["encoder", "decoder"]

MAX_TOP = 20
"""Pieces that are shown of one layer and step."""


@dataclass(frozen=True)
class Lens:
    """What every layer of one stack would have said at every step.

    Layer 0 is the state after the first layer, as everywhere in this project. Every probability
    is over the whole vocabulary. Where the model's rules force a piece (BART's first, a language),
    no layer has a choice: that piece has probability 1 at every layer, rank 1 and 0 bits, as
    in `Generation`, and the other pieces, in the layer's own order, have probability 0. What the
    rules forbid (Marian's padding) keeps its probability, so it may stand above what was said.

    Laws: `top_probabilities` never rises along its last axis and sums to at most 1;
    `probability` is `top_probabilities[..., rank - 1]` where rank is at most `top`; the last layer
    is what the model itself says.

    Attributes:
        stack: "decoder", or "encoder" for the decoder reading an earlier encoder layer.
        text: what was asked.
        source: the pieces that the encoder read.
        target: the pieces that were said, one for each step.
        read: what the decoder read to predict them: the start token, then all but the last.
        top_ids: the most probable pieces, best first. (layer, step, top)
        top_pieces: as the vocabulary spells them. (layer, step, top)
        top_display: as people read them. (layer, step, top)
        top_probabilities: (layer, step, top)
        probability: of the target's piece. (layer, step)
        rank: of the target's piece; 1 is the most probable. (layer, step)
        entropy_bits: how undecided the layer is, in bits: 0 to log2 of the vocabulary's size.
            (layer, step)
        forced: whether the rules force the piece. (step,)
    """

    stack: Stack
    text: str
    source: Tokens
    target: Tokens
    read: Tokens
    top_ids: Integers
    top_pieces: Pieces
    top_display: Pieces
    top_probabilities: Floats
    probability: Floats
    rank: Integers
    entropy_bits: Floats
    forced: NDArray[np.bool_]

    @property
    def layers(self) -> int:
        """How many layers were read."""
        return len(self.rank)

    @property
    def first_on_top(self) -> Integers:
        """The first layer at which the target's piece is on top; -1 where it never is. (step,)"""
        on_top = self.rank == 1
        return np.where(on_top.any(0), on_top.argmax(0), -1)

    @property
    def stays_on_top(self) -> NDArray[np.bool_]:
        """Whether it is on top at every layer from `first_on_top` on. (step,)"""
        on_top = self.rank == 1
        found: NDArray[np.bool_] = on_top.any(0) & (
            np.logical_or.accumulate(on_top, axis=0) == on_top
        ).all(0)
        return found


def lens(
    stack: Stack,
    model: "Seq2SeqModel",
    text: str,
    target: "Target" = None,
    top: int = 5,
    max_new_tokens: int | None = None,
    cancelled: Event | None = None,
    progress: "Progress | None" = None,
) -> Lens:
    """The layers of one stack; see `Seq2SeqModel.lens` and `Seq2SeqModel.encoder_lens`."""
    from explorer.layer_reading import read

    return read(stack, model, text, target, top, max_new_tokens, cancelled, progress)


def check_lens(model: "Seq2SeqModel", found: Lens) -> Check:
    """The last layer beside the model itself; see `Seq2SeqModel.check_lens`."""
    from explorer.lens_check import check

    return check(model, found)
