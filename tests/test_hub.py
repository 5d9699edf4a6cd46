import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import explorer
from explorer import hub, hub_cache
from explorer.errors import ExplorerError
from explorer.hub_client import CHUNK_BYTES
from explorer.store import ModelStore
from tests.checkpoint_tokenizers import with_m2m100_tokenizer
from tests.conftest import TOKEN, Checkpoint
from tests.hub_server import HubServer

ID = "someone/model"


def fetch(told: list[tuple[int, int, str]] | None = None) -> Path:
    return hub.fetch_model(ID, lambda *news: told.append(news) if told is not None else None)


def refused() -> str:
    with pytest.raises(ExplorerError) as refusal:
        fetch()
    sentence = str(refusal.value)
    assert sentence.endswith(".")
    assert len(sentence) < 300
    for secret in (TOKEN, "http", "Traceback", "127.0.0.1"):
        assert secret not in sentence
    return sentence


def test_a_model_arrives_whole_and_is_used_without_the_network_afterwards(
    hub_server: HubServer, checkpoint: Checkpoint
) -> None:
    told: list[tuple[int, int, str]] = []
    folder = fetch(told)
    for file in checkpoint("t5").iterdir():
        assert (folder / file.name).read_bytes() == file.read_bytes()
    whole = sum(file.stat().st_size for file in checkpoint("t5").iterdir())
    assert told[-1][:2] == (whole, whole)
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert {total for _, total, _ in told} == {whole}
    assert len(told) >= 5
    hub_server.fault = "server error"
    hub_server.requests.clear()
    assert fetch() == folder
    assert hub.fetch_configuration(ID)["model_type"] == "t5"
    assert hub_server.requests == []


def test_the_plain_client_in_a_new_process_loads_and_answers(
    hub_server: HubServer, hub_cache: Path, checkpoint: Checkpoint
) -> None:
    program = f"""
import explorer
stages = []
model = explorer.load({ID!r}, lambda progress: stages.append(progress))
answer = model.generate("The dog sees the cat.", explorer.Decoding(max_new_tokens=6))
print([list(answer.tokens.ids), sorted({{one.stage for one in stages}}),
       explorer.parameter_count({ID!r}), model.card.hub_id])
"""
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_DISABLE_XET": disabled},
        )
        for disabled in ("0", "1")
    ]
    model = ModelStore().load(str(checkpoint("t5")))
    expected = list(
        model.generate("The dog sees the cat.", explorer.Decoding(max_new_tokens=6)).tokens.ids
    )
    for run, downloads in zip(runs, (True, False), strict=True):
        assert run.stdout, run.stderr
        ids, stages, count, hub_id = eval(run.stdout)
        assert ids == expected
        assert ("downloading" in stages) == downloads
        assert count == model.facts.parameters
        assert hub_id == ID


def test_the_token_goes_to_the_hub_and_not_to_the_host_of_large_files(
    hub_server: HubServer,
) -> None:
    fetch()
    assert {one.authorization for one in hub_server.asked("/api/")} == {f"Bearer {TOKEN}"}
    large = hub_server.asked("/large-files/")
    assert large
    assert {one.authorization for one in large} == {None}


