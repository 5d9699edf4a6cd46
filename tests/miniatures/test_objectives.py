"""What the models of one stack learn from, and how they grow."""

import random
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch

from explorer.miniatures import objectives, tokenizer_training, training
from explorer.miniatures.architecture import FIRST_LAYERS, STACK_LAYERS, grown_stack
from explorer.miniatures.objectives import LONGEST_PIECES, NO_LABEL, Pieces, batches, hidden
from explorer.miniatures.recipes import SINGLE_STACK, Recipe, recipe
from explorer.miniatures.training import Training

PIECES = Pieces(mask=4, special=frozenset((0, 1, 2, 3, 4)), count=50)
BEGIN, END = 2, 3


def letters(text: str) -> list[int]:
    """A text as ids, without a tokenizer."""
    return [BEGIN, *(5 + ord(letter) % 40 for letter in text[:60]), END]


def test_only_what_is_hidden_has_a_label() -> None:
    rng = random.Random(1)
    ids = [BEGIN, *range(5, 25), END]
    kept = masked = replaced = single = 0
    for _ in range(3_000):
        read, labels = hidden(ids, rng, PIECES)
        places = [place for place, label in enumerate(labels) if label != NO_LABEL]
        assert places
        assert 0 not in places
        assert len(ids) - 1 not in places
        single += len(places) == 1
        for place, piece in enumerate(ids):
            if place not in places:
                assert read[place] == piece
                continue
            assert labels[place] == piece
            masked += read[place] == PIECES.mask
            kept += read[place] == piece
            replaced += read[place] not in (PIECES.mask, piece)
    total = masked + kept + replaced
    assert masked / total == pytest.approx(0.8, abs=0.02)
    assert replaced / total == pytest.approx(0.1, abs=0.015)
    assert single / 3_000 == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("pieces", [PIECES, None])
def test_batches_from_the_middle_are_those_of_the_whole_run(pieces: Pieces | None) -> None:
    tiny = Recipe("tiny", "bert", 10, 2, ((0, 1.0),), shares={"hidden": 1.0})
    whole = list(islice(batches(tiny, letters, pieces), 70))
    assert list(islice(batches(tiny, letters, pieces, 60), 10)) == whole[60:]
    assert whole[:20] != whole[48:68]
    for batch in whole:
        assert len(batch) == 2
        for read, labels in batch:
            assert len(read) == len(labels) <= LONGEST_PIECES
            assert (read == labels) or pieces is not None


@pytest.fixture(params=[plan.name for plan in SINGLE_STACK])
def short(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    monkeypatch.setattr(tokenizer_training, "STACK_TOKENIZER_TEXTS", 1_500)
    monkeypatch.setattr(training, "REPORT_STEPS", 1)
    plan = recipe(request.param)
    layers = ((0, FIRST_LAYERS), (3, STACK_LAYERS))
    return replace(
        plan, name="tiny", steps=6, batch=4, rates=((-1, 0.0), (6, 1e-3)), encoder_layers=layers
    )


def nothing(*_: object) -> None:
    pass


def test_an_interrupted_training_ends_with_the_same_weights(short: Recipe, tmp_path: Path) -> None:
    whole = Training(short, tmp_path / "whole", tmp_path / "cache-1")
    assert whole.model.config.num_hidden_layers == FIRST_LAYERS
    whole.run(nothing, nothing)
    assert whole.model.config.num_hidden_layers == STACK_LAYERS
    first = Training(short, tmp_path / "parts", tmp_path / "cache-2")

    def interrupt(progress: training.Progress) -> None:
        if progress.step == 5:
            first.save_state()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        first.run(interrupt, nothing)
    second = Training(short, tmp_path / "parts", tmp_path / "cache-2")
    assert second.step == 5
    second.run(nothing, nothing)
    assert (tmp_path / "parts" / "model.safetensors").read_bytes() == (
        tmp_path / "whole" / "model.safetensors"
    ).read_bytes()


def test_a_grown_stack_first_computes_nearly_the_same(short: Recipe, tmp_path: Path) -> None:
    begun = Training(short, tmp_path, tmp_path / "cache")
    ids = begun.tokenizer("The old dog sleeps.", return_tensors="pt").input_ids
    larger = grown_stack(begun.model, STACK_LAYERS, seed=1).eval()
    assert larger.config.num_hidden_layers == STACK_LAYERS
    before, after = (model(input_ids=ids).logits.detach() for model in (begun.model.eval(), larger))
    assert 0 < (before - after).abs().max() < 0.15 * before.abs().max()
    assert sum(p.numel() for p in larger.parameters()) > begun.model.num_parameters()


def test_the_loss_of_the_training_is_the_model_s_own(short: Recipe, tmp_path: Path) -> None:
    begun = Training(short, tmp_path, tmp_path / "cache")
    model = begun.model.eval()
    ids = begun.tokenizer(["The old dog sleeps.", "He sings."], return_tensors="pt", padding=True)
    source, mask = ids.input_ids, ids.attention_mask
    labels = source.masked_fill(mask == 0, NO_LABEL)
    labels[0, 0] = NO_LABEL
    with torch.inference_mode():
        expected = model(input_ids=source, attention_mask=mask, labels=labels).loss
        assert begun._loss(source, mask, labels) == pytest.approx(float(expected), rel=1e-6)


def test_what_is_drawn_for_training_is_never_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    real = objectives.draw

    def remembered(rng: random.Random, heldout: bool | None = None) -> str:
        asked.append(heldout)
        return real(rng, heldout)

    monkeypatch.setattr(objectives, "draw", remembered)
    tiny = Recipe("tiny", "gpt2", 10, 2, ((0, 1.0),))
    next(batches(tiny, letters, None))
    assert set(asked) == {False}
