"""What is read of a checkpoint's own settings, and what is refused."""

import json
import shutil
from pathlib import Path

import pytest
import torch
import transformers

import explorer
from explorer.checkpoint import open_checkpoint
from explorer.errors import ExplorerError
from explorer.generation import Decoding
from explorer.model import Seq2SeqModel
from explorer.rules import MAX_BAD_PIECES, MAX_BAD_WORDS, NEEDED, SETTINGS_FILE
from tests.conftest import Checkpoint
from tests.loaded import SOURCE

CPU = explorer.Device("cpu", "test", 2**33)


def opened(
    folder: Path,
    target: Path,
    settings: dict[str, object] | None = None,
    configuration: dict[str, object] | None = None,
    without: tuple[str, ...] = (),
) -> Seq2SeqModel:
    """A copy of a checkpoint that says something else in one of its two files, loaded."""
    shutil.copytree(folder, target)
    for name, values in ((SETTINGS_FILE, settings or {}), ("config.json", configuration or {})):
        told = json.loads((target / name).read_text()) | values
        kept = {key: value for key, value in told.items() if key not in without}
        (target / name).write_text(json.dumps(kept))
    return open_checkpoint("changed", target, CPU)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("decoder_start_token_id", "x"),
        ("decoder_start_token_id", 2.0),
        ("decoder_start_token_id", [2]),
        ("decoder_start_token_id", 420),
        ("decoder_start_token_id", -1),
        ("bos_token_id", {"a": 1}),
        ("eos_token_id", "</s>"),
        ("eos_token_id", [2, None]),
        ("eos_token_id", [2, 420]),
        ("pad_token_id", True),
        ("pad_token_id", 10**30),
        ("forced_bos_token_id", "0"),
        ("forced_bos_token_id", 420),
        ("forced_eos_token_id", [[2]]),
        ("forced_eos_token_id", 420),
        ("bad_words_ids", 5),
        ("bad_words_ids", [5]),
        ("bad_words_ids", [[]]),
        ("bad_words_ids", [["word"]]),
        ("bad_words_ids", [[3], [420]]),
        ("bad_words_ids", [[3]] * (MAX_BAD_WORDS + 1)),
        ("bad_words_ids", [[3] * (MAX_BAD_PIECES + 1)]),
    ],
)
def test_what_is_no_piece_of_the_vocabulary_is_refused(
    name: str, value: object, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    folder = checkpoint("bart")
    size = json.loads((folder / "config.json").read_text())["vocab_size"]
    assert size == 420
    with pytest.raises(ExplorerError, match=name) as refusal:
        opened(folder, tmp_path / "changed", {name: value})
    assert len(str(refusal.value)) < 250


@pytest.mark.parametrize("name", NEEDED)
def test_the_same_in_a_configuration_without_settings(
    name: str, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("bart"), tmp_path / "alone")
    (folder / SETTINGS_FILE).unlink()
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: "x"}))
    with pytest.raises(ExplorerError, match=f"{name}.*“x”"):
        open_checkpoint("changed", folder, CPU)


