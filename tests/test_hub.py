import ctypes
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import explorer
from explorer import hub
from explorer.errors import ExplorerError
from explorer.hub_cache import cached_folder
from explorer.store import ModelStore
from tests.conftest import Checkpoint
from tests.hub_server import HubServer

ID = "someone/model"
TOKEN = "hf_ThisMustNeverBeShown"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return tmp_path / "cache"


@pytest.fixture
def server(
    checkpoint: Checkpoint, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HubServer]:
    with HubServer(checkpoint("t5")) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


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


def leftovers(cache: Path) -> list[str]:
    """Files of the cache that are large, finished or not."""
    return [one.name for one in cache.rglob("*") if one.is_file() and one.stat().st_size > 200_000]


def test_a_model_arrives_whole_and_is_used_without_the_network_afterwards(
    server: HubServer, checkpoint: Checkpoint
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
    server.fault = "server error"
    server.requests.clear()
    assert fetch() == folder
    assert hub.fetch_configuration(ID)["model_type"] == "t5"
    assert server.requests == []


def test_the_plain_client_in_a_new_process_loads_and_answers(
    server: HubServer, cache: Path, checkpoint: Checkpoint
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


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("missing", "no model “someone/model” that this computer may see: check the spelling"),
        ("gated", "is gated: ask for access"),
        ("forbidden", "is gated: ask for access"),
        ("server error", r"could not serve someone/model \(error 500\)"),
        ("too many", "no more requests"),
        ("not a hub", "not those of a Hub"),
        ("wrong bytes", "arrived damaged and was thrown away"),
        ("wrong small", "arrived damaged and was thrown away"),
        ("cut", "connection broke off"),
    ],
)
def test_each_fault_is_one_sentence_and_is_over_when_it_is_over(
    fault: str, words: str, server: HubServer, cache: Path
) -> None:
    import re

    server.fault = fault
    assert re.search(words, refused())
    assert cached_folder(ID) is None
    assert leftovers(cache) == []
    server.fault = None
    folder = fetch()
    assert cached_folder(ID) == folder


def test_the_token_goes_to_the_hub_and_not_to_the_host_of_large_files(server: HubServer) -> None:
    fetch()
    assert {one.authorization for one in server.asked("/api/")} == {f"Bearer {TOKEN}"}
    large = server.asked("/large-files/")
    assert large
    assert {one.authorization for one in large} == {None}


