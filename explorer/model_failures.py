"""What went wrong inside a model, in one plain sentence."""

import torch

from explorer.device import Device

NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")
"""What torch says when memory is short and the error is not of a class of its own."""


def sentence(name: str, device: Device, error: Exception) -> str:
    """Whether memory was short or the model failed, and what the person can do."""
    short = isinstance(error, (torch.OutOfMemoryError, MemoryError))
    if short or any(words in str(error) for words in NO_MEMORY):
        return (
            f"There is not enough memory on {device.name} for this text; shorten it, use fewer "
            "beams, or choose a smaller model."
        )
    return (
        f"{name} failed while it computed an answer to this text; change the text or the decoding, "
        "or load another model."
    )
