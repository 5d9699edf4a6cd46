"""Which models of the catalogue the table shows: by task, language, licence and size."""

from collections.abc import Callable

import streamlit as st

from explorer.cards import ModelCard
from explorer.dashboard import links

ANY = "any"
TASKS = {
    ANY: ANY,
    "translate": "translation",
    "summarise": "summary",
    "answer questions": "question",
    "judge sentiment": "sentiment",
    "repair damaged text": "denoising",
    "follow instructions": "instruction",
}
"""Kinds of tasks for people, and as the catalogue calls them; the others are T5's alone."""

LANGUAGES = (ANY, "English", "German", "French", "Romanian", "Chinese", "Hindi", "Swahili",
             "50 languages or more")  # fmt: skip
SIZES = {
    ANY: 0,
    "10 million": 10_000_000,
    "100 million": 100_000_000,
    "300 million": 300_000_000,
    "500 million": 500_000_000,
}
"""The most parameters."""

NO_COMMERCE = "no commercial use"
COMMERCE = "any that allows commercial use"


def choose(cards: tuple[ModelCard, ...]) -> list[ModelCard]:
    """The controls, and the models that pass all of them."""
    licences = [ANY, COMMERCE, *sorted({card.licence for card in cards})]
    kept: list[Callable[[ModelCard], bool]] = []
    columns = st.columns(4, gap="small")
    with columns[0]:
        task = links.bound(st.selectbox, "Task", list(TASKS), key="fit_task")
        kept.append(lambda card: does(card, TASKS[task]))
    with columns[1]:
        language = links.bound(st.selectbox, "Language", list(LANGUAGES), key="fit_language")
        kept.append(lambda card: speaks(card, language))
    with columns[2]:
        licence = links.bound(st.selectbox, "Licence", licences, key="fit_licence")
        kept.append(lambda card: allows(card, licence))
    with columns[3]:
        size = links.bound(st.selectbox, "Parameters, at most", list(SIZES), key="fit_size")
        kept.append(lambda card: not SIZES[size] or card.parameters <= SIZES[size])
    return [card for card in cards if all(passes(card) for passes in kept)]


def does(card: ModelCard, task: str) -> bool:
    """Whether a model was trained for a kind of task, as the catalogue calls it."""
    return task == ANY or any(each.kind == task for each in card.tasks)


def speaks(card: ModelCard, language: str) -> bool:
    """Whether a model knows a language; those of 50 or more know all that are offered here."""
    many = any(each[0].isdecimal() for each in card.languages)
    if language in (ANY, LANGUAGES[-1]):
        return many or language == ANY
    return many or any(each in (language, f"a small {language}") for each in card.languages)


def allows(card: ModelCard, licence: str) -> bool:
    """Whether a model's weights are given out under a licence."""
    if licence == COMMERCE:
        return NO_COMMERCE not in card.licence
    return licence in (ANY, card.licence)
