import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import explorer
from explorer import catalog
from explorer.cards import ModelCard, Task, facts_of
from explorer.errors import ExplorerError
from explorer.families import FAMILIES, read_shape
from explorer.parameter_counts import count_buffers, count_parameters
from tests import checkpoints
from tests.conftest import Checkpoint

PUBLISHED = {
    "t5-small": 60_506_624,
    "t5-base": 222_903_552,
    "flan-t5-small": 76_961_152,
    "flan-t5-base": 247_577_856,
    "mt5-small": 300_176_768,
    "bart-base": 139_420_416,
    "bart-large": 406_291_456,
    "bart-large-cnn": 406_290_432,
    "distilbart-cnn-12-6": 305_510_400,
    "pegasus-xsum": 569_748_480,
    "opus-mt-en-de": 74_410_496,
    "opus-mt-de-en": 74_410_496,
    "nllb-200-distilled-600M": 615_073_792,
    "mbart-large-50-many-to-many-mmt": 610_879_488,
}
BUNDLED = ("miniature-t5", "miniature-bart", "miniature-bart-summary")
every_card = pytest.mark.parametrize("card", catalog.MODELS, ids=lambda card: card.name)


def card(name: str) -> ModelCard:
    found = catalog.find(name)
    assert found is not None
    return found


def test_the_bundled_models_come_first_then_all_the_others() -> None:
    names = [card.name for card in catalog.MODELS]
    assert names == [*BUNDLED, *PUBLISHED]
    assert [card.bundled for card in catalog.MODELS] == [True] * 3 + [False] * len(PUBLISHED)
    assert len({card.hub_id for card in catalog.MODELS if card.hub_id}) == len(PUBLISHED)


@every_card
def test_the_count_is_that_of_the_real_class(card: ModelCard) -> None:
    assert explorer.parameter_count(card.name) == card.parameters
    assert catalog.facts(card).parameters == card.parameters
    assert card.parameters == PUBLISHED.get(card.name, card.parameters)


@every_card
def test_a_card_says_what_a_person_wants_to_know(card: ModelCard) -> None:
    assert card.title
    assert card.summary.endswith(".")
    assert card.purpose.endswith(".")
    assert card.languages
    assert card.licence
    assert card.tasks
    # Two to five bytes for each parameter: 16-bit or 32-bit weights and some names.
    assert 2 * card.parameters < card.download_bytes < 5 * card.parameters
    assert card.family == read_shape(card.configuration).family.name
    assert (card.hub_id is None) == card.bundled
    hash(card)


@every_card
def test_every_task_composes_its_example(card: ModelCard) -> None:
    for task in card.tasks:
        assert task.example
        assert task.example == task.example.strip()
        assert task.compose(task.example) == task.prefix + task.example
        assert not task.prefix or not task.example.startswith(task.prefix.strip())
        if task.fields:
            parts = task.example_fields()
            assert tuple(parts) == task.fields
            assert all(parts.values())
            assert task.compose_fields(parts) == task.compose(task.example)


def test_t5_is_asked_with_the_prefixes_it_was_trained_with() -> None:
    assert [task.prefix for task in card("t5-small").tasks] == [
        "translate English to German: ",
        "translate English to French: ",
        "translate English to Romanian: ",
        "summarize: ",
        "question: ",
        "sst2 sentence: ",
        "cola sentence: ",
        "stsb sentence1: ",
        "mnli hypothesis: ",
        "",
    ]
    assert [task.prefix for task in card("miniature-t5").tasks] == [
        "translate English to German: ",
        "summarize: ",
        "question: ",
        "sst2 sentence: ",
    ]
    assert all("sentiment:" not in task.prefix for card in catalog.MODELS for task in card.tasks)


def test_the_parts_of_a_question_come_in_their_order() -> None:
    question = next(task for task in card("t5-base").tasks if task.kind == "question")
    text = question.compose_fields({"context": "It rains.", "question": "Why?"})
    assert text == "question: Why? context: It rains."
    similar = next(task for task in card("t5-base").tasks if task.kind == "similarity")
    text = similar.compose_fields({"sentence1": "A.", "sentence2": "B."})
    assert text == "stsb sentence1: A. sentence2: B."


