"""How each bundled model is made: every number that the shipped files depend on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from explorer.errors import ExplorerError

FOLDER = Path(__file__).parent
"""The trained models lie in folders of their names beside this program."""
CACHE = FOLDER.parent.parent / ".cache" / "miniatures"
"""Where an unfinished training keeps its state."""


@dataclass(frozen=True)
class Recipe:
    """What `python -m explorer.miniatures.train NAME` does.

    Attributes:
        name: the model and its folder.
        family: "t5" or "bart".
        start: the trained model whose weights and tokenizer it starts from; "" for new ones.
        seed: of the first weights and of every example.
        steps: updates in all.
        batch: examples in an update.
        rates: the learning rate from a step on: (step, rate), in the order of steps.
        warm_up: steps in which the rate rises to the first of them.
        cool_down: steps at the end in which the rate falls to zero in a straight line.
        shares: the part of each task among the examples.
        curriculum: steps after which the contexts of questions grow by one sentence.
        repeats: how often a pool of fresh examples is gone through, each time in new batches.
    """

    name: str
    family: str
    steps: int
    batch: int
    rates: tuple[tuple[int, float], ...]
    warm_up: int
    cool_down: int
    shares: Mapping[str, float] = field(default_factory=dict)
    start: str = ""
    seed: int = 1
    curriculum: int = 0
    repeats: int = 1

    @property
    def folder(self) -> Path:
        """Where the finished model is written."""
        return FOLDER / self.name

    def rate_at(self, step: int) -> float:
        """The learning rate of a step: up, level by level, down."""
        rising = min(1.0, (step + 1) / self.warm_up)
        falling = min(1.0, (self.steps - step) / self.cool_down)
        level = next(rate for first, rate in reversed(self.rates) if step >= first)
        return level * min(rising, falling)


RECIPES: tuple[Recipe, ...] = (
    Recipe(
        name="miniature-t5",
        family="t5",
        steps=20_000,
        batch=64,
        # High at first, while the words are learned; lower, so that it settles, from then on.
        rates=((0, 2e-3), (3_683, 8e-4)),
        warm_up=500,
        cool_down=6_000,
        shares={"question": 0.43, "translation": 0.39, "summary": 0.1, "sentiment": 0.08},
        curriculum=1_000,
        repeats=2,
    ),
    Recipe(
        name="miniature-bart",
        family="bart",
        steps=15_000,
        batch=64,
        rates=((0, 1e-3),),
        warm_up=500,
        cool_down=5_000,
        shares={
            "masking": 0.2,
            "deletion": 0.2,
            "infilling": 0.2,
            "permutation": 0.2,
            "rotation": 0.2,
        },
        repeats=2,
    ),
    Recipe(
        name="miniature-bart-summary",
        family="bart",
        start="miniature-bart",
        steps=3_000,
        batch=64,
        rates=((0, 5e-4),),
        warm_up=100,
        cool_down=2_000,
        shares={"summary-plain": 1.0},
        repeats=2,
    ),
)


def recipe(name: str) -> Recipe:
    """The recipe of a bundled model."""
    for candidate in RECIPES:
        if candidate.name == name:
            return candidate
    names = ", ".join(candidate.name for candidate in RECIPES)
    raise ExplorerError(f"There is no bundled model {name!r}: choose one of {names}.")
