"""How many numbers a model holds, by arithmetic on the shape of its configuration."""

from explorer.families import Shape


def count_parameters(shape: Shape) -> int:
    """The number of parameters by arithmetic.

    The tests hold it against the real classes. It costs nothing, whatever the configuration
    claims, and so it decides whether a model fits before any memory is taken for it.
    """
    family, width = shape.family, shape.d_model
    embedding = shape.vocabulary_size * width
    total = embedding if shape.tied_embeddings else 2 * embedding
    if family.position_kind == "relative buckets":
        inner = shape.d_head * shape.encoder_heads
        attention = 4 * width * inner
        feed_forward = (3 if shape.gated else 2) * width * shape.encoder_feed_forward
        total += shape.encoder_layers * (attention + feed_forward + 2 * width)
        total += shape.decoder_layers * (2 * attention + feed_forward + 3 * width)
        return total + 2 * shape.relative_buckets * shape.encoder_heads + 2 * width
    attention = 4 * (width * width + width)
    norm = 2 * width
    for layers, attentions, feed_forward in (
        (shape.encoder_layers, 1, shape.encoder_feed_forward),
        (shape.decoder_layers, 2, shape.decoder_feed_forward),
    ):
        inside = 2 * width * feed_forward + feed_forward + width
        total += layers * (attentions * (attention + norm) + inside + norm)
    total += 2 * norm * (family.embedding_norms + family.last_norms)
    if family.positions_are_weights:
        total += 2 * shape.position_rows * width
    return total


def count_buffers(shape: Shape) -> int:
    """Numbers that a model holds beside its parameters: position tables, the bias of the pieces."""
    if shape.family.position_kind == "relative buckets":
        return 0
    bias = 0 if shape.family.name == "nllb" else shape.vocabulary_size
    tables = 0 if shape.family.positions_are_weights else 2 * shape.position_rows * shape.d_model
    return bias + tables
