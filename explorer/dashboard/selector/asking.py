"""The questions of the guide as controls, and the jobs to begin with."""

from collections.abc import Iterable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import guide
from explorer.dashboard import links
from explorer.decisions import Choice, Question
from explorer.guide_needs import Option, needs_of
from explorer.guide_scenarios import FIRST, SCENARIOS, Scenario
from explorer.guide_tree import TREE


def ask() -> guide.Walk:
    """One question after the other; which one comes next depends on the answer before."""
    here = TREE
    answers = {}
    while isinstance(here, Question):
        answers[here.key] = _choose(here.key, here.text, here.choices)
        choice = here.choice(answers[here.key])
        assert choice is not None
        if not isinstance(choice.then, Question):
            break
        here = choice.then
    for need in needs_of(guide.walk(answers).leaf):
        answers[need.key] = _choose(need.key, need.text, need.options)
    return guide.walk(answers)


def offer_scenarios(walked: guide.Walk, place: DeltaGenerator) -> None:
    """A button for each job; the one whose answers stand now has a tick."""
    with place, st.container(horizontal=True, gap="small"):
        for each in SCENARIOS:
            here = dict(each.answers) == walked.answers
            st.button(
                each.name,
                key=f"_scenario_{each.name}",
                icon=":material/check:" if here else None,
                help=each.job,
                on_click=take,
                args=(each,),
            )


def take(scenario: Scenario) -> None:
    """Answer every question as a job does; for clicks, before anything is drawn."""
    for key, name in scenario.answers.items():
        links.put(key, name)


def _choose(key: str, text: str, offered: Iterable[Choice | Option]) -> str:
    meanings = {each.name: each.meaning for each in offered}
    names = list(meanings)
    return str(
        links.bound(
            st.segmented_control,
            text,
            names,
            default=FIRST.answers.get(key, names[0]),
            required=True,
            key=key,
            wrap=True,
            help="; ".join(f"**{name}**: {meaning}" for name, meaning in meanings.items()),
        )
    )
