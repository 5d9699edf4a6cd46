"""What stands on a page, taken from the messages that Streamlit sends to a browser."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


@dataclass
class Shown:
    """The elements of one open page, put into place message by message.

    Attributes:
        elements: what stands on the page, by its path in the tree.
        kept: large messages by their hash, which the server need not send again.
    """

    elements: dict[tuple[int, ...], Element] = field(default_factory=dict)
    kept: dict[str, ForwardMsg] = field(default_factory=dict)
    _touched: set[tuple[int, ...]] = field(default_factory=set)

    def take(self, message: ForwardMsg) -> ForwardMsg:
        """Put a message into place; give it back, whole where it only named one that is kept."""
        if message.WhichOneof("type") == "ref_hash":
            whole = ForwardMsg()
            whole.CopyFrom(self.kept[message.ref_hash])
            whole.metadata.CopyFrom(message.metadata)
            message = whole
        elif message.metadata.cacheable and message.hash:
            self.kept[message.hash] = message
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._touched.clear()
        elif kind == "delta":
            self._place(tuple(message.metadata.delta_path), message.delta)
        elif (
            kind == "script_finished"
            and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        ):
            for path in [path for path in self.elements if path not in self._touched]:
                del self.elements[path]
        return message

    def _place(self, path: tuple[int, ...], delta: Any) -> None:
        """A new element or block: what stood at its place, or in it, goes."""
        for other in [other for other in self.elements if other[: len(path)] == path]:
            if other == path or other not in self._touched:
                self.elements.pop(other)
        if delta.WhichOneof("type") == "new_element":
            for other in [other for other in self.elements if other[: len(path)] == path]:
                del self.elements[other]
            self.elements[path] = delta.new_element
            self._touched.add(path)

    def all(self, kind: str) -> list[Any]:
        """The elements of a kind, such as "text_area", in the order of the page."""
        return [
            getattr(element, kind)
            for _, element in sorted(self.elements.items())
            if element.WhichOneof("type") == kind
        ]

    def text(self) -> str:
        """Everything that can be read on the page, a line for each part."""
        return "\n".join(
            words for _, element in sorted(self.elements.items()) for words in _strings(element)
        )


def _strings(message: Message) -> Iterator[str]:
    """Every text in a message and in those inside it."""
    for descriptor, value in message.ListFields():
        values: Iterable[Any] = value if descriptor.is_repeated else (value,)
        if descriptor.message_type is not None:
            if descriptor.message_type.GetOptions().map_entry:
                continue
            for each in values:
                yield from _strings(each)
        elif descriptor.type == descriptor.TYPE_STRING:
            yield from values
