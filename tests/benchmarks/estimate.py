"""How far the estimated speed of a model is from the measured one."""

import tempfile
from pathlib import Path

import explorer
from explorer import arithmetic, estimate
from explorer.catalog import ModelCard
from explorer.estimate import ESTIMATE_FACTOR
from explorer.families import read_shape
from explorer.speed import speed
from tests.benchmarks.table import Figure

READ, WRITTEN = 64, 32
BEAMS = (1, 4)
BIGGER = ("t5-small", "bart-base")
"""With random weights: they cost what trained ones cost."""


def figures() -> list[Figure]:
    """The bundled models, and two bigger ones of both designs, with random weights."""
    machine = arithmetic.measure(explorer.detect_device())
    found = []
    with tempfile.TemporaryDirectory() as folder:
        names = [card.name for card in explorer.catalog.MODELS if card.bundled]
        for name in (*names, *(_random(each, Path(folder, each)) for each in BIGGER)):
            model = explorer.load(name)
            for beams in BEAMS:
                found += _beside(model, model.card, machine, beams)
    return found


def _beside(
    model: explorer.Seq2SeqModel, card: ModelCard, machine: arithmetic.Arithmetic, beams: int
) -> list[Figure]:
    measured = speed(model, READ, WRITTEN, beams)
    guess = estimate.estimate(card, machine, READ, WRITTEN, beams)
    label = f"{Path(card.name).name}, {beams} beam{'s' if beams > 1 else ''}"
    return [
        _figure(f"reading, {label}", guess.encode_seconds, measured.encode_seconds),
        _figure(f"writing, {label}", guess.decode_seconds, measured.decode_seconds),
    ]


def _figure(name: str, guess: float, measured: float) -> Figure:
    """How many times too high or too low: the larger of the two beside the smaller."""
    return Figure(
        f"estimate of {name}, {guess * 1000:.1f} for {measured * 1000:.1f} ms",
        max(guess, measured) * 1000,
        min(guess, measured) * 1000,
        "the other of the two",
        "ms",
        ESTIMATE_FACTOR,
    )


def _random(name: str, folder: Path) -> str:
    """A checkpoint of a catalogue model's shape, with the tokenizer of a bundled one."""
    import torch
    import transformers

    card = explorer.catalog.find(name)
    assert card is not None
    family = read_shape(card.configuration).family
    bundled = explorer.load("miniature-t5" if family.name == "t5" else "miniature-bart")
    torch.manual_seed(0)
    config = getattr(transformers, family.config_class)(**card.configuration)
    getattr(transformers, family.model_class)(config).save_pretrained(folder)
    bundled.tokenizer.save_pretrained(folder)
    return str(folder)
