"""How much memory loaded models may take together."""

import os

from explorer.device import Device
from explorer.errors import ExplorerError
from explorer.sizes import bytes_text

BUDGET_VARIABLE = "EXPLORER_MODEL_BUDGET_BYTES"
BUDGET_SHARE = 0.5
"""Share of the device's memory that loaded models may take, unless the variable says otherwise."""


def budget_of(device: Device) -> int:
    """The bytes that the variable names, or else a share of the device's memory."""
    text = os.environ.get(BUDGET_VARIABLE, "").strip().replace("_", "")
    if not text:
        return usual_budget(device.memory_bytes)
    if not text.isdecimal() or int(text) < 1:
        raise ExplorerError(
            f"{BUDGET_VARIABLE} is “{text[:40]}”, and a number of bytes above 0 is needed, such "
            "as 4000000000."
        )
    return int(text)


def usual_budget(memory_bytes: int) -> int:
    """The bytes for models on a device with so much memory, where no variable says otherwise."""
    return int(memory_bytes * BUDGET_SHARE)


def no_room(label: str, size: int, budget: int) -> ExplorerError:
    """Why a model that would fit alone does not fit beside those in use."""
    return ExplorerError(
        f"There is no room for {label} ({bytes_text(size)}) while other models are in use; "
        f"the limit is {bytes_text(budget)}. Try again in a moment, or raise it with "
        f"{BUDGET_VARIABLE}."
    )
