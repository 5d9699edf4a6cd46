"""A name becomes a model in memory: bundled, folder or Hub, through one path.

One store for the whole process keeps the loaded models; see `explorer.store`.
"""

import threading
from typing import TYPE_CHECKING

from explorer.budget import BUDGET_VARIABLE
from explorer.errors import ExplorerError
from explorer.load_progress import LoadProgress, OnProgress
from explorer.names import spelled, with_folder_hint
from explorer.store import ModelStore

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

__all__ = ["BUDGET_VARIABLE", "LoadProgress", "ModelStore", "OnProgress", "load", "store"]

_store_lock = threading.Lock()
_store: ModelStore | None = None


def store() -> ModelStore:
    """The one store of this process."""
    global _store
    with _store_lock:
        if _store is None:
            _store = ModelStore()
        return _store


def load(name: str, on_progress: OnProgress | None = None) -> "Seq2SeqModel":
    """A catalogue name, a folder or a Hub id, loaded and ready to use.

    Args:
        name: such as "miniature-t5", "t5-small", "google/flan-t5-large" or "./my-model"; where
            a folder is called like a Hub id, the folder is meant.
        on_progress: called with a `LoadProgress` whenever there is news.

    Raises:
        ExplorerError: it cannot be loaded; a failure of the Hub says too that there is no such
            folder.
    """
    meant = spelled(name)
    try:
        return store().load(meant, on_progress)
    except ExplorerError as failure:
        raise ExplorerError(with_folder_hint(str(failure), meant)) from failure
