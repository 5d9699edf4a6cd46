"""Attention, input x gradient and leaving words out, for one step of a model."""

from collections.abc import Sequence
from threading import Event
from typing import TYPE_CHECKING

import numpy as np

from explorer.attention import HeadRef, check_heads
from explorer.attention_maps import attention
from explorer.attention_reduction import Unit, combine, words_of
from explorer.attribution import (
    METHODS,
    Attribution,
    DeletionCurve,
    Method,
    Numbers,
    order_of,
    removed_sets,
)
from explorer.attribution_passes import Removing, input_x_gradient
from explorer.errors import ExplorerError
from explorer.generation import MAX_SEED
from explorer.stopping import Progress, check_stopped
from explorer.teacher_forcing import Target, answer, answer_limit, read_source, read_target
from explorer.tokens import Tokens
from explorer.whole_numbers import check_whole, is_whole

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

MAX_WORDS = 96
"""Source words that are ranked: each asks for a pass of its own in every order."""

MAX_RANDOM_ORDERS = 100
"""Orders drawn by chance, to which those of the methods are compared."""


def attribution(
    model: "Seq2SeqModel",
    text: str,
    target: Target,
    step: int,
    layer: int | None = None,
    head: int | None = None,
    absolute: bool = False,
    random_orders: int = 20,
    seed: int = 0,
    max_new_tokens: int | None = None,
    cancelled: Event | None = None,
    progress: Progress | None = None,
) -> Attribution:
    """Which source words made the model say a piece; see `Seq2SeqModel.attribution`."""
    check_whole("random_orders", random_orders, 1, MAX_RANDOM_ORDERS)
    check_whole("seed", seed, 0, MAX_SEED)
    # None, the mean over all, is always there.
    chosen = HeadRef("cross", 0 if layer is None else layer, 0 if head is None else head)
    check_heads(model.facts, [chosen])
    check_stopped("attribution", cancelled)
    source = read_source(model, text)
    words = _words(model, source)
    if target is None:
        tokens, max_new_tokens = answer(model, text), answer_limit(model)
    else:
        tokens = read_target(model, target)
    _check_step(model, tokens, step, max_new_tokens)

    check_stopped("attribution", cancelled)
    maps = attention(model, text, tokens, stacks=("cross",))
    weights = combine(
        maps.cross[:, :, step : step + 1],
        None if layer is None else [layer],
        None if head is None else [head],
    )[0].astype(np.float64)  # (source,)
    check_stopped("attribution", cancelled)
    products = input_x_gradient(model, source, tokens, step)  # (source,)
    attended, gradient = by_word(weights, words), by_word(products, words)
    draws = np.random.default_rng(seed)
    chance = [tuple(draws.permutation(len(words)).tolist()) for _ in range(random_orders)]
    orders: dict[Method, tuple[int, ...]] = {
        "attention": order_of(attended),
        "gradient": order_of(np.abs(gradient) if absolute else gradient),
    }

    reading = Removing(model, source, tokens, step, words, cancelled, progress)
    first = removed_sets(len(words), [*orders.values(), *chance])
    # The order of the method that leaves words out is known only afterwards.
    reading.read(first[: len(words) + 1], len(first) + max(0, len(words) - 2))
    own = reading.found[frozenset()]
    left_out = np.array([own - reading.found[frozenset([word])] for word in range(len(words))])
    if not np.isfinite([own, *left_out, *products]).all():
        raise ExplorerError(
            f"{model.name} computed values that are not numbers for the piece "
            f"“{tokens.display[step]}”, or gives it the probability 0; choose another step or load "
            "another model."
        )
    orders["left_out"] = order_of(left_out)
    everything = removed_sets(len(words), [*orders.values(), *chance])
    reading.read(everything, len(everything))
    return Attribution(
        text=text,
        source=source,
        target=tokens,
        step=step,
        layer=layer,
        head=head,
        absolute=absolute,
        words=words,
        log_probability=own,
        piece_attention=weights,
        piece_gradient=products,
        attention=attended,
        gradient=gradient,
        left_out=left_out,
        curves=tuple(
            DeletionCurve(method, orders[method], reading.curve(orders[method]))
            for method in METHODS
        ),
        random_orders=tuple(chance),
        random_probabilities=np.array([reading.curve(order) for order in chance]),
    )


def _words(model: "Seq2SeqModel", source: Tokens) -> tuple[Unit, ...]:
    words = tuple(unit for unit in words_of(source) if unit.word is not None)
    if not words:
        raise ExplorerError(
            f"The text has no words that {model.name} can read: its {len(source)} pieces are all "
            "special ones; type a word."
        )
    if len(words) > MAX_WORDS:
        raise ExplorerError(
            f"The text has {len(words):,} words, and at most {MAX_WORDS} can be left out one by "
            "one; shorten it."
        )
    return words


def _check_step(
    model: "Seq2SeqModel", target: Tokens, step: int, max_new_tokens: int | None
) -> None:
    if not is_whole(step, 0, len(target) - 1):
        raise ExplorerError(
            f"Step {step!r} is not there: the target has {len(target)} pieces; choose a step from "
            f"0 to {len(target) - 1}."
        )
    if model.rules.forced(target.ids, max_new_tokens)[step]:
        raise ExplorerError(
            f"Piece {step} (“{target.display[step]}”) is forced by the model's rules: its "
            "probability is 1 whatever the source says, so there is nothing to explain; choose "
            "another step."
        )


def by_word(values: Numbers, words: Sequence[Unit]) -> Numbers:
    """The values of pieces (source,), summed over the pieces of each word: (word,)."""
    return np.array([values[list(unit.pieces)].sum() for unit in words])