def test_a_padding_that_no_embedding_can_have_is_refused_by_its_name(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    with pytest.raises(ExplorerError, match="pad_token_id names the piece 420"):
        opened(checkpoint("bart"), tmp_path / "changed", configuration={"pad_token_id": 420})


def test_the_settings_stand_before_the_configuration(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    folder = checkpoint("bart")
    lying = {"decoder_start_token_id": 9, "forced_bos_token_id": 8, "forced_eos_token_id": 7}
    usual = open_checkpoint("usual", folder, CPU).rules
    model = opened(folder, tmp_path / "both", configuration=lying)
    assert model.rules == usual
    (tmp_path / "both" / SETTINGS_FILE).unlink()
    alone = open_checkpoint("alone", tmp_path / "both", CPU).rules
    assert (alone.start, alone.forced_first, alone.forced_last) == (9, 8, (7,))
    assert (alone.end, alone.padding) == (usual.end, usual.padding)


def test_nothing_is_forced_that_the_settings_do_not_force(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    """BART's configuration class would force the end token by itself."""
    forced = ("forced_bos_token_id", "forced_eos_token_id")
    model = opened(checkpoint("bart"), tmp_path / "free", without=forced)
    assert (model.rules.forced_first, model.rules.forced_last) == (None, ())
    answer = model.generate(SOURCE, Decoding(max_new_tokens=4))
    assert answer.tokens.ids[-1] not in model.rules.end
    assert model.check_generation(SOURCE, answer).passed


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"forced_bos_token_id": None},
        {"forced_bos_token_id": 5},
        {"bos_token_id": None},
        {"bos_token_id": None, "forced_bos_token_id": 5},
        {"force_bos_token_to_be_generated": False, "forced_bos_token_id": 5},
    ],
)
def test_the_first_way_to_force_a_start_means_what_it_means_to_transformers(
    values: dict[str, object], checkpoint: Checkpoint, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("bart"), tmp_path / "first")
    (folder / SETTINGS_FILE).unlink()
    path = folder / "config.json"
    told = json.loads(path.read_text()) | {"force_bos_token_to_be_generated": True} | values
    path.write_text(json.dumps(told))
    theirs = transformers.BartForConditionalGeneration.from_pretrained(folder).generation_config
    assert open_checkpoint("first", folder, CPU).rules.forced_first == theirs.forced_bos_token_id


def test_one_of_several_forced_ends_is_said_at_the_limit(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    """transformers leaves each of them as likely, and takes the first of the vocabulary."""
    model = opened(checkpoint("bart"), tmp_path / "ends", {"forced_eos_token_id": [9, 7]})
    assert model.rules.forced_last == (9, 7)
    answer = model.generate(SOURCE, Decoding(max_new_tokens=4))
    usual = transformers.BartForConditionalGeneration.from_pretrained(tmp_path / "ends")
    ids = torch.tensor([model.tokenize(SOURCE).ids])
    theirs = usual.generate(ids, max_new_tokens=4, do_sample=False, num_beams=1)[0, 1:]
    assert list(answer.tokens.ids) == theirs.tolist()
    assert answer.tokens.ids[-1] == 7
    assert model.check_generation(SOURCE, answer).passed


def test_a_large_number_of_a_piece_is_readable(checkpoint: Checkpoint, tmp_path: Path) -> None:
    with pytest.raises(ExplorerError, match="names the piece 4,200,000,"):
        opened(checkpoint("bart"), tmp_path / "large", {"forced_bos_token_id": 4_200_000})


def test_a_model_without_an_end_goes_on(checkpoint: Checkpoint, tmp_path: Path) -> None:
    model = opened(checkpoint("t5"), tmp_path / "endless", {"eos_token_id": []})
    assert model.rules.end == ()
    for decoding in (Decoding(max_new_tokens=30), Decoding("beam", num_beams=2, max_new_tokens=9)):
        answer = model.generate(SOURCE, decoding)
        assert len(answer.tokens.ids) == decoding.max_new_tokens
        assert answer.stop_reason == "length limit"


def test_a_decoder_must_start_with_something(checkpoint: Checkpoint, tmp_path: Path) -> None:
    with pytest.raises(ExplorerError, match="which piece the decoder starts with"):
        opened(checkpoint("t5"), tmp_path / "none", without=("decoder_start_token_id",))


@pytest.mark.parametrize("content", ["{", "[]", "5", "\x00", "[" * 100_000])
def test_damaged_settings_are_refused(content: str, checkpoint: Checkpoint, tmp_path: Path) -> None:
    folder = shutil.copytree(checkpoint("t5"), tmp_path / "damaged")
    (folder / SETTINGS_FILE).write_text(content)
    with pytest.raises(ExplorerError, match=SETTINGS_FILE):
        open_checkpoint("damaged", folder, CPU)
