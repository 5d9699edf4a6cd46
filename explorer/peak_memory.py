"""How many bytes the tensors of a computation take at once, counted while it runs."""

import weakref
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class PeakMemory(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the tensors that are made within, and lets each go when nobody holds it any more.

        with PeakMemory() as memory:
            model(ids)
        memory.peak_bytes

    It sees the calling thread alone, on every device. What an operation needs only inside itself
    (a kernel's work space) is not counted, and what was there before is not either.

    Attributes:
        peak_bytes: the most that was there at once.
        held_bytes: what is there now.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.held_bytes = 0
        self.peak_bytes = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        # A view has the storage of what it views, and an operation in place that of its argument.
        before = {_storage(each) for each in tree_leaves((args, kwargs)) if _is_tensor(each)}
        found = func(*args, **(kwargs or {}))
        for each in tree_leaves(found):
            if _is_tensor(each) and _storage(each) not in before | self._known:
                self._hold(each.untyped_storage())
        return found

    def _hold(self, storage: Any) -> None:
        place, size = storage._cdata, storage.nbytes()
        self._known.add(place)
        self.held_bytes += size
        self.peak_bytes = max(self.peak_bytes, self.held_bytes)
        weakref.finalize(storage, self._release, place, size)

    def _release(self, place: int, size: int) -> None:
        self._known.discard(place)
        self.held_bytes -= size


def _is_tensor(each: Any) -> bool:
    return isinstance(each, torch.Tensor)


def _storage(tensor: torch.Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)
