"""How much memory loaded models may take together, and what one of them takes."""

import os
from collections.abc import Mapping

from explorer.cards import FLOAT32_BYTES, facts_of
from explorer.device import Device, bytes_for_each_weight
from explorer.errors import ExplorerError
from explorer.sizes import bytes_text

BUDGET_VARIABLE = "EXPLORER_MODEL_BUDGET_BYTES"
BUDGET_SHARE = 0.5
"""Share of the device's memory that loaded models may take, unless the variable says otherwise."""


def budget_of(device: Device) -> int:
    """The bytes that the variable names, or else a share of the device's memory."""
    text = os.environ.get(BUDGET_VARIABLE, "").strip().replace("_", "")
    if not text:
        return int(device.memory_bytes * BUDGET_SHARE)
    if not text.isdecimal() or int(text) < 1:
        raise ExplorerError(
            f"{BUDGET_VARIABLE} is “{text[:40]}”, and a number of bytes above 0 is needed, such "
            "as 4000000000."
        )
    return int(text)


def model_bytes(configuration: Mapping[str, object], device: Device) -> int:
    """Memory that a model of this configuration takes on the device."""
    memory_bytes = facts_of("", configuration).memory_bytes
    return memory_bytes // FLOAT32_BYTES * bytes_for_each_weight(device)


def check_size(label: str, size: int, budget: int) -> None:
    """Refuse a model that would not fit even alone."""
    if size > budget:
        raise ExplorerError(
            f"{label} needs {bytes_text(size)} of memory and the limit for models is "
            f"{bytes_text(budget)}: choose a smaller model, or raise the limit with "
            f"{BUDGET_VARIABLE}."
        )


def no_room(label: str, size: int, budget: int) -> ExplorerError:
    """Why a model that would fit alone does not fit beside those in use."""
    return ExplorerError(
        f"There is no room for {label} ({bytes_text(size)}) while other models are in use; "
        f"the limit is {bytes_text(budget)}. Try again in a moment, or raise it with "
        f"{BUDGET_VARIABLE}."
    )
