"""Decoding controls that say what they do, and why one of them does nothing just now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import streamlit as st

from explorer import generation as limits
from explorer.dashboard import links, settings
from explorer.dashboard.folded import fold
from explorer.errors import ExplorerError
from explorer.generation import STRATEGIES, Decoding, Strategy

DEFAULTS = Decoding()
DEFAULT_BEAMS = 4
MAX_SHOWN_TOP_K = 1_000


@dataclass(frozen=True)
class Control:
    """One number: its field, URL name, label, bounds, step and what it does."""

    field: str
    url: str
    label: str
    low: float
    high: float
    step: float
    help: str
    limit: str = ""
    """The limit of the visitor that bounds it too, by its name in the settings."""

    @property
    def most(self) -> float:
        """The highest value that this visitor may choose."""
        return min(self.high, settings.limit(self.limit)) if self.limit else self.high

    def value(self, given: float) -> float:
        """A number as this control holds it: whole where the setting is, and within its limit."""
        kind: Callable[[float], float] = (
            int if isinstance(getattr(DEFAULTS, self.field), int) else float
        )
        return kind(min(given, self.most))

    def default(self, first: Decoding) -> float:
        """What stands there before anything is changed."""
        return self.value(
            DEFAULT_BEAMS if self.field == "num_beams" else getattr(first, self.field)
        )


GENERAL = (
    Control("max_new_tokens", "max", "Most pieces", 1, limits.MAX_NEW_TOKENS, 1,
            "Decoding stops after this many pieces, finished or not.", "new_tokens"),
    Control("min_new_tokens", "min", "Fewest pieces", 0, limits.MAX_NEW_TOKENS, 1,
            "The end token is not allowed before this many pieces. 0 is off.", "new_tokens"),
    Control("repetition_penalty", "repetition", "Repetition penalty", 0.1,
            limits.MAX_REPETITION_PENALTY, 0.1,
            "Above 1, pieces that were already said become less likely. 1 is off."),
    Control("no_repeat_ngram_size", "ngram", "No repeated run of", 0, limits.MAX_NGRAM_SIZE, 1,
            "No run of this many pieces is said twice. 0 is off."),
)  # fmt: skip
BEAM = (
    Control("num_beams", "beams", "Beams", 2, limits.MAX_BEAMS, 1,
            "How many answers are followed at once. More beams cost more time.", "beams"),
    Control("length_penalty", "length", "Length penalty", -limits.MAX_LENGTH_PENALTY,
            limits.MAX_LENGTH_PENALTY, 0.1,
            "Above 0 favours long answers, below 0 short ones."),
)  # fmt: skip
SAMPLING = (
    Control("temperature", "temperature", "Temperature", 0.01, limits.MAX_TEMPERATURE, 0.1,
            "Below 1 the draw keeps to probable pieces, above 1 it is bolder. 1 is off."),
    Control("top_k", "k", "Top k", 0, MAX_SHOWN_TOP_K, 1,
            "Draw only among this many of the most probable pieces. 0 is off."),
    Control("top_p", "p", "Top p", 0.01, 1.0, 0.05,
            "Draw only among the fewest pieces that together have this probability. 1 is off."),
    Control("seed", "seed", "Seed", 0, limits.MAX_SEED, 1,
            "The same seed draws the same answer."),
)  # fmt: skip
CONTROLS = (*GENERAL, *BEAM, *SAMPLING)
ABOUT = {
    "greedy": "Takes the most probable piece at every step.",
    "beam": "Follows several answers at once and gives the best when all are done.",
    "sampling": "Draws each piece by its probability: another seed, another answer.",
}


def decoding_controls(
    max_pieces: int,
    prefix: str = "",
    first: Decoding = DEFAULTS,
    strategies: Sequence[Strategy] = STRATEGIES,
) -> Decoding:
    """The controls of one decoding.

    Args:
        max_pieces: the most that the model can write.
        prefix: tells the URL names of a second decoding apart.
        first: what stands there before anything is changed.
        strategies: those that are offered, each with its settings.

    Raises:
        ExplorerError: settings that contradict each other.
    """
    strategy = links.bound(
        st.segmented_control,
        "Decoding",
        strategies,
        default=first.strategy,
        required=True,
        wrap=True,
        key=f"{prefix}strategy",
        help="How the next piece is chosen.",
    )
    st.caption(ABOUT[strategy])
    groups = [SAMPLING, BEAM, GENERAL] if "beam" in strategies else [SAMPLING, GENERAL]
    values = _untouched(strategy, first)

    def draw() -> None:
        # What counts under this strategy stands first.
        for group in sorted(groups, key=lambda each: _idle(each, strategy)):
            _group(group, strategy, prefix, values, first)

    many = strategy != "greedy" and not prefix
    some_set = links.are_set(_settings(prefix, first))
    with links.notices_in(st.container()):
        fold(
            "Settings",
            "tune",
            f"{prefix}settings_{'open' if many else 'folded'}",
            draw,
            expanded=many or some_set,
            filled=some_set,
        )
    if values["min_new_tokens"] > values["max_new_tokens"]:
        labels = {control.field: control.label for control in GENERAL}
        raise ExplorerError(
            f"{labels['min_new_tokens']} is {values['min_new_tokens']} and "
            f"{labels['max_new_tokens']} is {values['max_new_tokens']}: lower the one or raise "
            "the other."
        )
    if values["max_new_tokens"] > max_pieces:
        st.caption(
            f"This model writes at most {max_pieces:,} pieces, so that is the limit used "
            f"in place of {values['max_new_tokens']:,}."
        )
        values["max_new_tokens"] = max_pieces
        values["min_new_tokens"] = min(values["min_new_tokens"], max_pieces)
    return Decoding(**values)


def defaults(prefix: str = "", first: Decoding = DEFAULTS) -> dict[str, Any]:
    """What the controls of one decoding hold before anything is changed, by their URL names."""
    return {f"{prefix}strategy": first.strategy, **_settings(prefix, first)}


def _settings(prefix: str, first: Decoding) -> dict[str, Any]:
    numbers = {prefix + control.url: control.default(first) for control in CONTROLS}
    return {**numbers, f"{prefix}early": False}


def untouched(max_pieces: int) -> Decoding:
    """What these controls give before anything is changed, for a model that writes so much."""
    values = _untouched(DEFAULTS.strategy, DEFAULTS)
    return Decoding(**{**values, "max_new_tokens": min(values["max_new_tokens"], max_pieces)})


def _untouched(strategy: Strategy, first: Decoding) -> dict[str, Any]:
    """The settings that count under a strategy, as they are at first."""
    return {"strategy": strategy} | {
        control.field: control.default(first)
        for control in CONTROLS
        if Decoding.reason_without_effect(strategy, control.field) is None
    }


def _idle(group: tuple[Control, ...], strategy: str) -> bool:
    return Decoding.reason_without_effect(strategy, group[0].field) is not None


def _group(
    group: tuple[Control, ...], strategy: str, prefix: str, values: dict[str, Any], first: Decoding
) -> None:
    reason = Decoding.reason_without_effect(strategy, group[0].field)
    columns = iter([column for _ in range(2) for column in st.columns(2)])
    for control in group:
        with next(columns):
            _number(control, strategy, prefix, values, first)
    if group is BEAM:
        with next(columns):
            _early(strategy, prefix, values)
    if reason:
        st.caption(f":material/block: {reason}")


def _number(
    control: Control, strategy: str, prefix: str, values: dict[str, Any], first: Decoding
) -> None:
    reason = Decoding.reason_without_effect(strategy, control.field)
    value = links.bound(
        st.number_input,
        control.label,
        control.value(control.low),
        control.value(control.most),
        control.default(first),
        control.value(control.step),
        key=prefix + control.url,
        disabled=reason is not None,
        help=f"{control.help} {reason or ''}".strip(),
    )
    if reason is None:
        values[control.field] = value


def _early(strategy: str, prefix: str, values: dict[str, Any]) -> None:
    reason = Decoding.reason_without_effect(strategy, "early_stopping")
    value = links.bound(
        st.toggle,
        "Stop early",
        False,
        key=f"{prefix}early",
        disabled=reason is not None,
        help="End when as many answers are finished as there are beams. " + (reason or ""),
    )
    if reason is None:
        values["early_stopping"] = value


def _label(field: str) -> str:
    """What a person reads beside the control of a field."""
    labels = {control.field: control.label for control in CONTROLS}
    return labels.get(field, field.replace("_", " ")).lower()


def in_words(decoding: Decoding) -> str:
    """A decoding in a few words: the strategy and what differs from the defaults."""
    changed = [
        f"{_label(field.name)} {getattr(decoding, field.name)}"
        for field in fields(Decoding)
        if field.name != "strategy" and getattr(decoding, field.name) != field.default
    ]
    return ", ".join([decoding.strategy, *changed])
