"""What the model is asked: the task, the text, and the exact string that the model reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from explorer.cards import ModelCard, Task
from explorer.dashboard import links, settings

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

FREELY = "Write freely"
FREE_EXAMPLE = "translate English to German: The small dog sees the old cat."


@dataclass(frozen=True)
class Question:
    """A text of a person, made ready for one model.

    Attributes:
        task: the task of the model's card; None when the person writes freely.
        values: the parts of the text as the person typed them; one named "text" for most tasks.
        source: the exact text that the model reads.
    """

    task: Task | None
    values: Mapping[str, str]
    source: str

    @property
    def blank(self) -> bool:
        """Whether the person has typed nothing."""
        return not any(value.strip() for value in self.values.values())


def choose_task(card: ModelCard) -> Task | None:
    """The control that chooses among the tasks of a model; None is writing freely."""
    titles = [task.title for task in card.tasks]
    if st.session_state.get("task") not in (None, *titles, FREELY):
        # Another model's task: take what this model was trained for.
        st.session_state["task"] = (titles or [FREELY])[0]
    chosen = links.bound(
        st.selectbox,
        "Task",
        [*titles, FREELY],
        key="task",
        help="What this model was trained to do. Write freely gives it your text with no prefix.",
    )
    return next((task for task in card.tasks if task.title == chosen), None)


def ask(card: ModelCard, task: Task | None, example: str | None = None) -> Question:
    """The text fields of a task, and the text that the model reads.

    Args:
        card: the model's.
        task: None for writing freely.
        example: what stands in a task's one field at first; None for the task's own example.
    """
    if task and task.fields:
        values = {name: _field(name, text) for name, text in task.example_fields().items()}
        return Question(task, values, task.compose_fields(values))
    free = (
        FREE_EXAMPLE
        if card.family in ("t5", "mt5")
        else card.tasks[0].example
        if card.tasks
        else ""
    )
    shown = free if task is None else task.example if example is None else example
    text = long_text("Text", shown, key="text")
    return Question(task, {"text": text}, task.compose(text) if task else text)


def _field(name: str, example: str) -> str:
    return long_text(name.capitalize(), example, key=name)


def same_question(question: Question, card: ModelCard) -> Question:
    """The same text for another model: with its own prefix for that task, if it has the task."""
    if question.task is None:
        return question
    kind, title = question.task.kind, question.task.title
    alike = [task for task in card.tasks if task.title == title] or [
        task for task in card.tasks if task.kind == kind
    ]
    if not alike:
        return Question(None, question.values, " ".join(question.values.values()))
    task = alike[0]
    if task.fields and set(task.fields) <= set(question.values):
        return Question(task, question.values, task.compose_fields(question.values))
    return Question(task, question.values, task.compose(" ".join(question.values.values())))


def long_text(label: str, default: str, *, key: str, height: int = 90) -> str:
    """A text in the URL; one that is too long for a URL stays on the page, and that is said."""
    links.follow_default(key, default)
    most = settings.limit("characters")
    held = st.session_state.get(key)
    if isinstance(held, str) and len(held) > links.TEXT_CHARACTERS:
        value = str(st.text_area(label, default, key=key, height=height, max_chars=most) or "")
        if len(value) > links.TEXT_CHARACTERS:
            links.notice(
                f"This text has {len(value):,} characters. A link carries at most "
                f"{links.TEXT_CHARACTERS:,}, so the link to this page leaves it out."
            )
        return value
    return str(
        links.bound(st.text_area, label, default, key=key, height=height, max_chars=most) or ""
    )


def choose_languages(model: "Seq2SeqModel", task: Task | None) -> "Seq2SeqModel":
    """For models with language codes: the controls, and the model between those languages."""
    codes = list(model.languages)
    if not codes:
        return model
    source = task.source_language if task else model.source_language
    target = task.target_language if task else model.target_language
    chosen = []
    for column, (label, key, code) in zip(
        st.columns(2), (("From", "from", source), ("To", "to", target)), strict=True
    ):
        default = code if code in codes else codes[0]
        links.follow_default(key, default)
        with column:
            chosen.append(links.bound(st.selectbox, label, codes, codes.index(default), key=key))
    return model.for_languages(*chosen)
