"""Where the usual rules about architectures are dated or too simple, each with a date."""

from dataclasses import dataclass

TODAY = "2026-11"
"""When the remarks were written; a year later somebody should read them again."""


@dataclass(frozen=True)
class Remark:
    """One honest word.

    Attributes:
        about: what it is about, for people.
        sentence: what is true now.
        tasks: the names of the tasks it touches; empty for all.
        date: year and month in which it was true.
    """

    about: str
    sentence: str
    tasks: tuple[str, ...] = ()
    date: str = TODAY


REMARKS = (
    Remark(
        "Large decoder-only models",
        "Large decoder-only models now do most of these tasks from a prompt, translation, "
        "summaries and labels included. A small model of the right architecture stays ahead in "
        "cost, speed, privacy, and in doing the same thing twice.",
    ),
    Remark(
        "Sentiment with T5",
        "“No” is too strict: T5 was trained on sentiment and has its own prefix for it, "
        "`sst2 sentence: ` (and not `sentiment: `).",
        ("Sentiment analysis",),
    ),
    Remark(
        "Labels with FLAN-T5",
        "FLAN-T5 gives labels when asked in plain words, with no training at all. With a few "
        "hundred labelled examples an encoder-only model is the better and cheaper choice.",
        ("Text classification", "Hate speech detection", "Sentiment analysis"),
    ),
    Remark(
        "What FLAN-T5 was told",
        "Its instructions (Flan 2022: Muffin, T0-SF, Super-NaturalInstructions, chain of thought) "
        "hold inference, paraphrase, similarity, toxicity, dialogue and program synthesis as well; "
        "the tasks on its card are those it is known for.",
        (
            "Hate speech detection",
            "Paraphrasing",
            "Dialogue",
            "Text to code",
            "Code generation",
        ),
    ),
    Remark(
        "Names from decoder-only models",
        "“Poor” was true of small ones: large ones list names well when asked to. For every word "
        "with its place, encoder-only models are still the usual choice.",
        ("Named entities",),
    ),
    Remark(
        "Passages from decoder-only models",
        "Large ones copy the passage that answers, but nothing keeps them from changing it; an "
        "encoder-only model can only point at what is there.",
        ("Extractive QA",),
    ),
    Remark(
        "Code",
        "Code is written by large decoder-only models today, from a description as well. "
        "Encoder–decoders such as CodeT5 are small enough for a laptop.",
        ("Text to code", "Code generation"),
    ),
    Remark(
        "mT5 for translation",
        "mT5 as published has learned no task: it must be trained on pairs before it translates.",
        ("Machine translation",),
    ),
    Remark(
        "NLLB in a product",
        "NLLB's licence, CC BY-NC 4.0, forbids commercial use.",
        ("Machine translation",),
    ),
    Remark(
        "Long texts",
        "The models here read 512 or 1,024 pieces. Large decoder-only models read hundreds of "
        "thousands, a whole book.",
        ("Summaries", "Generative QA"),
    ),
    Remark(
        "Cross-attention as an explanation",
        "It shows where the decoder looked, and not why it wrote what it wrote.",
        ("Machine translation", "Summaries", "Generative QA"),
    ),
)


def remarks_on(task: str | None) -> tuple[Remark, ...]:
    """The remarks that touch a task, those on all tasks last; None for these alone."""
    own = tuple(each for each in REMARKS if task in each.tasks)
    return (*own, *(each for each in REMARKS if not each.tasks))
