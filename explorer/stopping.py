"""Work in several passes that a person may stop, and that says how far it is.

Work of which a part can be shown is given an event, looks at it between its passes, and gives what
there is. Any other work is ended from outside: every pass of a model begins with a look.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event
from typing import Any

from explorer.errors import ExplorerError

Progress = Callable[[int, int], None]
"""Called with how many passes are done, and how many there are at most."""


def check_stopped(what: str, cancelled: Event | None, done: int = 0, total: int = 0) -> None:
    """Look whether a person has stopped the work; to be called before every pass.

    Raises:
        ExplorerError: it was stopped; after how many of how many passes.
    """
    if cancelled is None or not cancelled.is_set():
        return
    when = f"after {done:,} of {total:,} passes" if done else "before its first pass"
    raise ExplorerError(f"The {what} was stopped {when}; start it again to see it.")


_look: ContextVar[Callable[[], None]] = ContextVar("look", default=lambda: None)


@contextmanager
def looking(look: Callable[[], None]) -> Iterator[None]:
    """Call `look` before every pass of a model in the block; what it raises ends the work."""
    before = _look.set(look)
    try:
        yield
    finally:
        _look.reset(before)


def look_before_passes(*modules: Any) -> None:
    """Let the passes of these torch modules be ended by `looking`; once, when they are loaded."""
    for module in modules:
        module.register_forward_pre_hook(_before_pass)


def _before_pass(*_: object) -> None:
    _look.get()()


class Passes:
    """Counts the passes of one piece of work, each of them a `with` block.

    Attributes:
        total: how many there are; may be set once it is known.
        done: how many are done.
    """

    def __init__(self, what: str, cancelled: Event | None, progress: Progress | None) -> None:
        """Count for a person who may stop it with `cancelled` and is told by `progress`."""
        self.total = self.done = 0
        self._what, self._cancelled, self._progress = what, cancelled, progress

    def begin(self) -> None:
        """Before a pass.

        Raises:
            ExplorerError: a person has stopped the work.
        """
        check_stopped(self._what, self._cancelled, self.done, self.total)

    def __enter__(self) -> None:
        self.begin()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.done += 1
            if self._progress is not None:
                self._progress(self.done, self.total)
