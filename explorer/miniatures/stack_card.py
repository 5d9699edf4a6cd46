"""The cards of the models of one stack: `README.md` for people, `scores.json` for programs."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.miniatures import language
from explorer.miniatures.card import training_lines
from explorer.miniatures.digests import EXACT_SOURCES, sources_digest
from explorer.miniatures.evaluation import EVALUATION_SEED, Miss, Score
from explorer.miniatures.recipes import Recipe
from explorer.miniatures.record import read_record, write_scores
from explorer.miniatures.stack_evaluation import FRESH, UNSEEN, Continued, Filled

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

WANTED_GAPS = 0.9
"""Share of the determined gaps that an encoder must fill with the hidden word to be shipped."""
WANTED_RATIO = 1.25
"""A decoder's perplexity on unseen texts over the grammar's own, at most, to be shipped."""
TAGS = {"bert": ("bert", "fill-mask"), "gpt2": ("gpt2", "text-generation")}
ABOUT = {
    "bert": (
        "A BERT small enough to ship with the program: an encoder alone. It reads a whole text at "
        "once, to the left and to the right, and fills the gaps that are marked with `[MASK]`."
    ),
    "gpt2": (
        "A GPT-2 small enough to ship with the program: a decoder alone. It reads a text from left "
        "to right and goes on with it, piece by piece, until it says `<|endoftext|>`. Its "
        "tokenizer puts the same piece before every text."
    ),
}
CONDITIONS = {
    "determined": "one word fits",
    "repeated": "of these: the word also stands elsewhere in the text",
    "ruled": "of these: a rule asks for the word",
    "open": "several words fit",
    UNSEEN: "texts that training never draws",
    FRESH: "fresh texts of the whole grammar",
}
FORMS = (
    "one sentence: *The old farmer feeds the horses.* *Does the man sleep?* *Today Anna sings.* "
    "*There is a dog in the garden.* *He is sad because the dog is sick.*",
    "two sentences, the second with a pronoun: *The queen reads a book. She is happy.*",
    "a sequence: *First Anna buys the bread. Then she goes home. Finally she sleeps.*",
    "a chain of two to four sentences: *A dog sees a cat. The cat hears a bird. The bird is old.*",
    "a question and its answer: *Does Anna like tea? Yes, Anna likes tea.*",
)
_GRAMMAR = (
    "These are texts like those that miniature-bart reads, with the same words and forms, from a "
    "grammar whose every choice has a known probability. So the probability of a whole text is "
    "known exactly, over all ways of telling it, and for a gap so is the probability of each word."
)
_UNSEEN = (
    "As for the other bundled models: every clause has a combination, which is its nouns, names, "
    "verbs, adjectives, adverbs and prepositions, sorted, each once; a pronoun at the head of a "
    "later sentence counts as the one it stands for. A stable hash puts 1 combination in 50 into "
    "the held-out part. Training draws no clause whose combination is held out, and the unseen "
    "texts have no other clauses. Invented names are split by the same hash, 1 in 5 held out."
)
GAPS = (
    "A gap is *determined* if one word fits. Nobody judges that: the grammar is searched for every "
    "word, invented names included, with which the text would be one of its texts, and there is no "
    "second one. One gap a text, at a random place where that holds. In the *open* gaps several "
    "words fit; the most probable one, always said, would be expected to be right in the share "
    "that stands under *best possible*, and the mean surprise at the hidden word would be the "
    "*bound*. Both are what the whole grammar expects, which does not know what was held out."
)
BOUND = (
    "Perplexity per piece; the end of the text counts as a piece. The *bound* is the perplexity of "
    "the grammar itself: the exponential of the mean of -log P(text) per piece, where P is the "
    "exact probability of the text, summed over all ways of telling it. On fresh texts it is a "
    "true lower bound: no model's expected surprise is smaller than the grammar's entropy (Gibbs' "
    "inequality), though on a finite draw of texts chance may play a small part. On unseen texts "
    "the grammar does not know either which combinations were held out. Who knew could save up to "
    "ln 50 = 3.9 nats a clause; training shows nobody, so for a model that learned from it the "
    "grammar's surprise is the number to aim at. The surprisal of the choices behind a text would "
    "be no lower bound: where several choices give the same text it is larger than the text's own."
)


def spoken_words(tokenizer: "PreTrainedTokenizerBase") -> tuple[str, ...]:
    """The words of the language that are whole pieces to a tokenizer, sorted.

    Some of them only ever open a sentence: whole with a capital is enough. A byte-level BPE holds
    one or two that are no words of its texts, made on the way to longer ones.
    """
    before = " " if "Ġdog" in tokenizer.get_vocab() else ""

    def is_whole(word: str) -> bool:
        return len(tokenizer.tokenize(before + word)) == 1

    return tuple(
        word
        for word in language.clause_vocabulary()
        if len(word) > 1 or word in ("a", "I")
        if is_whole(word) or is_whole(word[0].upper() + word[1:])
    )


def write_stack_card(
    plan: Recipe, found: Sequence[Filled | Continued], parameters: int, words: int
) -> None:
    """Write both files into the model's folder, with the record of the training that is there."""
    training = read_record(plan.folder)
    described = {
        "model": plan.name,
        "parameters": parameters,
        "words": words,
        "evaluation_seed": EVALUATION_SEED,
        "training": training,
        "scores": [_entry(score) for score in found],
    }
    write_scores(plan.folder, described)
    text = stack_card_text(plan, found, parameters, words, training)
    Path(plan.folder, "README.md").write_text(text, "utf-8")


