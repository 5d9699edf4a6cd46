"""The loaded models of a process, kept within a budget of bytes.

Two requests for one model share one load. Each load fetches its files by itself, so that a slow
download holds up nobody else; then the models are built one at a time, in the order in which they
were asked for. The model that was used least recently makes room for another, but never one that
somebody has leased, and none goes for a model that would not fit in its place.
"""

import gc
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import hub
from explorer.budget import budget_of, check_size, model_bytes, no_room
from explorer.catalog import read_configuration
from explorer.device import Device, detect_device
from explorer.errors import ExplorerError
from explorer.load_progress import LoadProgress, OnProgress
from explorer.names import Key, key_of
from explorer.place import Place

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

ROOM_WAIT_SECONDS = 20.0
"""How long a load waits for models in use to be given back before it is refused."""

MAX_FAILURES = 100
"""Failures that are remembered; the oldest is forgotten first."""

logger = logging.getLogger(__name__)


class ModelStore:
    """Loaded models, shared by every thread of the process."""

    def __init__(
        self,
        budget_bytes: int | None = None,
        device: Device | None = None,
        room_wait_seconds: float = ROOM_WAIT_SECONDS,
    ) -> None:
        self._budget = budget_bytes
        self._device = device
        self._room_wait_seconds = room_wait_seconds
        self._changed = threading.Condition()
        self._models: OrderedDict[Key, Place] = OrderedDict()  # least recently used first
        self._loads: OrderedDict[Key, Place] = OrderedDict()  # in the order of asking
        self._failures: OrderedDict[Key, LoadProgress] = OrderedDict()

    def load(self, name: str, on_progress: OnProgress | None = None) -> "Seq2SeqModel":
        """The model, loaded if need be; `on_progress` is called in the caller's own thread."""
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
        with self._changed:
            place = self._models.get(key) or self._loads.get(key) or self._begin(key, name)
            place.leases += 1
            if key in self._models:
                self._models.move_to_end(key)
                self._changed.notify_all()  # it can no longer make room for those who wait
        try:
            yield self._wait_for(place, on_progress)
        finally:
            with self._changed:
                place.leases -= 1
                self._changed.notify_all()

    def start(self, name: str) -> None:
        """Begin to load in the background and return at once; ask `state` how far it is.

        Does nothing where the model is loaded or being loaded. Forgets an earlier failure.
        """
        key = key_of(name)
        with self._changed:
            if key not in self._models and key not in self._loads:
                self._begin(key, name)

    def cancel(self, name: str) -> bool:
        """Stop a load that is being fetched or waits for its turn; False where there is none.

        Those who wait for it get an ExplorerError at once, whoever they are. The download itself
        ends at its next chunk, and nothing unfinished is kept. A model whose weights are being
        read already is there in a moment and is not stopped.
        """
        key = key_of(name)
        with self._changed:
            place = self._loads.get(key)
            if place is None or place.building:
                return False
            self._finish(
                place, f"Loading {place.label} was cancelled: load it again when you want it."
            )
            return True

    def state(self, name: str) -> LoadProgress | None:
        """How far the model is; None where it is not loaded and nobody asked for it."""
        key = key_of(name)
        with self._changed:
            if key in self._loads:
                return self._loads[key].progress
            if key in self._models:
                size = self._models[key].size
                return LoadProgress("ready", size, size, "In memory.")
            return self._failures.get(key)

    def peek(self, name: str) -> "Seq2SeqModel | None":
        """The model if it is in memory; counts as a use."""
        key = key_of(name)
        with self._changed:
            place = self._models.get(key)
            if place is None:
                return None
            self._models.move_to_end(key)
            return place.model

    def names(self) -> tuple[str, ...]:
        """The models in memory, least recently used first."""
        with self._changed:
            return tuple(place.model.name for place in self._models.values() if place.model)

    def release(self, name: str) -> bool:
        """Take a model out of memory now; False where it is not there, or leased."""
        with self._changed:
            place = self._models.get(key_of(name))
            if place is None or place.leases:
                return False
            del self._models[place.key]
        del place
        gc.collect()
        return True

    def used_bytes(self) -> int:
        """Memory of the loaded models."""
        with self._changed:
            return sum(place.size for place in self._models.values())

    def budget_bytes(self) -> int:
        """Memory that the loaded models may take together."""
        if self._budget is None:
            self._budget = budget_of(self.device())
        return self._budget

    def device(self) -> Device:
        """Where the models of this store are; chosen once."""
        if self._device is None:
            self._device = detect_device()
        return self._device

    def _wait_for(self, place: Place, on_progress: OnProgress | None) -> "Seq2SeqModel":
        shown: LoadProgress | None = None
        while True:
            with self._changed:
                if place.model is not None:
                    return place.model
                place.check_running()
                if place.progress is shown or on_progress is None:
                    self._changed.wait()
                    continue
                shown = place.progress
            on_progress(shown)

    def _begin(self, key: Key, name: str) -> Place:
        """Put a load at the end of the queue; the lock is held."""
        place = self._loads[key] = Place(key, name)
        self._failures.pop(key, None)
        thread = threading.Thread(target=self._run, args=(place,), name=f"load {name}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._finish(
                place, f"{place.label} could not be loaded: the system gives no more threads now."
            )
        return place

    def _run(self, place: Place) -> None:
        model = None
        error = f"{place.label} could not be loaded: see the log."
        try:
            folder = self._fetch(place)
            self._wait_for_turn(place)
            model = self._build(place, folder)
        except ExplorerError as failure:
            error = str(failure)
        except MemoryError:
            error = (
                f"There is not enough memory for {place.label}: choose a smaller model or close "
                "other programs."
            )
        except Exception as failure:
            logger.exception("loading %s failed", place.name)
            error = f"{place.label} could not be loaded ({type(failure).__name__}): see the log."
        finally:
            # Whatever ended this thread: a load that stayed first in line would stop all others.
            self._finish(place, error, model)

    def _finish(self, place: Place, error: str, model: "Seq2SeqModel | None" = None) -> None:
        """The load is over, for good if there is a model; a cancelled one was over already."""
        with self._changed:
            if not place.running:
                return
            place.running = place.building = False
            del self._loads[place.key]
            if model is not None:
                place.model = model
                self._models[place.key] = place
            else:
                place.error = error
                self._failures[place.key] = LoadProgress("failed", message=error)
                while len(self._failures) > MAX_FAILURES:
                    self._failures.popitem(last=False)
            self._changed.notify_all()

    def _fetch(self, place: Place) -> Path:
        """The folder of the model, once its files are on this computer and it can fit at all."""
        self._tell(place, LoadProgress("queued", message="Looking at its files."))

        def on_bytes(done: int, total: int, message: str) -> None:
            self._tell(place, LoadProgress("downloading", done, total, message))

        folder = place.folder
        if folder is not None:
            configuration = read_configuration(folder)
        else:
            configuration = hub.fetch_configuration(place.hub_id, on_bytes)
        size = model_bytes(configuration, self.device())
        check_size(place.label, size, self.budget_bytes())
        if folder is None:
            folder = hub.fetch_model(place.hub_id, on_bytes)
        with self._changed:
            place.size, place.fetching = size, False
        return folder

    def _wait_for_turn(self, place: Place) -> None:
        """Wait until this model is the next to be built, and make the room that it needs."""
        deadline: float | None = None
        with self._changed:
            place.check_running()
            while self._next() is not place:
                left = None
                message = "Waiting for its turn to load."
                if not self._fits(place):
                    deadline = deadline or time.monotonic() + self._room_wait_seconds
                    left = deadline - time.monotonic()
                    if left <= 0:
                        raise no_room(place.label, place.size, self.budget_bytes())
                    message = "Waiting for a model in use to be given back."
                if place.progress.message != message:
                    self._tell(place, LoadProgress("queued", 0, place.size, message))
                self._changed.wait(left)
                place.check_running()
            place.building = True
            dropped = self._make_room(place.size)
        if dropped:
            gc.collect()
            if self.device().kind == "cuda":
                import torch

                torch.cuda.empty_cache()
        self._tell(place, LoadProgress("loading", 0, place.size, "Reading the weights."))

    def _next(self) -> Place | None:
        """The model to build next, if none is being built; the lock is held.

        One that has no room beside the leased ones lets those go first that have.
        """
        if any(place.building for place in self._loads.values()):
            return None
        able = (one for one in self._loads.values() if not one.fetching and self._fits(one))
        return next(able, None)

    def _fits(self, place: Place) -> bool:
        """Whether there is room for a model if those go that nobody has leased."""
        leased = sum(other.size for other in self._models.values() if other.leases)
        return leased + place.size <= self.budget_bytes()

    def _make_room(self, size: int) -> bool:
        """Drop models that nobody has leased, the least recently used first; say whether any."""
        victims = [key for key, place in self._models.items() if not place.leases]
        count = len(self._models)
        while self.used_bytes() + size > self.budget_bytes():
            del self._models[victims.pop(0)]
        return len(self._models) < count

    def _build(self, place: Place, folder: Path) -> "Seq2SeqModel":
        from explorer.checkpoint import open_checkpoint

        hub_id = place.hub_id if place.folder is None else None
        return open_checkpoint(place.name, folder, self.device(), hub_id)

    def _tell(self, place: Place, progress: LoadProgress) -> None:
        with self._changed:
            place.check_running()
            place.progress = progress
            self._changed.notify_all()
