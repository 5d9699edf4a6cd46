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


TO_GERMAN = "English to German"
# Said aloud: whoever follows a link may have another model chosen.
T5 = {"model": "miniature-t5"}

STORIES = (
    Story(
        "A sentence in German",
        "A real T5 at work: see the exact text it reads, prefix included, and each piece of it.",
        ":material/translate:",
        "playground.py",
        {**T5, "task": TO_GERMAN, "text": "The weather is beautiful today."},
    ),
    Story(
        "The gender of a house",
        "German adjectives follow their noun: change house to garden and see the ending change.",
        ":material/spellcheck:",
        "playground.py",
        {**T5, "task": TO_GERMAN, "text": "A beautiful house is old."},
    ),
    Story(
        "The short of it",
        "Another prefix, and the same weights summarise: nothing else has changed.",
        ":material/short_text:",
        "playground.py",
        {**T5, "task": "Summarise"},
    ),
    Story(
        "Ask the text",
        "Question and context go in as one text; the answer is written piece by piece.",
        ":material/contact_support:",
        "playground.py",
        {**T5, "task": "Answer a question about a text"},
    ),
    Story(
        "Repair a damaged sentence",
        "BART learned to write by repairing: each mask stands for words that were taken away.",
        ":material/healing:",
        "playground.py",
        {"model": "miniature-bart", "mode": "Repair"},
    ),
    Story(
        "Roll the dice",
        "What does the farmer have? Many words fit the gap: each seed draws one by its "
        "probability, and the same seed the same again.",
        ":material/casino:",
        "playground.py",
        {
            "model": "miniature-bart",
            "text": "The old farmer has a <mask>.",
            "strategy": "sampling",
            "seed": "5",
        },
    ),
    Story(
        "A name it never read",
        "Names are copied piece by piece, however strange: type your own in its place.",
        ":material/badge:",
        "playground.py",
        {**T5, "task": TO_GERMAN, "text": "Quorvik sees the old cat."},
    ),
    Story(
        "Who looks at whom",
        "One head of the decoder finds the source word that is being translated, step after step.",
        ":material/hub:",
        "cross_attention.py",
        T5,
    ),
    Story(
        "Why divide by √d_k",
        "Without the scale the softmax gives everything to one key, and nothing can be learned.",
        ":material/show_chart:",
        "attention_sandbox.py",
        {"look": "Why the scale"},
    ),
    Story(
        "Den or dem?",
        "German must choose before it has said the verb that decides: watch the model hesitate.",
        ":material/timeline:",
        "timeline.py",
        T5,
    ),
    Story(
        "What the search gave up",
        "A sentence that breaks off: four beams, every beginning they dropped, and why one won.",
        ":material/account_tree:",
        "timeline.py",
        {**T5, "watch": "Beam search", "task": TO_GERMAN, "text": "The teacher gives the."},
    ),
    Story(
        "Why this word?",
        "Take a source word away and see what falls: was attention a good explanation?",
        ":material/psychology_alt:",
        "timeline.py",
        {
            **T5,
            "watch": "Why this piece",
            "task": TO_GERMAN,
            "text": "The small dog sees the old cat.",
            "at": "2",
        },
    ),
    Story(
        "Which model for my task?",
        "Eight questions, and the models that are left at the end, each with what speaks against "
        "it.",
        ":material/checklist:",
        "model_selector.py",
        {},
    ),
)