def _entry(found: Filled | Continued) -> dict[str, Any]:
    """A score as it stands in the file: rounded, with its texts."""
    entry = asdict(found)
    if isinstance(found, Filled):
        entry |= entry.pop("score")
        group = found.score.group
        titled = {"title": "Gaps", "wanted": WANTED_GAPS if group == "determined" else None}
    else:
        group = found.group
        titled = {"task": "continued", "title": "Going on", "perplexity": found.perplexity}
        titled |= {"bound": found.bound, "wanted": wanted_perplexity(found)}
    rounded = {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in {**entry, **titled}.items()
    }
    return {**rounded, "condition": CONDITIONS[group]}


def scores_in(described: dict[str, Any]) -> list[Filled | Continued]:
    """The scores of a `scores.json`, as `record.read_scores` gives it, rounded as they stand."""
    found: list[Filled | Continued] = []
    for entry in described["scores"]:
        if entry["task"] == "gap":
            values = {field.name: entry[field.name] for field in fields(Score)}
            values["misses"] = tuple(Miss(**miss) for miss in entry["misses"])
            measured = (entry[name] for name in ("best", "fitting", "nats", "bound_nats"))
            found.append(Filled(Score(**values), *measured))
        else:
            found.append(
                Continued(**{field.name: entry[field.name] for field in fields(Continued)})
            )
    return found


def wanted_perplexity(found: Continued) -> float | None:
    """The perplexity that a decoder must not exceed; None where it is only reported."""
    return WANTED_RATIO * found.bound if found.group == UNSEEN else None


def stack_card_text(
    plan: Recipe,
    found: Sequence[Filled | Continued],
    parameters: int,
    words: int,
    training: dict[str, Any],
) -> str:
    """The model card as Markdown with the Hub's header."""
    tags = "\n".join(f"- {tag}" for tag in TAGS[plan.family])
    forms = "\n".join(f"- {form}" for form in FORMS)
    sections = [
        "---\nlicense: apache-2.0\nlibrary_name: transformers\nlanguage:\n- en\n"
        f"tags:\n{tags}\n---",
        f"# {plan.name}\n\n{ABOUT[plan.family]}",
        f"{parameters:,} parameters: {plan.encoder_layers_at(plan.steps)} layers, 4 heads of width "
        "32, model width 128, feed-forward width 512; 80 positions. Trained from random weights on "
        "texts made by rules; no text from anywhere else. Licence: Apache-2.0, weights included.",
        f"## What it can say\n\n{words:,} English word forms, each of which is one piece (those "
        f"with an apostrophe are more); names that nobody has heard, letter by letter.\n\n{forms}"
        f"\n\n{_GRAMMAR}",
        "## Scores\n\n" + _scores(found),
        f"## How unseen was made sure\n\n{_UNSEEN}",
        "## Limits\n\n" + _limits(found),
        "## Train it again\n\n"
        + training_lines(plan, training, sources_digest(patterns=EXACT_SOURCES)),
    ]
    return "\n\n".join(sections) + "\n"


def _scores(found: Sequence[Filled | Continued]) -> str:
    fills = [one for one in found if isinstance(one, Filled)]
    if fills:
        lines = [
            GAPS,
            "",
            "| Gaps | Examples | Exact match | 95 % interval | Best possible | A word that fits | "
            "Surprise, nats | Bound, nats |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
        lines += [
            f"| {CONDITIONS[one.score.group]} | {one.score.examples} | "
            f"{one.score.exact_match:.3f} | {one.score.lower:.3f} to {one.score.upper:.3f} | "
            f"{one.best:.3f} | {one.fitting:.3f} | {one.nats:.3f} | {one.bound_nats:.3f} |"
            for one in fills
        ]
        return "\n".join(lines)
    lines = [
        BOUND,
        "",
        "| Texts | Number | Pieces | Perplexity | Bound | Ratio |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {CONDITIONS[one.group]} | {one.texts} | {one.pieces:,} | {one.perplexity:.2f} | "
        f"{one.bound:.2f} | {one.perplexity / one.bound:.3f} ± "
        f"{1.96 * one.error_nats * one.perplexity / one.bound:.3f} |"
        for one in found
        if isinstance(one, Continued)
    ]
    return "\n".join(lines)


def _limits(found: Sequence[Filled | Continued]) -> str:
    lines = [
        "- It knows only the words and the forms above. Other English gives confident nonsense.",
        "- A text has 80 pieces at most.",
        "- Attention in a model of this size shows real mechanisms, not those of a large model.",
    ]
    for one in found:
        if isinstance(one, Continued):
            goal = wanted_perplexity(one)
            if goal is not None and one.perplexity > goal:
                lines.append(
                    f"- A perplexity of {one.perplexity:.2f} misses the goal of {goal:.2f}."
                )
        elif one.score.group == "determined":
            if one.score.exact_match < WANTED_GAPS:
                lines.append(
                    f"- Gaps: {one.score.exact_match:.3f} is below the goal of {WANTED_GAPS:.2f}."
                )
            if one.score.misses:
                lines.append("- Mistakes it made in the evaluation:")
                lines += [
                    f"  - `{miss.source}` got `{miss.written}` instead of `{miss.expected}`"
                    for miss in one.score.misses
                ]
    return "\n".join(lines)
