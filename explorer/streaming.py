"""An answer that is watched while it grows."""

import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from queue import SimpleQueue
from types import TracebackType

from explorer.generation import Generation
from explorer.tokens import REPLACEMENT

Work = Callable[[threading.Event, Callable[[str], None]], Generation]


class Stream(Iterator[str]):
    """Yields the text of an answer as it grows; the last one yielded is the whole answer.

        with model.stream(text) as stream:
            for so_far in stream:
                ...
        stream.result  # the Generation

    Decoding runs in a thread of its own that ends with the answer, with an error (which is raised
    where the stream is read), or within one piece of `close`.

    Attributes:
        result: the answer once it is complete or was stopped; None before.
    """

    def __init__(self, work: Work) -> None:
        self.result: Generation | None = None
        self._work = work
        self._cancelled = threading.Event()
        self._texts: SimpleQueue[str | BaseException | None] = SimpleQueue()
        self._last: str | None = None
        self._thread: threading.Thread | None = None
        self._done = False

    def _start(self) -> None:
        """Decoding starts when the first text is asked for: an unread stream costs nothing."""
        context = copy_context()
        self._thread = threading.Thread(
            target=context.run, args=(self._decode,), name="explorer-stream", daemon=True
        )
        self._thread.start()

    def _decode(self) -> None:
        try:
            self.result = self._work(self._cancelled, self._texts.put)
            self._texts.put(self.result.text)
            self._texts.put(None)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the stream is read
            self._texts.put(error)

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> str:
        if self._done:
            raise StopIteration
        if self._thread is None:
            self._start()
        while True:
            text = self._texts.get()
            if text is None or isinstance(text, BaseException):
                self.close()
                if text is None:
                    raise StopIteration
                raise text
            if text != self._last:
                self._last = text
                return text

    def close(self) -> None:
        """Stop decoding, and wait until it has."""
        self._done = True
        self._cancelled.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> "Stream":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # A page that is rerun drops its stream without closing it.
        self._cancelled.set()


def whole_characters(text: str) -> str:
    """The text without a character at its end of which some bytes are still to come."""
    return text.rstrip(REPLACEMENT)