def test_a_broken_connection_is_resumed_where_it_broke(
    checkpoint: Checkpoint, hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What came is kept in whole chunks: the file must have several.
    folder = checkpoint("t5", width=128)
    kept = int((folder / "model.safetensors").stat().st_size * 0.9) // CHUNK_BYTES * CHUNK_BYTES
    assert kept > CHUNK_BYTES
    with HubServer(folder, cut_at=0.9) as hub_server:
        monkeypatch.setenv("HF_ENDPOINT", hub_server.url)
        hub_server.fault = "cut once"
        hub_server.cut_files = ("model.safetensors",)
        arrived = fetch()
        asked = hub_server.asked("/large-files/someone/model/model.safetensors")
    assert [one.range for one in asked] == [None, f"bytes={kept}-"]
    content = (arrived / "model.safetensors").read_bytes()
    assert content == (folder / "model.safetensors").read_bytes()


def test_bytes_that_rot_on_the_disk_are_found_and_fetched_again(
    hub_server: HubServer, checkpoint: Checkpoint
) -> None:
    weights = fetch() / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.resolve().write_bytes(content)
    hub_server.requests.clear()
    again = fetch() / "model.safetensors"
    assert again.read_bytes() == (checkpoint("t5") / "model.safetensors").read_bytes()
    assert len(hub_server.asked("/large-files/")) == 1


def test_only_the_files_that_are_needed_are_fetched(
    checkpoint: Checkpoint, hub_server: HubServer, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("t5"), tmp_path / "rich")
    for extra in ("pytorch_model.bin", "tf_model.h5", "flax_model.msgpack", "evil.py", "x.png"):
        (folder / extra).write_bytes(b"not needed")
    hub_server.models = {ID: folder}
    arrived = fetch()
    assert {file.name for file in arrived.iterdir()} == {
        file.name for file in checkpoint("t5").iterdir()
    }
    (folder / "model.safetensors").unlink()
    hub_server.models = {"someone/pickled": folder}
    with pytest.raises(ExplorerError, match=r"harmful|damaged"):
        ModelStore().load("someone/pickled")
    assert len(hub_server.asked("someone/pickled/pytorch_model.bin")) == 1


def test_weights_in_several_files_are_fetched_whole(
    checkpoint: Checkpoint, hub_server: HubServer, tmp_path: Path
) -> None:
    from transformers import T5ForConditionalGeneration

    folder = shutil.copytree(checkpoint("t5"), tmp_path / "shards")
    (folder / "model.safetensors").unlink()
    T5ForConditionalGeneration.from_pretrained(checkpoint("t5")).save_pretrained(
        folder, max_shard_size="100kB"
    )
    hub_server.models = {ID: folder}
    assert ModelStore().load(ID).facts.parameters > 60_000
    next(iter(folder.glob("model-*.safetensors"))).unlink()
    hub_server.models = {"someone/half": folder}
    with pytest.raises(
        ExplorerError, match=r"is not complete on the Hub: .* is missing\. Use another"
    ):
        hub.fetch_model("someone/half", lambda *_: None)


def test_a_model_that_does_not_fit_is_refused_before_its_weights_are_fetched(
    hub_server: HubServer,
) -> None:
    with pytest.raises(ExplorerError, match=r"needs 244 kB of memory"):
        ModelStore(budget_bytes=1000).load(ID)
    assert hub_server.asked("/large-files/") == []


def test_weights_that_the_configuration_does_not_explain_are_not_fetched(
    checkpoint: Checkpoint, hub_server: HubServer, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("t5"), tmp_path / "fat")
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(20_000_000)
    hub_server.models = {ID: folder}
    assert "do not belong together" in refused()
    assert hub_server.asked("/large-files/someone/model/model.safetensors") == []


def test_the_tokenizer_of_m2m100_is_refused_before_the_weights_are_fetched(
    checkpoint: Checkpoint, hub_server: HubServer, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("nllb"), tmp_path / "m2m100")
    with_m2m100_tokenizer(folder)
    hub_server.models = {ID: folder}
    assert "comes with the tokenizer of M2M100" in refused()
    assert hub_server.asked("/large-files/someone/model/model.safetensors") == []


def test_a_model_without_a_tokenizer_is_refused_before_its_weights_are_fetched(
    checkpoint: Checkpoint, hub_server: HubServer, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("t5"), tmp_path / "mute")
    for name in ("tokenizer.json", "spiece.model"):
        (folder / name).unlink(missing_ok=True)
    hub_server.models = {ID: folder}
    assert "has no tokenizer that the explorer reads" in refused()
    assert hub_server.asked("/large-files/") == []


def test_what_is_known_of_sound_files_is_bounded(
    hub_server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_cache._checked, "most", 2)
    folder = fetch()
    assert len(hub_cache._checked) == 2
    assert fetch() == folder


@pytest.mark.parametrize(
    "hub_id",
    ["../../etc", "a/b/c", "a//b", "-x/y", "a b/c", "a/..", "é/x", "a" * 200, "x/y?z=1", "a--b/c"],
)
def test_an_id_that_cannot_be_is_refused_before_any_request(
    hub_id: str, hub_server: HubServer
) -> None:
    with pytest.raises(ExplorerError, match="looks like google/flan-t5-small: check the spelling"):
        hub.fetch_model(hub_id, lambda *_: None)
    assert hub_server.requests == []


def test_a_folder_without_a_configuration_is_no_model(
    checkpoint: Checkpoint, hub_server: HubServer, tmp_path: Path
) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "README.md").write_text("Nothing here.")
    hub_server.models = {ID: folder}
    assert refused().endswith("no model that the explorer can show: use another model.")


def test_the_size_of_small_files_is_limited(
    checkpoint: Checkpoint, hub_server: HubServer, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("t5"), tmp_path / "long")
    with (folder / "tokenizer.json").open("r+b") as file:
        file.truncate(hub.MAX_SMALL_FILE_BYTES + 1)
    hub_server.models = {ID: folder}
    assert "tokenizer.json of someone/model has 100 MB" in refused()


def test_the_stand_in_lists_what_the_client_reads(hub_server: HubServer) -> None:
    from huggingface_hub import HfApi

    info = HfApi(endpoint=hub_server.url).model_info(ID, files_metadata=True)
    files = {one.rfilename: one for one in info.siblings or []}
    assert json.loads((fetch() / "config.json").read_text())["model_type"] == "t5"
    assert files["model.safetensors"].lfs is not None
    assert files["config.json"].lfs is None
