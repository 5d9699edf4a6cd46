"""Prepare the default model in the background, without making the first visitor wait.

Importing torch and transformers holds Python's interpreter lock for seconds. So the work begins
once the first page has been painted, or, when nobody comes, a moment after the start.
"""

import gc
import logging
import os
import threading
import time
from collections.abc import Callable

from explorer.dashboard.settings import DEFAULT_MODEL
from explorer.importing import LOCK

LOGGER = logging.getLogger("explorer.dashboard")
PAUSE_AFTER_PAINT_SECONDS = 1.5
PAUSE_WITHOUT_VISITORS_SECONDS = 5.0
FREEZE_AGAIN_SECONDS = 10.0
"""Between two freezes while people use the pages."""
THAW_AGAIN_SECONDS = 300.0
"""Between two looks at everything, each of which holds up all pages for a moment."""

_begin = threading.Lock()
_started = threading.Event()
_done = threading.Event()
_freezing = threading.Lock()
_step = "starting"
_frozen = 0.0
"""When the last freeze began, by the monotonic clock."""
_thawed = 0.0
"""When everything was last looked at."""


def import_light() -> None:
    """Import what the first page needs anyway, before there is a visitor to wait for it."""
    import altair  # noqa: F401
    import pandas  # noqa: F401

    import explorer.dashboard.answers
    import explorer.dashboard.frame  # noqa: F401


def begin_when_quiet() -> None:
    """Begin a moment after the start of the server, unless a visitor comes first."""
    _after(PAUSE_WITHOUT_VISITORS_SECONDS, run_now)


def after_run() -> None:
    """To be called after every run of a page: begins after the first one; later, freezes again."""
    if not _started.is_set():
        _after(PAUSE_AFTER_PAINT_SECONDS, run_now)
    elif _done.is_set() and time.monotonic() - _frozen > FREEZE_AGAIN_SECONDS:
        freeze()


def freeze() -> None:
    """Collect what has become garbage since the last freeze; look at all the rest no more.

    Streamlit's own collection after every run is switched off in `.streamlit/config.toml`: with
    torch and transformers imported it looks at half a million objects for a quarter of a second,
    and nobody else's page is drawn meanwhile. What is frozen is not looked at, so this one and
    Python's own cost little; now and then a thaw lets go what has become garbage among it.
    """
    global _frozen, _thawed
    if not _freezing.acquire(blocking=False):
        return
    try:
        _frozen = now = time.monotonic()
        if now - _thawed > THAW_AGAIN_SECONDS:
            _thawed = now
            gc.unfreeze()
        gc.collect()
        gc.freeze()
    finally:
        _freezing.release()


def is_done() -> bool:
    """Whether the imports are over and a model can be asked for without a pause."""
    return _done.is_set()


def wait(timeout_seconds: float) -> bool:
    """Wait for the end of the warm-up; say whether it has come."""
    return _done.wait(timeout_seconds)


def step() -> str:
    """What is being done now, for the person who waits."""
    return _step


def run_now() -> None:
    """Do the work in this thread: imports, the default model, one collection, one freeze."""
    with _begin:
        if _started.is_set():
            return
        _started.set()
    try:
        for words, work in (
            ("importing torch", _import_torch),
            ("importing transformers", _import_transformers),
            ("loading the bundled model", _load_default_model),
        ):
            _say(words)
            work()
            freeze()
    except Exception:
        # The pages ask for the model again and then say in a sentence why it failed.
        LOGGER.exception("The default model could not be prepared.")
    finally:
        freeze()
        _done.set()


def _say(words: str) -> None:
    global _step
    _step = words


def _import_torch() -> None:
    import torch

    if "OMP_NUM_THREADS" not in os.environ:
        # Threads that wait for the next product keep their core busy: one is left for the pages.
        torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))


def _import_transformers() -> None:
    # The names as the loader and `generate` will ask for them: each is imported on first use.
    with LOCK:
        from transformers import (  # noqa: F401
            AutoTokenizer,
            GenerationConfig,
            T5ForConditionalGeneration,
        )


def _load_default_model() -> None:
    from explorer.generation import Decoding
    from explorer.loading import store

    model = store().load(DEFAULT_MODEL)
    # The first answer of a process pays for imports that `generate` puts off.
    model.generate("The first answer.", Decoding(max_new_tokens=2))


def _after(seconds: float, work: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, work)
    timer.name = "explorer-warm-up"
    timer.daemon = True
    timer.start()
