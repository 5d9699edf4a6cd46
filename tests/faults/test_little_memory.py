"""Memory runs out in the middle of a request: a sentence with a remedy, and the server lives on."""

import json
import resource
from pathlib import Path

import pytest

from tests import checkpoints
from tests.faults.guest import ANSWERED, Guest, follow
from tests.faults.harmed import HarmedServer

ROOM_BYTES = 40_000_000
TEXT = ("a b c d " * 500)[:3_900]
"""About two thousand pieces: their attention alone needs several times the room."""
SENTENCE = "There is not enough memory on "
REMEDY = "for this text; shorten it, use fewer beams, or choose a smaller model."


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model that reads long texts."""
    folder = checkpoints.build("t5", tmp_path_factory.mktemp("reader") / "reader")
    limits = (("config.json", "n_positions"), ("tokenizer_config.json", "model_max_length"))
    for file, name in limits:
        path = folder / file
        path.write_text(json.dumps(json.loads(path.read_text()) | {name: 8192}))
    return folder


@pytest.mark.parametrize(
    ("page", "how"),
    [
        ("playground", {}),
        ("playground", {"strategy": "beam", "beams": "16"}),
        ("cross_attention", {}),
        ("timeline", {"watch": "Beam search"}),
    ],
)
def test_a_request_that_needs_more_than_there_is(
    page: str, how: dict[str, str], reader: Path, server: HarmedServer
) -> None:
    link = {"model": str(reader), "max": "8", **how}
    with Guest(server.url) as guest:
        guest.ask_until(guest.answered, "playground", model=str(reader))
    server.limit(resource.RLIMIT_AS, server.address_space() + ROOM_BYTES)
    failures = follow(server.url, page, text=TEXT, **link).failures()
    assert [each[: len(SENTENCE)] for each in failures] == [SENTENCE]
    assert failures[0].endswith(REMEDY)
    # The limit still holds: what needs little is answered as before.
    assert not follow(server.url, page, text="A short text.", **link).failures()


def test_a_model_that_needs_more_than_there_is(tmp_path: Path, server: HarmedServer) -> None:
    folder = checkpoints.build("t5", tmp_path / "wide", width=768)
    with Guest(server.url) as guest:
        server.limit(resource.RLIMIT_AS, server.address_space() + ROOM_BYTES)
        guest.ask_until(guest.failures, "playground", model=str(folder))
        assert guest.failures() == [
            "There is not enough memory for wide: choose a smaller model or close other programs."
        ]
        # The pages go on with the model that was there.
        assert guest.says(ANSWERED)
        server.heal()
        guest.click("Try again")
        guest.finished()
        guest.ask_until(guest.answered, "playground", model=str(folder))
        assert not guest.failures()
