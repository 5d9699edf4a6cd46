from dataclasses import replace

import numpy as np
import pytest

import explorer
from explorer.dashboard.attention.reduced import HOWS, Choice, chosen, reduced
from explorer.reduction_check import check_reduced

TEXT = "translate English to German: The small dog sees the old cat."


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("stack", ["encoder", "decoder", "cross"])
@pytest.mark.parametrize(("words", "special"), [(True, True), (True, False), (False, False)])
def test_every_map_is_torchs(how, stack, words, special):
    maps = explorer.load("miniature-t5").attention(TEXT, "Der kleine Hund sieht die Katze.")
    choice = Choice(stack, how, 1, 2, (0, 2), (1, 3), words, special, "predicted")
    shown = reduced(maps, choice)
    parts = maps, stack, how, *chosen(maps, choice), shown.rows, shown.columns
    assert check_reduced(*parts, shown.weights).passed
    assert not check_reduced(*parts, shown.weights + np.float32(1e-3)).passed
    other = reduced(maps, replace(choice, layers=(1,), heads=(0,), layer=0, head=0))
    assert not check_reduced(*parts, other.weights).passed
