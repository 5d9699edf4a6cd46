"""What each family's configuration calls its layers, heads and positions, read without torch.

Seven families are built from two designs: the T5 design (T5, mT5), whose attention has no scale
and knows positions by relative buckets, and the design of the first transformer (BART, PEGASUS,
Marian, NLLB, mBART), whose attention is scaled by 1/√d and whose positions are a table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.errors import ExplorerError

MAX_LAYERS = 128
"""Layers in one stack. The largest published models of these families have 24."""

MAX_POSITIONS = 2**16
"""Rows of a position table."""

MAX_POSITION_NUMBERS = 2**22
"""Numbers in a sinusoidal table, which transformers computes one by one: PEGASUS has 2**20."""

MAX_SIZE = 2**40
"""Largest number accepted anywhere in a configuration."""

DEFAULT_MAX_TOKENS = 512
"""Input length of the models without a position table that do not state one: what T5 saw."""


@dataclass(frozen=True)
class Family:
    """One family of encoder-decoder models.

    Attributes:
        name: the short name used in this project.
        title: the name as its paper writes it.
        model_type: what `config.json` calls the family.
        model_class: the class in transformers that computes the model.
        config_class: the class in transformers that holds its configuration.
        tokenizer_classes: the tokenizers its checkpoints use, the usual one first.
        position_kind: "relative buckets", "learned" or "sinusoidal".
        attention_scale: what the scores are multiplied by: "1" or "1/√d".
        norms_first: whether each part normalises its input (or else its output).
        embedding_norms: whether the embeddings are normalised before the first layer.
        last_norms: whether a last norm follows each stack.
        position_offset: rows at the head of the position table that no position uses.
        positions_are_weights: whether the position tables count as parameters.
    """

    name: str
    title: str
    model_type: str
    model_class: str
    config_class: str
    tokenizer_classes: tuple[str, ...]
    position_kind: str
    attention_scale: str = "1/√d"
    norms_first: bool = True
    embedding_norms: bool = False
    last_norms: bool = True
    position_offset: int = 0
    positions_are_weights: bool = True


FAMILIES = (
    Family(
        *("t5", "T5", "t5", "T5ForConditionalGeneration", "T5Config"),
        ("T5Tokenizer",),
        "relative buckets",
        "1",
    ),
    Family(
        *("mt5", "mT5", "mt5", "MT5ForConditionalGeneration", "MT5Config"),
        ("T5Tokenizer",),
        "relative buckets",
        "1",
    ),
    Family(
        *("bart", "BART", "bart", "BartForConditionalGeneration", "BartConfig"),
        ("BartTokenizer", "RobertaTokenizer"),
        "learned",
        norms_first=False,
        embedding_norms=True,
        last_norms=False,
        position_offset=2,
    ),
    Family(
        *("pegasus", "PEGASUS", "pegasus", "PegasusForConditionalGeneration", "PegasusConfig"),
        ("PegasusTokenizer",),
        "sinusoidal",
    ),
    Family(
        *("marian", "Marian", "marian", "MarianMTModel", "MarianConfig"),
        ("MarianTokenizer",),
        "sinusoidal",
        norms_first=False,
        last_norms=False,
    ),
    Family(
        *("nllb", "NLLB", "m2m_100", "M2M100ForConditionalGeneration", "M2M100Config"),
        ("NllbTokenizer",),
        "sinusoidal",
        position_offset=2,
        positions_are_weights=False,
    ),
    Family(
        *("mbart", "mBART", "mbart", "MBartForConditionalGeneration", "MBartConfig"),
        ("MBart50Tokenizer", "MBartTokenizer"),
        "learned",
        embedding_norms=True,
        position_offset=2,
    ),
)


@dataclass(frozen=True)
class Shape:
    """The numbers of one configuration under the same names for every family.

    Attributes:
        position_rows: rows of each position table (0 where there is none).
        relative_buckets: relative position buckets (0 where there are none).
        gated: whether the feed-forward part has a gate (mT5, FLAN-T5).
        tied_embeddings: whether the output layer is the embedding again.
    """

    family: Family
    encoder_layers: int
    decoder_layers: int
    encoder_heads: int
    decoder_heads: int
    d_model: int
    d_head: int
    encoder_feed_forward: int
    decoder_feed_forward: int
    vocabulary_size: int
    max_source_tokens: int
    max_target_tokens: int
    position_rows: int
    relative_buckets: int
    gated: bool
    tied_embeddings: bool


def family_of(configuration: Mapping[str, object]) -> Family:
    """The family whose classes compute this configuration."""
    kind = configuration.get("model_type")
    for family in FAMILIES:
        if family.model_type == kind:
            return family
    supported = ", ".join(family.title for family in FAMILIES)
    raise ExplorerError(
        f"This checkpoint is of the type “{str(kind)[:40]}”, which the explorer cannot show: "
        f"choose a model of one of these families: {supported}."
    )


def read_shape(configuration: Mapping[str, object]) -> Shape:
    """The numbers of a configuration, checked: each one a whole number within its limit."""
    family = family_of(configuration)
    if family.position_kind == "relative buckets":
        return _t5_shape(family, configuration)
    return _bart_shape(family, configuration)


def _number(
    configuration: Mapping[str, object],
    key: str,
    default: int | None = None,
    limit: int = MAX_SIZE,
) -> int:
    value = configuration.get(key)
    if value is None:
        value = default
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= limit:
        shown = "missing" if value is None else f"“{str(value)[:40]}”"
        raise ExplorerError(
            f"This checkpoint cannot be loaded: {key} in its config.json is {shown}, and a whole "
            f"number from 1 to {limit:,} is needed. Use another checkpoint."
        )
    return value


USUAL_T5 = {"t5": (6, 8, 2048, "relu", 32128), "mt5": (8, 6, 1024, "gated-gelu", 250112)}
"""What transformers takes for layers, heads, d_ff, form and vocabulary that are not stated."""


def _t5_shape(family: Family, configuration: Mapping[str, object]) -> Shape:
    usual = USUAL_T5[family.name]
    layers = _number(configuration, "num_layers", usual[0], MAX_LAYERS)
    heads = _number(configuration, "num_heads", usual[1])
    feed_forward = _number(configuration, "d_ff", usual[2])
    form = configuration.get("feed_forward_proj", usual[3])
    # transformers ties every T5, whatever the flag says, unless the weights hold an output layer
    # of their own; published checkpoints with the flag at "no" do hold one.
    tied = configuration.get("tie_word_embeddings", True) is not False
    # A configuration that transformers 5 has written says it this way.
    tied = tied and configuration.get("scale_decoder_outputs", True) is not False
    limit = _number(configuration, "n_positions", DEFAULT_MAX_TOKENS)
    return Shape(
        family=family,
        encoder_layers=layers,
        decoder_layers=_number(configuration, "num_decoder_layers", layers, MAX_LAYERS),
        encoder_heads=heads,
        decoder_heads=heads,
        d_model=_number(configuration, "d_model", 512),
        d_head=_number(configuration, "d_kv", 64),
        encoder_feed_forward=feed_forward,
        decoder_feed_forward=feed_forward,
        vocabulary_size=_number(configuration, "vocab_size", usual[4]),
        max_source_tokens=limit,
        max_target_tokens=limit,
        position_rows=0,
        relative_buckets=_number(configuration, "relative_attention_num_buckets", 32),
        gated=str(form).startswith("gated"),
        tied_embeddings=tied,
    )


def _bart_shape(family: Family, configuration: Mapping[str, object]) -> Shape:
    d_model = _number(configuration, "d_model", 1024)
    encoder_heads = _number(configuration, "encoder_attention_heads", 16)
    most = MAX_POSITIONS
    if family.position_kind == "sinusoidal":
        most = max(1, min(most, MAX_POSITION_NUMBERS // d_model))
    positions = _number(configuration, "max_position_embeddings", 1024, most)
    usual_vocabulary = {"marian": 58101, "nllb": 128112}.get(family.name, 50265)
    return Shape(
        family=family,
        encoder_layers=_number(configuration, "encoder_layers", 12, MAX_LAYERS),
        decoder_layers=_number(configuration, "decoder_layers", 12, MAX_LAYERS),
        encoder_heads=encoder_heads,
        decoder_heads=_number(configuration, "decoder_attention_heads", 16),
        d_model=d_model,
        d_head=max(1, d_model // encoder_heads),
        encoder_feed_forward=_number(configuration, "encoder_ffn_dim", 4096),
        decoder_feed_forward=_number(configuration, "decoder_ffn_dim", 4096),
        vocabulary_size=_number(configuration, "vocab_size", usual_vocabulary),
        max_source_tokens=positions,
        max_target_tokens=positions,
        position_rows=positions + family.position_offset,
        relative_buckets=0,
        gated=False,
        tied_embeddings=configuration.get("tie_word_embeddings", True) is not False,
    )
