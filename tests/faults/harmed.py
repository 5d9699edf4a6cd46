"""A real server to which things happen that no test should do to its own process."""

import resource
from pathlib import Path

import psutil

from tests.browser.server import DashboardServer

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


class HarmedServer(DashboardServer):
    """The dashboard, with what `tests.faults.serve` adds, and limits on the running process."""

    def __init__(
        self, folder: Path, environment: dict[str, str] | None = None, port: int | None = None
    ) -> None:
        """A server that looks into a folder for what is to happen.

        Args:
            folder: see `tests.faults.serve`.
            environment: of the process.
            port: where another one was; by default a free one.
        """
        super().__init__(
            command=["-m", "tests.faults.serve", "{port}"],
            environment={"EXPLORER_FAULTS": str(folder), **(environment or {})},
            port=port,
        )
        self._folder = folder

    def set(self, name: str, amount: float) -> None:
        """From now on, by its name and in its unit, one of the faults of `tests.faults.serve`."""
        (self._folder / name).write_text(str(amount))

    def heal(self) -> None:
        """End all harm."""
        self.limit(resource.RLIMIT_AS, None)
        self.limit(resource.RLIMIT_FSIZE, None)
        self.set("pause", 0)
        self.set("clock", 0)
        self.set("fail", 0)

    def passes(self) -> int:
        """How many passes of a decoder there were."""
        path = self._folder / "passes"
        return path.stat().st_size if path.exists() else 0

    def limit(self, what: int, amount: int | None) -> None:
        """Set a limit of the system's on the running process; None takes it away."""
        limits = UNLIMITED if amount is None else (amount, resource.RLIM_INFINITY)
        resource.prlimit(self.process.pid, what, limits)

    def address_space(self) -> int:
        """Bytes of memory that the process has asked for."""
        return int(psutil.Process(self.process.pid).memory_info().vms)
