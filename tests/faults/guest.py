"""A guest of a real server, without a browser: asks for pages, and may leave in the middle."""

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol

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
        elements: what stands on the page, by its place there.
        running: whether the page's script has yet to end.
    """

    def __init__(self, url: str) -> None:
        self.elements: dict[tuple[int, ...], Element] = {}
        self.running = False
        self._kept: dict[str, ForwardMsg] = {}
        self._fresh: set[tuple[int, ...]] = set()
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
        request.rerun_script.cached_message_hashes.extend(self._kept)
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
        button = next(
            each.button
            for each in self.elements.values()
            if each.WhichOneof("type") == "button" and each.button.label == label
        )
        request = BackMsg()
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
        return "\n".join(word for _, each in sorted(self.elements.items()) for word in _texts(each))

    def failures(self) -> list[str]:
        """The sentences about failures, as a person reads them."""
        return [
            each.alert.body.replace("\\", "")
            for _, each in sorted(self.elements.items())
            if each.WhichOneof("type") == "alert" and each.alert.format == each.alert.ERROR
        ]

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            place = message.metadata
            message, known = ForwardMsg(), self._kept[message.ref_hash]
            message.CopyFrom(known)
            message.metadata.CopyFrom(place)
            kind = message.WhichOneof("type")
        elif message.metadata.cacheable and message.hash:
            self._kept[message.hash] = message
        if kind == "new_session":
            self._fresh.clear()
        elif kind == "delta":
            place = tuple(message.metadata.delta_path)
            if message.delta.WhichOneof("type") == "new_element":
                self.elements[place] = message.delta.new_element
                self._fresh.add(place)
            else:
                self._drop(lambda path: path[: len(place)] == place)
        elif kind == "script_finished":
            self.running = message.script_finished == message.FINISHED_EARLY_FOR_RERUN
            if message.script_finished == message.FINISHED_SUCCESSFULLY:
                self._drop(lambda path: True)

    def _drop(self, gone: Callable[[tuple[int, ...]], bool]) -> None:
        """Forget the elements of the run before."""
        for path in [each for each in self.elements if gone(each) and each not in self._fresh]:
            del self.elements[path]


def _texts(message: Message) -> Iterator[str]:
    for descriptor, value in message.ListFields():
        values = value if descriptor.is_repeated else (value,)
        if descriptor.message_type is not None:
            if not descriptor.message_type.GetOptions().map_entry:
                for each in values:
                    yield from _texts(each)
        elif descriptor.type == descriptor.TYPE_STRING:
            yield from values
