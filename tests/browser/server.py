"""A real dashboard server in a process of its own, cut off from every network but loopback."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]

# Nothing listens on the discard port, so a request through this "proxy" fails at once.
NO_NETWORK = {
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1,localhost",
}
START_LIMIT_SECONDS = 180


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class DashboardServer:
    """`streamlit run SCRIPT` on a free port, from entering the `with` block to leaving it.

    Attributes:
        url: where it answers, without a slash at the end.
        process: the server's process, for its memory.
    """

    def __init__(
        self,
        script: str | Path = "streamlit_app.py",
        environment: dict[str, str] | None = None,
        command: list[str] | None = None,
        port: int | None = None,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = command or [
            "-m",
            "streamlit",
            "run",
            str(script),
            "--server.headless=true",
            f"--server.port={self.port}",
            "--server.address=127.0.0.1",
        ]
        self._command = [part.replace("{port}", str(self.port)) for part in self._command]
        self._environment = {**os.environ, **NO_NETWORK, **(environment or {})}
        self._home = tempfile.TemporaryDirectory(prefix="dashboard-")
        self._environment["HF_HOME"] = self._environment.get("HF_HOME", self._home.name)
        self._log = Path(self._home.name) / "server.log"

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self._command],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_healthy()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._home.cleanup()

    def log(self) -> str:
        """What the server printed so far."""
        return self._log.read_text(errors="replace")

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server stopped at once:\n{self.log()}")
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.02)
        raise RuntimeError(
            f"the server did not answer within {START_LIMIT_SECONDS} s:\n{self.log()}"
        )
