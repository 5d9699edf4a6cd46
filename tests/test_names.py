"""What a name means: by its spelling alone, whatever folders the computer has."""

import shutil
from pathlib import Path

import pytest

import explorer
from explorer.errors import ExplorerError
from explorer.names import key_of, kind_of, label_of, local_folder, spelled
from explorer.store import ModelStore
from tests.conftest import Checkpoint
from tests.hub_server import HubServer


@pytest.fixture
def private(checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model, where the process is; it is called like an id of the Hub."""
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(checkpoint("t5"), tmp_path / "private" / "model")


def test_the_spelling_alone_says_what_a_name_is(private: Path) -> None:
    assert kind_of("miniature-t5") == kind_of("t5-small") == "catalogue"
    assert kind_of("private/model") == kind_of("private/other") == kind_of("gpt2") == "Hub id"
    for folder in ("./private/model", str(private), "../x", "~/x", "a/b/c", "private/model/"):
        assert kind_of(folder) == "folder"
    assert local_folder("private/model") is None
    assert local_folder("./private/model") == private


def test_the_kind_is_part_of_the_key(private: Path) -> None:
    assert key_of("private/model") == ("Hub id", "private/model")
    assert key_of("./private/model") == key_of(f"{private}/") == ("folder", str(private))
    small = explorer.catalog.find("t5-small")
    assert small is not None
    assert key_of("t5-small") == key_of(str(small.hub_id)) == ("catalogue", "t5-small")
    assert label_of("./private/model") == "model"


def test_a_folder_keeps_its_key_when_it_is_gone(private: Path) -> None:
    names = ("./private/model", str(private), f"{private}/", "./link")
    Path("link").symlink_to(private)
    before = [key_of(name) for name in names]
    assert len(set(before)) == 1
    shutil.rmtree(private)
    assert [key_of(name) for name in names] == before
    for strange in ("x" * 5000 + "/y/z", "./a\0b", "~nobody-at-all/x", " "):
        assert local_folder(strange) is None
        assert key_of(strange)


def test_who_may_open_folders_means_them_before_the_hub(
    private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert spelled("private/model") == "./private/model"
    assert spelled("private/other") == "private/other"
    assert spelled("miniature-t5") == "miniature-t5"
    monkeypatch.setattr("explorer.loading._store", ModelStore(2**33))
    model = explorer.load("private/model")
    assert model.folder == private
    assert explorer.load("./private/model") is model
    assert explorer.parameter_count("private/model") == model.facts.parameters


def test_the_store_says_the_same_of_an_id_whether_or_not_a_folder_is_called_so(
    private: Path, hub_server: HubServer, fresh: ModelStore
) -> None:
    sentences = []
    for name in ("private/model", "private/other"):
        with pytest.raises(ExplorerError) as refusal:
            fresh.load(name)
        sentences.append(str(refusal.value).replace(name, "…"))
    assert sentences[0] == sentences[1]
    assert sentences[0].startswith("The Hub has no model")
    assert fresh.load("./private/model").folder == private


def test_a_folder_and_a_model_of_the_hub_with_one_name_are_two_models(
    private: Path, checkpoint: Checkpoint, hub_server: HubServer, fresh: ModelStore
) -> None:
    hub_server.models = {"private/model": checkpoint("bart")}
    assert fresh.load("./private/model").facts.family == "t5"
    assert fresh.load("private/model").facts.family == "bart"
    assert fresh.names() == ("./private/model", "private/model")
