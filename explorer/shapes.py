"""The shape of everything on the way through an encoder-decoder, foretold and measured.

`foretold` knows the shapes from the configuration alone. `measured` runs the model once and
reads them off its tensors. The two must agree entry by entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.catalog import ModelFacts
from explorer.checks import Check

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel


@dataclass(frozen=True)
class Station:
    """One station of the way.

    Attributes:
        stack: "encoder", "decoder" or "output".
        name: what it is, in the field's words.
        axes: what each axis counts.
        sizes: how many of each; None where it depends on a sentence that is not known yet.
        meaning: one sentence.
    """

    stack: str
    name: str
    axes: tuple[str, ...]
    sizes: tuple[int | None, ...]
    meaning: str

    def row(self) -> dict[str, str]:
        """The shape as one row of a table."""
        sizes = ("?" if size is None else f"{size:,}" for size in self.sizes)
        return {
            "stack": self.stack,
            "name": self.name,
            "axes": " × ".join(self.axes),
            "shape": " × ".join(sizes),
            "meaning": self.meaning,
        }


def decoder_head_width(facts: ModelFacts) -> int:
    """The width of one query, key and value in the decoder; `facts.d_head` is the encoder's.

    The T5 design states one width for both stacks. The others share d_model among the heads, so
    stacks with different numbers of heads have heads of different widths.
    """
    if facts.position_kind == "relative buckets":
        return facts.d_head
    return facts.d_model // facts.decoder_heads


def foretold(
    facts: ModelFacts, source: int | None = None, decoder: int | None = None
) -> tuple[Station, ...]:
    """The shapes for `source` pieces read by the encoder and `decoder` pieces by the decoder."""
    d, width = facts.d_model, decoder_head_width(facts)
    return (
        Station("encoder", "Source ids", ("piece",), (source,), "The pieces of the source text."),
        Station("encoder", "Source embeddings", ("piece", "d_model"), (source, d),
              "One row of numbers for each piece."),
        Station("encoder", "Encoder output", ("piece", "d_model"), (source, d),
              "The same rows after every encoder layer; each knows all the others."),
        Station("decoder", "Cross-attention keys", ("layer", "head", "source piece", "d_head"),
              (facts.decoder_layers, facts.decoder_heads, source, width),
              "Made from the encoder's output once, and kept for every step."),
        Station("decoder", "Decoder ids", ("piece",), (decoder,),
              "The start token and the answer so far."),
        Station("decoder", "Self-attention keys", ("layer", "head", "piece", "d_head"),
              (facts.decoder_layers, facts.decoder_heads, decoder, width),
              "What later pieces look back at; it grows by one at each step."),
        Station("decoder", "Decoder output", ("piece", "d_model"), (decoder, d),
              "One row for each piece read; the last one predicts the next piece."),
        Station("output", "Scores", ("piece", "vocabulary"), (decoder, facts.vocabulary_size),
              "One score for each piece of the vocabulary; softmax makes probabilities of them."),
    )  # fmt: skip


def measured(
    model: "Seq2SeqModel", source: Sequence[int], decoder: Sequence[int]
) -> dict[str, tuple[int, ...]]:
    """The shapes that one real pass gives, by name.

    Args:
        model: a loaded model.
        source: the ids the encoder reads.
        decoder: the ids the decoder reads, its start token first.
    """
    import torch
    from transformers import DynamicCache, EncoderDecoderCache

    module: Any = model.module
    with torch.inference_mode():
        ids = torch.tensor([list(source)], device=module.device)  # (1, source)
        written = torch.tensor([list(decoder)], device=module.device)  # (1, decoder)
        result = module(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            decoder_input_ids=written,
            past_key_values=EncoderDecoderCache(DynamicCache(), DynamicCache()),
            output_hidden_states=True,
        )
    cross = [layer.keys for layer in result.past_key_values.cross_attention_cache.layers]
    own = [layer.keys for layer in result.past_key_values.self_attention_cache.layers]
    return {
        "Source ids": tuple(ids.shape[1:]),
        "Source embeddings": tuple(result.encoder_hidden_states[0].shape[1:]),
        "Encoder output": tuple(result.encoder_last_hidden_state.shape[1:]),
        "Cross-attention keys": (len(cross), *cross[0].shape[1:]),
        "Decoder ids": tuple(written.shape[1:]),
        "Self-attention keys": (len(own), *own[0].shape[1:]),
        "Decoder output": tuple(result.decoder_hidden_states[-1].shape[1:]),
        "Scores": tuple(result.logits.shape[1:]),
    }


def check_shapes(shapes: Sequence[Station], real: dict[str, tuple[int, ...]]) -> Check:
    """How far the foretold shapes are from the measured ones: the largest difference of an axis."""
    difference = 0.0
    for shape in shapes:
        found = real[shape.name]
        if len(found) != len(shape.sizes):
            difference = float("inf")
            continue
        for foretold_size, size in zip(shape.sizes, found, strict=True):
            difference = max(difference, abs((foretold_size or 0) - size))
    return Check(f"The {len(shapes)} shapes against those of one real pass.", difference, 0.0)


def check_parameters(model: "Seq2SeqModel") -> Check:
    """The parameter count of the configuration against the numbers in the loaded module."""
    module: Any = model.module
    counted = sum(parameter.numel() for parameter in module.parameters())
    return Check(
        f"The parameter count against the {counted:,} numbers in memory.",
        float(abs(counted - model.facts.parameters)),
        0.0,
    )


def script(model: "Seq2SeqModel", text: str, written: int) -> str:
    """A Python program that prints the answer, the shapes and the next piece's probability."""
    return model.script(text) + SCRIPT_END.format(written=written, start=model.rules.start)


SCRIPT_END = """
# The moment when {written} pieces of the answer are there.
from transformers import DynamicCache, EncoderDecoderCache

reads = torch.cat([torch.tensor([{start}], device=model.device), ids[:{written}]])
with torch.inference_mode():
    result = model(
        **source,
        decoder_input_ids=reads[None],
        past_key_values=EncoderDecoderCache(DynamicCache(), DynamicCache()),
        output_hidden_states=True,
    )
cross = result.past_key_values.cross_attention_cache.layers
own = result.past_key_values.self_attention_cache.layers
print("Source embeddings", tuple(result.encoder_hidden_states[0].shape[1:]))
print("Encoder output", tuple(result.encoder_last_hidden_state.shape[1:]))
print("Cross-attention keys", (len(cross), *cross[0].keys.shape[1:]))
print("Self-attention keys", (len(own), *own[0].keys.shape[1:]))
print("Decoder output", tuple(result.decoder_hidden_states[-1].shape[1:]))
print("Scores", tuple(result.logits.shape[1:]))
print("Next piece", result.logits[0, -1].float().softmax(-1)[ids[{written}]].item())
"""
