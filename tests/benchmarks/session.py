"""One visitor without a browser: a WebSocket that speaks Streamlit's own messages.

It does what the browser's part of Streamlit does, as far as the server can tell: it sends the
values of the widgets that were changed, takes the elements of the page apart, and keeps large
messages so that the server need not send them again.
"""

import asyncio
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.shown import Shown

PATIENCE_SECONDS = 120.0
"""How long a run of the page may take before the session gives it up as lost."""
LARGEST_MESSAGE_BYTES = 200_000_000


@dataclass
class Run:
    """One run of the page's script, as the session saw it.

    Attributes:
        seconds: from sending the request to the message that the script has finished.
        status: what that message says.
        messages: how many messages came.
        received_bytes: their size.
    """

    seconds: float
    status: str
    messages: int
    received_bytes: int


@dataclass
class Session:
    """A session of the dashboard.

    Attributes:
        url: of the server, such as http://127.0.0.1:8501.
        pages: the hash of each page by its address, once the first run has come.
        shown: what stands on the page.
    """

    url: str
    pages: dict[str, str] = field(default_factory=dict)
    shown: Shown = field(default_factory=Shown)
    query: str = ""
    page: str = ""
    _widgets: dict[str, WidgetState] = field(default_factory=dict)
    _socket: Any = None

    async def __aenter__(self) -> Self:
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket = await websockets.connect(
            address,
            subprotocols=[websockets.Subprotocol("streamlit")],
            max_size=LARGEST_MESSAGE_BYTES,
            open_timeout=PATIENCE_SECONDS,
            ping_interval=None,
            proxy=None,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._socket.close()

    async def open(self, page: str, query: str = "") -> Run:
        """Go to a page by its address, "" for the first one, with the settings of a link."""
        self.query = query
        self.page = page
        self._widgets.clear()
        return await self._run()

    async def change(self, element: Any, **value: Any) -> Run:
        """Give a widget a value, such as `string_value="a text"`, and wait for the page."""
        state = WidgetState(id=element.id)
        for name, each in value.items():
            kind = WidgetState.DESCRIPTOR.fields_by_name[name]
            if kind.message_type is None:
                setattr(state, name, each)
            else:
                getattr(state, name).data.extend(each)
        self._widgets[element.id] = state
        run = await self._run(getattr(element, "fragment_id", "") or "")
        if "trigger_value" in value:
            del self._widgets[element.id]
        return run

    async def again(self) -> Run:
        """Run the page once more with nothing changed."""
        return await self._run()

    async def _run(self, fragment: str = "") -> Run:
        request = BackMsg()
        client = request.rerun_script
        client.query_string = self.query
        client.page_script_hash = self.pages.get(self.page, "")
        if self.page and not client.page_script_hash:
            client.page_name = self.page
        client.widget_states.widgets.extend(self._widgets.values())
        client.cached_message_hashes.extend(self.shown.kept)
        if fragment:
            client.fragment_id = fragment
        start = time.perf_counter()
        await self._socket.send(request.SerializeToString())
        messages = size = 0
        while True:
            raw = await asyncio.wait_for(self._socket.recv(), PATIENCE_SECONDS)
            messages, size = messages + 1, size + len(raw)
            message = ForwardMsg()
            message.ParseFromString(raw)
            status = self._take(message)
            if status:
                return Run(time.perf_counter() - start, status, messages, size)

    def _take(self, message: ForwardMsg) -> str:
        """Put one message into place; the status if it ends the run, else nothing."""
        message = self.shown.take(message)
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self.pages = {
                page.url_pathname: page.page_script_hash for page in message.navigation.app_pages
            }
            for page in message.navigation.app_pages:
                if page.is_default:
                    self.pages[""] = page.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "script_finished":
            name = ForwardMsg.ScriptFinishedStatus.Name(message.script_finished)
            return "" if name == "FINISHED_EARLY_FOR_RERUN" else str(name)
        return ""

    def all(self, kind: str) -> list[Any]:
        """The elements of a kind, such as "text_area", in the order of the page."""
        return self.shown.all(kind)

    def widget(self, kind: str, label: str) -> Any:
        """The first widget of a kind whose label begins so."""
        for each in self.all(kind):
            if each.label.startswith(label):
                return each
        there = [each.label for each in self.all(kind)]
        raise LookupError(f"there is no {kind} “{label}” on “{self.page}”, but {there}")

    def text(self) -> str:
        """Everything that can be read on the page, a line for each part."""
        return self.shown.text()
