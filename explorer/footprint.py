"""What a model takes before it is loaded: weights, cache, peak memory.

Everything is arithmetic on the shape of a configuration: no weights, no network, no torch.

The peak is that of one text through the encoder and `generate`, all weights resident:

- the weights, with the fixed tables beside them;
- while the encoder reads: the rows of one layer and, in the T5 design, its position bias, which
  is one number for each head, query and key. The other design's attention runs fused and never
  holds all its scores;
- while the decoder writes: the cache, the encoder's output, one tensor of the cache that is being
  copied as it grows, and the scores over the vocabulary;
- the larger of these two once more in part, for freed memory that the allocator still holds.

Recording attention maps takes more, and is not counted here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from explorer.cards import ModelCard
from explorer.families import Shape, read_shape
from explorer.parameter_counts import count_buffers, count_parameters

Precision = Literal["float32", "bfloat16", "int8"]

NUMBER_BYTES: Mapping[Precision, int] = {"float32": 4, "bfloat16": 2, "int8": 2}
"""Bytes of one number outside the matrices of the layers: cache, rows, norms, embeddings.

float16 takes what bfloat16 takes. int8 is for matrices of weights alone.
"""

SCALE_BYTES = 4
"""Each row of an int8 matrix has one float32 that it is multiplied by."""

SCORE_BYTES = 4
"""Scores over the vocabulary are made float32 in every precision."""

SCORE_COPIES = 4
"""The scores of a step: the model's own, in float32, as log-probabilities, and after the rules."""

ALLOCATOR_SHARE = 0.8
"""Freed memory that the allocator holds, as a share of what is used beside the weights.

Measured between 0.4 and 1.0 for T5 and BART with 1 and 4 beams on Linux.
"""


@dataclass(frozen=True)
class Footprint:
    """What one model takes for one answer.

    Attributes:
        name: of the model.
        precision: how its weights are held.
        source_tokens: pieces that are read: those asked for, or as many as the model can read.
        target_tokens: pieces that are written, cut in the same way.
        beams: answers followed at once.
        parameters: the exact number.
        weights_bytes: parameters and fixed tables.
        self_cache_bytes: keys and values of the pieces written.
        cross_cache_bytes: keys and values of the pieces read.
        reading_bytes: beside the weights, while the encoder reads.
        writing_bytes: beside the weights, while the decoder writes; the cache is part of it.
        peak_bytes: all of it at the worst moment.
        download_bytes: the file of weights.
    """

    name: str
    precision: Precision
    source_tokens: int
    target_tokens: int
    beams: int
    parameters: int
    weights_bytes: int
    self_cache_bytes: int
    cross_cache_bytes: int
    reading_bytes: int
    writing_bytes: int
    peak_bytes: int
    download_bytes: int

    @property
    def cache_bytes(self) -> int:
        """The whole KV cache at the end of the answer."""
        return self.self_cache_bytes + self.cross_cache_bytes


def footprint(
    card: ModelCard,
    source_tokens: int,
    target_tokens: int,
    beams: int = 1,
    precision: Precision = "float32",
) -> Footprint:
    """What a model of this card takes to read and write so many pieces.

    The bytes grow with each of the lengths and with the beams, and the cache with each of them in
    proportion.
    """
    found = footprint_of(
        card.name, card.configuration, source_tokens, target_tokens, beams, precision
    )
    return replace(found, download_bytes=card.download_bytes)


def footprint_of(
    name: str,
    configuration: Mapping[str, object],
    source_tokens: int,
    target_tokens: int,
    beams: int = 1,
    precision: Precision = "float32",
) -> Footprint:
    """The same of a configuration; nobody knows yet what would have to be downloaded."""
    shape = read_shape(configuration)
    source = min(source_tokens, shape.max_source_tokens)
    target = min(target_tokens, shape.max_target_tokens)
    number = NUMBER_BYTES[precision]
    weights = weights_bytes(shape, precision)
    own, cross = (cache_numbers(shape, length, beams) * number for length in (target, source))
    reading = reading_numbers(shape, source) * number
    writing = own + cross + _beside_cache(shape, source, target, beams, number)
    working = max(reading, writing)
    return Footprint(
        name=name,
        precision=precision,
        source_tokens=source,
        target_tokens=target,
        beams=beams,
        parameters=count_parameters(shape),
        weights_bytes=weights,
        self_cache_bytes=own,
        cross_cache_bytes=cross,
        reading_bytes=reading,
        writing_bytes=writing,
        peak_bytes=weights + round(working * (1 + ALLOCATOR_SHARE)),
        download_bytes=0,
    )


def weights_bytes(shape: Shape, precision: Precision) -> int:
    """Bytes of all parameters and of the fixed tables beside them.

    In int8 the matrices inside the layers take one byte a number and a scale for each of their
    rows; embeddings, output layer, norms and biases stay in 16 bits.
    """
    numbers = count_parameters(shape) + count_buffers(shape)
    if precision != "int8":
        return numbers * NUMBER_BYTES[precision]
    inside, rows = matrices(shape)
    return inside + rows * SCALE_BYTES + (numbers - inside) * NUMBER_BYTES["int8"]


def matrices(shape: Shape) -> tuple[int, int]:
    """Numbers and rows of all matrices inside the layers; a row makes one number of the output."""
    d = shape.d_model
    numbers = rows = 0
    for layers, attentions, inner, feed_forward in (
        (shape.encoder_layers, 1, encoder_width(shape), shape.encoder_feed_forward),
        (shape.decoder_layers, 2, decoder_width(shape), shape.decoder_feed_forward),
    ):
        inputs = 2 if shape.gated else 1
        numbers += layers * (4 * attentions * d * inner + (inputs + 1) * d * feed_forward)
        rows += layers * (attentions * (3 * inner + d) + inputs * feed_forward + d)
    return numbers, rows


def encoder_width(shape: Shape) -> int:
    """The width of all heads of an encoder layer together."""
    return _inner(shape, shape.encoder_heads)


def decoder_width(shape: Shape) -> int:
    """The width of all heads of a decoder layer together."""
    return _inner(shape, shape.decoder_heads)


def _inner(shape: Shape, heads: int) -> int:
    """Only the T5 design lets it differ from d_model."""
    return heads * shape.d_head if shape.relative_buckets else shape.d_model


def cache_numbers(shape: Shape, length: int, beams: int) -> int:
    """Numbers of the keys and values that all decoder layers keep of so many pieces."""
    return 2 * shape.decoder_layers * beams * decoder_width(shape) * length


def reading_numbers(shape: Shape, source: int) -> int:
    """Numbers that are there at once in the encoder's widest moment, of one layer."""
    rows = 2 * shape.d_model  # what the layer reads, and the same normalised or added up
    feed_forward = (3 if shape.gated else 2) * shape.encoder_feed_forward
    bias = shape.encoder_heads * source**2 if shape.relative_buckets else 0
    attention = source * (rows + 4 * encoder_width(shape)) + 2 * bias  # the bias is copied here
    return max(attention, source * (rows + feed_forward) + bias)


def _beside_cache(shape: Shape, source: int, target: int, beams: int, number: int) -> int:
    """Bytes beside weights and cache while the decoder writes."""
    encoded = beams * source * shape.d_model
    copied = beams * decoder_width(shape) * max(source, target)
    scores = SCORE_COPIES * SCORE_BYTES * beams * shape.vocabulary_size
    return (encoded + copied) * number + scores
