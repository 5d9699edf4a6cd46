"""Fourteen tasks, and how well each of the three architectures suits them."""

from dataclasses import dataclass
from typing import Literal, get_args

from explorer.guide_architectures import DECODER_ONLY, ENCODER_DECODER, ENCODER_ONLY

Verdict = Literal["best", "good", "possible", "poor", "overkill", "no"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""From the best to the worst."""

MEANINGS: dict[Verdict, str] = {
    "best": "what it was made for",
    "good": "works well",
    "possible": "works, others do it better",
    "poor": "works badly",
    "overkill": "works, and costs more than it must",
    "no": "the wrong tool",
}


@dataclass(frozen=True)
class SuitedTask:
    """A task and its three verdicts.

    Attributes:
        name: the task.
        encoder_only, decoder_only, encoder_decoder: how well each suits it.
        why: the reason, in a few words.
    """

    name: str
    encoder_only: Verdict
    decoder_only: Verdict
    encoder_decoder: Verdict
    why: str

    def verdict(self, architecture: str) -> Verdict:
        """The verdict on one architecture, by its name."""
        return {
            ENCODER_ONLY: self.encoder_only,
            DECODER_ONLY: self.decoder_only,
            ENCODER_DECODER: self.encoder_decoder,
        }[architecture]


TASKS = (
    SuitedTask("Text classification", "best", "possible", "overkill", "One label, nothing written"),
    SuitedTask("Sentiment analysis", "best", "possible", "no", "One label, nothing written"),
    SuitedTask("Hate speech detection", "best", "possible", "no", "One label that context decides"),
    SuitedTask("Named entities", "best", "poor", "no", "One label for each word, from both sides"),
    SuitedTask("Extractive QA", "best", "no", "overkill", "Marks a passage, writes nothing"),
    SuitedTask("Generative QA", "no", "good", "best", "Reads a text, writes an answer"),
    SuitedTask("Text generation", "no", "best", "possible", "Goes on with what is there"),
    SuitedTask("Creative writing", "no", "best", "no", "Goes on with what is there"),
    SuitedTask("Code generation", "no", "best", "good", "Goes on with code"),
    SuitedTask("Machine translation", "no", "possible", "best", "The whole input, in other words"),
    SuitedTask("Summaries", "no", "possible", "best", "Long input, short output"),
    SuitedTask("Paraphrasing", "no", "possible", "best", "The same meaning, in other words"),
    SuitedTask("Text to code", "no", "good", "best", "Input and output are different languages"),
    SuitedTask("Dialogue", "no", "best", "good", "Goes on with what was said"),
)


def task(name: str) -> SuitedTask:
    """The task with this name."""
    return next(each for each in TASKS if each.name == name)


def filtered(
    architecture: str | None = None, verdicts: tuple[str, ...] = (), words: str = ""
) -> tuple[SuitedTask, ...]:
    """The tasks that fit.

    Args:
        architecture: whose verdict counts; None for any of the three.
        verdicts: one of these; empty for any.
        words: stand in the name or in the reason, in any case of letters.
    """
    looked_at = (architecture,) if architecture else (ENCODER_ONLY, DECODER_ONLY, ENCODER_DECODER)
    wanted = words.strip().casefold()
    return tuple(
        each
        for each in TASKS
        if (not verdicts or any(each.verdict(name) in verdicts for name in looked_at))
        and wanted in f"{each.name} {each.why}".casefold()
    )


def rows(tasks: tuple[SuitedTask, ...] = TASKS) -> list[dict[str, str]]:
    """The tasks as rows of a table."""
    return [
        {
            "Task": each.name,
            ENCODER_ONLY: each.encoder_only,
            DECODER_ONLY: each.decoder_only,
            ENCODER_DECODER: each.encoder_decoder,
            "Why": each.why,
        }
        for each in tasks
    ]
