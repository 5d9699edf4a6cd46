"""One model of the store, from the first request for it until it goes."""

from typing import TYPE_CHECKING

from explorer.errors import ExplorerError
from explorer.load_progress import LoadProgress
from explorer.names import Key, hub_id_of, label_of, local_folder

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel


class Place:
    """A model that is being loaded, or is in memory; it changes only under the store's lock.

    Attributes:
        key: what the name is, and one spelling for every way of writing it.
        label: the name as messages show it.
        folder: where its files are; None for a model of the Hub.
        hub_id: where the Hub keeps it, where it has no folder.
        in_line: whether it waits for others to be downloaded.
        fetching: whether its files may still have to come.
        short: whether it waits for room that models in use take.
        building: whether its weights are being read.
        running: whether its load is under way.
        size: bytes of memory; 0 until its configuration has been read.
        came: when it was loaded, by the monotonic clock, if nobody waited for it in the store.
        leases: of those who use it, and of those who wait for it and must get it.
        model: once it is loaded; error: why it was not.
    """

    def __init__(self, key: Key, name: str) -> None:
        self.key = key
        self.name = name
        self.label = label_of(name)
        self.folder = local_folder(name)
        self.hub_id = hub_id_of(name)
        self.in_line = False
        self.fetching = self.folder is None
        self.short = False
        self.building = False
        self.running = True
        self.progress = LoadProgress("queued", message="Waiting for its turn to load.")
        self.size = 0
        self.came: float | None = None
        self.leases = 0
        self.model: Seq2SeqModel | None = None
        self.error = ""

    def check_running(self) -> None:
        """End the load here if it was cancelled."""
        if not self.running:
            raise ExplorerError(self.error)
