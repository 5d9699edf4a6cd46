"""What the people of a workshop do: every page, with texts of their own, and a look at the result.

Each step goes through a session's WebSocket, and says whether it needed a model and what was wrong
with what came back.
"""

import json
import random
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import explorer
from explorer.guide_scenarios import SCENARIOS
from tests.benchmarks.session import Run, Session

ADJECTIVES = ("small", "old", "good", "big", "young", "new")
NOUNS = ("dog", "cat", "man", "woman", "child", "bird", "horse", "teacher")
VERBS = ("sees", "helps", "finds", "hears")
TAG = re.compile("<[^>]*>")
BETWEEN_LETTERS = re.compile(r"[\W_]+")
MODELS = ("miniature-t5", "miniature-bart", "miniature-bart-summary")


@dataclass(frozen=True)
class Text:
    """What one person types, and what the model says to it, computed without the dashboard.

    Attributes:
        typed: what stands in the text field.
        answer: the model's own greedy answer.
    """

    typed: str
    answer: str


@dataclass(frozen=True)
class Step:
    """One thing that somebody does.

    Attributes:
        page: where.
        name: what it is.
        model: whether a model must work for it.
        act: does it.
        wrong: what is wrong with the page afterwards; "" where it is right.
    """

    page: str
    name: str
    model: bool
    act: Callable[[Session], Awaitable[Run]]
    wrong: Callable[[Session], str]


def texts(model: str, count: int, number: int, people: int) -> list[Text]:
    """Sentences of which nobody else with this model gets the answer.

    A summary keeps who does what to whom, so those are told apart by it. What is to be repaired
    lacks its verb: were it whole, the answer would be what was typed.

    Args:
        model: answers them.
        count: how many.
        number: of the person.
        people: how many there are: every so many-th of them has this model.
    """
    loaded = explorer.load(model)
    task = loaded.card.tasks[0]
    draw = random.Random(0)
    events = list(product(VERBS, NOUNS, NOUNS))
    draw.shuffle(events)
    alike = -(-people // len(MODELS))
    typed = []
    for verb, noun, other in events[number // len(MODELS) :: alike][:count]:
        does = "<mask>" if model == "miniature-bart" else verb
        # By the verb, so that those without one are told apart too.
        first, second = ADJECTIVES[VERBS.index(verb)], draw.choice(ADJECTIVES)
        typed.append(f"The {first} {noun} {does} the {second} {other}.")
    found = [Text(each, loaded.generate(task.compose(each)).text) for each in typed]
    assert all(plain(each.answer) not in plain(each.typed) for each in found)
    return found


def steps(model: str, own: list[Text], number: int) -> Iterator[Step]:
    """What one person does, page after page, without end.

    Args:
        model: which one this person has chosen.
        own: this person's texts, used one after the other and then again.
        number: of the person; each begins on another page.
    """
    pages = (_overview, _sandbox, _playground, _cross_attention, _timeline, _selector)
    draw = random.Random(number)
    turn, at = number, 0
    while True:
        make = pages[turn % len(pages)]
        two = [own[(at + each) % len(own)] for each in range(2)]
        at += 2
        yield from make(f"model={model}", two, draw)
        turn += 1


def _open(page: str, query: str) -> Step:
    return Step(page, "open", False, lambda s: s.open(page, query), _healthy)


def _typing(page: str, label: str, text: Text, kind: str = "text_area") -> Step:
    return Step(
        page,
        f"type “{text.typed}”",
        True,
        lambda s: s.change(s.widget(kind, label), string_value=text.typed),
        lambda s: _healthy(s) or _shows(s, text.answer),
    )


def _moving(page: str, label: str, value: float, text: Text | None) -> Step:
    return Step(
        page,
        f"{label} to {value:g}",
        False,
        lambda s: s.change(s.widget("slider", label), double_array_value=[value]),
        lambda s: _healthy(s) or (_shows(s, text.answer) if text else ""),
    )


def _overview(query: str, two: list[Text], draw: random.Random) -> Iterator[Step]:
    yield _open("", query)
    for text in two:
        yield _typing("", "Sentence", text, "text_input")
        for _ in range(2):
            yield _moving("", "Pieces written so far", draw.randint(1, 4), text)


def _sandbox(query: str, two: list[Text], draw: random.Random) -> Iterator[Step]:
    page = "attention_sandbox"
    yield _open(page, query)
    for _ in range(3):
        queries, keys = draw.randint(2, 6), draw.randint(2, 6)
        # Who was here before finds as many keys as they left.
        yield _sized(page, "Queries", queries, rf"{queries}\times")
        yield _sized(page, "Keys and values", keys, rf"{queries}\times{keys}")


def _sized(page: str, label: str, value: int, shape: str) -> Step:
    """Move a slider that decides how large the weights are."""
    return replace(
        _moving(page, label, value, None), wrong=lambda s: _healthy(s) or _shows(s, shape)
    )


def _playground(query: str, two: list[Text], draw: random.Random) -> Iterator[Step]:
    yield _open("playground", query)
    for text in two:
        yield _typing("playground", "Text", text)
    # The first one again: what is remembered needs no model.
    yield replace(_typing("playground", "Text", two[0]), model=False)


def _cross_attention(query: str, two: list[Text], draw: random.Random) -> Iterator[Step]:
    page = "cross_attention"
    yield _open(page, query)
    for text in two:
        yield _typing(page, "Text", text)
        for _ in range(2):
            yield _moving(page, "Head", draw.randint(0, 3), text)


def _timeline(query: str, two: list[Text], draw: random.Random) -> Iterator[Step]:
    page = "timeline"
    yield _open(page, query)
    for text in two:
        yield _typing(page, "Text", text)
        for at in draw.sample(range(1, 6), 2):
            yield _moving(page, "Step on screen", at, text)


def _selector(query: str, two: list[Text], draw: random.Random) -> Iterator[Step]:
    page = "model_selector"
    yield _open(page, query)
    for scenario in draw.sample(SCENARIOS, 3):
        yield Step(
            page,
            scenario.name,
            False,
            lambda s, name=scenario.name: s.change(s.widget("button", name), trigger_value=True),
            # Which stands only where the answers are those of this job.
            lambda s, words=scenario.remark: _healthy(s) or _shows(s, words),
        )


def _healthy(session: Session) -> str:
    """What went wrong on the page, if anything."""
    if session.all("exception"):
        return "a traceback"
    for alert in session.all("alert"):
        if alert.format == alert.ERROR:
            return f"an error: {alert.body}"
    return ""


def _shows(session: Session, words: str) -> str:
    """Whether this person's own result is on the page."""
    shown = plain(session.text())
    # In a chart's labels a letter beyond ASCII stands as its number.
    found = plain(words) in shown or plain(json.dumps(words)) in shown
    return "" if found else f"“{words}” is not on the page"


def plain(text: str) -> str:
    """Text without what Markdown, HTML and piece marks put between its letters."""
    return BETWEEN_LETTERS.sub("", TAG.sub("", text))
