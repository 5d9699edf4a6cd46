"""The models in memory, within a budget of bytes: which may go, and whether another has room."""

import time
from collections import OrderedDict

from explorer.budget import budget_of
from explorer.device import Device, detect_device
from explorer.names import Key
from explorer.place import Place

FRESH_SECONDS = 3.0
"""How long a model stays for sure that was started in the background: who asked for it looks now
and then, and would never see it if the next load pushed it out at once."""


class KeptModels:
    """The places of the models in memory; they change only under the store's lock.

    Attributes:
        places: by key, the least recently used first.
    """

    def __init__(self, budget_bytes: int | None, device: Device | None) -> None:
        self.places: OrderedDict[Key, Place] = OrderedDict()
        self._budget = budget_bytes
        self._device = device

    def device(self) -> Device:
        """Where the models are; chosen once."""
        if self._device is None:
            self._device = detect_device()
        return self._device

    def budget_bytes(self) -> int:
        """Memory that the models may take together."""
        if self._budget is None:
            self._budget = budget_of(self.device())
        return self._budget

    def used_bytes(self) -> int:
        """Memory of the models."""
        return sum(place.size for place in self.places.values())

    def fits(self, place: Place) -> bool:
        """Whether there is room for a model if those go that nobody has leased."""
        leased = sum(other.size for other in self.places.values() if other.leases)
        return leased + place.size <= self.budget_bytes()

    def fits_now(self, place: Place) -> bool:
        """Whether there is room for a model while those stay too that have just come."""
        staying = sum(other.size for other in self.places.values() if _stays(other))
        return staying + place.size <= self.budget_bytes()

    def make_room(self, size: int) -> bool:
        """Drop models that nobody needs, the least recently used first; say whether any."""
        victims = [key for key, place in self.places.items() if not _stays(place)]
        count = len(self.places)
        while self.used_bytes() + size > self.budget_bytes():
            del self.places[victims.pop(0)]
        return len(self.places) < count


def _stays(place: Place) -> bool:
    fresh = place.came is not None and time.monotonic() - place.came < FRESH_SECONDS
    return bool(place.leases) or fresh
