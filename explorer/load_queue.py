"""The loads under way: files come side by side, models are built one after the other.

Each load fetches its files by itself, so that a slow download holds up nobody whose files are
here. A few models are downloaded at once, and others wait in line for that; then the models are
built one at a time, in the order in which they were asked for.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import hub
from explorer.bounded import Bounded
from explorer.budget import no_room
from explorer.catalog import read_configuration
from explorer.errors import ExplorerError
from explorer.fit import USUAL_READ, USUAL_WRITTEN, check_fits, own_precision
from explorer.footprint import footprint_of
from explorer.kept_models import KeptModels
from explorer.load_progress import LoadProgress
from explorer.memory_shortage import collect, is_shortage
from explorer.names import Key
from explorer.place import Place

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

MAX_DOWNLOADS = 3
"""Models that are downloaded at once; more would only make each of them slower."""

MAX_LOADS = 30
"""Loads under way, each of which has a thread; one more is refused."""

LOOK_SECONDS = 0.25
"""Between two looks of a load whether a model that has just come may go."""

MAX_FAILURES = 100
FAILURES_BYTES = 1_000_000
"""Failures that are remembered, and their memory; the oldest is forgotten first."""

logger = logging.getLogger(__name__)


class LoadQueue:
    """Loads, from the first request until the model is there or the reason why it is not.

    Attributes:
        loads: what is under way, in the order of asking.
        failures: why the last load of a model failed, until it is asked for again.
    """

    def __init__(
        self, changed: threading.Condition, kept: KeptModels, room_wait_seconds: float
    ) -> None:
        """Begin without any load.

        Args:
            changed: the store's lock, which is told of all news.
            kept: where models go that are loaded, and where room is made for them.
            room_wait_seconds: how long a load waits for models in use to be given back.
        """
        self.loads: OrderedDict[Key, Place] = OrderedDict()
        self.failures: Bounded[Key, LoadProgress] = Bounded(FAILURES_BYTES, MAX_FAILURES)
        self._changed = changed
        self._kept = kept
        self._room_wait_seconds = room_wait_seconds
        self._downloads = 0

    def begin(self, key: Key, name: str) -> Place:
        """Put a load at the end of the queue, or refuse it at once; the lock is held."""
        full = len(self.loads) >= MAX_LOADS
        place = self.loads[key] = Place(key, name)
        self.failures.pop(key)
        if full:
            self.finish(
                place,
                f"{place.label} was not loaded: {MAX_LOADS} other models are being loaded, which "
                "is the limit. Try again in a moment.",
            )
            return place
        thread = threading.Thread(target=self._run, args=(place,), name=f"load {name}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self.finish(
                place,
                f"{place.label} could not be loaded: the system gives no more threads now. Try "
                "again in a moment.",
            )
        return place

    def is_short(self) -> bool:
        """Whether a load waits for models in use to be given back; the lock is held."""
        return any(place.short for place in self.loads.values())

    def finish(self, place: Place, error: str, model: "Seq2SeqModel | None" = None) -> None:
        """The load is over, for good if there is a model; a cancelled one was over already."""
        with self._changed:
            if not place.running:
                return
            place.running = place.building = False
            del self.loads[place.key]
            if model is not None:
                place.model = model
                place.came = None if place.leases else time.monotonic()
                self._kept.places[place.key] = place
            else:
                place.error = error
                self.failures.keep(place.key, LoadProgress("failed", message=error))
            self._changed.notify_all()

    def _run(self, place: Place) -> None:
        model = None
        error = f"{place.label} could not be loaded: see the log, and try again."
        try:
            folder = self._fetch(place)
            self._wait_for_turn(place)
            model = self._build(place, folder)
        except ExplorerError as failure:
            error = str(failure)
        except Exception as failure:
            logger.exception("loading %s failed", place.name)
            if is_shortage(failure):
                error = (
                    f"There is not enough memory for {place.label}: choose a smaller model or "
                    "close other programs."
                )
            else:
                error = (
                    f"{place.label} could not be loaded ({type(failure).__name__}): see the log, "
                    "and try again or choose another model."
                )
        finally:
            # Whatever ended this thread: a load that stayed first in line would stop all others.
            self.finish(place, error, model)

    def _fetch(self, place: Place) -> Path:
        """The folder of the model, once its files are on this computer and it can fit at all."""
        self._tell(place, LoadProgress("queued", message="Looking at its files."))
        folder = place.folder or hub.on_disk(place.hub_id)
        if folder is not None:
            size = self._size(place, read_configuration(folder))
        else:
            with self._download(place) as on_bytes:
                size = self._size(place, hub.fetch_configuration(place.hub_id, on_bytes))
                folder = hub.fetch_model(place.hub_id, on_bytes)
        with self._changed:
            place.size, place.fetching = size, False
        return folder

    def _size(self, place: Place, configuration: Mapping[str, object]) -> int:
        """The memory of its weights; refused here if it does not fit, whoever asked for it."""
        device = self._kept.device()
        found = footprint_of(
            place.label, configuration, USUAL_READ, USUAL_WRITTEN, precision=own_precision(device)
        )
        check_fits(found, device, self._kept.budget_bytes())
        return found.weights_bytes

    @contextmanager
    def _download(self, place: Place) -> Iterator[hub.OnBytes]:
        """One of the few downloads at once; who waits for it stands in line, first come first."""
        with self._changed:
            place.in_line = True
            while self._downloads >= MAX_DOWNLOADS or self._first_in_line() is not place:
                place.check_running()
                message = f"In line: {MAX_DOWNLOADS} other models are being downloaded."
                if place.progress.message != message:
                    self._tell(place, LoadProgress("queued", message=message))
                self._changed.wait()
            place.in_line = False
            self._downloads += 1
            self._changed.notify_all()
        try:
            yield lambda done, total, message: self._tell(
                place, LoadProgress("downloading", done, total, message)
            )
        finally:
            # A cancelled download counts until its thread has left it.
            with self._changed:
                self._downloads -= 1
                self._changed.notify_all()

    def _first_in_line(self) -> Place | None:
        return next((one for one in self.loads.values() if one.in_line), None)

    def _wait_for_turn(self, place: Place) -> None:
        """Wait until this model is the next to be built, and make the room that it needs."""
        deadline: float | None = None
        with self._changed:
            place.check_running()
            while self._next() is not place:
                left = None if self._kept.fits_now(place) else LOOK_SECONDS
                message = "Waiting for its turn to load."
                place.short = not self._kept.fits(place)
                if not place.short:
                    deadline = None
                else:
                    deadline = deadline or time.monotonic() + self._room_wait_seconds
                    left = deadline - time.monotonic()
                    if left <= 0:
                        raise no_room(place.label, place.size, self._kept.budget_bytes())
                    message = "Waiting for a model in use to be given back."
                if place.progress.message != message:
                    self._tell(place, LoadProgress("queued", 0, place.size, message))
                self._changed.wait(left)
                place.check_running()
            place.short, place.building = False, True
            dropped = self._kept.make_room(place.size)
        if dropped:
            collect()
            if self._kept.device().kind == "cuda":
                import torch

                torch.cuda.empty_cache()
        self._tell(place, LoadProgress("loading", 0, place.size, "Reading the weights."))

    def _next(self) -> Place | None:
        """The model to build next, if none is being built; the lock is held.

        One that has no room beside the leased ones lets those go first that have.
        """
        if any(place.building for place in self.loads.values()):
            return None
        able = (one for one in self.loads.values() if not one.fetching and self._kept.fits_now(one))
        return next(able, None)

    def _build(self, place: Place, folder: Path) -> "Seq2SeqModel":
        from explorer.checkpoint import open_checkpoint

        hub_id = place.hub_id if place.folder is None else None
        return open_checkpoint(place.name, folder, self._kept.device(), hub_id)

    def _tell(self, place: Place, progress: LoadProgress) -> None:
        with self._changed:
            place.check_running()
            place.progress = progress
            self._changed.notify_all()
