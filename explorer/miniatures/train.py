"""Train a bundled model: `python -m explorer.miniatures.train NAME`.

It prints its progress, saves its state every two minutes and goes on from there when it is started
again. At the end it scores the model and writes the model card. `--evaluate NAME` only scores.
"""

import argparse
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.miniatures.recipes import Recipe


def main() -> None:
    """Read the command line and train or evaluate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="miniature-t5, miniature-bart, miniature-gpt, ...")
    parser.add_argument("--evaluate", action="store_true", help="score the shipped files")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="CPU threads")
    arguments = parser.parse_args()
    import torch

    from explorer.errors import ExplorerError
    from explorer.miniatures.recipes import recipe

    torch.set_num_threads(arguments.threads)
    try:
        plan = recipe(arguments.name)
        if not arguments.evaluate:
            train(plan)
        evaluate(plan)
    except ExplorerError as error:
        sys.exit(str(error))


def train(plan: "Recipe") -> None:
    """Train a model, or go on where its training was stopped, and print the progress."""
    from explorer.miniatures.training import Progress, Training

    training = Training(plan, plan.folder)

    def report(progress: Progress) -> None:
        print(
            f"step {progress.step:6,} of {plan.steps:,}  loss {progress.loss:.4f}  "
            f"rate {progress.rate:.5f}  {progress.minutes_left:.0f} minutes left",
            flush=True,
        )

    def check() -> None:
        scores = "  ".join(f"{task} {score:.2f}" for task, score in training.check().items())
        print(f"step {training.step:6,}  unseen: {scores}", flush=True)

    training.run(report, check)
    print(f"trained in {training.minutes:.0f} minutes", flush=True)


def evaluate(plan: "Recipe") -> None:
    """Score the files of a model, print the scores and write its card.

    Raises:
        ExplorerError: before anything is scored, if the record does not belong to the weights.
    """
    import transformers

    from explorer.miniatures.recipes import FAMILIES_OF_ONE_STACK
    from explorer.miniatures.record import read_record

    read_record(plan.folder)  # refuses before the minutes that scoring takes
    if plan.family in FAMILIES_OF_ONE_STACK:
        _evaluate_stack(plan)
        return
    from explorer.miniatures.card import write_card
    from explorer.miniatures.card_texts import GROUPS, TITLES, wanted
    from explorer.miniatures.evaluation import scores

    tokenizer = transformers.AutoTokenizer.from_pretrained(str(plan.folder))
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(str(plan.folder)).eval()
    found = scores(plan.name, model, tokenizer)
    for score in found:
        goal = wanted(score)
        print(
            f"{TITLES[score.task]:32} {GROUPS[score.group]:50} {score.exact_match:.3f}"
            + (f"  wanted {goal:.2f}" if goal else "")
            + (f"  new words copied {score.copied:.3f}" if score.copied is not None else "")
        )
        for miss in score.misses:
            print(
                f"    {miss.source}\n      expected {miss.expected}\n      written  {miss.written}"
            )
    write_card(plan, found, model.num_parameters())


def _evaluate_stack(plan: "Recipe") -> None:
    """Score an encoder or a decoder alone, print the scores and write its card."""
    import transformers

    from explorer.miniatures.single_stack import single_stack
    from explorer.miniatures.stack_card import spoken_words, write_stack_card
    from explorer.miniatures.stack_evaluation import continued_scores, gap_scores

    folder = str(plan.folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    automatic = getattr(transformers, single_stack(plan.name).auto_class)
    model = automatic.from_pretrained(folder).eval()
    found = (gap_scores if plan.family == "bert" else continued_scores)(model, tokenizer)
    for one in found:
        print(one)
    write_stack_card(plan, found, model.num_parameters(), len(spoken_words(tokenizer)))


if __name__ == "__main__":
    main()
