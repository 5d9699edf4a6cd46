"""What the decoder of one text has read on its way to several answers, within a limit of bytes."""

from collections import OrderedDict
from collections.abc import Callable
from threading import RLock
from typing import TYPE_CHECKING

from explorer.branches import common_length

if TYPE_CHECKING:
    from explorer.decoder_state import DecoderState

MAX_KEPT_BYTES = 128_000_000
"""Memory of what is kept for the answers to one text; the least recently used keys and values go
first. What the encoder made of the source, which all answers need, is counted and stays."""


class KeptStates:
    """States of the decoder of one text by what was read. Safe to use from several threads.

    They are of one model, but hold none: they may be kept longer than it.
    """

    def __init__(self, max_bytes: int = MAX_KEPT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._states: OrderedDict[tuple[int, ...], DecoderState] = OrderedDict()
        self._first: DecoderState | None = None
        self._lock = RLock()

    @property
    def bytes(self) -> int:
        """Memory of all keys and values, and of what the encoder made of the source.

        What states share counts once.
        """
        with self._lock:
            states = [*self._states.values(), *filter(None, [self._first])]
            every = [rows for state in states for rows in state.tensors]
            return sum({id(rows): rows.nbytes for rows in every}.values())

    def keep(self, state: "DecoderState") -> None:
        """Keep a state; the encoder's output, which all share, is kept in any case."""
        with self._lock:
            self._first = self._first or state.unread()
            if not state.read:
                return
            self._states[tuple(state.read)] = state
            self._states.move_to_end(tuple(state.read))
            while self._states and self.bytes > self._max_bytes:
                self._states.popitem(last=False)

    def nearest(self, read: tuple[int, ...], begin: Callable[[], "DecoderState"]) -> "DecoderState":
        """A state that has read as much as is known of some pieces, from the beginning.

        Args:
            read: the pieces.
            begin: reads the source, where nobody did yet.
        """
        with self._lock:
            known = self._first
            if self._states:
                # The latest one where several have as much in common.
                key = max(reversed(self._states), key=lambda ids: common_length(ids, read))
                self._states.move_to_end(key)
                known = self._states[key]
        if known is None:
            known = begin()
            self.keep(known)
        return known.cropped(common_length(known.read, read))
