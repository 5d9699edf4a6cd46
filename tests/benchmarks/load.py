"""Many people at once: WebSocket sessions that each do something every two seconds, and check it.

`python -m tests.benchmarks.load [SESSIONS [SECONDS]]` prints where the time goes, page by page.
"""

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import psutil

from tests.benchmarks import workshop
from tests.benchmarks.session import Session
from tests.benchmarks.table import Figure
from tests.browser.server import DashboardServer

PEOPLE = 30
SECONDS = 120.0
EVERY_SECONDS = 2.0
TEXTS_EACH = 24
"""Enough for two minutes: nobody types a text a second time."""
PLAIN_LIMIT_SECONDS = 0.5
MODEL_LIMIT_SECONDS = 3.0
IDLE_PEOPLE = 100
IDLE_LIMIT_MEGABYTES = 1.0
WARM_SECONDS = 120.0
FEW, MANY = 50, 500
"""Sessions after which the memory is compared."""
AT_A_TIME = 5
"""Of these sessions, how many are there at the same time."""
STEPS_EACH = 3
"""What each of them does: it opens a page, types a text, and moves something."""
RACE_PEOPLE = 10
RACE_SECONDS = 10.0
# As Streamlit is by itself: it collects all garbage after every run, and nothing is frozen.
WITHOUT_FREEZE = (
    "import gc, sys; gc.freeze = lambda: None; "
    "from streamlit.web.cli import main; sys.argv = ['streamlit', *sys.argv[1:]]; main()"
)


