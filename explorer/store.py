"""The loaded models of a process, kept within a budget of bytes.

Two requests for one model share one load; `explorer.load_queue` says in which order models come.
The model that was used least recently makes room for another, but never one that somebody has
leased, and none goes for a model that would not fit in its place. A load that lacks room holds up
new leases of loaded models, so that it comes as soon as the present ones end.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from explorer.device import Device
from explorer.kept_models import KeptModels
from explorer.load_progress import LoadProgress, OnProgress
from explorer.load_queue import LoadQueue
from explorer.memory_shortage import collect
from explorer.names import Key, key_of
from explorer.place import Place

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

ROOM_WAIT_SECONDS = 20.0
"""How long a load waits for models in use to be given back before it is refused."""

NEWS_SECONDS = 0.5
"""Who waits is called at least so often, and can leave there, even if there is no news."""


class ModelStore:
    """Loaded models, shared by every thread of the process."""

    def __init__(
        self,
        budget_bytes: int | None = None,
        device: Device | None = None,
        room_wait_seconds: float = ROOM_WAIT_SECONDS,
    ) -> None:
        self._changed = threading.Condition()
        self._kept = KeptModels(budget_bytes, device)
        self._queue = LoadQueue(self._changed, self._kept, room_wait_seconds)
        self._here = threading.local()

    def load(self, name: str, on_progress: OnProgress | None = None) -> "Seq2SeqModel":
        """The model, loaded if need be.

        `on_progress` is called in the caller's own thread whenever there is news, and at least
        every NEWS_SECONDS; what it raises ends the waiting.
        """
        with self.lease(name, on_progress) as model:
            return model

    @contextmanager
    def lease(self, name: str, on_progress: OnProgress | None = None) -> Iterator["Seq2SeqModel"]:
        """The model, loaded if need be, and kept in the store while the `with` block runs.

        Raises:
            ExplorerError: the model cannot be loaded, its download was cancelled, or there was
                no room for it beside the models that others, or this thread, have leased.
        """
        key = key_of(name)
        held = self._held_here()
        self._let_others_pass(key, held, on_progress)
        with self._changed:
            place = (
                self._kept.places.get(key)
                or self._queue.loads.get(key)
                or self._queue.begin(key, name)
            )
            self._take(place, held)
        try:
            yield self._wait_for(place, on_progress)
        finally:
            self._give_back(place, held)

    @contextmanager
    def keep(self, name: str) -> Iterator["Seq2SeqModel | None"]:
        """The model if it is in memory, kept while the `with` block runs; never loads one."""
        with self._changed:
            place = self._kept.places.get(key_of(name))
            held = self._held_here()
            if place is not None:
                self._take(place, held)
        try:
            yield place.model if place else None
        finally:
            if place is not None:
                self._give_back(place, held)

    def start(self, name: str) -> None:
        """Begin to load in the background and return at once; ask `state` how far it is.

        Does nothing where the model is loaded or being loaded. Forgets an earlier failure.
        """
        key = key_of(name)
        with self._changed:
            if key not in self._kept.places and key not in self._queue.loads:
                self._queue.begin(key, name)

    def cancel(self, name: str) -> bool:
        """Stop a load that is being fetched or waits for its turn; False where there is none.

        Those who wait for it get an ExplorerError at once, whoever they are. The download itself
        ends at its next chunk, and nothing unfinished is kept. A model whose weights are being
        read already is there in a moment and is not stopped.
        """
        key = key_of(name)
        with self._changed:
            place = self._queue.loads.get(key)
            if place is None or place.building:
                return False
            self._queue.finish(
                place, f"Loading {place.label} was cancelled: load it again when you want it."
            )
            return True

    def state(self, name: str) -> LoadProgress | None:
        """How far the model is; None where it is not loaded and nobody asked for it."""
        key = key_of(name)
        with self._changed:
            if key in self._queue.loads:
                return self._queue.loads[key].progress
            if key in self._kept.places:
                size = self._kept.places[key].size
                return LoadProgress("ready", size, size, "In memory.")
            return self._queue.failures.get(key)

    def peek(self, name: str) -> "Seq2SeqModel | None":
        """The model if it is in memory; counts as a use."""
        key = key_of(name)
        with self._changed:
            place = self._kept.places.get(key)
            if place is None:
                return None
            self._kept.places.move_to_end(key)
            return place.model

    def names(self) -> tuple[str, ...]:
        """The models in memory, least recently used first."""
        with self._changed:
            return tuple(place.model.name for place in self._kept.places.values() if place.model)

    def release(self, name: str) -> bool:
        """Take a model out of memory now; False where it is not there, or leased."""
        with self._changed:
            place = self._kept.places.get(key_of(name))
            if place is None or place.leases:
                return False
            del self._kept.places[place.key]
        del place
        collect()
        return True

    def used_bytes(self) -> int:
        """Memory of the loaded models."""
        with self._changed:
            return self._kept.used_bytes()

    def budget_bytes(self) -> int:
        """Memory that the loaded models may take together."""
        return self._kept.budget_bytes()

    def device(self) -> Device:
        """Where the models of this store are; chosen once."""
        return self._kept.device()

    def _held_here(self) -> list[Place]:
        """What this thread has leased."""
        held: list[Place] = self._here.__dict__.setdefault("held", [])
        return held

    def _take(self, place: Place, held: list[Place]) -> None:
        """Lease a place; the lock is held."""
        place.leases += 1
        held.append(place)
        if place.key in self._kept.places:
            self._kept.places.move_to_end(place.key)
            self._changed.notify_all()  # it can no longer make room for those who wait

    def _give_back(self, place: Place, held: list[Place]) -> None:
        with self._changed:
            place.leases -= 1
            held.remove(place)
            self._changed.notify_all()

    def _let_others_pass(self, key: Key, held: list[Place], on_progress: OnProgress | None) -> None:
        """Wait behind a load that lacks room: else leases taken again and again would starve it.

        Who has a lease already does not wait, since that load may wait for just this lease.
        """
        while True:
            with self._changed:
                if held or key not in self._kept.places or not self._queue.is_short():
                    return
                self._changed.wait(NEWS_SECONDS)
            if on_progress is not None:
                on_progress(LoadProgress("queued", message="Waiting behind another model."))

    def _wait_for(self, place: Place, on_progress: OnProgress | None) -> "Seq2SeqModel":
        shown: LoadProgress | None = None
        told = 0.0
        while True:
            with self._changed:
                if place.model is not None:
                    return place.model
                place.check_running()
                if on_progress is None:
                    self._changed.wait()
                    continue
                left = told + NEWS_SECONDS - time.monotonic()
                if place.progress is shown and left > 0:
                    self._changed.wait(left)
                    continue
                shown = place.progress
            on_progress(shown)
            told = time.monotonic()