def test_a_missing_part_is_named() -> None:
    question = next(task for task in card("t5-base").tasks if task.kind == "question")
    with pytest.raises(ExplorerError, match="missing: context; give each of them"):
        question.compose_fields({"question": "Why?"})
    with pytest.raises(ExplorerError, match="one text"):
        Task("summary", "Summarise", "summarize: ", "x").compose_fields({})


@pytest.mark.parametrize(
    ("name", "tokenizer", "form"),
    [
        ("nllb-200-distilled-600M", "nllb", r"[a-z]{3}_[A-Z][a-z]{3}"),
        ("mbart-large-50-many-to-many-mmt", "mbart50", r"[a-z]{2}_[A-Z]{2}"),
    ],
)
def test_language_codes_are_those_of_the_real_tokenizer(
    name: str, tokenizer: str, form: str
) -> None:
    import importlib

    module = importlib.import_module(f"transformers.models.{tokenizer}.tokenization_{tokenizer}")
    for task in card(name).tasks:
        for code in (task.source_language, task.target_language):
            assert code in module.FAIRSEQ_LANGUAGE_CODES
            assert re.fullmatch(form, str(code))


def test_other_models_have_no_language_codes() -> None:
    for one in catalog.MODELS:
        if one.family not in ("nllb", "mbart"):
            assert all(task.source_language is None for task in one.tasks)


def test_the_facts_of_t5_small() -> None:
    facts = catalog.facts(card("t5-small"))
    assert (facts.encoder_layers, facts.decoder_layers) == (6, 6)
    assert (facts.encoder_heads, facts.decoder_heads) == (8, 8)
    assert (facts.d_model, facts.d_head, facts.d_feed_forward) == (512, 64, 2048)
    assert facts.vocabulary_size == 32_128
    assert facts.max_source_tokens == 512
    assert facts.position_kind == "relative buckets"
    assert (facts.attention_scale, facts.attention_factor) == ("1", 1.0)
    assert facts.tied_embeddings
    assert not facts.gated_feed_forward
    assert facts.weights_bytes == 4 * 60_506_624


def test_the_facts_that_tell_the_families_apart() -> None:
    facts = {one.name: catalog.facts(one) for one in catalog.MODELS}
    assert facts["flan-t5-small"].gated_feed_forward
    assert not facts["flan-t5-small"].tied_embeddings
    assert not facts["mt5-small"].tied_embeddings
    distilled = facts["distilbart-cnn-12-6"]
    assert (distilled.encoder_layers, distilled.decoder_layers) == (12, 6)
    assert distilled.attention_scale == "1/√d"
    assert distilled.attention_factor == pytest.approx(64**-0.5)
    assert not distilled.norms_first
    assert facts["pegasus-xsum"].max_source_tokens == 512
    assert facts["bart-large-cnn"].max_source_tokens == 1024
    kinds = {one.family: one.position_kind for one in facts.values()}
    assert kinds == {
        "t5": "relative buckets",
        "mt5": "relative buckets",
        "bart": "learned",
        "pegasus": "sinusoidal",
        "marian": "sinusoidal",
        "nllb": "sinusoidal",
        "mbart": "learned",
    }
    # The sinusoidal tables of NLLB are no parameters, but they are held in memory.
    assert (
        facts["nllb-200-distilled-600M"].memory_bytes
        > facts["nllb-200-distilled-600M"].weights_bytes + 2 * 1024 * 1024 * 4
    )


@pytest.mark.parametrize("family", checkpoints.FAMILIES)
def test_arithmetic_agrees_with_the_real_class(family: str, checkpoint: Checkpoint) -> None:
    for options in ({}, {"encoder_layers": 3, "decoder_layers": 1}):
        folder = checkpoint(family, **options)
        configuration = catalog.read_configuration(folder)
        shape = read_shape(configuration)
        model = loaded_module(folder, family)
        assert count_parameters(shape) == sum(one.numel() for one in model.parameters())
        assert count_buffers(shape) == sum(one.numel() for one in model.buffers())
        assert explorer.parameter_count(str(folder)) == count_parameters(shape)
        facts = facts_of("x", configuration)
        assert facts.encoder_layers == options.get("encoder_layers", 2)
        assert facts.decoder_layers == options.get("decoder_layers", 3)


