import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

import explorer
from explorer.errors import ExplorerError
from explorer.loading import LoadProgress, store
from explorer.store import ModelStore
from tests import checkpoints
from tests.conftest import Checkpoint
from tests.hub_server import HubServer

CLASSES = {
    "t5": "T5ForConditionalGeneration",
    "mt5": "MT5ForConditionalGeneration",
    "bart": "BartForConditionalGeneration",
    "pegasus": "PegasusForConditionalGeneration",
    "marian": "MarianMTModel",
    "nllb": "M2M100ForConditionalGeneration",
    "mbart": "MBartForConditionalGeneration",
}
LANGUAGES = {"nllb": ("eng_Latn", "deu_Latn"), "mbart": ("en_XX", "de_DE")}


def changed(folder: Path, target: Path, **values: object) -> Path:
    """A copy of a checkpoint whose configuration says something else."""
    shutil.copytree(folder, target)
    path = target / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    return target


@pytest.mark.parametrize("family", checkpoints.FAMILIES)
def test_every_family_loads_through_its_real_class(
    family: str, checkpoint: Checkpoint, fresh: ModelStore
) -> None:
    folder = checkpoint(family)
    model = fresh.load(str(folder))
    assert type(model.module).__name__ == CLASSES[family]
    assert not model.module.training
    assert not any(one.requires_grad for one in model.module.parameters())
    assert model.module.config._attn_implementation == "observed"
    assert next(model.module.parameters()).dtype is torch.float32
    assert model.facts.family == family
    assert (model.facts.encoder_layers, model.facts.decoder_layers) == (2, 3)
    assert model.facts.parameters == sum(one.numel() for one in model.module.parameters())
    assert model.facts.tied_embeddings == (family != "mt5")
    assert (model.source_language, model.target_language) == LANGUAGES.get(family, (None, None))
    assert model.folder == folder


@pytest.mark.parametrize("family", checkpoints.FAMILIES)
@pytest.mark.parametrize("depth", [(2, 3), (3, 1)], ids=["deep decoder", "deep encoder"])
def test_every_family_writes_with_stacks_of_different_depth(
    family: str, depth: tuple[int, int], checkpoint: Checkpoint, fresh: ModelStore
) -> None:
    folder = checkpoint(family, encoder_layers=depth[0], decoder_layers=depth[1])
    model = fresh.load(str(folder))
    decoding = explorer.Decoding(max_new_tokens=8)
    assert len(model.generate("The small dog sees the old cat.", decoding).tokens.ids) > 1


def test_the_weights_are_those_of_the_file(checkpoint: Checkpoint, fresh: ModelStore) -> None:
    from safetensors.torch import load_file

    folder = checkpoint("bart")
    model = fresh.load(str(folder))
    stored = load_file(folder / "model.safetensors")
    assert len(stored) > 50
    state = model.module.state_dict()
    assert all(torch.equal(state[name], value) for name, value in stored.items())


def test_the_trained_bias_of_marian_is_loaded(checkpoint: Checkpoint, fresh: ModelStore) -> None:
    model = fresh.load(str(checkpoint("marian")))
    assert model.module.final_logits_bias.abs().max() > 0.05


def test_a_bundled_model_loads_by_its_name(fresh: ModelStore) -> None:
    model = fresh.load("miniature-t5")
    assert model.card.bundled
    assert model.name == "miniature-t5"
    assert model.facts == explorer.catalog.facts(model.card)


def test_the_store_of_the_process_is_one() -> None:
    assert store() is store()
    assert explorer.load("miniature-t5") is store().load("miniature-t5")


@pytest.mark.parametrize(
    "values",
    [
        {"vocab_size": 2**31},
        {"encoder_layers": 1_000_000},
        {"d_model": 2**20},
        {"max_position_embeddings": 2**39},
        {"encoder_ffn_dim": 2**38},
    ],
)
def test_a_configuration_that_asks_for_the_moon_is_refused_at_once(
    values: dict[str, int], checkpoint: Checkpoint, fresh: ModelStore, tmp_path: Path
) -> None:
    folder = changed(checkpoint("bart"), tmp_path / "huge", **values)
    with pytest.raises(ExplorerError, match=r"limit|from 1 to"):
        fresh.load(str(folder))


def test_the_refusal_says_what_is_needed_and_what_there_is(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    folder = changed(checkpoint("bart"), tmp_path / "huge", vocab_size=2**31)
    store = ModelStore(budget_bytes=3_000_000_000, device=explorer.Device("cpu", "test", 2**40))
    with pytest.raises(ExplorerError, match=r"needs 283 GB .* limit for models is 3 GB.*BUDGET"):
        store.load(str(folder))


@pytest.mark.parametrize("name", ["", " ", "\0", "~nobody/x", "x" * 5000, "../..", "a/b/c", "é"])
def test_a_name_that_is_none_is_refused_before_any_request(name: str, fresh: ModelStore) -> None:
    assert fresh.state(name) is None
    with pytest.raises(ExplorerError) as refusal:
        fresh.load(name)
    assert len(str(refusal.value)) < 300


def test_a_mistyped_folder_is_told_so(
    hub_server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ExplorerError, match=r"Hub.* There is no folder “models/t5-smal” here"):
        explorer.load("models/t5-smal")
    # The store knows of no folders.
    with pytest.raises(ExplorerError) as failure:
        store().load("models/t5-smal")
    assert "folder" not in str(failure.value)
    with pytest.raises(ExplorerError) as failure:
        explorer.load(str(tmp_path / "nothing"))
    assert "There is no folder" not in str(failure.value)


def test_progress_is_told_in_the_callers_own_thread(
    checkpoint: Checkpoint, fresh: ModelStore
) -> None:
    told: list[LoadProgress] = []
    threads: set[str] = set()

    def tell(progress: LoadProgress) -> None:
        told.append(progress)
        threads.add(threading.current_thread().name)

    fresh.load(str(checkpoint("bart")), tell)
    stages = [progress.stage for progress in told]
    assert stages[-1] == "loading"
    assert told[-1].total_bytes > 0
    assert threads == {threading.current_thread().name}


def test_loading_leaves_the_console_alone(checkpoint: Checkpoint) -> None:
    program = (
        "import sys, explorer; explorer.load(sys.argv[1]); "
        "from transformers.utils import logging; print(logging.is_progress_bar_enabled())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(checkpoint("mt5"))],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert (done.stdout.strip(), done.stderr.strip()) == ("True", "")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
@pytest.mark.parametrize("family", checkpoints.FAMILIES)
def test_every_family_runs_on_a_cuda_card(family: str, checkpoint: Checkpoint) -> None:
    from explorer.device import detect_device, torch_dtype

    device = detect_device()
    model = ModelStore(device=device).load(str(checkpoint(family)))
    weights = next(model.module.parameters())
    assert weights.is_cuda
    assert weights.dtype is torch_dtype(device)
    assert model.generate("The dog sleeps.", explorer.Decoding(max_new_tokens=4)).tokens.ids
