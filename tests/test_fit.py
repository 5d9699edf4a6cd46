"""Whether a model fits: the memory, the program around it, and the limit for models."""

import pytest

from explorer import catalog
from explorer.device import Device
from explorer.errors import ExplorerError
from explorer.fit import PROGRAM_BYTES, TIGHT_SHARE, check_fits, fit, needed_bytes, why_not
from explorer.footprint import footprint


def card(name):
    found = catalog.find(name)
    assert found is not None
    return found


def device(memory, kind="cpu"):
    return Device(kind, "test", round(memory))


def test_verdicts_follow_their_thresholds():
    found = footprint(card("t5-small"), 128, 64)
    need = found.peak_bytes + PROGRAM_BYTES
    assert needed_bytes(found, device(2**33)) == need
    for share, said in ((0.69, "fits"), (0.71, "tight"), (0.89, "tight"), (0.91, "does not fit")):
        assert fit(found, device(need / share), found.weights_bytes) == said


def test_a_card_with_memory_of_its_own_holds_no_program():
    found = footprint(card("bart-large"), 128, 64)
    for kind, beside in (("cpu", PROGRAM_BYTES), ("mps", PROGRAM_BYTES), ("cuda", 0)):
        assert needed_bytes(found, device(2**34, kind)) == found.peak_bytes + beside
    # It fits there with room to spare, and beside the program it would not.
    memory = found.peak_bytes / 0.69
    assert fit(found, device(memory, "cuda"), 2**34) == "fits"
    assert fit(found, device(memory, "cpu"), 2**34) == "does not fit"
    assert "program" not in (why_not(found, device(1e9, "cuda"), 2**34) or "")


def test_the_limit_for_models_is_part_of_the_verdict():
    found = footprint(card("bart-large"), 128, 64)
    machine = device(2**36)
    assert fit(found, machine, found.weights_bytes) == "fits"
    assert fit(found, machine, found.weights_bytes - 1) == "does not fit"
    with pytest.raises(ExplorerError, match=r"1\.63 GB .* limit for models is 1 GB.*BUDGET"):
        check_fits(found, machine, 10**9)


def test_what_does_not_fit_is_refused_with_the_numbers():
    found = footprint(card("bart-large"), 512, 64, 4)
    check_fits(found, Device("cpu", "big", 2**40), 2**39)
    with pytest.raises(ExplorerError) as refused:
        check_fits(found, Device("cpu", "small", 1_000_000_000), 2**39)
    said = str(refused.value)
    for part in ("bart-large", "512", "64", "1.63 GB", "float32", "1 GB", "smaller model"):
        assert part in said
    assert f"{TIGHT_SHARE * 1000:.0f} MB" in said
