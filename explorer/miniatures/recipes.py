"""How each bundled model is made: every number that the shipped files depend on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from explorer.errors import ExplorerError
from explorer.miniatures.architecture import FIRST_LAYERS, LAYERS, STACK_LAYERS
from explorer.miniatures.language.question import SHARING

FOLDER = Path(__file__).parent
"""The trained models lie in folders of their names beside this program."""
CACHE = FOLDER.parent.parent / ".cache" / "miniatures"
"""Where an unfinished training keeps its state."""


@dataclass(frozen=True)
class Recipe:
    """What `python -m explorer.miniatures.train NAME` does.

    Attributes:
        name: the model and its folder.
        family: "t5" or "bart"; "bert" or "gpt2" for a model of one stack.
        start: the trained model whose weights and tokenizer it starts from; "" for new ones.
        seed: of the first weights and of every example.
        steps: updates in all.
        batch: examples in an update.
        rates: the learning rate as points (step, rate) joined by straight lines.
        shares: the part of each task among the examples.
        later_shares: other parts from a step on: (step, shares), in the order of steps.
        contexts: sentences in the context of a question from a step on: (step, numbers), each
            number as likely as it is often.
        sharing: the chance that sentences of a context have parts in common, from a step on.
        encoder_layers: layers of the encoder, or of the only stack, from a step on; the optimizer
            begins anew with them.
    """

    name: str
    family: str
    steps: int
    batch: int
    rates: tuple[tuple[int, float], ...]
    shares: Mapping[str, float] = field(default_factory=dict)
    start: str = ""
    sharing: tuple[tuple[int, float], ...] = ((0, SHARING),)
    seed: int = 1
    later_shares: tuple[tuple[int, Mapping[str, float]], ...] = ()
    contexts: tuple[tuple[int, tuple[int, ...]], ...] = ((0, (2, 3, 4)),)
    encoder_layers: tuple[tuple[int, int], ...] = ((0, LAYERS),)

    @property
    def folder(self) -> Path:
        """Where the finished model is written."""
        return FOLDER / self.name

    def rate_at(self, step: int) -> float:
        """The learning rate of a step."""
        for (left, low), (right, high) in pairwise(self.rates):
            if step <= right:
                return low + (high - low) * (step - left) / (right - left)
        return self.rates[-1][1]

    def shares_at(self, step: int) -> Mapping[str, float]:
        """The part of each task among the examples of a step."""
        return _from_step(((0, self.shares), *self.later_shares), step)

    def contexts_at(self, step: int) -> tuple[int, ...]:
        """The numbers of sentences that the context of a question may have."""
        return _from_step(self.contexts, step)

    def sharing_at(self, step: int) -> float:
        """How alike the sentences of a question's context are."""
        return _from_step(self.sharing, step)

    def encoder_layers_at(self, step: int) -> int:
        """The layers of the encoder in a step."""
        return _from_step(self.encoder_layers, step)


Value = TypeVar("Value")


def _from_step(levels: Sequence[tuple[int, Value]], step: int) -> Value:
    """The last level that has begun."""
    return next(value for first, value in reversed(levels) if step >= first)


