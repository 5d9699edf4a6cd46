"""What several ask for at once is computed once, whoever of them leaves first."""

from contextlib import ExitStack

import pytest

from tests.faults.guest import Guest
from tests.faults.harmed import HarmedServer

PIECES = 30
LONG = {"max": str(PIECES), "min": str(PIECES)}
PAUSE_SECONDS = 0.15
WAITS = "Somebody else has just asked the same"


def begun(first: Guest, second: Guest, server: HarmedServer, page: str, **how: str) -> int:
    """Let a second guest ask what is computed for the first one; the passes before that."""
    before = server.passes()
    first.ask(page, **how)
    first.until(lambda: server.passes() >= before + 3)
    second.ask(page, **how)
    second.until(lambda: second.says(WAITS))
    return before


@pytest.mark.parametrize("clicks", [False, True])
def test_an_answer_is_written_on_for_who_waits_when_the_first_one_leaves(
    clicks: bool, server: HarmedServer
) -> None:
    server.set("pause", PAUSE_SECONDS)
    with ExitStack() as guests:
        first, second = (guests.enter_context(Guest(server.url)) for _ in range(2))
        how = {"text": f"Two of us ask, and one leaves {clicks}.", **LONG}
        before = begun(first, second, server, "playground", **how)
        if clicks:
            first.click("Stop")
            first.until(lambda: first.says("it is still written for them"))
        else:
            first.leave()
        second.until(second.answered)
        server.set("pause", 0)
        second.finished()
        assert not second.failures()
        # Every piece once, and the check.
        assert server.passes() - before <= PIECES + 3


def test_so_is_work_of_many_passes(server: HarmedServer) -> None:
    server.set("pause", PAUSE_SECONDS)
    computes = []

    def is_through() -> bool:
        # Whoever computes has a button that stops it.
        computes.extend(each for each in second.shown.all("button") if each.label == "Stop")
        return second.says("Take home")

    with ExitStack() as guests:
        first, second = (guests.enter_context(Guest(server.url)) for _ in range(2))
        how = {"watch": "Beam search", "t_width": "3", "text": "Two of us search."}
        begun(first, second, server, "timeline", **how)
        first.leave()
        second.until(is_through)
        assert not second.failures()
        assert not computes
