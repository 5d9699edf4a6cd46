"""What is kept within a limit of bytes, and of number: what was used longest ago goes first."""

import gc
import sys
import time
from collections import Counter, OrderedDict
from collections.abc import Hashable
from threading import RLock
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Generic, TypeVar
from weakref import WeakSet

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

CODE = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)
"""What a value only points to, and does not hold."""

FIELD_BYTES = 8
"""An instance's pointer to one of its fields, which `sys.getsizeof` leaves out."""


def size_of(*values: object) -> int:
    """Bytes of memory that some values take, with all they point to; what they share counts once.

    For plain values: numbers, texts, tuples, dictionaries, dataclasses, arrays and tensors. It is
    a few per cent more than they really take, never less, and takes half a second a million.
    """
    seen: set[int] = set()
    total = 0
    level: list[Any] = list(values)
    while level:
        new: dict[int, Any] = {id(each): each for each in level}
        for known in new.keys() & seen:
            del new[known]
        seen |= new.keys()
        kinds: dict[Any, int] = Counter(map(type, new.values()))
        others: list[Any] = []
        for kind, count in kinds.items():
            total += FIELD_BYTES * count * len(getattr(kind, "__dataclass_fields__", ()))
            if issubclass(kind, CODE):
                new = {name: each for name, each in new.items() if type(each) is not kind}
            elif hasattr(kind, "untyped_storage"):
                storages = [each.untyped_storage() for each in new.values() if type(each) is kind]
                sizes = {each.data_ptr(): each.nbytes() for each in storages}
                total += sum(size for place, size in sizes.items() if place not in seen)
                seen |= sizes.keys()
            elif hasattr(kind, "nbytes"):
                # What a view of an array keeps in memory is the whole of that array.
                others += [each.base for each in new.values() if type(each) is kind]
        total += sum(map(sys.getsizeof, new.values()))
        level = gc.get_referents(*new.values()) + others
    return total


class Bounded(Generic[Key, Value]):
    """The latest values, by their keys. Safe to use from many threads at once.

    Args:
        most_bytes: all together, as `size_of` measures them; one that alone takes more is not kept.
        most: how many; by default any number.
        total: what it counts toward, together with others.
    """

    def __init__(
        self, most_bytes: int, most: int | None = None, total: "Total | None" = None
    ) -> None:
        self.most_bytes = most_bytes
        self.most = most
        self.used_at = time.monotonic()
        self._held: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._bytes = 0
        self._lock = RLock()
        self._total = total
        if total is not None:
            total.add(self)

    @property
    def bytes(self) -> int:
        """Memory of all keys and values."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, key: object) -> bool:
        return key in self._held

    def items(self) -> list[tuple[Key, Value]]:
        """All that is kept; the latest last."""
        with self._lock:
            return [(key, value) for key, (value, _) in self._held.items()]

    def get(self, key: Key) -> Value | None:
        """The value of a key, which is now the latest; None if it is not there."""
        with self._lock:
            if key not in self._held:
                return None
            self.used_at = time.monotonic()
            self._held.move_to_end(key)
            return self._held[key][0]

    def keep(self, key: Key, value: Value, size: int | None = None) -> None:
        """Keep a value in the place of the key's earlier one, as the latest.

        Args:
            key: by which it is found.
            value: if it changes later, it has to be kept again, so that it is measured again.
            size: its bytes with the key's, where they are not as `size_of` measures them.
        """
        size = size_of(key, value) if size is None else size
        with self._lock:
            self.pop(key)
            if size > self.most_bytes:
                return
            self.used_at = time.monotonic()
            self._held[key] = (value, size)
            self._bytes += size
            while self._bytes > self.most_bytes or (self.most and len(self._held) > self.most):
                self.drop_oldest()
        if self._total is not None:
            self._total.make_room()

    def pop(self, key: Key) -> Value | None:
        """Forget a key; its value, if there was one."""
        with self._lock:
            value, size = self._held.pop(key, (None, 0))
            self._bytes -= size
            return value

    def drop_oldest(self) -> None:
        """Forget what was used longest ago, if there is anything."""
        with self._lock:
            if self._held:
                self.pop(next(iter(self._held)))

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._held.clear()
            self._bytes = 0


class Total:
    """What several containers may hold together; the one used longest ago gives first.

    A container that nobody else holds any more is forgotten.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._parts: WeakSet[Bounded[Any, Any]] = WeakSet()
        self._lock = RLock()

    def add(self, part: Bounded[Any, Any]) -> None:
        """Count a container from now on."""
        with self._lock:
            self._parts.add(part)

    @property
    def bytes(self) -> int:
        """Memory of all that they hold."""
        with self._lock:
            return sum(part.bytes for part in self._parts)

    def make_room(self) -> None:
        """Let go what is too much."""
        with self._lock:
            while self.bytes > self.most_bytes:
                min((p for p in self._parts if len(p)), key=lambda p: p.used_at).drop_oldest()
