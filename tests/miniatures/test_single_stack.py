"""The shipped models of one stack: they load with the real classes and do what their cards say."""

import json
import math
import random
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from explorer import catalog
from explorer.errors import ExplorerError
from explorer.miniatures import exact, language
from explorer.miniatures.card import training_lines
from explorer.miniatures.digests import EXACT_SOURCES, recipe_digest, sources_digest
from explorer.miniatures.exact.reading import new_name_probability
from explorer.miniatures.gaps import unseen_gaps
from explorer.miniatures.language.documents import KNOWN_NAMES
from explorer.miniatures.recipes import RECIPES, SINGLE_STACK, Recipe, recipe
from explorer.miniatures.record import read_record, read_scores
from explorer.miniatures.single_stack import SINGLE_STACK_MODELS, single_stack
from explorer.miniatures.stack_card import (
    WANTED_GAPS,
    WANTED_RATIO,
    scores_in,
    spoken_words,
    stack_card_text,
)
from explorer.miniatures.stack_evaluation import (
    FRESH,
    UNSEEN,
    Continued,
    Filled,
    continued,
    fill,
    filled,
    surprisals,
    unseen_texts,
)

NAMES = [plan.name for plan in SINGLE_STACK]
LARGEST_BYTES = 12_000_000
FRESH_SEED = 31_337
"""Nothing was chosen, and no card was written, by the texts of this seed."""
GAPS, TEXTS = 60, 80


@cache
def loaded(name: str) -> tuple[Any, Any]:
    found = single_stack(name)
    tokenizer = transformers.AutoTokenizer.from_pretrained(found.folder, local_files_only=True)
    automatic = getattr(transformers, found.auto_class)
    return automatic.from_pretrained(found.folder, local_files_only=True).eval(), tokenizer


@cache
def described(name: str) -> dict[str, Any]:
    return read_scores(Path(single_stack(name).folder))


def test_each_recipe_has_its_place_and_the_pages_do_not_offer_it() -> None:
    assert [model.name for model in SINGLE_STACK_MODELS] == NAMES
    assert [model.family for model in SINGLE_STACK_MODELS] == [plan.family for plan in SINGLE_STACK]
    assert not {*NAMES} & {card.name for card in catalog.MODELS}
    assert not {*NAMES} & {plan.name for plan in RECIPES}
    for model in SINGLE_STACK_MODELS:
        assert model.available
        assert Path(model.folder) == recipe(model.name).folder
    with pytest.raises(ExplorerError, match="miniature-bert, miniature-gpt"):
        single_stack("miniature-t5")


@pytest.mark.parametrize("name", NAMES)
def test_the_files_load_with_the_real_classes(name: str) -> None:
    model, tokenizer = loaded(name)
    assert type(model).__name__ == single_stack(name).class_name
    assert model.config.architectures == [single_stack(name).class_name]
    assert model.config.vocab_size >= len(tokenizer)
    assert model.config.max_position_embeddings == tokenizer.model_max_length == 80
    assert model.num_parameters() == described(name)["parameters"]
    size = sum(path.stat().st_size for path in Path(single_stack(name).folder).iterdir())
    assert size < LARGEST_BYTES


def test_the_architectures_can_be_compared_at_one_size() -> None:
    bart = json.loads(Path(recipe("miniature-bart").folder, "scores.json").read_text("utf-8"))
    for name in NAMES:
        model, _ = loaded(name)
        assert 0.9 < model.num_parameters() / bart["parameters"] < 1.1
        assert model.config.hidden_size == 128
        assert model.config.num_attention_heads == 4


@pytest.mark.parametrize("plan", SINGLE_STACK, ids=lambda plan: plan.name)
def test_the_weights_were_made_by_the_recipe(plan: Recipe) -> None:
    training = read_record(plan.folder)
    assert training["recipe"] == recipe_digest(plan)
    assert training["steps"] == plan.steps
    assert training["sources"] == [sources_digest(patterns=EXACT_SOURCES)]
    assert training["minutes"] > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_card_for_people_says_what_stands_in_the_scores(name: str) -> None:
    found = described(name)
    plan, training = recipe(name), found["training"]
    text = Path(plan.folder, "README.md").read_text("utf-8")
    parameters, words = found["parameters"], found["words"]
    assert text == stack_card_text(plan, scores_in(found), parameters, words, training)
    assert f"{parameters:,} parameters: 7 layers" in text
    assert f"{words:,} English word forms" in text
    assert training_lines(plan, training, sources_digest(patterns=EXACT_SOURCES)) in text
    assert "below the goal" not in text
    assert "misses the goal" not in text


