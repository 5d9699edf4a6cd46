"""Work in a thread of its own, known to the run that watches it and to the one after."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from explorer.stopping import Progress

END_SECONDS = 20.0
"""How long a click on Stop waits for the pass under way."""
Found = TypeVar("Found")
Work = Callable[[threading.Event, Progress], Found]
"""Looks at the event between its passes, and tells how far it is; what it gives once the event is
set may be a part."""


@dataclass
class Running(Generic[Found]):
    """Some work.

    Attributes:
        cancelled: setting it ends the work within a pass.
        ended: set when the thread is through.
        done, total: passes.
        result: what the work gave, if it has.
        error: what it raised; raised again where the page waits.
    """

    work: Work[Found]
    cancelled: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    begun: bool = False
    done: int = 0
    total: int = 0
    result: Found | None = None
    error: Exception | None = None

    def start(self) -> None:
        """Begin."""
        self.begun = True
        threading.Thread(target=copy_context().run, args=(self._run,), daemon=True).start()

    def end(self) -> None:
        """End it, and wait until it has."""
        self.cancelled.set()
        if self.begun:
            self.ended.wait(END_SECONDS)

    def _run(self) -> None:
        try:
            self.result = self.work(self.cancelled, self._tell)
        except Exception as error:
            self.error = error
        finally:
            self.ended.set()

    def _tell(self, done: int, total: int) -> None:
        self.done, self.total = done, total
