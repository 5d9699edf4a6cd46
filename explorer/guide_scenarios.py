"""Five jobs to begin with, each a way through the decision tree."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from explorer.guide_remarks import TODAY


@dataclass(frozen=True)
class Scenario:
    """A job that somebody has to do.

    Attributes:
        name: what stands on the button.
        job: the job in a few words.
        usual: what is usually chosen for it.
        answers: the way through the tree, with everything that it asks on.
        remark: what that choice leaves out.
        date: when the remark was true.
    """

    name: str
    job: str
    usual: str
    answers: Mapping[str, str] = field(hash=False)
    remark: str
    date: str = TODAY


SCENARIOS = (
    Scenario(
        "Translation",
        "Creating a translation service",
        "an encoder–decoder such as mT5 or NLLB",
        {
            "writes": "Yes",
            "output": "Yes, another",
            "becomes": "A translation",
            "direction": "English to German",
            "at_once": "A sentence",
            "labelled": "None",
            "memory": "1 GB",
            "licence": "A product",
        },
        "For one direction a small model of its own is enough.",
    ),
    Scenario(
        "Summaries",
        "Automatic summaries of documents",
        "an encoder–decoder such as BART or PEGASUS",
        {
            "writes": "Yes",
            "output": "Yes, another",
            "becomes": "A summary",
            "language": "English",
            "at_once": "Two pages",
            "labelled": "None",
            "memory": "4 GB",
            "licence": "A product",
        },
        "PEGASUS for one-sentence summaries reads half as much as BART. Documents longer than two "
        "pages must be cut, or go to a large decoder-only model.",
    ),
    Scenario(
        "Reviews",
        "Sentiment of reviews",
        "an encoder-only model such as DistilBERT",
        {
            "writes": "No",
            "finds": "Sentiment",
            "language": "English",
            "at_once": "A page",
            "labelled": "None",
            "memory": "1 GB",
            "licence": "A product",
        },
        "Right where there are labels to train on. Without any, T5 does it as it comes, with its "
        "prefix `sst2 sentence: `.",
    ),
    Scenario(
        "Hate speech",
        "A system that detects hate speech",
        "an encoder-only model such as BERT or RoBERTa",
        {
            "writes": "No",
            "finds": "Hate speech",
            "language": "English",
            "at_once": "A sentence",
            "labelled": "Some, to train on",
            "memory": "1 GB",
            "licence": "A product",
        },
        "What counts as hate is decided by your examples more than by the model: check it on "
        "dialects and on quoted insults before it judges people.",
    ),
    Scenario(
        "Chatbot",
        "A chatbot",
        "a decoder-only model of the GPT family",
        {
            "writes": "Yes",
            "output": "No, it goes on",
            "continues": "A dialogue",
            "language": "English",
            "at_once": "Two pages",
            "labelled": "None",
            "memory": "4 GB",
            "licence": "A product",
        },
        "It takes billions of parameters to talk well; none of the models here does.",
    ),
)
FIRST = SCENARIOS[0]
"""The one that is answered when somebody arrives."""


def matching(answers: Mapping[str, str]) -> Scenario | None:
    """The scenario whose answers these are, exactly."""
    return next((each for each in SCENARIOS if dict(each.answers) == dict(answers)), None)
