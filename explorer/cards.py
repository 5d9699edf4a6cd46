"""What is known of a model before it is loaded: its card, its tasks and the facts of its shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from explorer.errors import ExplorerError
from explorer.families import Shape, read_shape
from explorer.parameter_counts import count_buffers, count_parameters

FLOAT32_BYTES = 4


@dataclass(frozen=True)
class Task:
    """Something that a model was trained to do, and how to ask for it.

    Attributes:
        kind: "translation", "summary", "question", "sentiment", "acceptability", "similarity",
            "inference", "denoising" or "instruction".
        title: the task for people.
        prefix: what the model reads before the text; "" where the task needs none.
        example: a text worth trying, without the prefix.
        source_language: the code of the language read, for models that take language codes.
        target_language: the code of the language to write, for the same models.
        fields: the names of the parts of the text where it has several; the prefix ends with
            the first name, the others stand inside the text.
    """

    kind: str
    title: str
    prefix: str
    example: str
    source_language: str | None = None
    target_language: str | None = None
    fields: tuple[str, ...] = ()

    def compose(self, text: str) -> str:
        """The exact text that the model reads."""
        return self.prefix + text

    def compose_fields(self, values: Mapping[str, str]) -> str:
        """The exact text that the model reads, from the parts of the text by their names."""
        missing = [name for name in self.fields if name not in values]
        if missing or not self.fields:
            raise ExplorerError(
                f"The task “{self.title}” is made of these parts: "
                f"{', '.join(self.fields) or 'one text'}; missing: {', '.join(missing) or 'none'}; "
                f"give {'each of them' if self.fields else 'the text as one'}."
            )
        first, *others = self.fields
        return self.compose(values[first] + "".join(f" {name}: {values[name]}" for name in others))

    def example_fields(self) -> dict[str, str]:
        """The example, taken apart into the parts of the text."""
        parts: dict[str, str] = {}
        rest = self.example
        for name, following in zip(self.fields, (*self.fields[1:], None), strict=True):
            if following is None:
                parts[name] = rest
            else:
                parts[name], _, rest = rest.partition(f" {following}: ")
        return parts


@dataclass(frozen=True)
class ModelCard:
    """A model that the explorer can load.

    Attributes:
        name: the name in the explorer, in links and in `explorer.load`.
        hub_id: where the Hub keeps it; None for a bundled model and for a folder.
        family: "t5", "mt5", "bart", "pegasus", "marian", "nllb" or "mbart".
        title: the name for people.
        tasks: what it was trained to do.
        languages: the languages it reads and writes, for people.
        licence: under which its weights are given out.
        download_bytes: size of the weights file that a download fetches, or of the bundled one.
        parameters: the exact number.
        bundled: whether it comes with the explorer.
        configuration: its real configuration, as far as the real class needs it.
        summary: what it is, in one sentence.
        purpose: what it is good for, in one sentence.
        folder: where its files are, for a bundled model and for a folder.
    """

    name: str
    hub_id: str | None
    family: str
    title: str
    tasks: tuple[Task, ...]
    languages: tuple[str, ...]
    licence: str
    download_bytes: int
    parameters: int
    bundled: bool
    configuration: Mapping[str, object] = field(hash=False, repr=False)
    summary: str
    purpose: str = ""
    folder: str | None = None


@dataclass(frozen=True)
class ModelFacts:
    """The facts of a model's shape, all read from its configuration.

    Attributes:
        d_head: width of one query, key and value.
        d_feed_forward: width inside the feed-forward part of each encoder layer.
        decoder_feed_forward: the same of each decoder layer.
        max_source_tokens: pieces that the model can read. For the T5 design, which has no table
            of positions, the length that it was trained with.
        position_kind: "relative buckets", "learned" or "sinusoidal".
        attention_scale: what the scores are multiplied by before the softmax: "1" or "1/√d".
        attention_factor: the same as a number.
        tied_embeddings: whether the output layer is the embedding again.
        gated_feed_forward: whether the feed-forward part has a gate.
        norms_first: whether each part normalises its input (or else its output).
        weights_bytes: memory of the weights in float32.
        memory_bytes: the same with the fixed tables that the model holds beside its weights.
    """

    name: str
    family: str
    family_title: str
    parameters: int
    encoder_layers: int
    decoder_layers: int
    encoder_heads: int
    decoder_heads: int
    d_model: int
    d_head: int
    d_feed_forward: int
    decoder_feed_forward: int
    vocabulary_size: int
    max_source_tokens: int
    max_target_tokens: int
    position_kind: str
    attention_scale: str
    attention_factor: float
    tied_embeddings: bool
    gated_feed_forward: bool
    norms_first: bool
    weights_bytes: int
    memory_bytes: int


def facts_of(name: str, configuration: Mapping[str, object]) -> ModelFacts:
    """The facts of a configuration; `name` is only carried along."""
    shape = read_shape(configuration)
    parameters = count_parameters(shape)
    return ModelFacts(
        name=name,
        family=shape.family.name,
        family_title=shape.family.title,
        parameters=parameters,
        encoder_layers=shape.encoder_layers,
        decoder_layers=shape.decoder_layers,
        encoder_heads=shape.encoder_heads,
        decoder_heads=shape.decoder_heads,
        d_model=shape.d_model,
        d_head=shape.d_head,
        d_feed_forward=shape.encoder_feed_forward,
        decoder_feed_forward=shape.decoder_feed_forward,
        vocabulary_size=shape.vocabulary_size,
        max_source_tokens=shape.max_source_tokens,
        max_target_tokens=shape.max_target_tokens,
        position_kind=shape.family.position_kind,
        attention_scale=shape.family.attention_scale,
        attention_factor=_attention_factor(shape),
        tied_embeddings=shape.tied_embeddings,
        gated_feed_forward=shape.gated,
        norms_first=shape.family.norms_first,
        weights_bytes=parameters * FLOAT32_BYTES,
        memory_bytes=(parameters + count_buffers(shape)) * FLOAT32_BYTES,
    )


def _attention_factor(shape: Shape) -> float:
    return 1.0 if shape.family.attention_scale == "1" else float(shape.d_head**-0.5)
