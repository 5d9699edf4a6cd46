"""How each family was trained, which no configuration tells: tokenizer, objective, texts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Training:
    """The training of one family, as its paper describes it.

    Attributes:
        family: the short name of the family.
        tokenizer: how text becomes pieces.
        objective: what it was trained to do.
        texts: on what.
        paper: its number on arXiv.
        year: of the paper.
        models_year: of the models on the Hub, where they are of a later one.
    """

    family: str
    tokenizer: str
    objective: str
    texts: str
    paper: str
    year: int
    models_year: int | None = None


UNIGRAM = "SentencePiece, unigram"
SENTENCEPIECE_BPE = "SentencePiece, BPE"
BYTE_BPE = "BPE on bytes"
SPAN = "Span corruption: write what stood in the gaps"

TRAININGS = (
    Training("t5", UNIGRAM, f"{SPAN}; and tasks by prefix", "C4, English", "1910.10683", 2019),
    Training("mt5", UNIGRAM, SPAN, "mC4, 101 languages", "2010.11934", 2020),
    Training(
        "bart",
        BYTE_BPE,
        "Repair: infilled gaps, sentences in another order; write the whole text",
        "Books, Wikipedia, news, web, stories; English",
        "1910.13461",
        2019,
    ),
    Training(
        "pegasus",
        UNIGRAM,
        "Gap sentences: write the sentences that were taken out; then summaries",
        "C4 and news, English",
        "1912.08777",
        2019,
    ),
    Training(
        "marian",
        UNIGRAM,
        "Translation from the first step, no pre-training",
        "OPUS: pairs of sentences",
        "1804.00344",
        2018,
        models_year=2020,
    ),
    Training(
        "nllb",
        SENTENCEPIECE_BPE,
        "Translation between 200 languages, and denoising; then distilled from a larger model",
        "Mined and given pairs of sentences",
        "2207.04672",
        2022,
    ),
    Training(
        "mbart",
        UNIGRAM,
        "Repair in 50 languages, gaps and order; then translation",
        "Common Crawl; pairs of sentences",
        "2008.00401",
        2020,
    ),
)


def training(family: str) -> Training:
    """How a family was trained."""
    return next(each for each in TRAININGS if each.family == family)
