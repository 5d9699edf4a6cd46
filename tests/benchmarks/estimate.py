"""How far the estimated speed of a model is from the measured one."""

import tempfile
from pathlib import Path

import explorer
from explorer import arithmetic, estimate
from explorer.estimate import ESTIMATE_FACTOR
from explorer.families import read_shape
from explorer.speed import speed
from tests.benchmarks.table import Figure

READ, WRITTEN = 64, 32
BEAMS = (1, 4)
ROUNDS = 3
BIGGER = ("t5-small", "bart-base")
"""With random weights: they cost what trained ones cost."""


def figures() -> list[Figure]:
    """The bundled models, and two bigger ones of both designs, with random weights."""
    with tempfile.TemporaryDirectory() as folder:
        names = [card.name for card in explorer.catalog.MODELS if card.bundled]
        names += [_random(each, Path(folder, each)) for each in BIGGER]
        return [figure for name in names for figure in _of(explorer.load(name))]


def _of(model: explorer.Seq2SeqModel) -> list[Figure]:
    """Machine and model measured in turn, so that both see the same machine."""
    pairs: dict[str, list[tuple[float, float]]] = {}
    for _ in range(ROUNDS):
        machine = arithmetic.measure(model.device)
        for beams in BEAMS:
            measured = speed(model, READ, WRITTEN, beams)
            # The bundled tokenizer may allow less than the shape does.
            guess = estimate.estimate(model.card, machine, measured.source_tokens, WRITTEN, beams)
            label = f"{Path(model.name).name}, {beams} beam{'s' if beams > 1 else ''}"
            both = guess.decode_seconds, measured.decode_seconds
            pairs.setdefault(f"writing, {label}", []).append(both)
            if beams == 1:
                both = guess.encode_seconds, measured.encode_seconds
                pairs.setdefault(f"reading, {label}", []).append(both)
    return [_figure(name, *_middle(found)) for name, found in pairs.items()]


def _middle(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """The pair whose ratio is the median."""
    return sorted(pairs, key=lambda pair: pair[0] / pair[1])[len(pairs) // 2]


def _figure(name: str, guess: float, measured: float) -> Figure:
    """How many times too high or too low: the larger of the two beside the smaller."""
    return Figure(
        # A name stays the same from run to run: by it figures are compared with kept ones.
        f"estimate of {name}: the larger beside the smaller",
        max(guess, measured) * 1000,
        min(guess, measured) * 1000,
        "measured" if guess > measured else "estimated",
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
