"""Work in several passes that a person may stop, and that says how far it is."""

from collections.abc import Callable
from threading import Event

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