def test_a_broken_connection_is_resumed_where_it_broke(
    checkpoint: Checkpoint, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The client keeps what it got in pieces of 10 MB: the file must be larger than that.
    folder = checkpoint("t5", width=384)
    assert (folder / "model.safetensors").stat().st_size > 12_000_000
    with HubServer(folder, cut_at=0.9) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        server.models = {ID: folder}
        server.fault = "cut once"
        (folder / "spiece.model").stat()
        server.cut_files = ("model.safetensors",)
        arrived = fetch()
        asked = server.asked("/large-files/someone/model/model.safetensors")
    assert [one.range for one in asked] == [None, f"bytes={10 * 2**20}-"]
    content = (arrived / "model.safetensors").read_bytes()
    assert content == (folder / "model.safetensors").read_bytes()


def test_bytes_that_rot_on_the_disk_are_found_and_fetched_again(
    server: HubServer, checkpoint: Checkpoint
) -> None:
    weights = fetch() / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.resolve().write_bytes(content)
    server.requests.clear()
    again = fetch() / "model.safetensors"
    assert again.read_bytes() == (checkpoint("t5") / "model.safetensors").read_bytes()
    assert len(server.asked("/large-files/")) == 1


def test_only_the_files_that_are_needed_are_fetched(
    checkpoint: Checkpoint, server: HubServer, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("t5"), tmp_path / "rich")
    for extra in ("pytorch_model.bin", "tf_model.h5", "flax_model.msgpack", "evil.py", "x.png"):
        (folder / extra).write_bytes(b"not needed")
    server.models = {ID: folder}
    arrived = fetch()
    assert {file.name for file in arrived.iterdir()} == {
        file.name for file in checkpoint("t5").iterdir()
    }
    (folder / "model.safetensors").unlink()
    server.models = {"someone/pickled": folder}
    with pytest.raises(ExplorerError, match=r"harmful|damaged"):
        ModelStore().load("someone/pickled")
    assert len(server.asked("someone/pickled/pytorch_model.bin")) == 1


def test_weights_in_several_files_are_fetched_whole(
    checkpoint: Checkpoint, server: HubServer, tmp_path: Path
) -> None:
    from transformers import T5ForConditionalGeneration

    folder = shutil.copytree(checkpoint("t5"), tmp_path / "shards")
    (folder / "model.safetensors").unlink()
    T5ForConditionalGeneration.from_pretrained(checkpoint("t5")).save_pretrained(
        folder, max_shard_size="100kB"
    )
    server.models = {ID: folder}
    assert ModelStore().load(ID).facts.parameters > 60_000
    next(iter(folder.glob("model-*.safetensors"))).unlink()
    server.models = {"someone/half": folder}
    with pytest.raises(ExplorerError, match="is not complete on the Hub"):
        hub.fetch_model("someone/half", lambda *_: None)


def test_a_model_that_does_not_fit_is_refused_before_its_weights_are_fetched(
    server: HubServer,
) -> None:
    with pytest.raises(ExplorerError, match=r"needs 244 kB of memory"):
        ModelStore(budget_bytes=1000).load(ID)
    assert server.asked("/large-files/") == []


def test_weights_that_the_configuration_does_not_explain_are_not_fetched(
    checkpoint: Checkpoint, server: HubServer, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("t5"), tmp_path / "fat")
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(20_000_000)
    server.models = {ID: folder}
    assert "do not belong together" in refused()
    assert server.asked("/large-files/someone/model/model.safetensors") == []


def test_without_a_network_the_sentence_says_so(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{unused.getsockname()[1]}")
        assert "no connection to the Hub" in refused()


def test_the_store_goes_on_with_the_model_it_had(server: HubServer) -> None:
    store = ModelStore()
    model = store.load("miniature-t5")
    server.fault = "server error"
    with pytest.raises(ExplorerError, match="error 500"):
        store.load(ID)
    assert store.peek("miniature-t5") is model
    state = store.state(ID)
    assert state is not None
    assert state.stage == "failed"
    assert "error 500" in state.message
    server.fault = None
    assert store.load(ID).card.hub_id == ID


@pytest.mark.parametrize(
    "hub_id",
    ["../../etc", "a/b/c", "a//b", "-x/y", "a b/c", "a/..", "é/x", "a" * 200, "x/y?z=1", "a--b/c"],
)
def test_an_id_that_cannot_be_is_refused_before_any_request(hub_id: str, server: HubServer) -> None:
    with pytest.raises(ExplorerError, match="looks like google/flan-t5-small"):
        hub.fetch_model(hub_id, lambda *_: None)
    assert server.requests == []


FILE_LIMIT_PROGRAM = f"""
import resource, sys
import huggingface_hub
from explorer import hub
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
try:
    hub.fetch_model({ID!r}, lambda *_: None)
except hub.ExplorerError as refusal:
    print(refusal)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs file size limits")
def test_a_disk_that_fills_up_on_the_way_leaves_nothing_behind(
    server: HubServer, cache: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILE_LIMIT_PROGRAM], capture_output=True, text=True
    )
    assert done.stdout.startswith("The disk is full: someone/model could not be stored."), (
        done.stderr
    )
    assert leftovers(cache) == []
    assert fetch().is_dir()


def mounted(folder: Path, size: str) -> bool:
    """A small disk of its own; only root can have one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    folder.mkdir(parents=True)
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, f"size={size}".encode()) == 0


def test_a_disk_that_is_too_small_is_noticed_before_the_download(
    server: HubServer, cache: Path
) -> None:
    if not mounted(cache, "20m"):
        pytest.skip("needs root to mount a small disk")
    try:
        sentence = refused()
        assert "needs 251 kB on the disk" in sentence or "on the disk and" in sentence
        assert "HF_HUB_CACHE" in sentence
        assert server.asked("/large-files/someone/model/model.safetensors") == []
    finally:
        ctypes.CDLL(None).umount2(str(cache).encode(), 2)


def test_a_folder_without_a_configuration_is_no_model(
    checkpoint: Checkpoint, server: HubServer, tmp_path: Path
) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "README.md").write_text("Nothing here.")
    server.models = {ID: folder}
    assert "no config.json" in refused()


def test_the_size_of_small_files_is_limited(
    checkpoint: Checkpoint, server: HubServer, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint("t5"), tmp_path / "long")
    with (folder / "tokenizer.json").open("r+b") as file:
        file.truncate(hub.MAX_SMALL_FILE_BYTES + 1)
    server.models = {ID: folder}
    assert "tokenizer.json of someone/model has 100 MB" in refused()


def test_bytes_are_written_as_people_read_them() -> None:
    assert [hub.readable_bytes(one) for one in (0, 999, 1_000, 242_043_056, 2_460_457_927)] == [
        "0 bytes",
        "999 bytes",
        "1 kB",
        "242 MB",
        "2.46 GB",
    ]


def test_the_stand_in_lists_what_the_client_reads(server: HubServer) -> None:
    from huggingface_hub import HfApi

    info = HfApi(endpoint=server.url).model_info(ID, files_metadata=True)
    files = {one.rfilename: one for one in info.siblings or []}
    assert json.loads((fetch() / "config.json").read_text())["model_type"] == "t5"
    assert files["model.safetensors"].lfs is not None
    assert files["config.json"].lfs is None
