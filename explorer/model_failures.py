"""What went wrong inside a model, in one plain sentence."""

from explorer.device import Device
from explorer.memory_shortage import collect, is_shortage


def sentence(name: str, device: Device, error: Exception) -> str:
    """Whether memory was short or the model failed, and what the person can do."""
    if is_shortage(error):
        # What failed earlier may still lie in cycles; the next request needs its room.
        collect()
        return (
            f"There is not enough memory on {device.name} for this text; shorten it, use fewer "
            "beams, or choose a smaller model."
        )
    return (
        f"{name} failed while it computed an answer to this text; change the text or the decoding, "
        "or load another model."
    )
