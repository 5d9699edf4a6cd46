"""A checkpoint of which a file was cut: one sentence with a remedy, or a model that works."""

import shutil
from pathlib import Path

import pytest

from explorer.errors import ExplorerError
from explorer.generation import Decoding
from explorer.store import ModelStore
from tests.conftest import Checkpoint
from tests.pages.visit import link, said
from tests.waiting import until

REMEDIES = ("etch the model again", "Choose the folder", "another checkpoint", "another one")
MOST_CHARACTERS = 350


def cuts(size: int) -> list[int]:
    """Lengths to cut a file to: nothing, within its beginning, in the middle, one byte short."""
    return sorted({0, min(9, size - 1), size // 2, size - 1})


@pytest.mark.parametrize("family", ["t5", "bart", "marian", "nllb"])
def test_every_file_of_a_checkpoint_may_be_cut_anywhere(
    family: str, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    store = ModelStore()
    refused, whole = 0, checkpoint(family)
    for file in sorted(whole.iterdir()):
        content = file.read_bytes()
        for size in cuts(len(content)):
            folder = shutil.copytree(whole, tmp_path / f"{file.name}-{size}")
            (folder / file.name).write_bytes(content[:size])
            try:
                model = store.load(str(folder))
            except ExplorerError as refusal:
                refused += 1
                sentence = str(refusal)
                assert any(remedy in sentence for remedy in REMEDIES), sentence
                assert folder.name in sentence or file.name in sentence, sentence
                assert str(tmp_path) not in sentence
                assert len(sentence) < MOST_CHARACTERS
                assert "\n" not in sentence
            else:
                # What it can do without: it answers as it would have.
                assert model.generate("A dog.", Decoding(max_new_tokens=3)).text is not None
                store.release(str(folder))
            shutil.rmtree(folder)
    assert refused >= 12


@pytest.mark.usefixtures("warm")
def test_the_page_says_so_and_goes_on(
    checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from explorer.loading import store

    monkeypatch.setenv("EXPLORER_ALLOW_FOLDERS", "1")
    folder = shutil.copytree(checkpoint("t5"), tmp_path / "cut")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    at = link("playground", model=str(folder)).run()
    until(lambda: store().state(str(folder)).stage == "failed")
    at.run()
    assert not at.exception
    assert said(at.error).startswith("The weights file in “cut” is damaged or cut short")
    assert [each for each in at.metric if each.label == "Pieces"]
    assert [each.label for each in at.button if each.label == "Try again"] == ["Try again"]