RECIPES: tuple[Recipe, ...] = (
    Recipe(
        name="miniature-t5",
        family="t5",
        steps=51_600,
        batch=64,
        rates=(
            (-1, 0.0),
            (499, 1e-3),
            (28_607, 1e-3),
            (28_608, 0.0),
            (28_907, 1e-3),
            (33_600, 1e-3),
            (39_600, 0.0),
            (39_800, 6e-4),
            (41_400, 6e-4),
            (45_600, 0.0),
            (45_700, 4e-4),
            (46_400, 4e-4),
            (49_200, 0.0),
            (49_300, 3e-4),
            (49_700, 3e-4),
            (51_600, 0.0),
        ),
        # Three layers hardly bind a question to its sentence; five from the start take much
        # longer to learn everything else.
        encoder_layers=((0, LAYERS), (28_608, 5)),
        shares={"question": 0.5, "translation": 0.36, "summary": 0.08, "sentiment": 0.06},
        # Finding the sentence that matches comes late: short contexts in which one word is enough
        # to find it bring it on, and many questions, for their answers are short. Once it is
        # there, translation needs the room.
        later_shares=(
            (8_160, {"question": 0.6, "translation": 0.3, "summary": 0.06, "sentiment": 0.04}),
            (13_440, {"question": 0.4, "translation": 0.47, "summary": 0.08, "sentiment": 0.05}),
            (16_320, {"question": 0.75, "translation": 0.19, "summary": 0.04, "sentiment": 0.02}),
            (26_400, {"question": 0.5, "translation": 0.4, "summary": 0.06, "sentiment": 0.04}),
            (28_608, {"question": 0.6, "translation": 0.34, "summary": 0.04, "sentiment": 0.02}),
            (33_600, {"question": 0.45, "translation": 0.47, "summary": 0.05, "sentiment": 0.03}),
            (39_648, {"question": 0.6, "translation": 0.34, "summary": 0.05, "sentiment": 0.01}),
            (45_600, {"question": 0.5, "translation": 0.46, "summary": 0.03, "sentiment": 0.01}),
            (49_200, {"question": 0.68, "translation": 0.3, "summary": 0.01, "sentiment": 0.01}),
        ),
        contexts=(
            (0, (1, 2)),
            (1_000, (2,)),
            (5_000, (2, 2, 3)),
            (7_000, (2, 3, 4)),
            (8_160, (2,)),
            (11_520, (2, 2, 3)),
            (13_440, (2, 3, 4)),
            (16_320, (2, 2, 3)),
            (21_600, (2, 3, 4)),
        ),
        sharing=(
            (0, 0.0),
            (6_000, 0.35),
            (8_000, SHARING),
            (8_160, 0.0),
            (12_000, 0.35),
            (14_000, SHARING),
            (16_320, 0.35),
            (21_600, SHARING),
        ),
    ),
    Recipe(
        name="miniature-bart",
        family="bart",
        steps=18_000,
        batch=64,
        rates=((-1, 0.0), (499, 1e-3), (13_000, 1e-3), (18_000, 0.0)),
        shares={
            "masking": 0.2,
            "deletion": 0.2,
            "infilling": 0.2,
            "permutation": 0.2,
            "rotation": 0.2,
        },
    ),
    Recipe(
        name="miniature-bart-summary",
        family="bart",
        start="miniature-bart",
        steps=3_000,
        batch=64,
        rates=((-1, 0.0), (99, 5e-4), (1_000, 5e-4), (3_000, 0.0)),
        shares={"summary-plain": 1.0},
    ),
)


SINGLE_STACK: tuple[Recipe, ...] = (
    Recipe(
        name="miniature-bert",
        family="bert",
        steps=3_700,
        batch=64,
        rates=(
            (-1, 0.0),
            (499, 8e-4),
            (2_399, 8e-4),
            (2_400, 1e-4),
            (2_500, 7e-4),
            (3_700, 0.0),
        ),
        shares={"hidden": 1.0},
        # Few layers learn most of it in half the time.
        encoder_layers=((0, FIRST_LAYERS), (2_400, STACK_LAYERS)),
    ),
    Recipe(
        name="miniature-gpt",
        family="gpt2",
        steps=2_600,
        batch=64,
        rates=(
            (-1, 0.0),
            (299, 1e-3),
            (1_599, 1e-3),
            (1_600, 1e-4),
            (1_680, 8e-4),
            (2_600, 0.0),
        ),
        shares={"continued": 1.0},
        encoder_layers=((0, FIRST_LAYERS), (1_600, STACK_LAYERS)),
    ),
)
"""The models that are no encoder-decoders: an encoder alone, and a decoder alone."""
FAMILIES_OF_ONE_STACK = frozenset(plan.family for plan in SINGLE_STACK)


def recipe(name: str) -> Recipe:
    """The recipe of a bundled model."""
    for candidate in (*RECIPES, *SINGLE_STACK):
        if candidate.name == name:
            return candidate
    names = ", ".join(candidate.name for candidate in (*RECIPES, *SINGLE_STACK))
    raise ExplorerError(f"There is no bundled model {name!r}: choose one of {names}.")
