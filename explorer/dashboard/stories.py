"""Links that open a page in a state worth seeing, each with one sentence."""

from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).resolve().parents[2] / "pages"


@dataclass(frozen=True)
class Story:
    """One link.

    Attributes:
        title: what the person will see.
        sentence: why it is worth seeing.
        icon: a Material icon.
        page: the file of the page in `pages/`.
        parameters: what the URL says.
    """

    title: str
    sentence: str
    icon: str
    page: str
    parameters: dict[str, str]

    @property
    def path(self) -> Path:
        """Where the page's script is."""
        return PAGES / self.page


STORIES = (
    Story(
        "A sentence in German",
        "A real T5 translates word by word: see the exact text it reads, prefix included.",
        ":material/translate:",
        "playground.py",
        {"task": "translation", "text": "The weather is beautiful today."},
    ),
    Story(
        "schönes, schöner, schöne",
        "German adjectives take the gender of the noun: swap house for garden and look again.",
        ":material/spellcheck:",
        "playground.py",
        {"task": "translation", "text": "The beautiful house is old."},
    ),
    Story(
        "The short of it",
        "The same weights summarise when the prefix says so: nothing else has changed.",
        ":material/short_text:",
        "playground.py",
        {"task": "summary"},
    ),
    Story(
        "Ask the text",
        "Question and context go in as one text; the answer is written, not cut out.",
        ":material/contact_support:",
        "playground.py",
        {"task": "question"},
    ),
    Story(
        "Repair a damaged sentence",
        "BART learned to write by repairing: a mask stands for words that somebody took away.",
        ":material/healing:",
        "playground.py",
        {"model": "miniature-bart", "task": "denoising"},
    ),
    Story(
        "Roll the dice, twice the same",
        "Sampling draws each piece by chance, and the same seed draws the same answer.",
        ":material/casino:",
        "playground.py",
        {"task": "translation", "strategy": "sampling", "temperature": "1.5", "seed": "7"},
    ),
    Story(
        "One pass, before a word is written",
        "Back to the first step: the decoder has read its start token and nothing else.",
        ":material/start:",
        "overview.py",
        {"step": "0"},
    ),
)
