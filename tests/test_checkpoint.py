"""Checkpoints in every form, whole, damaged and harmful."""

import json
import shutil
import warnings
from pathlib import Path

import pytest
import torch

import explorer
from explorer.cards import facts_of
from explorer.checkpoint import open_checkpoint
from explorer.errors import ExplorerError
from explorer.store import ModelStore
from tests import checkpoints
from tests.checkpoint_tokenizers import with_m2m100_tokenizer
from tests.conftest import Checkpoint
from tests.test_loading import changed


def test_weights_in_a_pickle_of_tensors_load_too(
    checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("mt5"), tmp_path / "pickled")
    usual = fresh.load(str(checkpoint("mt5")))
    torch.save(usual.module.state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    model = fresh.load(str(folder))
    assert torch.equal(model.module.lm_head.weight, usual.module.lm_head.weight)
    text = "Der Hund sieht die Katze."
    assert model.generate(text).tokens.ids == usual.generate(text).tokens.ids


def test_weights_in_several_files_load(
    checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path
) -> None:
    usual = fresh.load(str(checkpoint("t5")))
    folder = shutil.copytree(checkpoint("t5"), tmp_path / "shards")
    (folder / "model.safetensors").unlink()
    usual.module.save_pretrained(folder, max_shard_size="100kB")
    assert len(list(folder.glob("model-*.safetensors"))) > 1
    model = fresh.load(str(folder))
    assert torch.equal(model.module.shared.weight, usual.module.shared.weight)
    next(iter(folder.glob("model-*.safetensors"))).unlink()
    with pytest.raises(ExplorerError, match=r"not complete, model-0000\d-of"):
        ModelStore().load(str(folder))


class WritesAFile:
    """A pickle that writes a file when it is read the ordinary way."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (Path.touch, (self.path,))


def test_a_pickle_with_code_in_it_is_refused_and_not_run(
    checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("t5"), tmp_path / "harmful")
    (folder / "model.safetensors").unlink()
    trace = tmp_path / "trace"
    weights = {"shared.weight": WritesAFile(trace), "as much as usual": torch.zeros(100_000)}
    torch.save(weights, folder / "pytorch_model.bin")
    with pytest.raises(ExplorerError, match="harmful code: they were not loaded"):
        fresh.load(str(folder))
    assert not trace.exists()
    torch.load(folder / "pytorch_model.bin", weights_only=False)
    assert trace.exists(), "the trap itself does not work"


def test_code_that_comes_with_a_checkpoint_is_not_run(
    checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    code = f"open({str(trace)!r}, 'w')\nclass Evil: pass\n"
    classes = dict.fromkeys(("AutoConfig", "AutoModelForSeq2SeqLM", "AutoTokenizer"), "evil.Evil")
    folder = changed(checkpoint("bart"), tmp_path / "evil", auto_map=classes)
    (folder / "evil.py").write_text(code)
    settings = folder / "tokenizer_config.json"
    values = json.loads(settings.read_text())
    values |= {"auto_map": {"AutoTokenizer": ["evil.Evil", "evil.Evil"]}, "tokenizer_class": "Evil"}
    settings.write_text(json.dumps(values))
    model = fresh.load(str(folder))
    assert type(model.module).__name__ == "BartForConditionalGeneration"
    assert not trace.exists()


NOT_OF_THE_MODEL = {
    "num_labels": 300_000,
    "id2label": {str(number): "a" for number in range(9_000)},
    "problem_type": "regression",
    "is_decoder": True,
    "use_cache": False,
    "attn_implementation": "flash_attention_2",
    "_attn_implementation": "nothing",
    "output_hidden_states": True,
    "output_attentions": True,
    "return_dict": False,
    "dtype": "float16",
    "torch_dtype": "nothing",
    "num_hidden_layers": 1,
    "hidden_size": 8,
    "per_layer_config": {"0": {"d_model": 8}},
    "to_dict": 5,
    "get_text_config": "text",
    "decoder": {"num_beams": 4},
    "text_config": 5,
    "num_beams": 4,
    "pruned_heads": {"0": [0, 1]},
    "rope_scaling": 5,
    "quantization_config": None,
    "tokenizer_class": "GPT2Tokenizer",
}


@pytest.mark.parametrize("family", ["t5", "bart", "nllb"])
def test_only_what_the_model_computes_with_is_read_of_a_configuration(
    family: str, checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path
) -> None:
    usual = fresh.load(str(checkpoint(family)))
    folder = changed(checkpoint(family), tmp_path / "junk", **NOT_OF_THE_MODEL)
    model = fresh.load(str(folder))
    assert len(model.module.config.id2label or {}) < 4
    assert model.module.dtype is torch.float32
    assert explorer.parameter_count(str(folder)) == usual.facts.parameters == model.facts.parameters
    for decoding in (explorer.Decoding(), explorer.Decoding("beam", num_beams=3)):
        ours, theirs = (one.generate("The cat sleeps.", decoding) for one in (model, usual))
        assert ours.tokens.ids == theirs.tokens.ids
        assert ours.token_log_probabilities == theirs.token_log_probabilities


def with_limit(folder: Path, target: Path, limit: object) -> Path:
    shutil.copytree(folder, target)
    path = target / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"model_max_length": limit}))
    return target


@pytest.mark.parametrize("family", ["t5", "marian"])
@pytest.mark.parametrize("limit", [50.5, "abc", "50", True, [5], {}, 0, -1, float("nan")])
def test_a_limit_that_is_no_number_of_pieces_is_refused(
    family: str, limit: object, checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path
) -> None:
    folder = with_limit(checkpoint(family), tmp_path / "limit", limit)
    with pytest.raises(ExplorerError, match=r"model_max_length|tokenizer in “limit”"):
        fresh.load(str(folder))


@pytest.mark.parametrize(
    ("limit", "found"), [(50, 50), (50.0, 50), (1e30, 512), (10**30, 512), (None, 512)]
)
def test_the_limit_of_a_tokenizer_counts(
    limit: object, found: int, checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path
) -> None:
    model = fresh.load(str(with_limit(checkpoint("t5"), tmp_path / "limit", limit)))
    assert model.facts.max_source_tokens == found
    assert len(model.tokenize("The dog sleeps. " * 400)) == found


def test_another_kind_of_model_is_refused_with_what_is_possible(
    checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path
) -> None:
    folder = changed(checkpoint("bart"), tmp_path / "other", model_type="llama")
    with pytest.raises(ExplorerError, match=r"“llama”.*T5, mT5, BART"):
        fresh.load(str(folder))


@pytest.mark.parametrize("loss", ["cut", "empty", "swapped", "none", "smaller", "tokenizer"])
def test_a_damaged_checkpoint_is_refused_in_one_sentence(
    loss: str, checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("t5"), tmp_path / "damaged")
    weights = folder / "model.safetensors"
    content = weights.read_bytes()
    if loss == "cut":
        weights.write_bytes(content[: len(content) // 2])
    elif loss == "empty":
        weights.write_bytes(b"")
    elif loss == "swapped":
        shutil.copy(checkpoint("bart") / "model.safetensors", weights)
    elif loss == "none":
        weights.unlink()
    elif loss == "smaller":
        changed(checkpoint("t5"), tmp_path / "wider", d_ff=128)
        shutil.copy(tmp_path / "wider" / "config.json", folder)
    else:
        (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ExplorerError) as refusal:
        fresh.load(str(folder))
    sentence = str(refusal.value)
    assert "damaged" in sentence
    assert "Traceback" not in sentence
    assert len(sentence) < 300


def test_weights_far_bigger_than_the_configuration_are_not_read(
    checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("t5"), tmp_path / "fat")
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(2**33)  # takes no room on the disk
    with pytest.raises(ExplorerError, match="do not belong together"):
        fresh.load(str(folder))


def test_weights_far_smaller_than_the_configuration_take_no_memory(
    checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = changed(checkpoint("bart"), tmp_path / "thin", decoder_ffn_dim=4096)
    monkeypatch.setattr(torch, "empty", None)  # a layer of the model would need it
    with pytest.raises(ExplorerError, match=r"needs \d+,\d+ at least.*damaged"):
        open_checkpoint("thin", folder, explorer.Device("cpu", "test", 2**33))


@pytest.mark.parametrize("family", checkpoints.FAMILIES)
def test_weights_in_sixteen_bits_are_enough(
    family: str, checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(checkpoint(family), tmp_path / "half")
    stored = load_file(folder / "model.safetensors")
    half = {
        name: value.half()
        for name, value in stored.items()
        if family not in ("pegasus", "marian") or "embed_positions" not in name
    }
    save_file(half, folder / "model.safetensors", {"format": "pt"})
    model = fresh.load(str(folder))
    assert model.module.dtype is torch.float32
    assert model.generate("The cat sleeps.").tokens.ids


def test_a_model_goes_through_the_memory_of_the_computer(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = checkpoint("t5")
    needed = facts_of("", explorer.catalog.read_configuration(folder)).memory_bytes
    monkeypatch.setattr("explorer.checkpoint.computer_memory_bytes", lambda: needed - 1)
    card = explorer.Device("cuda", "a card with more", 2**40)
    with pytest.raises(ExplorerError, match="of the computer's memory"):
        open_checkpoint("big", folder, card)
    assert open_checkpoint("big", folder, explorer.Device("cpu", "test", 2**33))


def test_an_index_cannot_point_out_of_its_folder(
    checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("t5"), tmp_path / "pointing")
    shutil.move(folder / "model.safetensors", tmp_path / "outside.safetensors")
    index = {"metadata": {}, "weight_map": {"shared.weight": "../outside.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ExplorerError, match="does not name files of its own folder"):
        fresh.load(str(folder))


@pytest.mark.parametrize("family", ["pegasus", "marian"])
def test_sinusoidal_positions_need_not_be_stored(
    family: str, checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(checkpoint(family), tmp_path / "published")
    stored = load_file(folder / "model.safetensors")
    kept = {name: value for name, value in stored.items() if "embed_positions" not in name}
    # transformers leaves them out by itself when it saves a Marian model.
    assert len(kept) == len(stored) - (2 if family == "pegasus" else 0)
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    usual, model = fresh.load(str(checkpoint(family))), fresh.load(str(folder))
    for stack in ("encoder", "decoder"):
        table = getattr(model.module.model, stack).embed_positions.weight
        assert torch.equal(table, getattr(usual.module.model, stack).embed_positions.weight)
        assert table[0].tolist() == [0.0] * 16 + [1.0] * 16
    text = "The old cat sleeps."
    assert model.generate(text).tokens.ids == usual.generate(text).tokens.ids


@pytest.mark.parametrize("named", [True, False])
def test_the_tokenizer_of_m2m100_is_refused_in_one_sentence(
    checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path, named: bool
) -> None:
    folder = shutil.copytree(checkpoint("nllb"), tmp_path / "m2m100")
    tokenizer = with_m2m100_tokenizer(folder)
    assert tokenizer.convert_tokens_to_ids("de") != tokenizer.get_lang_id("de")
    settings = folder / "tokenizer_config.json"
    values = json.loads(settings.read_text())
    assert values["tokenizer_class"] == "M2M100Tokenizer"
    if not named:
        settings.write_text(json.dumps(values | {"tokenizer_class": None}))
    with pytest.raises(
        ExplorerError, match=r"“m2m100” comes with the tokenizer of M2M100, .* NLLB"
    ):
        fresh.load(str(folder))


def test_marian_loads_without_advice_and_other_warnings_stay(
    checkpoint: Checkpoint, fresh: ModelStore
) -> None:
    module = "transformers.models.marian.tokenization_marian"
    advice = "Recommended: pip install sacremoses."
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        fresh.load(str(checkpoint("marian")))
        warnings.warn_explicit(advice, UserWarning, "marian.py", 1, module)
        assert [str(one.message) for one in heard] == []
        warnings.warn_explicit("Something else.", UserWarning, "marian.py", 1, module)
        warnings.warn_explicit(advice + " Now!", UserWarning, "marian.py", 1, module)
        warnings.warn_explicit(advice, UserWarning, "other.py", 1, "another.module")
    assert [str(one.message) for one in heard] == ["Something else.", advice + " Now!", advice]
