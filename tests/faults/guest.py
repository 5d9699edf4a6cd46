"""A guest of a real server, without a browser: asks for pages, and may leave in the middle."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.shown import Shown
from tests.waiting import PATIENCE_SECONDS

LARGEST_MESSAGE_BYTES = 100_000_000
WARM_UP_SECONDS = 240
ANSWERED = "Mean per piece"
"""What the playground says below a whole answer."""
LOADING = "hourglass_top: loading"
"""What the frame says while the pages show another model than the one asked for."""
LOOK_SECONDS = 0.05
"""Between two looks whether a condition holds that no message tells of."""


def follow(url: str, page: str, **parameters: str) -> "Guest":
    """What somebody sees who follows a link and stays until the page has been drawn."""
    with Guest(url) as guest:
        guest.ask(page, **parameters)
        return guest.finished()


class Guest:
    """One open page, which speaks Streamlit's own messages over a WebSocket.

    Each link wants a guest of its own: what a session has once chosen goes before a later link.

    Attributes:
        shown: what stands on the page.
        running: whether the page's script has yet to end.
    """

    def __init__(self, url: str) -> None:
        self.shown = Shown()
        self.running = False
        self._asked = BackMsg()
        self._socket = connect(
            url.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            origin=url,
            max_size=LARGEST_MESSAGE_BYTES,
            proxy=None,
            legacy=True,
            # Whoever leaves reads no further, and must not wait for what nobody reads.
            max_queue=None,
            close_timeout=1,
        )

    def __enter__(self) -> "Guest":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()

    def ask(self, page: str, **parameters: str) -> None:
        """Follow a link to a page; what comes of it is read by `until`."""
        request = BackMsg()
        request.rerun_script.query_string = urlencode(parameters)
        request.rerun_script.page_name = page
        request.rerun_script.cached_message_hashes.extend(self.shown.kept)
        self._asked = request
        self._send(request)

    def ask_until(self, condition: Callable[[], Any], page: str, **parameters: str) -> "Guest":
        """Follow a link again and again, as a page does by itself that waits for a model."""
        deadline = time.monotonic() + WARM_UP_SECONDS
        while True:
            self.ask(page, **parameters)
            self.finished()
            if condition():
                return self
            assert time.monotonic() < deadline, f"it never came true; it says:\n{self.text()}"
            time.sleep(0.2)

    def says(self, words: str) -> bool:
        """Whether the page says so."""
        return words in self.text()

    def answered(self) -> bool:
        """Whether the playground shows a whole answer of the model that was asked for."""
        return self.says(ANSWERED) and not self.says(LOADING)

    def click(self, label: str) -> None:
        """Press the button with this label."""
        button = next(each for each in self.shown.all("button") if each.label == label)
        # As a browser does, which says with every click where it is.
        request = BackMsg()
        request.CopyFrom(self._asked)
        widget = request.rerun_script.widget_states.widgets.add()
        widget.id, widget.trigger_value = button.id, True
        self._send(request)

    def _send(self, request: BackMsg) -> None:
        self.running = True
        self._socket.send(request.SerializeToString())

    def until(self, condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> "Guest":
        """Read what the server sends until the condition holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0, f"it never came true; the page says:\n{self.text()}"
            message = ForwardMsg()
            try:
                message.ParseFromString(self._socket.recv(timeout=min(left, LOOK_SECONDS)))
            except TimeoutError:
                continue
            self._take(message)
        return self

    def finished(self, seconds: float = PATIENCE_SECONDS) -> "Guest":
        """Read until the page's script has ended."""
        return self.until(lambda: not self.running, seconds)

    def leave(self) -> None:
        """Close the connection, whatever the server is doing."""
        self._socket.close()

    def text(self) -> str:
        """Everything that can be read on the page."""
        return self.shown.text()

    def failures(self) -> list[str]:
        """The sentences about failures, as a person reads them."""
        return [
            each.body.replace("\\", "")
            for each in self.shown.all("alert")
            if each.format == each.ERROR
        ]

    def _take(self, message: ForwardMsg) -> None:
        message = self.shown.take(message)
        if message.WhichOneof("type") == "script_finished":
            self.running = message.script_finished == message.FINISHED_EARLY_FOR_RERUN
