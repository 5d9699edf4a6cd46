"""How close a text is to a reference: BLEU and chrF by sacrebleu, ROUGE by rouge-score.

Every value runs from 0 (nothing in common) to 100 (the same). Nothing here needs a network:
ROUGE is given words cut here, because its own cutting drops every letter outside a to z, so that
"schön" would count as "sch" and "n".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.errors import ExplorerError
from explorer.tokens import UNSPACED

MAX_SCORED_WORDS = 2_000
"""Words in one text; ROUGE-L takes time in the square of this."""

# \w leaves out the vowel signs of many scripts (they are marks, not letters): keep them in.
_WORD = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}\u2000-\u206f!-/:-@\[-`{{-~¡-©«¬®-±´¶-¸»¿]+")
_HAS_UNSPACED = re.compile(f"[{UNSPACED}]")

_MEANINGS: dict[str, tuple[str, str]] = {
    "BLEU": (
        "Share of the answer's runs of one to four words that the reference has too.",
        "Made for whole documents: on one sentence a single changed word costs a lot, and a right "
        "answer in other words scores low.",
    ),
    "chrF": (
        "Runs of up to six letters in common, counting what is missing twice as much as what is "
        "too much.",
        "Kind to other word endings, and so blind to small errors that turn the meaning round, "
        "such as a lost “not”.",
    ),
    "ROUGE-1": (
        "Single words in common, in any order (F-score).",
        "The order does not count: a scrambled sentence scores 100.",
    ),
    "ROUGE-2": (
        "Pairs of neighbouring words in common (F-score).",
        "Strict on short texts: with one word there is no pair, and the score is 0.",
    ),
    "ROUGE-L": (
        "The longest run of words that both have in the same order, gaps allowed (F-score).",
        "Says nothing about whether the words between them make sense.",
    ),
}


@dataclass(frozen=True)
class Metric:
    """One score: its value from 0 to 100, what it measures and what it misses."""

    name: str
    value: float
    measures: str
    misses: str


class _UnicodeWords:
    """Cuts words for rouge-score: letters of every script, lower case, no punctuation."""

    def tokenize(self, text: str) -> list[str]:
        return _WORD.findall(text.lower())


def score(text: str, reference: str) -> tuple[Metric, ...]:
    """BLEU, chrF, ROUGE-1, ROUGE-2 and ROUGE-L of one text against one reference."""
    return corpus_score((text,), (reference,))


def corpus_score(texts: Sequence[str], references: Sequence[str]) -> tuple[Metric, ...]:
    """The same five for many texts: BLEU and chrF over all of them, ROUGE as the mean.

    Raises:
        ExplorerError: no text, an empty reference, a text too long, or not one reference a text.
    """
    if not texts or len(texts) != len(references):
        raise ExplorerError(
            f"Scores need one reference for each text: there are {len(texts)} texts and "
            f"{len(references)} references; give as many of both."
        )
    if not all(reference.strip() for reference in references):
        raise ExplorerError("The reference is empty: type the text that you would call right.")
    for what, group in (("text", texts), ("reference", references)):
        longest = max(len(_WORD.findall(item)) for item in group)
        if longest > MAX_SCORED_WORDS:
            raise ExplorerError(
                f"The {what} has {longest:,} words; scores are computed up to "
                f"{MAX_SCORED_WORDS:,} words. Shorten it."
            )
    # Imported here: nltk, which rouge-score imports, takes half a second.
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    unspaced = any(map(_HAS_UNSPACED.search, references))
    # The effective order leaves out runs longer than the text: else a sentence of three words
    # could never reach 100. Over many texts this changes nothing.
    bleu = BLEU(effective_order=True, tokenize="char" if unspaced else "13a")
    columns = [list(references)]
    values = {
        "BLEU": float(bleu.corpus_score(list(texts), columns).score),
        "chrF": float(CHRF().corpus_score(list(texts), columns).score),
        **_rouge(texts, references),
    }
    # A rounding error must not show as 100.00000000000004.
    return tuple(
        Metric(name, min(value, 100.0), *_MEANINGS[name]) for name, value in values.items()
    )


def _rouge(texts: Sequence[str], references: Sequence[str]) -> dict[str, float]:
    from rouge_score.rouge_scorer import RougeScorer

    names = {"ROUGE-1": "rouge1", "ROUGE-2": "rouge2", "ROUGE-L": "rougeL"}
    scorer = RougeScorer(list(names.values()), tokenizer=_UnicodeWords())
    scores = [
        scorer.score(reference, text) for text, reference in zip(texts, references, strict=True)
    ]
    return {
        name: 100.0 * sum(float(one[key].fmeasure) for one in scores) / len(scores)
        for name, key in names.items()
    }
