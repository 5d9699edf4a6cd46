"""Whether a model of the catalogue has room on this machine, said before anybody loads it."""

from explorer.cards import ModelCard
from explorer.dashboard import models, warmup
from explorer.fit import USUAL_READ, USUAL_WRITTEN, own_precision, why_not
from explorer.footprint import footprint


def lack(
    card: ModelCard, source: int = USUAL_READ, target: int = USUAL_WRITTEN, beams: int = 1
) -> str | None:
    """Why a model does not fit here, as the end of a sentence; None where it does.

    The queue that loads asks the same again. Before the warm-up is over it alone asks: looking for
    a GPU imports torch, and the first page does not wait for that.

    Args:
        card: of the model.
        source: pieces that are to be read.
        target: pieces that are to be written.
        beams: answers followed at once.
    """
    if not warmup.is_done():
        return None
    store = models.model_store()
    device = store.device()
    found = footprint(card, source, target, beams, own_precision(device))
    return why_not(found, device, store.budget_bytes())
