"""The files that are shipped: they load with the real classes and do what their cards say."""

import json
import math
import shutil
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import transformers

from explorer import catalog_bundled
from explorer.miniatures import language
from explorer.miniatures.card import card_text
from explorer.miniatures.card_texts import wanted
from explorer.miniatures.corruption import KINDS
from explorer.miniatures.digests import recipe_digest
from explorer.miniatures.evaluation import TASKS as TASK_NAMES
from explorer.miniatures.evaluation import (
    Miss,
    Score,
    answers,
    score,
    unseen,
    unseen_with_new_words,
)
from explorer.miniatures.recipes import RECIPES, recipe
from explorer.miniatures.record import WEIGHTS, read_record, weights_digest

NAMES = [plan.name for plan in RECIPES]
GOALS = {
    "translation": 0.98,
    "question": 0.98,
    "sentiment": 0.98,
    "summary": 0.95,
    "summary-plain": 0.95,
    **dict.fromkeys(KINDS, 0.9),
}
CLASSES = {"t5": "T5ForConditionalGeneration", "bart": "BartForConditionalGeneration"}
LARGEST_FILE_BYTES = 12 * 2**20
LARGEST_TOGETHER_BYTES = 25 * 2**20
EXAMPLES = 100
TASKS = [(name, task) for name in NAMES for task in TASK_NAMES[name]]


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


def stated(name: str, task: str) -> float:
    """The exact match that a card states where one answer is right."""
    return next(
        float(entry["exact_match"])
        for entry in card(name)["scores"]
        if (entry["task"], entry["group"]) == (task, "determined")
    )


@pytest.mark.parametrize(("name", "task"), TASKS)
def test_every_goal_is_reached(name: str, task: str) -> None:
    assert stated(name, task) >= GOALS[task]


@pytest.mark.parametrize(("name", "task"), TASKS)
def test_unseen_examples_score_as_the_card_says(name: str, task: str) -> None:
    model, tokenizer = loaded(name)
    found = score(model, tokenizer, unseen(task, EXAMPLES)).exact_match
    expected = stated(name, task)
    # Four standard deviations of so few examples, or two of them wrong where all should be right.
    allowed = max(4 * math.sqrt(expected * (1 - expected) / EXAMPLES), 2 / EXAMPLES)
    assert abs(found - expected) <= allowed
    # Chance may make half as many again wrong as the goal allows.
    assert found >= 1 - 1.5 * (1 - GOALS[task])


def test_words_never_seen_are_copied() -> None:
    model, tokenizer = loaded("miniature-t5")
    pairs = unseen_with_new_words(tokenizer, EXAMPLES)
    found = score(model, tokenizer, pairs, "copying")
    assert found.copied is not None
    assert found.copied >= 0.85


@pytest.mark.parametrize("name", NAMES)
def test_the_card_for_people_says_what_stands_in_the_scores(name: str) -> None:
    described = card(name)
    found = []
    for entry in described["scores"]:
        values = {field.name: entry[field.name] for field in fields(Score)}
        values["misses"] = tuple(Miss(**miss) for miss in entry["misses"])
        found.append(Score(**values))
    for one, entry in zip(found, described["scores"], strict=True):
        assert one.examples == 500
        assert one.lower <= one.exact_match <= one.upper
        assert entry["wanted"] == wanted(one)
    assert {one.task for one in found if one.group == "determined"} == {*TASK_NAMES[name]}
    text = Path(recipe(name).folder, "README.md").read_text("utf-8")
    parameters, training = described["parameters"], described["training"]
    assert text == card_text(recipe(name), found, parameters, training)


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_were_made_by_the_recipe(name: str) -> None:
    plan = recipe(name)
    training = read_record(plan.folder)
    assert training["recipe"] == recipe_digest(plan)
    assert training["plan"] == json.loads(json.dumps(asdict(plan)))
    assert training["steps"] == plan.steps
    assert training["minutes"] > 0
    assert training["threads"]
    assert training["sources"]
    start = weights_digest(recipe(plan.start).folder) if plan.start else ""
    assert training["start_weights"] == start


def test_a_model_without_weights_is_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [card.name for card in catalog_bundled.bundled_models()] == NAMES
    shutil.copytree(recipe("miniature-bart").folder, tmp_path / "miniature-bart")
    (tmp_path / "miniature-t5").mkdir()
    monkeypatch.setattr(catalog_bundled, "MINIATURES_FOLDER", tmp_path)
    assert [card.name for card in catalog_bundled.bundled_models()] == ["miniature-bart"]


@pytest.mark.parametrize("name", NAMES)
def test_the_catalogue_counts_the_parameters_that_the_model_has(name: str) -> None:
    described = next(card for card in catalog_bundled.bundled_models() if card.name == name)
    model, _ = loaded(name)
    assert described.parameters == model.num_parameters()
    assert described.download_bytes == Path(recipe(name).folder, WEIGHTS).stat().st_size


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
    # BART's tokenizer cuts every text at an apostrophe.
    english = tuple(word for word in language.clause_vocabulary() if "'" not in word)
    whole = [word for word in english if len(tokenizer.tokenize(" " + word)) == 1]
    assert len(whole) >= 0.99 * len(english)


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
