"""What a visitor may ask for, to the last character, piece and beam."""

from dataclasses import replace

import pytest

from explorer.dashboard import allowance, answers, requests, settings
from explorer.dashboard.allowance import Allowance
from explorer.errors import ExplorerError
from explorer.generation import Decoding
from explorer.loading import load

SMALL = Allowance(characters=100, around=20, new_tokens=10, beams=3)
SHORT = Decoding(max_new_tokens=10)


def test_what_a_task_puts_around_a_text_does_not_count() -> None:
    SMALL.check("x" * 120, SHORT)
    with pytest.raises(ExplorerError, match="121 characters and the limit of this server is 100:"):
        SMALL.check("x" * 121, SHORT)


def test_pieces_and_beams_are_bounded() -> None:
    SMALL.check("x", Decoding("beam", 3, max_new_tokens=10))
    with pytest.raises(ExplorerError, match="11 pieces and the limit of this server is 10:"):
        SMALL.check("x", Decoding(max_new_tokens=11))
    with pytest.raises(ExplorerError, match="4 beams and the limit of this server is 3:"):
        SMALL.check("x", Decoding("beam", 4, max_new_tokens=10))


def test_every_task_takes_a_text_of_as_many_characters_as_are_allowed() -> None:
    model = load("miniature-t5")
    most = settings.limit("characters")
    for task in model.card.tasks:
        parts = task.fields
        each = {name: "x" * (most // len(parts)) for name in parts}
        whole = task.compose_fields(each) if parts else task.compose("x" * most)
        assert requests.request_of(model, whole, SHORT).text == whole
        with pytest.raises(ExplorerError, match="shorten it"):
            requests.request_of(model, whole + "x" * 100, SHORT)


def test_a_model_without_tasks_adds_nothing() -> None:
    class Untaught:
        card = replace(load("miniature-t5").card, tasks=())

    found = allowance.of_visitor(Untaught())  # type: ignore[arg-type]
    assert found == Allowance(10_000, 0, 256, 8)


def test_pages_without_controls_keep_to_the_limit_of_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert answers.plain() == answers.PLAIN
    monkeypatch.setenv("EXPLORER_MAX_NEW_TOKENS", "5")
    assert answers.plain() == Decoding(max_new_tokens=5)
