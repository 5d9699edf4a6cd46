"""The files that are shipped: they load with the real classes and do what their cards say."""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import transformers

from explorer.miniatures import language
from explorer.miniatures.card_texts import GROUPS, TITLES, wanted
from explorer.miniatures.corruption import KINDS
from explorer.miniatures.evaluation import (
    Score,
    answers,
    score,
    unseen,
    unseen_with_new_words,
)
from explorer.miniatures.recipes import RECIPES, recipe

NAMES = [plan.name for plan in RECIPES]
CLASSES = {"t5": "T5ForConditionalGeneration", "bart": "BartForConditionalGeneration"}
LARGEST_FILE_BYTES = 12 * 2**20
LARGEST_TOGETHER_BYTES = 25 * 2**20
EXAMPLES = 40
TASKS = [
    ("miniature-t5", "translation"),
    ("miniature-t5", "summary"),
    ("miniature-t5", "question"),
    ("miniature-t5", "sentiment"),
    *(("miniature-bart", kind) for kind in KINDS),
    ("miniature-bart-summary", "summary-plain"),
]


@cache
def loaded(name: str) -> tuple[Any, Any]:
    folder = str(recipe(name).folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    return transformers.AutoModelForSeq2SeqLM.from_pretrained(folder).eval(), tokenizer


@cache
def card(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(recipe(name).folder, "scores.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_files_load_with_the_real_classes(name: str) -> None:
    model, tokenizer = loaded(name)
    assert type(model).__name__ == CLASSES[recipe(name).family]
    assert model.config.architectures == [CLASSES[recipe(name).family]]
    assert model.config.vocab_size >= len(tokenizer)
    assert model.num_parameters() == card(name)["parameters"]


def test_the_files_are_small() -> None:
    sizes = [
        path.stat().st_size
        for name in NAMES
        for path in recipe(name).folder.iterdir()
        if path.is_file()
    ]
    assert max(sizes) <= LARGEST_FILE_BYTES
    assert sum(sizes) <= LARGEST_TOGETHER_BYTES


@pytest.mark.parametrize(("name", "task"), TASKS)
def test_unseen_examples_score_near_the_card(name: str, task: str) -> None:
    model, tokenizer = loaded(name)
    expected = next(
        entry["exact_match"]
        for entry in card(name)["scores"]
        if (entry["task"], entry["group"]) == (task, "determined")
    )
    found = score(model, tokenizer, unseen(task, EXAMPLES)).exact_match
    # Four standard deviations of so few examples, or two of them wrong where all should be right.
    allowed = max(4 * math.sqrt(expected * (1 - expected) / EXAMPLES), 2 / EXAMPLES)
    assert abs(found - expected) <= allowed


def test_words_never_seen_are_copied() -> None:
    model, tokenizer = loaded("miniature-t5")
    pairs = unseen_with_new_words(tokenizer, EXAMPLES)
    found = score(model, tokenizer, pairs, "copying")
    assert found.copied is not None
    assert found.copied >= 0.85


@pytest.mark.parametrize("name", NAMES)
def test_scores_stand_in_the_card_and_a_missed_goal_is_named(name: str) -> None:
    text = Path(recipe(name).folder, "README.md").read_text("utf-8")
    assert text.startswith("---\nlicense: apache-2.0\n")
    assert "library_name: transformers" in text.split("---")[1]
    for entry in card(name)["scores"]:
        assert entry["examples"] == 500
        assert entry["lower"] <= entry["exact_match"] <= entry["upper"]
        row = f"| {TITLES[entry['task']]} | {GROUPS[entry['group']]} | 500 | "
        assert f"{row}{entry['exact_match']:.3f} |" in text
        goal = wanted(Score(entry["task"], entry["group"], 500, 0, 0, 0))
        assert entry["wanted"] == goal
        if goal is not None and entry["exact_match"] < goal:
            title = TITLES[entry["task"]]
            assert f"{title}: {entry['exact_match']:.3f} is below the goal of {goal:.2f}" in text


@pytest.mark.parametrize("name", NAMES)
def test_the_card_names_the_training_that_made_it(name: str) -> None:
    plan, written = recipe(name), card(name)["training"]
    assert written["steps"] == plan.steps
    assert written["seed"] == plan.seed
    assert written["batch"] == plan.batch
    assert written["shares"] == dict(plan.shares)


def test_the_demonstrations_are_understood() -> None:
    model, tokenizer = loaded("miniature-t5")
    texts = {
        "translate English to German: The small dog sees the old cat.": (
            "Der kleine Hund sieht die alte Katze."
        ),
        "translate English to German: The small dog sees the old cat": (
            "Der kleine Hund sieht die alte Katze."
        ),
        "sst2 sentence: I love this film!": "positive",
        "sst2 sentence: The food was terrible.": "negative",
        "question: What does Tom eat? context: Tom eats the apple. Anna buys a red book.": (
            "the apple"
        ),
        "question: What does Anna buy? context: Tom eats the apple. Anna buys a red book.": (
            "a red book"
        ),
    }
    assert answers(model, tokenizer, list(texts)) == list(texts.values())


def test_frequent_words_are_whole_pieces() -> None:
    _, tokenizer = loaded("miniature-t5")
    english, german = language.vocabulary()
    whole = [word for word in (*english, *german) if len(tokenizer.tokenize(word)) == 1]
    assert len(whole) >= 0.99 * (len(english) + len(german))
    _, tokenizer = loaded("miniature-bart")
    whole = [word for word in english if len(tokenizer.tokenize(" " + word)) == 1]
    assert len(whole) >= 0.9 * len(english)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "text",
    ["", " ", "🙂 漢字 שלום", "</s><pad> <mask> <extra_id_0>", "\x00\x07", "é" * 30, "word " * 200],
)
def test_any_text_gets_an_answer(name: str, text: str) -> None:
    model, tokenizer = loaded(name)
    ids = tokenizer(text, return_tensors="pt", truncation=True, max_length=80).input_ids
    written = model.generate(input_ids=ids, max_new_tokens=4)
    assert written.shape[0] == 1


def test_bart_has_no_position_that_was_never_trained() -> None:
    for name in ("miniature-bart", "miniature-bart-summary"):
        model, tokenizer = loaded(name)
        assert model.config.max_position_embeddings == tokenizer.model_max_length == 80


def test_the_configuration_is_that_of_the_family() -> None:
    model, _ = loaded("miniature-t5")
    assert model.config.tie_word_embeddings
    assert model.config.decoder_start_token_id == model.config.pad_token_id == 0
    model, _ = loaded("miniature-bart")
    assert model.generation_config.forced_bos_token_id == 0
    assert model.generation_config.forced_eos_token_id == 2
    assert model.config.decoder_start_token_id == 2
