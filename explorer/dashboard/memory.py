"""Results that are computed once for everybody, while their computing may write on the page.

Streamlit's own cache replays what was shown while a result was computed, and fails where that
was shown outside the cached function, as the model's state in the frame is.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st

REMEMBERED = 512


class Memory:
    """The latest results, by keys of plain values. Safe to use from many threads at once."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._held: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """The result of a key, or None."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def keep(self, key: Hashable, result: Any) -> None:
        """Remember a result; the one that nobody asked for longest goes."""
        with self._lock:
            self._held[key] = result
            self._held.move_to_end(key)
            while len(self._held) > self._size:
                self._held.popitem(last=False)

    def get_or(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """The result of a key, computed now if it is not there."""
        held = self.get(key)
        if held is None:
            held = compute()
            self.keep(key, held)
        return held


@st.cache_resource
def memory() -> Memory:
    """The one memory of this server."""
    return Memory()
