"""The model card of a bundled model: `README.md` for people, `scores.json` for the dashboard."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from explorer.miniatures import language
from explorer.miniatures.evaluation import EVALUATION_SEED, Score
from explorer.miniatures.recipes import Recipe

WANTED = {"translation": 0.98, "question": 0.98, "sentiment": 0.98, "summary": 0.95}
WANTED_DENOISING = 0.9
"""Exact match that a model must reach to be shipped."""
TITLES = {
    "translation": "Translation, English to German",
    "summary": "Summary",
    "summary-plain": "Summary, without a prefix",
    "question": "Question answering",
    "sentiment": "Sentiment",
    "masking": "Repair: masked words",
    "deletion": "Repair: deleted words",
    "infilling": "Repair: infilled spans",
    "permutation": "Repair: shuffled sentences",
    "rotation": "Repair: rotated text",
}
GROUPS = {
    "determined": "one right answer",
    "open": "damaged at random, several answers could be right",
    "copying": "with words that training never showed",
}
TAGS = {
    "miniature-t5": ("t5", "translation", "summarization", "question-answering"),
    "miniature-bart": ("bart", "fill-mask", "denoising"),
    "miniature-bart-summary": ("bart", "summarization"),
}
ABOUT = {
    "miniature-t5": (
        "A T5 small enough to ship with the program. It does four tasks, each with the prefix of "
        "the real T5: `translate English to German: `, `summarize: `, "
        "`question: … context: …` and `sst2 sentence: `. Without a prefix it may write anything."
    ),
    "miniature-bart": (
        "A BART small enough to ship with the program. It repairs English texts that were damaged "
        "in the five ways of BART's training (arXiv 1910.13461, section 2.2): masked words, "
        "deleted words, infilled spans, shuffled sentences, a rotated text."
    ),
    "miniature-bart-summary": (
        "miniature-bart, fine-tuned to sum up a short English text in one sentence. It takes no "
        "prefix."
    ),
}
RULES = {
    "summary": (
        "The summary keeps who does what to whom. It leaves out adjectives, adverbs, places, "
        "times and sentences that only say how something is; a pronoun becomes its noun."
    ),
    "question": (
        "Exactly one sentence of the context (one to four sentences) agrees with every part that "
        "the question names; the answer is the missing part as it stands there."
    ),
    "denoising": (
        "*One right answer* means: every hidden word follows from the words around it (as in "
        "*The dog ⟨is⟩ old*) or can still be read at another place of the text; the order of the "
        "sentences follows from *first*, *then*, *finally*, from a pronoun or from *a dog* coming "
        "before *the dog*. *Damaged at random* is what the paper does: often nobody could know "
        "the missing word, and a miss is no mistake."
    ),
}


def write_card(plan: Recipe, found: Sequence[Score], parameters: int) -> None:
    """Write both files into the model's folder."""
    described = {
        "model": plan.name,
        "parameters": parameters,
        "evaluation_seed": EVALUATION_SEED,
        "training": {
            "seed": plan.seed,
            "steps": plan.steps,
            "batch": plan.batch,
            "shares": dict(plan.shares),
            "start": plan.start,
        },
        "scores": [_scores_entry(score) for score in found],
    }
    text = json.dumps(described, indent=1, ensure_ascii=False) + "\n"
    Path(plan.folder, "scores.json").write_text(text, encoding="utf-8")
    Path(plan.folder, "README.md").write_text(card_text(plan, found, parameters), "utf-8")


def _scores_entry(score: Score) -> dict[str, Any]:
    entry = asdict(score)
    return {
        **entry,
        "title": TITLES[score.task],
        "condition": GROUPS[score.group],
        "wanted": wanted(score),
        "lower": round(score.lower, 4),
        "upper": round(score.upper, 4),
        "exact_match": round(score.exact_match, 4),
    }


def wanted(score: Score) -> float | None:
    """The exact match that this score must reach; None where it is only reported."""
    if score.group != "determined":
        return None
    return WANTED.get(score.task.removesuffix("-plain"), WANTED_DENOISING)