@dataclass
class Tally:
    """What happened.

    Attributes:
        seconds: of every run, by whether a model worked and by page.
        wrong: what was wrong, one line each.
    """

    seconds: dict[tuple[bool, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)

    def of(self, model: bool) -> list[float]:
        """All runs with model work, or all without, the fastest first."""
        return sorted(s for (kind, _), each in self.seconds.items() if kind == model for s in each)

    def late(self, model: bool, share: float = 0.95) -> float:
        """The time within which this share of the runs was through."""
        found = self.of(model)
        return found[min(len(found) - 1, int(len(found) * share))] if found else float("nan")


def figures() -> list[Figure]:
    """All figures of many people."""
    with DashboardServer() as server:
        asyncio.run(_warm(server.url))
        tally = asyncio.run(workshop_of(server.url, PEOPLE, SECONDS))
    idle = _idle_megabytes()
    few, many = _memory()
    frozen, thawed = _seconds_a_rerun([]), _seconds_a_rerun(["-c", WITHOUT_FREEZE, "run"])
    people = f"{PEOPLE} people, each acting every {EVERY_SECONDS:g} s"
    return [
        Figure(f"{people}: errors and wrong results", len(tally.wrong), 1, "one", "", 0.0),
        Figure(f"{people}: 95 % of reruns without model work", tally.late(False),
               PLAIN_LIMIT_SECONDS, "limit", "s", 1.0),
        Figure(f"{people}: 95 % of reruns with model work", tally.late(True),
               MODEL_LIMIT_SECONDS, "limit", "s", 1.0),
        Figure(f"memory of an idle session, of {IDLE_PEOPLE}", idle, IDLE_LIMIT_MEGABYTES,
               "limit", "MB", 1.0),
        Figure(f"memory after {MANY} sessions", many, few, f"after {FEW}", "MB", 1.1),
        Figure(f"a rerun, {RACE_PEOPLE} people without pause", frozen, thawed,
               "without the freeze", "s", 0.1),
    ]  # fmt: skip


async def _warm(url: str) -> None:
    """Wait until every model of the workshop answers, and open every page once with each."""
    deadline = time.monotonic() + WARM_SECONDS
    async with Session(url) as session:
        for model in workshop.MODELS:
            while True:
                await session.open("playground", f"model={model}")
                if session.all("text_area") and session.all("metric"):
                    break
                assert time.monotonic() < deadline, "the server does not get warm"
                await asyncio.sleep(0.5)
            for page in ("", *filter(None, list(session.pages))):
                await session.open(page, f"model={model}")


async def workshop_of(url: str, people: int, seconds: float) -> Tally:
    """Let people work for a while, each with a model and texts of their own."""
    tally = Tally()
    prepared = [
        (model := workshop.MODELS[number % len(workshop.MODELS)],
         workshop.texts(model, TEXTS_EACH, number, people))
        for number in range(people)
    ]  # fmt: skip
    end = time.monotonic() + seconds
    await asyncio.gather(
        *(
            _person(url, number, model, own, end, EVERY_SECONDS * number / people, tally)
            for number, (model, own) in enumerate(prepared)
        )
    )
    return tally


async def _person(
    url: str, number: int, model: str, own: list[workshop.Text], end: float, pause: float,
    tally: Tally,
) -> None:  # fmt: skip
    await asyncio.sleep(pause)
    async with Session(url) as session:
        for step in workshop.steps(model, own, number):
            begin = time.monotonic()
            if begin > end:
                return
            try:
                run = await step.act(session)
                bad = run.status if run.status != "FINISHED_SUCCESSFULLY" else step.wrong(session)
                tally.seconds[step.model, step.page or "overview"].append(run.seconds)
            except (LookupError, TimeoutError) as failure:
                bad = f"{type(failure).__name__}: {failure}"
            if bad:
                tally.wrong.append(f"{number} on “{step.page}”, {step.name}: {bad[:300]}")
            await asyncio.sleep(max(0.0, begin + EVERY_SECONDS - time.monotonic()))


def _resident_megabytes(server: DashboardServer) -> float:
    return float(psutil.Process(server.process.pid).memory_info().rss) / 1e6


def _idle_megabytes() -> float:
    """Memory that each of many open pages takes on which nobody does anything.

    On a server of its own: one that people have left has room that was theirs.
    """

    async def idle(server: DashboardServer) -> float:
        before = _resident_megabytes(server)
        sessions = [Session(server.url) for _ in range(IDLE_PEOPLE)]
        for session in sessions:
            await session.__aenter__()
            await session.open("playground")
        after = _resident_megabytes(server)
        for session in sessions:
            await session.__aexit__(None, None, None)
        # Room that was free before may have been enough for them.
        return max(0.0, after - before) / IDLE_PEOPLE

    with DashboardServer() as server:
        asyncio.run(_warm(server.url))
        return asyncio.run(idle(server))


def _memory() -> tuple[float, float]:
    """The server's memory after few sessions, and after many, of people who look at all pages."""

    async def one(url: str, number: int) -> None:
        # Each page meets each model: there are six pages and three models.
        model = workshop.MODELS[number // 6 % len(workshop.MODELS)]
        own = [workshop.Text(f"The old dog sees the man {number}.", "")] * 2
        async with Session(url) as session:
            for step in islice(workshop.steps(model, own, number), STEPS_EACH):
                await step.act(session)

    async def some(url: str, numbers: range) -> None:
        for first in range(numbers.start, numbers.stop, AT_A_TIME):
            together: list[Coroutine[Any, Any, None]] = [
                one(url, number) for number in range(first, min(first + AT_A_TIME, numbers.stop))
            ]
            await asyncio.gather(*together)

    with DashboardServer() as server:
        asyncio.run(_warm(server.url))
        asyncio.run(some(server.url, range(FEW)))
        few = _resident_megabytes(server)
        asyncio.run(some(server.url, range(FEW, MANY)))
        return few, _resident_megabytes(server)


def _seconds_a_rerun(command: list[str]) -> float:
    """Seconds from one rerun of the server to the next, while people ask without a pause."""

    async def race(url: str) -> int:
        count = 0
        end = time.monotonic() + RACE_SECONDS

        async def ask() -> None:
            nonlocal count
            async with Session(url) as session:
                await session.open("playground")
                while time.monotonic() < end:
                    await session.again()
                    count += 1

        await asyncio.gather(*(ask() for _ in range(RACE_PEOPLE)))
        return count

    given = command and [
        *command, "streamlit_app.py", "--server.headless=true", "--server.port={port}",
        "--server.address=127.0.0.1", "--runner.postScriptGC=true",
    ]  # fmt: skip
    with DashboardServer(command=given or None) as server:
        asyncio.run(_warm(server.url))
        return RACE_SECONDS / asyncio.run(race(server.url))


def main(arguments: list[str]) -> None:
    """Run the workshop alone and print where the time goes."""
    people = int(arguments[0]) if arguments else PEOPLE
    seconds = float(arguments[1]) if len(arguments) > 1 else SECONDS
    with DashboardServer() as server:
        asyncio.run(_warm(server.url))
        process = psutil.Process(server.process.pid)
        before = sum(process.cpu_times()[:2])
        tally = asyncio.run(workshop_of(server.url, people, seconds))
        used = sum(process.cpu_times()[:2]) - before
    runs = sum(map(len, tally.seconds.values()))
    print(f"{runs} runs in {seconds:g} s; the server computed {used:.1f} s, {used / runs:.3f} each")
    for (model, page), each in sorted(tally.seconds.items()):
        each.sort()
        print(
            f"{'model' if model else 'plain'} {page:18} {len(each):4} runs, "
            f"median {each[len(each) // 2]:.3f} s, 95 % {each[int(len(each) * 0.95)]:.3f} s"
        )
    print(f"95 %: plain {tally.late(False):.3f} s, model {tally.late(True):.3f} s")
    print(f"{len(tally.wrong)} wrong", *tally.wrong[:20], sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
