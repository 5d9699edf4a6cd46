"""What a model takes before it is loaded: weights, cache, peak memory; and whether it fits.

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
from dataclasses import dataclass
from typing import Literal

from explorer.cards import ModelCard
from explorer.device import Device
from explorer.errors import ExplorerError
from explorer.families import Shape, read_shape
from explorer.parameter_counts import count_buffers, count_parameters
from explorer.sizes import bytes_text

Precision = Literal["float32", "bfloat16", "int8"]
Verdict = Literal["fits", "tight", "does not fit"]

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

PROGRAM_BYTES = 400_000_000
"""Python with torch and transformers, before any model: measured 350 MB, and 385 in the server."""

FITS_SHARE = 0.7
"""A model fits where peak and program take at most this share of the device's memory."""

TIGHT_SHARE = 0.9
"""It is tight up to this share; beyond that, other programs would have to make room."""


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

    @property
    def needed_bytes(self) -> int:
        """The peak with the program around it."""
        return self.peak_bytes + PROGRAM_BYTES


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
    shape = read_shape(card.configuration)
    source = min(source_tokens, shape.max_source_tokens)
    target = min(target_tokens, shape.max_target_tokens)
    number = NUMBER_BYTES[precision]
    weights = weights_bytes(shape, precision)
    own, cross = (cache_numbers(shape, length, beams) * number for length in (target, source))
    reading = reading_numbers(shape, source) * number
    writing = own + cross + _beside_cache(shape, source, target, beams, number)
    working = max(reading, writing)
    return Footprint(
        name=card.name,
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
        download_bytes=card.download_bytes,
    )


def verdict(found: Footprint, memory_bytes: int) -> Verdict:
    """Whether peak and program fit into a memory; see FITS_SHARE and TIGHT_SHARE."""
    if found.needed_bytes <= FITS_SHARE * memory_bytes:
        return "fits"
    return "tight" if found.needed_bytes <= TIGHT_SHARE * memory_bytes else "does not fit"


def check_fits(found: Footprint, device: Device) -> None:
    """Refuse a model that would not fit on a device, before anything of it is loaded.

    Raises:
        ExplorerError: with what it needs, and what there is.
    """
    if verdict(found, device.memory_bytes) == "does not fit":
        raise ExplorerError(
            f"{found.name} was not loaded: with {found.source_tokens:,} pieces to read and "
            f"{found.target_tokens:,} to write it needs {bytes_text(found.needed_bytes)} at its "
            f"peak ({bytes_text(found.weights_bytes)} of it weights in {found.precision}), and "
            f"{bytes_text(TIGHT_SHARE * device.memory_bytes)} of the {device.kind.upper()}'s "
            f"{bytes_text(device.memory_bytes)} can be used: choose a smaller model, shorter "
            "lengths or fewer beams."
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
