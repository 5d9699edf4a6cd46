"""The time of day is set back, or far ahead, while people work: nobody notices."""

import re
from pathlib import Path

import pytest

from tests.faults.guest import Guest, follow
from tests.faults.harmed import HarmedServer

DAY_SECONDS = 86_400.0
ROOT = Path(__file__).resolve().parents[2]
TIME_OF_DAY = re.compile(r"\btime\.time\(|\bdatetime\b|\btime\.(?:localtime|gmtime|ctime)\b")


@pytest.mark.parametrize("leap", [-400 * DAY_SECONDS, 400 * DAY_SECONDS])
def test_an_answer_under_way_and_the_next_one_come_as_ever(
    leap: float, server: HarmedServer
) -> None:
    server.set("pause", 0.1)
    with Guest(server.url) as guest:
        begun = server.passes()
        guest.ask("playground", text=f"The clock says {leap}.")
        guest.until(lambda: server.passes() >= begun + 2)
        server.set("clock", leap)
        guest.finished()
        assert guest.answered()
        assert not guest.failures()
        speed = re.search(r"Pieces per second\n.*?(\d+)", guest.text(), re.DOTALL)
        assert speed is not None
    server.set("pause", 0)
    found = follow(server.url, "timeline", text=f"The clock said {leap}.")
    assert not found.failures()
    # And back again: what was kept in the meantime is found, and waits for no time to come.
    server.set("clock", 0)
    assert follow(server.url, "playground", text=f"The clock says {leap}.").answered()


def test_no_module_goes_by_the_time_of_day() -> None:
    modules = [*(ROOT / "explorer").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    # The programs that train the bundled models may say when they ran.
    asked = [
        str(path.relative_to(ROOT))
        for path in modules
        if "miniatures" not in path.parts and TIME_OF_DAY.search(path.read_text(encoding="utf-8"))
    ]
    assert len(modules) > 100
    assert asked == []
