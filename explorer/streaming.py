"""An answer that is watched while it grows."""

import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Generic, Protocol, TypeVar

from explorer.tokens import REPLACEMENT


class Written(Protocol):
    """What decoding makes: whatever else it holds, it has a text."""

    @property
    def text(self) -> str:
        """What a person reads."""


Answer = TypeVar("Answer", bound=Written)
Show = Callable[[str], None]
Work = Callable[[threading.Event, Show], Answer]


class Stream(Iterator[str], Generic[Answer]):
    """Yields the text of an answer as it grows; the last one yielded is the whole answer.

        with model.stream(text) as stream:
            for so_far in stream:
                ...
        stream.result  # the Generation, or whatever else the work gives

    Decoding runs in a thread of its own that ends with the answer, with an error (which is raised
    where the stream is read), or within one piece of `close`.

    Attributes:
        result: the answer once it is complete, or what there was of it when the stream was
            closed; None before.
        pieces: how many pieces have come so far.
    """

    def __init__(self, work: Work[Answer]) -> None:
        self.result: Answer | None = None
        self.pieces = 0
        self._work = work
        self._cancelled = threading.Event()
        self._news: SimpleQueue[str | Answer | BaseException] = SimpleQueue()
        self._last: str | None = None
        self._thread: threading.Thread | None = None
        self._ended = False

    def _start(self) -> threading.Thread:
        """Decoding starts when the first text is asked for: an unread stream costs nothing."""
        # The thread knows the queue but not the stream, so that a stream that nobody holds any
        # more is collected, which cancels the thread.
        thread = threading.Thread(
            target=copy_context().run,
            args=(_decode, self._work, self._cancelled, self._news.put),
            name="explorer-stream",
            daemon=True,
        )
        thread.start()
        return thread

    def __iter__(self) -> "Stream[Answer]":
        return self

    def __next__(self) -> str:
        text = None
        while text is None:
            text = self._wait(None)
        return text

    def pulses(self, seconds: float) -> Iterator[str | None]:
        """The same, with a None whenever there was nothing new for some seconds.

        For whoever must look now and then whether the reader is still there: beam search, for
        one, has no text before its end.
        """
        while True:
            try:
                yield self._wait(seconds)
            except StopIteration:
                return

    def _wait(self, seconds: float | None) -> str | None:
        """The next text; None where there was none in time. StopIteration after the last one."""
        while not self._ended:
            if self._thread is None:
                self._thread = self._start()
            try:
                news = self._news.get(timeout=seconds)
            except Empty:
                return None
            if isinstance(news, BaseException):
                self.close()
                raise news
            if isinstance(news, str):
                self.pieces += 1
                text = news
            else:
                self.result = news
                self.close()
                text = news.text
            if text != self._last:
                self._last = text
                return text
        raise StopIteration

    def cancel(self) -> None:
        """Ask decoding to end within one piece; whoever reads the stream gets what there is.

        Unlike `close`, it may be called from any thread while another one reads.
        """
        self._cancelled.set()

    def close(self) -> None:
        """Stop decoding, and wait until it has. For the thread that reads the stream."""
        self._ended = True
        self._cancelled.set()
        if self._thread is None:
            return
        self._thread.join()
        while self.result is None:
            try:
                news = self._news.get_nowait()
            except Empty:
                return
            if not isinstance(news, str | BaseException):
                self.result = news

    def __enter__(self) -> "Stream[Answer]":
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


def _decode(
    work: Work[Answer],
    cancelled: threading.Event,
    tell: Callable[[str | Answer | BaseException], None],
) -> None:
    """The thread: tell the text after every piece, then the answer or what went wrong."""
    try:
        tell(work(cancelled, tell))
    except BaseException as error:  # whatever it is, it belongs to who reads the stream
        tell(error)


def whole_characters(text: str) -> str:
    """The text without a last character of which some bytes are still to come."""
    return text.rstrip(REPLACEMENT)
