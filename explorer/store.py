"""The loaded models of a process, kept within a budget of bytes.

Loads take turns in the order in which they were asked for, two requests for one model share one
load, and the model that was used least recently goes first, but never one that somebody has
leased.
"""

import gc
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer import hub
from explorer.cards import facts_of
from explorer.device import Device, bytes_for_each_weight, detect_device
from explorer.errors import ExplorerError
from explorer.hub import readable_bytes
from explorer.load_progress import LoadProgress, OnProgress
from explorer.names import configuration_of, hub_id_of, key_of, label_of, local_folder

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

BUDGET_VARIABLE = "EXPLORER_MODEL_BUDGET_BYTES"
BUDGET_SHARE = 0.5
"""Share of the device's memory that loaded models may take, unless the variable says otherwise."""

ROOM_WAIT_SECONDS = 20.0
"""How long a load waits for models in use to be given back before it is refused."""

MAX_FAILURES = 100
"""Failures that are remembered; the oldest is forgotten first."""

FLOAT32_BYTES = 4

logger = logging.getLogger(__name__)


@dataclass
class _Entry:
    """A model in memory."""

    model: "Seq2SeqModel"
    size: int
    leases: int = 0


class _Job:
    """One load under way; its fields change only while the store's lock is held."""

    def __init__(self, key: str, name: str) -> None:
        self.key = key
        self.name = name
        self.label = label_of(name)
        self.progress = LoadProgress("queued", message="Waiting for its turn to load.")
        self.running = True
        self.model: Seq2SeqModel | None = None
        self.error = ""


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
        self._models: OrderedDict[str, _Entry] = OrderedDict()  # least recently used first
        self._jobs: OrderedDict[str, _Job] = OrderedDict()  # the first one is loading
        self._failures: OrderedDict[str, LoadProgress] = OrderedDict()

    def load(self, name: str, on_progress: OnProgress | None = None) -> "Seq2SeqModel":
        """The model, loaded if need be; `on_progress` is called in the caller's own thread."""
        return self._obtain(name, on_progress).model

    @contextmanager
    def lease(self, name: str, on_progress: OnProgress | None = None) -> Iterator["Seq2SeqModel"]:
        """The model, kept in the store for as long as the `with` block runs."""
        entry = self._obtain(name, on_progress, lease=True)
        try:
            yield entry.model
        finally:
            with self._changed:
                entry.leases -= 1
                self._changed.notify_all()

    def start(self, name: str) -> None:
        """Begin to load in the background and return at once; ask `state` how far it is.

        Does nothing where the model is loaded or being loaded. Forgets an earlier failure.
        """
        key = key_of(name)
        with self._changed:
            if key not in self._models and key not in self._jobs:
                self._begin(key, name)

    def state(self, name: str) -> LoadProgress | None:
        """How far the model is; None where it is not loaded and nobody asked for it."""
        key = key_of(name)
        with self._changed:
            if key in self._jobs:
                return self._jobs[key].progress
            if key in self._models:
                size = self._models[key].size
                return LoadProgress("ready", size, size, "In memory.")
            return self._failures.get(key)

    def peek(self, name: str) -> "Seq2SeqModel | None":
        """The model if it is in memory; counts as a use."""
        key = key_of(name)
        with self._changed:
            entry = self._models.get(key)
            if entry is None:
                return None
            self._models.move_to_end(key)
            return entry.model

    def names(self) -> tuple[str, ...]:
        """The models in memory, least recently used first."""
        with self._changed:
            return tuple(entry.model.name for entry in self._models.values())

    def release(self, name: str) -> bool:
        """Take a model out of memory now; False where it is not there, or leased."""
        with self._changed:
            entry = self._models.get(key_of(name))
            if entry is None or entry.leases:
                return False
            del self._models[key_of(name)]
        del entry
        gc.collect()
        return True

    def used_bytes(self) -> int:
        """Memory of the loaded models."""
        with self._changed:
            return sum(entry.size for entry in self._models.values())

    def budget_bytes(self) -> int:
        """Memory that the loaded models may take together."""
        if self._budget is None:
            self._budget = _budget_from_environment() or int(
                self.device().memory_bytes * BUDGET_SHARE
            )
        return self._budget

    def device(self) -> Device:
        """Where the models of this store are; chosen once."""
        if self._device is None:
            self._device = detect_device()
        return self._device

    def _obtain(self, name: str, on_progress: OnProgress | None, lease: bool = False) -> _Entry:
        key = key_of(name)
        shown: LoadProgress | None = None
        job: _Job | None = None
        while True:
            with self._changed:
                entry = self._models.get(key)
                if entry is not None:
                    self._models.move_to_end(key)
                    entry.leases += lease
                    return entry
                if job is not None and job.error:
                    raise ExplorerError(job.error)
                if job is not None and job.model is not None and not lease:
                    return _Entry(job.model, 0)  # already replaced by another model
                if job is None or not job.running:
                    job = self._jobs.get(key) or self._begin(key, name)
                if job.progress is shown or on_progress is None:
                    self._changed.wait()
                    continue
                shown = job.progress
            on_progress(shown)

    def _begin(self, key: str, name: str) -> _Job:
        """Put a load at the end of the queue; the lock is held."""
        job = self._jobs[key] = _Job(key, name)
        self._failures.pop(key, None)
        threading.Thread(target=self._run, args=(job,), name=f"load {name}", daemon=True).start()
        return job

    def _run(self, job: _Job) -> None:
        model, size, error = None, 0, ""
        try:
            with self._changed:
                while next(iter(self._jobs)) != job.key:
                    self._changed.wait()
            model, size = self._open(job)
        except ExplorerError as failure:
            error = str(failure)
        except MemoryError:
            error = (
                f"There is not enough memory for {job.label}: choose a smaller model or close "
                "other programs."
            )
        except Exception as failure:
            logger.exception("loading %s failed", job.name)
            error = f"{job.label} could not be loaded ({type(failure).__name__}): see the log."
        with self._changed:
            if model is not None:
                self._models[job.key] = _Entry(model, size)
                job.model = model
            else:
                job.error = error
                job.progress = LoadProgress("failed", message=error)
                self._failures[job.key] = job.progress
                while len(self._failures) > MAX_FAILURES:
                    self._failures.popitem(last=False)
            job.running = False
            del self._jobs[job.key]
            self._changed.notify_all()

    def _open(self, job: _Job) -> tuple["Seq2SeqModel", int]:
        self._tell(job, LoadProgress("loading", message="Looking at its files."))
        folder = local_folder(job.name)
        hub_id = None
        facts = facts_of(job.name, configuration_of(job.name))
        size = facts.memory_bytes // FLOAT32_BYTES * bytes_for_each_weight(self.device())
        if size > self.budget_bytes():
            raise ExplorerError(
                f"{job.label} needs {readable_bytes(size)} of memory and the limit for models is "
                f"{readable_bytes(self.budget_bytes())}: choose a smaller model, or raise the "
                f"limit with {BUDGET_VARIABLE}."
            )
        if folder is None:
            hub_id = hub_id_of(job.name)
            folder = hub.fetch_model(
                hub_id,
                lambda done, total, message: self._tell(
                    job, LoadProgress("downloading", done, total, message)
                ),
            )
        self._make_room(job, size)
        self._tell(job, LoadProgress("loading", 0, size, "Reading the weights."))
        from explorer.checkpoint import open_checkpoint

        return open_checkpoint(job.name, folder, self.device(), hub_id), size

    def _make_room(self, job: _Job, size: int) -> None:
        """Drop models nobody has leased, the least recently used first, until `size` fits."""
        deadline = time.monotonic() + self._room_wait_seconds
        dropped = False
        with self._changed:
            while sum(entry.size for entry in self._models.values()) + size > self.budget_bytes():
                victim = next(
                    (key for key, entry in self._models.items() if not entry.leases), None
                )
                if victim is not None:
                    del self._models[victim]
                    dropped = True
                    continue
                left = deadline - time.monotonic()
                if left <= 0:
                    raise ExplorerError(
                        f"There is no room for {job.label} ({readable_bytes(size)}) while other "
                        f"models are in use; the limit is {readable_bytes(self.budget_bytes())}. "
                        f"Try again in a moment, or raise it with {BUDGET_VARIABLE}."
                    )
                job.progress = LoadProgress(
                    "queued", 0, size, "Waiting for a model in use to be given back."
                )
                self._changed.notify_all()
                self._changed.wait(left)
        if dropped:
            gc.collect()
            if self.device().kind == "cuda":
                import torch

                torch.cuda.empty_cache()

    def _tell(self, job: _Job, progress: LoadProgress) -> None:
        with self._changed:
            job.progress = progress
            self._changed.notify_all()


def _budget_from_environment() -> int | None:
    text = os.environ.get(BUDGET_VARIABLE, "").strip().replace("_", "")
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ExplorerError(
            f"{BUDGET_VARIABLE} is “{text[:40]}”, and a number of bytes above 0 is needed, such "
            "as 4000000000."
        )
    return int(text)
