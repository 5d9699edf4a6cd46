"""The three architectures of transformers: how each works, and the models people use."""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.costs import Cost, longest
from explorer.sizes import bytes_text, count_text


@dataclass(frozen=True)
class NamedModel:
    """A model by the name that people use.

    Attributes:
        title: the name.
        catalogue: the names in the explorer's catalogue of models of this kind; none for a model
            that is outside it.
        year: when it came out; 0 where it is only an example.
        size: its parameters, for people.
        note: what sets it apart.
    """

    title: str
    catalogue: tuple[str, ...] = ()
    year: int = 0
    size: str = ""
    note: str = ""

    @property
    def outside(self) -> bool:
        """Whether the explorer's catalogue holds none of this kind."""
        return not self.catalogue


@dataclass(frozen=True)
class Architecture:
    """One of the three: what separates it from the other two, in words.

    Memory and speed are no words: they are measured, see `explorer.costs`.

    Attributes:
        name: "Encoder-only", "Decoder-only" or "Encoder–decoder".
        structure: which stacks it has.
        attention: the kinds of attention in it.
        sees: what one piece of the input may look at.
        objective: what it is trained to do.
        output: how an answer comes out of it.
        training: what training it takes.
        strengths: what it does better than the other two.
        uses: where it is at its best.
        models: the popular ones.
    """

    name: str
    structure: str
    attention: str
    sees: str
    objective: str
    output: str
    training: str
    strengths: tuple[str, ...]
    uses: tuple[str, ...]
    models: tuple[NamedModel, ...]


ENCODER_ONLY, DECODER_ONLY, ENCODER_DECODER = "Encoder-only", "Decoder-only", "Encoder–decoder"

T5S = ("t5-small", "t5-base", "flan-t5-small", "flan-t5-base", "miniature-t5")
BARTS = (
    "bart-base",
    "bart-large",
    "bart-large-cnn",
    "distilbart-cnn-12-6",
    "miniature-bart",
    "miniature-bart-summary",
)
MARIANS = ("opus-mt-en-de", "opus-mt-de-en")
NLLBS = ("nllb-200-distilled-600M",)
MBARTS = ("mbart-large-50-many-to-many-mmt",)

ARCHITECTURES = (
    Architecture(
        ENCODER_ONLY,
        structure="One stack that reads",
        attention="Self-attention in both directions",
        sees="The whole text, before and after it",
        objective="Masked language modelling: guess the pieces that were hidden",
        output="One vector for each piece, all at once; a small head on top makes labels of them",
        training="Any text, no labels; then a head with labelled examples for each task",
        strengths=(
            "Knows each word with both its sides",
            "Reads a text once and is done",
            "A small labelled set is enough for a new task",
            "Its vectors serve search and comparison",
        ),
        uses=(
            "Sentiment analysis",
            "Hate speech detection",
            "Named entities",
            "Text classification",
        ),
        models=(
            NamedModel("BERT", (), 2018, "110 and 340 million", "The first of its kind"),
            NamedModel("RoBERTa", (), 2019, "125 and 355 million", "BERT, trained longer"),
            NamedModel("DistilBERT", (), 2019, "66 million", "BERT with half of its layers"),
            NamedModel("ELECTRA", (), 2020, "14 to 335 million", "Tells replaced words from real"),
            NamedModel("DeBERTa", (), 2020, "140 million to 1.5 billion", "Place apart from word"),
        ),
    ),
    Architecture(
        DECODER_ONLY,
        structure="One stack that writes",
        attention="Causal self-attention",
        sees="What stands before it, nothing after it",
        objective="Causal language modelling: guess the next piece",
        output="One piece after another, each a pass through the stack",
        training="Any text is its own target; then instructions and human judgement for assistants",
        strengths=(
            "Writes fluently, at any length",
            "Learns a task from examples in its prompt",
            "Grows with data and parameters",
            "One model for many tasks",
        ),
        uses=("Text generation", "Creative writing", "Code", "Conversation"),
        models=(
            NamedModel("GPT-2", (), 2019, "124 million to 1.5 billion", "Open weights"),
            NamedModel("GPT-3", (), 2020, "175 billion", "No open weights"),
            NamedModel("GPT-4", (), 2023, "size not published", "No open weights"),
            NamedModel("LLaMA", (), 2023, "7 to 65 billion", "Open weights, own licence"),
            NamedModel("Mistral", (), 2023, "7 billion", "Open weights, Apache 2.0"),
            NamedModel("Gemma", (), 2024, "2 and 7 billion", "Open weights, own terms"),
        ),
    ),
    Architecture(
        ENCODER_DECODER,
        structure="One stack that reads, one that writes",
        attention="Both directions in the encoder, causal in the decoder, cross-attention between",
        sees="The whole input, and what is written so far",
        objective="Denoising, or pairs of an input and its target",
        output="The input is read once, then one piece after another",
        training="Two stacks at once: damaged texts, then pairs of input and target",
        strengths=(
            "Turns one text into another",
            "Input and output differ in length and language",
            "Reads the input in both directions",
            "Cross-attention can be looked at",
        ),
        uses=("Machine translation", "Summaries", "Question answering", "Paraphrasing"),
        models=(
            NamedModel("T5", T5S, 2019, "60 million to 11 billion", "Every task is text to text"),
            NamedModel("BART", BARTS, 2019, "140 and 406 million", "Trained to repair damage"),
            NamedModel("PEGASUS", ("pegasus-xsum",), 2019, "570 million", "Made for summaries"),
            NamedModel("Marian", MARIANS, 2020, "74 million", "One direction each; paper 2018"),
            NamedModel("mT5", ("mt5-small",), 2020, "300 million to 13 billion", "101 languages"),
            NamedModel("mBART", MBARTS, 2020, "611 million", "50 languages, each to each"),
            NamedModel("NLLB", NLLBS, 2022, "600 million to 54 billion", "200 languages"),
            NamedModel("UL2", (), 2022, "20 billion", "Mixes three ways of denoising"),
        ),
    ),
)