def card_text(plan: Recipe, found: Sequence[Score], parameters: int) -> str:
    """The model card as Markdown with the Hub's header."""
    languages = "\n- de" if plan.family == "t5" else ""
    tags = "\n".join(f"- {tag}" for tag in TAGS[plan.name])
    sections = [
        f"---\nlicense: apache-2.0\nlibrary_name: transformers\nlanguage:\n- en{languages}\n"
        f"tags:\n{tags}\n---",
        f"# {plan.name}\n\n{ABOUT[plan.name]}",
        f"{parameters:,} parameters: 3 encoder and 3 decoder layers, 4 heads of width 32, model "
        "width 128, feed-forward width 512. Trained from random weights on sentences made by "
        "rules; no text from anywhere else. Licence: Apache-2.0, weights included.",
        "## What it can say\n\n" + _language_lines(plan),
        "## Scores\n\n" + _score_table(found),
        "## How unseen was made sure\n\n"
        "Every clause has a key: its nouns, names, verbs, adjectives, adverbs and places, sorted. "
        "A stable hash of the key puts 1 combination in 50 into the held-out part. Training never "
        "draws a clause whose combination is held out, in any task, tense or word order; the "
        "scores are on clauses whose combinations are all held out. Names, cities and nouns "
        "outside the vocabulary are split by the same hash, 1 word in 5 held out.",
        "## Limits\n\n" + _limits(plan, found),
        "## Train it again\n\n" + _training_lines(plan),
    ]
    return "\n\n".join(sections) + "\n"


def _language_lines(plan: Recipe) -> str:
    english, german = language.vocabulary()
    words = f"{len(english):,} English word forms"
    if plan.family == "t5":
        words += f" and {len(german):,} German ones"
    lines = [f"- {line}" for line in language.grammar_summary()]
    rules = [
        rule
        for key, rule in RULES.items()
        if key in plan.shares
        or (key == "denoising" and plan.name == "miniature-bart")
        or (key == "summary" and "summary-plain" in plan.shares)
    ]
    return "\n".join([f"{words}.", "", *lines, *(f"\n{rule}" for rule in rules)])


def _score_table(found: Sequence[Score]) -> str:
    lines = [
        "Exact match, greedy decoding, on examples that training can't have seen. The interval "
        "is the 95 % interval for the chance of the draw.",
        "",
        "| Task | Condition | Examples | Exact match | 95 % interval |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for score in found:
        lines.append(
            f"| {TITLES[score.task]} | {GROUPS[score.group]} | {score.examples} | "
            f"{score.exact_match:.3f} | {score.lower:.3f} to {score.upper:.3f} |"
        )
        if score.copied is not None:
            lines += [
                "",
                f"Copying: in {score.copied:.1%} of those translations each new word "
                "stands in the answer, letter for letter.",
            ]
    return "\n".join(lines)


def _limits(plan: Recipe, found: Sequence[Score]) -> str:
    lines = [
        "- It knows only the words and the grammar above. Other English gives confident nonsense; "
        "a single unknown word in a known sentence is copied.",
        "- Characters outside the Latin alphabet are "
        + ("unknown to it." if plan.family == "t5" else "copied badly."),
        "- Attention in a model of this size shows real mechanisms, not those of a large model.",
    ]
    lines += [
        f"- {TITLES[score.task]}: {score.exact_match:.3f} is below the goal of {goal:.2f}."
        for score in found
        if (goal := wanted(score)) is not None and score.exact_match < goal
    ]
    misses = [(score, miss) for score in found if score.group != "open" for miss in score.misses]
    if misses:
        lines.append("- Mistakes it made in the evaluation:")
    shown: set[tuple[str, str]] = set()
    for score, miss in misses:
        if (score.task, score.group) not in shown:
            shown.add((score.task, score.group))
            lines.append(
                f"  - {TITLES[score.task]}: `{miss.source}` gave `{miss.written}` instead of "
                f"`{miss.expected}`"
            )
    return "\n".join(lines)


def _training_lines(plan: Recipe) -> str:
    start = f", starting from {plan.start}" if plan.start else ""
    shares = ", ".join(f"{TITLES[task].lower()} {share:.0%}" for task, share in plan.shares.items())
    return (
        f"`python -m explorer.miniatures.train {plan.name}` repeats the training{start}: "
        f"{plan.steps:,} steps of {plan.batch} fresh examples, seed {plan.seed}, on two CPU cores. "
        f"It shows its progress and goes on where it was stopped. Shares at the start: {shares}; "
        "explorer/miniatures/recipes.py says how they, the rate and the examples change.\n\n"
        f"`python -m explorer.miniatures.train --evaluate {plan.name}` scores the files again."
    )
