"""How fast a model would be on this machine, by arithmetic on its shape; nobody has measured it.

An estimate adds three things, each of them measured by `explorer.arithmetic`:

- arithmetic: the multiplications of the matrices at the speed of matrices of the model's width,
  which lay ready when they were measured;
- memory: every weight that a step uses must be fetched once, and so must the cache. Several rows
  fetch it more slowly than one, because a matrix is put in another order for them;
- the fixed cost of a layer and of a step. In a small model it is the most of all.

Norms, activations and the softmax are left out, so that reading a long text is rather estimated
too fast.
"""

from explorer.arithmetic import Arithmetic
from explorer.cards import ModelCard
from explorer.families import Shape, read_shape
from explorer.footprint import cache_numbers, decoder_width, encoder_width
from explorer.speed import Speed

ESTIMATE_FACTOR = 2.5
"""An estimate is at most this many times too high or too low on a machine that has nothing else
to do; see tests/benchmarks/estimate.py."""

COPIES = 2
"""A tensor that grows is read once more and written once."""


def estimate(
    card: ModelCard,
    machine: Arithmetic,
    source_tokens: int,
    target_tokens: int,
    beams: int = 1,
) -> Speed:
    """How long a model would take, from its shape and what was measured of the machine."""
    shape = read_shape(card.configuration)
    source = min(source_tokens, shape.max_source_tokens)
    target = min(target_tokens, shape.max_target_tokens)
    fixed = machine.relative if shape.relative_buckets else machine.absolute
    stream = machine.stream_at(beams) / machine.number_bytes  # numbers a second
    layers, rate = shape.encoder_layers, machine.flops_at(shape.d_model)
    looks = 4 * source**2 * encoder_width(shape) * layers  # scores, and the mean of the values
    reading = fixed.encode + layers * fixed.encode_layer
    reading += looks / rate + _through(encoder_matrices(shape), source, rate, machine)
    own, cross = (cache_numbers(shape, length, beams) for length in (target // 2, source))
    moved = own * (1 + COPIES) + cross
    if beams > 1:
        # The answers are put in another order after each step, and their caches with them.
        moved += (own + cross) * COPIES
        one = fixed.beam_step + shape.decoder_layers * fixed.beam_step_layer
    else:
        one = fixed.step + shape.decoder_layers * fixed.step_layer
    one += (decoder_matrices(shape) + shape.vocabulary_size * shape.d_model + moved) / stream
    bridge = 2 * shape.d_model * decoder_width(shape) * shape.decoder_layers
    writing = target * one + _through(bridge, beams * source, rate, machine)
    return Speed(card.name, source, target, beams, reading, writing, 0)


def _through(numbers: int, rows: int, rate: float, machine: Arithmetic) -> float:
    """Seconds of some rows through matrices of so many numbers: fetched first, then multiplied."""
    return numbers * machine.number_bytes / machine.stream_at(rows) + 2 * rows * numbers / rate


def encoder_matrices(shape: Shape) -> int:
    """Numbers of all matrices that each piece read is multiplied with."""
    inside = (3 if shape.gated else 2) * shape.d_model * shape.encoder_feed_forward
    return shape.encoder_layers * (4 * shape.d_model * encoder_width(shape) + inside)


def decoder_matrices(shape: Shape) -> int:
    """The same of each piece written: all but the bridge's keys and values, which are made once."""
    inside = (3 if shape.gated else 2) * shape.d_model * shape.decoder_feed_forward
    return shape.decoder_layers * (6 * shape.d_model * decoder_width(shape) + inside)