def test_the_encoder_fills_determined_gaps() -> None:
    stated = {
        one.score.group: one
        for one in scores_in(described("miniature-bert"))
        if isinstance(one, Filled)
    }
    assert set(stated) == {"determined", "repeated", "ruled", "open"}
    all_gaps = stated["determined"].score
    assert (
        all_gaps.examples
        == 500
        == sum(stated[kind].score.examples for kind in ("repeated", "ruled"))
    )
    assert all_gaps.exact_match >= WANTED_GAPS
    model, tokenizer = loaded("miniature-bert")
    gaps = unseen_gaps(GAPS, True, FRESH_SEED, frozenset(tokenizer.get_vocab()))
    score = filled(model, tokenizer, gaps, "determined").score
    expected = all_gaps.exact_match
    assert abs(score.exact_match - expected) <= 4 * math.sqrt(expected * (1 - expected) / GAPS)
    assert score.exact_match >= 1 - 1.5 * (1 - WANTED_GAPS)


def test_what_an_encoder_fills_in_is_what_plain_transformers_says() -> None:
    model, tokenizer = loaded("miniature-bert")
    texts = ["A dog sees a cat. The [MASK] is old.", "[MASK] Anna sings. Then she sleeps."]
    words, logs = fill(model, tokenizer, texts)
    assert words == ["cat", "First"]
    pipe = transformers.pipeline("fill-mask", model=model, tokenizer=tokenizer, top_k=1)
    for text, word, log in zip(texts, words, logs, strict=True):
        said = pipe(text)[0]
        assert said["token_str"] == word
        assert said["score"] == pytest.approx(math.exp(float(log.max())), rel=1e-4)


def test_the_decoder_is_hardly_more_surprised_than_the_grammar() -> None:
    stated = {
        one.group: one
        for one in scores_in(described("miniature-gpt"))
        if isinstance(one, Continued)
    }
    assert set(stated) == {UNSEEN, FRESH}
    assert stated[UNSEEN].perplexity <= WANTED_RATIO * stated[UNSEEN].bound
    for one in stated.values():
        assert one.texts == 500
        # Gibbs: the grammar is the less surprised one, by more than chance can do.
        assert one.nats - one.bound_nats > 3 * one.error_nats
    model, tokenizer = loaded("miniature-gpt")
    found = continued(model, tokenizer, unseen_texts(TEXTS, UNSEEN, FRESH_SEED), UNSEEN)
    assert found.perplexity <= WANTED_RATIO * found.bound
    gap = stated[UNSEEN].nats - stated[UNSEEN].bound_nats
    assert abs(found.nats - found.bound_nats - gap) <= 4 * found.error_nats


def test_the_surprise_is_the_loss_of_plain_transformers() -> None:
    model, tokenizer = loaded("miniature-gpt")
    text = "First Anna buys the bread. Then she sleeps."
    [(nats, pieces)] = surprisals(model, tokenizer, [text])
    ids = torch.tensor([[*tokenizer(text).input_ids, tokenizer.eos_token_id]])
    assert ids[0, 0] == tokenizer.bos_token_id
    assert pieces == ids.shape[1] - 1
    with torch.inference_mode():
        assert nats / pieces == pytest.approx(float(model(ids, labels=ids).loss), rel=1e-5)


def test_the_decoder_goes_on_with_a_text_of_the_grammar() -> None:
    model, tokenizer = loaded("miniature-gpt")
    begun = tokenizer("A dog sees a cat. The", return_tensors="pt")
    ids = model.generate(**begun, do_sample=False)
    text = tokenizer.decode(ids[0], skip_special_tokens=True)
    assert text.startswith("A dog sees a cat. The cat ")
    assert ids[0, -1] == tokenizer.eos_token_id
    assert exact.log_probability(text) > -math.inf


@pytest.mark.parametrize("name", NAMES)
def test_the_vocabulary_is_stated_and_whole(name: str) -> None:
    _, tokenizer = loaded(name)
    words = spoken_words(tokenizer)
    assert len(words) == described(name)["words"]
    assert {*words} <= {*language.clause_vocabulary()}
    rng = random.Random(FRESH_SEED)
    before = "" if name == "miniature-bert" else " "
    said = {token for _ in range(1_500) for token in exact.split(exact.draw(rng, None))}
    known = {word.lower() for word in words}
    stated = [token for token in said if token.lower() in known]
    assert len(stated) > 800
    whole = [token for token in stated if len(tokenizer.tokenize(before + token)) == 1]
    assert len(whole) >= 0.98 * len(stated)  # a rare word with a capital may be more pieces
    unstated = {
        token
        for token in said
        if token.isalpha() and token.lower() not in known and token not in KNOWN_NAMES
    }
    # Letter by letter: invented names, and a rare word at most.
    assert sum(not new_name_probability(token) for token in unstated) <= 3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "text", ["", " ", "🙂 漢字", "[MASK]<pad><|endoftext|>", "\x00\x07", "é" * 30, "word " * 200]
)
def test_any_text_gets_an_answer(name: str, text: str) -> None:
    model, tokenizer = loaded(name)
    read = tokenizer(text, return_tensors="pt", truncation=True)
    assert 0 < read.input_ids.shape[1] <= 80
    with torch.inference_mode():
        assert torch.isfinite(model(**read).logits).all()


def test_the_places_of_the_models_need_no_torch() -> None:
    program = "import sys, explorer.miniatures.single_stack; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