ROWS = (
    ("Structure", "structure"),
    ("Attention", "attention"),
    ("A piece of the input sees", "sees"),
    ("Trained to", "objective"),
    ("An answer comes", "output"),
    ("Training takes", "training"),
    ("Strengths", "strengths"),
    ("At its best in", "uses"),
)
"""The rows of the comparison: what each is called, and the attribute that holds it."""

UNMEASURED = "Not measured here yet"
"""Stands where a number will stand."""


def architecture(name: str) -> Architecture:
    """The architecture with this name."""
    return next(each for each in ARCHITECTURES if each.name == name)


def comparison(bullet: str = "", costs: Sequence[Cost] = ()) -> list[dict[str, str]]:
    """The comparison as rows: a column for what is compared and one for each architecture.

    Args:
        bullet: stands before each part of a cell that has several, on a line of its own; without
            it they stand on one line.
        costs: what was measured of a model of each architecture; none where nothing was.
    """
    return [
        {"": title, **{each.name: _text(getattr(each, field), bullet) for each in ARCHITECTURES}}
        for title, field in ROWS
    ] + [
        {"": title, **{each.name: words(each, costs) for each in ARCHITECTURES}}
        for title, words in MEASURED
    ]


def cost_of(architecture: Architecture, costs: Sequence[Cost]) -> Cost | None:
    """What the longest text cost the model of an architecture; None where nothing was measured."""
    kind = architecture.name.lower().replace("–", "-")
    return next((each for each in longest(costs) if each.architecture == kind), None)


def _memory(architecture: Architecture, costs: Sequence[Cost]) -> str:
    cost = cost_of(architecture, costs)
    if cost is None:
        return UNMEASURED
    kept = f"{bytes_text(cost.cache_bytes)} of them kept" if cost.cache_bytes else "none kept"
    return f"{bytes_text(cost.peak_bytes)} beside the weights, {kept}"


def _speed(architecture: Architecture, costs: Sequence[Cost]) -> str:
    cost = cost_of(architecture, costs)
    if cost is None:
        return UNMEASURED
    passes = "1 pass" if cost.passes == 1 else f"{cost.passes} passes"
    return f"{cost.seconds * 1e3:,.1f} ms in {passes}"


def _measured_with(architecture: Architecture, costs: Sequence[Cost]) -> str:
    cost = cost_of(architecture, costs)
    if cost is None:
        return UNMEASURED
    return (
        f"{cost.model} ({count_text(cost.parameters)} parameters), {cost.length} pieces read and "
        f"{cost.length} written"
    )


MEASURED = (("Memory", _memory), ("Speed", _speed), ("Both measured here with", _measured_with))
"""The rows of numbers: what each is called, and what words it."""


def _text(value: str | tuple[str, ...], bullet: str) -> str:
    if isinstance(value, str):
        return value
    return "\n".join(f"{bullet}{each}" for each in value) if bullet else "; ".join(value)
