"""T5, BART, mT5, PEGASUS, Marian, NLLB and mBART side by side, from their configurations.

    comparison = compare(REPRESENTATIVES)
    comparison.trait("Norms stand").values

A cell is marked where it differs from what more than half of the models of its row have; where no
value has that majority, nothing is marked.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from explorer import catalog
from explorer.cards import ModelCard, ModelFacts
from explorer.errors import ExplorerError
from explorer.families import USUAL_T5, family_of
from explorer.family_training import Training, training

REPRESENTATIVES = (
    "t5-small",
    "bart-large",
    "mt5-small",
    "pegasus-xsum",
    "opus-mt-en-de",
    "nllb-200-distilled-600M",
    "mbart-large-50-many-to-many-mmt",
)
"""One model of each family."""

ACTIVATIONS = {
    "relu": "ReLU",
    "gelu": "GELU",
    "gelu_new": "GELU",
    "swish": "Swish",
    "silu": "Swish",
    "gated-gelu": "GELU with a gate",
    "gated-silu": "Swish with a gate",
}
"""The names that configurations use, for people."""


@dataclass(frozen=True)
class Trait:
    """One row of the comparison.

    Attributes:
        group: "Size", "Build" or "Training".
        title: what is compared.
        values: one for each model, as people read it.
    """

    group: str
    title: str
    values: tuple[str, ...]

    @property
    def usual(self) -> str | None:
        """What more than half of the models have; None where no value has that majority."""
        value, count = Counter(self.values).most_common(1)[0]
        return value if 2 * count > len(self.values) else None

    @property
    def differs(self) -> tuple[bool, ...]:
        """For each model whether it has another value than the majority; never without one."""
        usual = self.usual
        return tuple(usual is not None and value != usual for value in self.values)


@dataclass(frozen=True)
class Comparison:
    """Models side by side.

    Attributes:
        names: of the models in the catalogue.
        traits: the rows.
    """

    names: tuple[str, ...]
    traits: tuple[Trait, ...]

    def trait(self, title: str) -> Trait:
        """The row with this title."""
        return next(each for each in self.traits if each.title == title)

    def rows(self, mark: str = "", heads: Sequence[str] = ()) -> list[dict[str, str]]:
        """A table with a column for each model.

        Args:
            mark: stands before cells that differ.
            heads: what stands above each column; without them the names.
        """
        return [
            {
                "Trait": each.title,
                **{
                    name: f"{mark}{value}" if differs else value
                    for name, value, differs in zip(
                        heads or self.names, each.values, each.differs, strict=True
                    )
                },
            }
            for each in self.traits
        ]


@dataclass(frozen=True)
class _Model:
    card: ModelCard
    facts: ModelFacts
    training: Training

    @property
    def configuration(self) -> Mapping[str, object]:
        return self.card.configuration

    @property
    def is_t5(self) -> bool:
        return self.facts.position_kind == "relative buckets"


def compare(names: Sequence[str]) -> Comparison:
    """Models of the catalogue side by side.

    Raises:
        ExplorerError: a name that the catalogue does not know, or no name.
    """
    models = tuple(_model(name) for name in names)
    if not models:
        raise ExplorerError("No model is chosen: choose one at least.")
    traits = tuple(
        Trait(group, title, tuple(read(each) for each in models)) for group, title, read in TRAITS
    )
    return Comparison(tuple(names), traits)


def _model(name: str) -> _Model:
    card = catalog.find(name)
    if card is None:
        raise ExplorerError(
            f"“{name[:60]}” is not in the catalogue; its models are: "
            f"{', '.join(each.name for each in catalog.MODELS)}."
        )
    return _Model(card, catalog.facts(card), training(card.family))


def activation(configuration: Mapping[str, object], family: str) -> str:
    """What stands between the two matrices of a feed-forward part, for people."""
    if family in USUAL_T5:
        stated = configuration.get("feed_forward_proj", USUAL_T5[family][3])
    else:
        stated = configuration.get("activation_function", "gelu")
    return ACTIVATIONS.get(str(stated), str(stated))


def _positions(model: _Model) -> str:
    return {
        "relative buckets": "a learned bias for each distance, in self-attention",
        "learned": "a learned table, added once",
        "sinusoidal": "sines and cosines, added once",
    }[model.facts.position_kind]


def _start(model: _Model) -> str:
    start = model.configuration.get("decoder_start_token_id")
    if start == model.configuration.get("pad_token_id", 0):
        return "the padding piece"
    return "the end piece" if start == model.configuration.get("eos_token_id", 2) else str(start)


def _last_norms(model: _Model) -> str:
    family = family_of(model.configuration)
    places = [
        *(["after the embeddings"] if family.embedding_norms else []),
        *(["after the last layer"] if family.last_norms else []),
    ]
    return " and ".join(places) or "none"


def _paper(model: _Model) -> str:
    training = model.training
    later = f"; these models {training.models_year}" if training.models_year else ""
    return f"arXiv {training.paper}, {training.year}{later}"


TRAITS: tuple[tuple[str, str, Callable[[_Model], str]], ...] = (
    ("Size", "Parameters", lambda m: f"{m.facts.parameters:,}"),
    ("Size", "Encoder layers", lambda m: f"{m.facts.encoder_layers}"),
    ("Size", "Decoder layers", lambda m: f"{m.facts.decoder_layers}"),
    ("Size", "Width (d_model)", lambda m: f"{m.facts.d_model:,}"),
    ("Size", "Heads × width", lambda m: f"{m.facts.encoder_heads} × {m.facts.d_head}"),
    ("Size", "Feed-forward width", lambda m: f"{m.facts.d_feed_forward:,}"),
    ("Size", "Vocabulary", lambda m: f"{m.facts.vocabulary_size:,}"),
    ("Size", "Reads at most", lambda m: f"{m.facts.max_source_tokens:,}"),
    ("Build", "Positions", _positions),
    (
        "Build",
        "Norms stand",
        lambda m: "before each part" if m.facts.norms_first else "after each part",
    ),
    ("Build", "More norms", _last_norms),
    ("Build", "Kind of norm", lambda m: "RMS" if m.is_t5 else "mean and variance"),
    ("Build", "Activation", lambda m: activation(m.configuration, m.card.family)),
    ("Build", "Scale of attention", lambda m: "none" if m.is_t5 else "1/√d"),
    (
        "Build",
        "Embeddings times √d",
        lambda m: "yes" if m.configuration.get("scale_embedding") else "no",
    ),
    ("Build", "Bias terms", lambda m: "no" if m.is_t5 else "yes"),
    (
        "Build",
        "Output layer",
        lambda m: "the embeddings again" if m.facts.tied_embeddings else "its own",
    ),
    ("Build", "Decoder starts with", _start),
    ("Training", "Tokenizer", lambda m: m.training.tokenizer),
    ("Training", "Trained to", lambda m: m.training.objective),
    ("Training", "Trained on", lambda m: m.training.texts),
    ("Training", "Languages", lambda m: ", ".join(m.card.languages)),
    ("Training", "Paper", _paper),
)
"""Group, title, and how a model's value is read."""
