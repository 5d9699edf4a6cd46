"""The timeline that both views share: how it is decoded, and the decoding itself, watched."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from explorer.checks import Check
from explorer.dashboard import answers, links, messages
from explorer.dashboard.folded import fold
from explorer.dashboard.memory import memory
from explorer.dashboard.playground.controls import (
    decoding_controls,
    defaults,
    in_words,
    untouched,
)
from explorer.dashboard.timeline import given, held
from explorer.dashboard.timeline.asking import Asked
from explorer.errors import ExplorerError
from explorer.generation import Decoding, Strategy
from explorer.kept_states import KeptStates
from explorer.streaming import Stream
from explorer.timeline import Timeline, TimelineStep

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

STRATEGIES: tuple[Strategy, ...] = ("greedy", "sampling")
ALTERNATIVES, MOST_ALTERNATIVES = 6, 50
MARKED, DOUBT_BITS = 3, 0.4
"""How many hesitations are marked at most: steps of more entropy than this (0.47: 90 to 10 %)."""

IMPROBABLE = 0.1
"""A piece below this probability that is not the most probable one is an odd thing to draw."""


@dataclass(frozen=True)
class Chosen:
    """How the text comes into being.

    Attributes:
        decoding: greedy or sampling.
        begin: what the model is made to begin with, as it was typed.
        alternatives: how many are shown at each step.
    """

    decoding: Decoding
    begin: str
    alternatives: int

    def key(self, asked: Asked) -> Hashable:
        """Everything that decides the timeline, for the memory."""
        return ("timeline", asked.request(self.decoding), self.begin, self.alternatives)


def choose(asked: Asked) -> Chosen:
    """The controls, folded away: at first sight the answer counts.

    Raises:
        ExplorerError: settings that contradict each other.
    """
    decoding = untouched(asked.model.facts.max_target_tokens)
    begin, alternatives = "", ALTERNATIVES
    alternatives_key = f"{given.PREFIX}alternatives"

    def draw() -> None:
        nonlocal decoding, begin, alternatives
        left, right = st.columns(2, gap="medium")
        with left:
            decoding = decoding_controls(
                asked.model.facts.max_target_tokens, given.PREFIX, strategies=STRATEGIES
            )
        with right:
            begin = links.text_input(
                "Begin with",
                "",
                key=given.BEGIN_KEY,
                help="The model is made to say this first, and goes on from there. The name of a "
                f"special piece, such as {messages.quoted(_end_name(asked))}, is that piece. "
                "Empty: it begins by itself.",
            )
            alternatives = links.bound(
                st.number_input,
                "Alternatives at each step",
                0,
                MOST_ALTERNATIVES,
                ALTERNATIVES,
                key=alternatives_key,
                help="How many of the most probable pieces are listed.",
            )

    at_first = {**defaults(given.PREFIX), given.BEGIN_KEY: "", alternatives_key: ALTERNATIVES}
    with links.notices_in(st.container()):
        fold("How it is decoded", "tune", "t_decoded_open", draw, filled=links.are_set(at_first))
    given.note(decoding, begin)
    return Chosen(decoding, begin, min(int(alternatives), asked.model.reader.vocabulary_size))


def decode(asked: Asked, chosen: Chosen) -> Timeline:
    """The timeline, held or remembered, or decoded now while its text grows on the page.

    What cannot be done is said, and the page ends there.
    """
    states: list[KeptStates] = []

    def work(cancelled: Event, show: Callable[[str], None]) -> Timeline:
        grower = asked.model.branches(
            asked.text,
            chosen.alternatives,
            chosen.begin,
            decoding=chosen.decoding,
            cancelled=cancelled,
            on_step=lambda _, text: show(text),
        )
        states.append(grower.kept)
        return grower.tree.branches[0].timeline

    key, slot = chosen.key(asked), st.empty()
    try:
        found = held.first_answer(key) or watch(asked, key, work, slot, "timeline")
        held.hold(key, found, *states)
    except ExplorerError as error:
        messages.show_sentence(str(error))
        st.stop()
    if found.stop_reason == "stopped":
        st.caption("Stopped: these are the pieces that were there by then.")
    answers.offer_again(found)
    last = found.steps[-1]
    if last.forced and last.token.id in asked.model.rules.end:
        st.info(
            f"The forced beginning ends the text itself, with {messages.quoted(last.token.display)}"
            ": the model adds nothing.",
            icon=":material/info:",
        )
    return found


def _end_name(asked: Asked) -> str:
    """What the vocabulary calls the piece that ends a text."""
    return asked.model.reader.pieces(list(asked.model.rules.end[:1]))[0]


def watch(
    asked: Asked,
    key: Hashable,
    work: Callable[[Event, Callable[[str], None]], Timeline],
    slot: "DeltaGenerator",
    name: str,
) -> Timeline:
    """What some work makes, remembered or made now; the growing text stands in `slot` meanwhile."""
    # A click on a step runs the page again many times: what is there must not flicker.
    known = answers.watched(asked.model, key, lambda: Stream(work), slot, name)
    slot.empty()
    return known


def check(asked: Asked, found: Timeline, key: Hashable) -> Check:
    """The steps beside one pass without the cache, computed now or remembered."""

    def compute() -> Check:
        with answers.working(asked.model, "checking"):
            return asked.model.check_timeline(found)

    return cast("Check", memory().get_or(("timeline check", key, found.target.ids), compute))


def hesitations(found: Timeline) -> tuple[int, ...]:
    """The steps of the highest entropy, the highest first; none where the model was sure.

    A piece that a person or a rule gave is no hesitation of the model's.
    """
    unsure = [step for step in _by_doubt(found) if step.entropy_bits > DOUBT_BITS]
    return tuple(step.index for step in unsure[:MARKED])


def least_sure(found: Timeline) -> tuple[int, ...]:
    """The one step of the highest entropy, however low; none where no step was free."""
    return tuple(step.index for step in _by_doubt(found)[:1])


def odd_draws(found: Timeline) -> tuple[int, ...]:
    """The steps where the draw fell on an improbable piece, the least probable one first."""
    if found.decoding.strategy != "sampling":
        return ()
    odd = [step for step in _by_doubt(found) if step.rank > 1 and step.probability < IMPROBABLE]
    return tuple(step.index for step in sorted(odd, key=lambda step: step.probability)[:MARKED])


def first_step(found: Timeline) -> int:
    """The step worth seeing first: what was marked, else the least sure of those with a choice."""
    return (*odd_draws(found), *hesitations(found), *least_sure(found), 0)[0]


def _by_doubt(found: Timeline) -> list[TimelineStep]:
    free = [step for step in found.steps if not step.forced and not step.fixed]
    return sorted(free, key=lambda step: -step.entropy_bits)


def in_short(chosen: Chosen) -> str:
    """How it was decoded, for a caption."""
    return f"Decoding: {settings_in_short(chosen)}."


def settings_in_short(chosen: Chosen) -> str:
    """The strategy, what differs from the defaults, and what it begins with, for Markdown."""
    begin = f", begun with {messages.quoted(chosen.begin)}" if chosen.begin.strip() else ""
    return f"{messages.plain(in_words(chosen.decoding))}{begin}"


def table(found: Timeline) -> list[dict[str, Any]]:
    """A row for each step, for a CSV."""
    return [
        {
            "step": step.index,
            "piece": step.token.piece,
            "id": step.token.id,
            "probability": step.probability,
            "log-probability": step.log_probability,
            "cumulative log-probability": step.cumulative_log_probability,
            "entropy (bits)": step.entropy_bits,
            "margin": step.margin,
            "rank": step.rank,
            "forced": step.forced,
            "fixed by the model's rules": step.fixed,
            "probability after the settings": step.after.probability if step.after else None,
            "pieces kept": step.after.kept if step.after else None,
            "probability cut": step.after.cut_probability if step.after else None,
            **{
                f"alternative {rank}": f"{one.piece} {one.probability:.6f}"
                for rank, one in enumerate(step.alternatives, 1)
            },
        }
        for step in found.steps
    ]
