"""Results that are computed once for everybody, while their computing may write on the page.

Streamlit's own cache replays what was shown while a result was computed, and fails where that
was shown outside the cached function, as the model's state in the frame is.
"""

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st

REMEMBERED_BYTES = 32_000_000
"""Room for all results together, counted as they would be written to a file."""


class Memory:
    """The latest results, by keys of plain values. Safe to use from many threads at once.

    Args:
        limit_bytes: the results that nobody asked for longest go when all together need more.
    """

    def __init__(self, limit_bytes: int = REMEMBERED_BYTES) -> None:
        self._limit = limit_bytes
        self._used = 0
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """The result of a key, or None."""
        with self._lock:
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key][0]

    def keep(self, key: Hashable, result: Any) -> None:
        """Remember a result, unless it alone needs more than there is room for."""
        size = len(pickle.dumps((key, result)))
        with self._lock:
            self._used += size - self._held.pop(key, (None, 0))[1]
            self._held[key] = (result, size)
            while self._used > self._limit:
                self._used -= self._held.popitem(last=False)[1][1]

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
