"""Whoever leaves in the middle costs nothing more: the computing ends, and the place is free."""

import time
from contextlib import ExitStack

import pytest

from explorer.dashboard.settings import AT_ONCE
from tests.faults.guest import Guest, follow
from tests.faults.harmed import HarmedServer

LONG = {"max": "128", "min": "128"}
AT_WORK = [
    ("playground", LONG),
    ("playground", LONG | {"strategy": "beam", "beams": "8"}),
    ("timeline", {"max": "60", "min": "60"}),
    ("timeline", {"watch": "Beam search", "beams": "4"}),
    # Whose first work, which heads align words, shows no part.
    ("cross_attention", {}),
]
PAUSE_SECONDS = 0.25
FINISHING_SECONDS = 1.2
"""In which a pass under way may end, and the next one begin before it is noticed."""


@pytest.mark.parametrize("number", range(len(AT_WORK)))
def test_the_computing_ends_when_the_browser_is_gone(number: int, server: HarmedServer) -> None:
    page, how = AT_WORK[number]
    server.set("pause", PAUSE_SECONDS)
    begun = server.passes()
    with ExitStack() as gone:
        guests = [gone.enter_context(Guest(server.url)) for _ in range(AT_ONCE.public)]
        for guest_number, guest in enumerate(guests):
            guest.ask(page, text=f"Guest {number} {guest_number} leaves.", **how)
        guests[0].until(lambda: server.passes() >= begun + 3 * AT_ONCE.public)
    time.sleep(FINISHING_SECONDS)
    ended = server.passes()
    time.sleep(3 * PAUSE_SECONDS)
    assert server.passes() == ended
    # Had the places not been given back, all of them would be taken now.
    server.set("pause", 0)
    found = follow(server.url, "playground", text=f"Somebody else asks {number}.")
    assert found.answered()
    assert not found.failures()