def loaded_module(folder: Path, family: str):  # type: ignore[no-untyped-def]
    import transformers

    name = next(one.model_class for one in FAMILIES if one.name == family)
    return getattr(transformers, name).from_pretrained(folder)


def test_a_configuration_of_another_kind_is_refused_by_name() -> None:
    with pytest.raises(ExplorerError, match=r"“gpt2”.*T5, mT5, BART, PEGASUS, Marian, NLLB, mBART"):
        facts_of("x", {"model_type": "gpt2"})
    with pytest.raises(ExplorerError, match="“None”"):
        facts_of("x", {})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("num_layers", 1_000_000),
        ("num_layers", -1),
        ("d_model", "512"),
        ("d_model", 0),
        ("d_model", 51.2),
        ("vocab_size", True),
        ("vocab_size", 10**30),
        ("num_heads", [8]),
    ],
)
def test_a_number_that_cannot_be_is_refused(key: str, value: object) -> None:
    with pytest.raises(ExplorerError, match=key) as refusal:
        facts_of("x", {"model_type": "t5", key: value})
    assert len(str(refusal.value)) < 250


@pytest.mark.parametrize("kind", ["pegasus", "marian", "m2m_100"])
@pytest.mark.parametrize(("width", "most"), [(1024, 4096), (64, 65_536), (16, 65_536)])
def test_a_table_that_takes_minutes_to_compute_is_refused(kind: str, width: int, most: int) -> None:
    shape = {"model_type": kind, "d_model": width, "max_position_embeddings": most}
    assert facts_of("x", shape).max_source_tokens == most
    with pytest.raises(
        ExplorerError, match=f"max_position_embeddings.*to {most:,} is needed. Use another"
    ):
        facts_of("x", shape | {"max_position_embeddings": most + 1})
    bart = {"model_type": "bart", "d_model": width, "max_position_embeddings": 65_536}
    assert facts_of("x", bart).max_source_tokens == 65_536


def test_each_stack_says_the_width_of_its_feed_forward_part() -> None:
    shape = {"model_type": "bart", "encoder_ffn_dim": 96, "decoder_ffn_dim": 160}
    facts = facts_of("x", shape)
    assert (facts.d_feed_forward, facts.decoder_feed_forward) == (96, 160)


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", "[" * 200_000, "\xff"])
def test_a_configuration_file_that_cannot_be_read_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(content, encoding="utf-8")
    with pytest.raises(ExplorerError, match=r"config\.json"):
        catalog.read_configuration(tmp_path)


def test_a_configuration_file_of_absurd_size_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"x": "y" * 1_000_001}))
    with pytest.raises(ExplorerError, match="1 MB"):
        catalog.read_configuration(tmp_path)


def test_a_folder_without_a_configuration_says_what_to_choose(tmp_path: Path) -> None:
    with pytest.raises(ExplorerError, match="hf download"):
        catalog.read_configuration(tmp_path)


def test_a_model_is_found_by_its_name_and_by_its_hub_id() -> None:
    assert catalog.find("t5-small") is catalog.find("google-t5/t5-small") is not None
    assert catalog.find("t5-smal") is None
    assert catalog.find("") is None


def test_a_card_for_a_folder_is_made_from_its_files(checkpoint: Checkpoint) -> None:
    folder = checkpoint("marian")
    made = catalog.card_of_folder(str(folder), folder)
    assert made.family == "marian"
    assert made.parameters == explorer.parameter_count(str(folder))
    assert made.folder == str(folder)
    assert dataclasses.replace(made, name="other").name == "other"


def test_the_catalogue_needs_neither_torch_nor_transformers() -> None:
    program = (
        "import sys, explorer.catalog, explorer.loading; "
        "[explorer.catalog.facts(card) for card in explorer.catalog.MODELS]; "
        "print(sorted({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
