"""The model card of a bundled model: `README.md` for people, `scores.json` for the dashboard."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from explorer.miniatures.architecture import LAYERS
from explorer.miniatures.card_texts import (
    ABOUT,
    GROUPS,
    RULES,
    TAGS,
    TITLES,
    spoken,
    unseen_was_made_sure,
    wanted,
)
from explorer.miniatures.digests import sources_digest
from explorer.miniatures.evaluation import EVALUATION_SEED, Score
from explorer.miniatures.recipes import FAMILIES_OF_ONE_STACK, Recipe
from explorer.miniatures.record import read_record, rules_corrected_since, write_scores


def write_card(plan: Recipe, found: Sequence[Score], parameters: int) -> None:
    """Write both files into the model's folder, with the record of the training that is there."""
    training = read_record(plan.folder)
    described = {
        "model": plan.name,
        "parameters": parameters,
        "evaluation_seed": EVALUATION_SEED,
        "training": training,
        "scores": [_scores_entry(score) for score in found],
    }
    write_scores(plan.folder, described)
    text = card_text(plan, found, parameters, training)
    Path(plan.folder, "README.md").write_text(text, "utf-8")


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


def card_text(
    plan: Recipe, found: Sequence[Score], parameters: int, training: dict[str, Any]
) -> str:
    """The model card as Markdown with the Hub's header."""
    begun = f"the weights of {plan.start}" if plan.start else "random weights"
    layers = plan.encoder_layers_at(plan.steps)
    languages = "\n- de" if plan.family == "t5" else ""
    tags = "\n".join(f"- {tag}" for tag in TAGS[plan.name])
    sections = [
        f"---\nlicense: apache-2.0\nlibrary_name: transformers\nlanguage:\n- en{languages}\n"
        f"tags:\n{tags}\n---",
        f"# {plan.name}\n\n{ABOUT[plan.name]}",
        f"{parameters:,} parameters: {layers} encoder and {LAYERS} decoder layers, 4 heads "
        f"of width 32, model width 128, feed-forward width 512. Trained from {begun} on sentences "
        "made by rules; no text from anywhere else. Licence: Apache-2.0, weights included.",
        "## What it can say\n\n" + _language_lines(plan),
        "## Scores\n\n" + _score_table(found),
        f"## How unseen was made sure\n\n{unseen_was_made_sure(plan.family)}",
        "## Limits\n\n" + _limits(plan, found),
        "## Train it again\n\n" + training_lines(plan, training, sources_digest()),
    ]
    return "\n\n".join(sections) + "\n"


def _language_lines(plan: Recipe) -> str:
    rules = dict.fromkeys(RULES[task] for task in plan.shares)
    return "\n\n".join([spoken(plan.family, plan.start), *(rule for rule in rules if rule)])


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
        "a single unknown name or noun in a known sentence is mostly copied.",
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


def training_lines(plan: Recipe, training: dict[str, Any], sources: str) -> str:
    """How the weights were made and how to make them again, as Markdown.

    Args:
        plan: the recipe.
        training: the record of the training.
        sources: digest of the code that makes the examples, as it is now.
    """
    made = training["plan"]
    start = f", starting from {made['start']}" if made["start"] else ""
    threads = _listed(training["threads"])
    corrected = rules_corrected_since(training, sources)
    stack = "" if plan.family in FAMILIES_OF_ONE_STACK else "encoder "
    lines = [
        f"`python -m explorer.miniatures.train {plan.name} --threads {threads.split(', ')[-1]}` "
        f"repeats the training{start}. It shows its progress and goes on where it was stopped. "
        f"The shipped weights took {training['minutes']:,.0f} minutes on a CPU; threads: "
        f"{threads}.",
        "",
        f"- {training['steps']:,} steps of {made['batch']} examples, seed {made['seed']}.",
        *(
            f"- From step {step:,}: {layers} {stack}layers; the new ones begin nearly silent."
            for step, layers in made["encoder_layers"][1:]
        ),
        "- Learning rate, straight between the points (step: rate): "
        + _listed(f"{max(step, 0):,}: {rate:g}" for step, rate in made["rates"])
        + ".",
    ]
    for step, shares in ((0, made["shares"]), *made["later_shares"]):
        parts = _listed(f"{_small(TITLES[task])} {share:.0%}" for task, share in shares.items())
        lines.append(f"- Examples from step {step:,}: {parts}.")
    if "question" in made["shares"]:
        lines += [
            "- Sentences in the context of a question, each number as likely as it is often: "
            + "; ".join(
                f"from step {step:,} {_listed(counts)}" for step, counts in made["contexts"]
            )
            + ".",
            "- Chance that such a sentence repeats parts of another one: "
            + "; ".join(f"from step {step:,} {chance:.0%}" for step, chance in made["sharing"])
            + ".",
        ]
    lines += [
        f"- Digest of this recipe: `{training['recipe']}`; of the code that made the examples: "
        + _listed(f"`{digest}`" for digest in training["sources"])
        + (
            " (it changed on the way, so a repetition gives somewhat other weights)."
            if len(training["sources"]) > 1
            else "."
        ),
        *([f"- {corrected}"] if corrected else []),
        "",
        f"`python -m explorer.miniatures.train --evaluate {plan.name}` scores the files again.",
    ]
    return "\n".join(lines)


def _small(title: str) -> str:
    return title[0].lower() + title[1:]


def _listed(values: Iterable[object]) -> str:
    return ", ".join(map(str, values))
