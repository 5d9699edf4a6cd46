"""Whether a model fits on a machine: its peak into the memory, its weights into the limit.

It is asked in one place, `why_not`, by every way in: the queue that loads, the frame, the guide
and the table.
"""

from typing import Literal

from explorer.budget import BUDGET_VARIABLE
from explorer.device import Device, bytes_for_each_weight
from explorer.errors import ExplorerError
from explorer.footprint import NUMBER_BYTES, Footprint, Precision
from explorer.sizes import bytes_text

Fit = Literal["fits", "tight", "does not fit"]

PROGRAM_BYTES = 650_000_000
"""The dashboard's server with torch and transformers, before any model of weight.

On a CPU with the smallest bundled model it holds 400 MB when it has warmed up, and 560 MB once
every page has been open; the benchmark `dashboard` measures it and holds it to this limit.
"""

USUAL_READ, USUAL_WRITTEN = 128, 64
"""Pieces that a model must be able to read and write before it is loaded."""

FITS_SHARE = 0.7
"""A model fits where peak and program take at most this share of the device's memory."""

TIGHT_SHARE = 0.9
"""It is tight up to this share; beyond that, other programs would have to make room."""


def program_bytes(device: Device) -> int:
    """What the program takes of the memory of a device: nothing of a card that has its own."""
    return 0 if device.kind == "cuda" else PROGRAM_BYTES


def needed_bytes(found: Footprint, device: Device) -> int:
    """The peak, with the program around it where that takes of the same memory."""
    return found.peak_bytes + program_bytes(device)


def own_precision(device: Device) -> Precision:
    """How the explorer itself holds weights on a device."""
    return "bfloat16" if bytes_for_each_weight(device) == NUMBER_BYTES["bfloat16"] else "float32"


def fit(found: Footprint, device: Device, budget_bytes: int) -> Fit:
    """Whether a model fits: its peak into a memory, and its weights into the limit for models.

    Args:
        found: what it takes.
        device: with the memory; see FITS_SHARE and TIGHT_SHARE.
        budget_bytes: the limit; see `explorer.budget`.
    """
    if why_not(found, device, budget_bytes) is not None:
        return "does not fit"
    return "fits" if needed_bytes(found, device) <= FITS_SHARE * device.memory_bytes else "tight"


def why_not(found: Footprint, device: Device, budget_bytes: int) -> str | None:
    """Why a model does not fit, as the end of a sentence with the numbers; None where it does."""
    if found.weights_bytes > budget_bytes:
        return (
            f"it needs {bytes_text(found.weights_bytes)} of memory for its weights and the limit "
            f"for models is {bytes_text(budget_bytes)}: choose a smaller model, or raise the limit "
            f"with {BUDGET_VARIABLE}"
        )
    needed = needed_bytes(found, device)
    if needed <= TIGHT_SHARE * device.memory_bytes:
        return None
    program = " and the program" if program_bytes(device) else ""
    return (
        f"with {found.source_tokens:,} pieces to read and {found.target_tokens:,} to write it"
        f"{program} need{'' if program else 's'} {bytes_text(needed)} at the peak "
        f"({bytes_text(found.weights_bytes)} of it weights in {found.precision}), and "
        f"{bytes_text(TIGHT_SHARE * device.memory_bytes)} of the {device.kind.upper()}'s "
        f"{bytes_text(device.memory_bytes)} can be used: choose a smaller model, shorter lengths "
        "or fewer beams"
    )


def check_fits(found: Footprint, device: Device, budget_bytes: int) -> None:
    """Refuse a model that would not fit on a device, before anything of it is loaded.

    Raises:
        ExplorerError: with what it needs, and what there is.
    """
    reason = why_not(found, device, budget_bytes)
    if reason is not None:
        raise ExplorerError(f"{found.name} was not loaded: {reason}.")
