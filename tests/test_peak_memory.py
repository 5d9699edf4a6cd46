import threading

import pytest
import torch

from explorer.peak_memory import PeakMemory


def test_by_hand():
    outside = torch.ones(1000)
    with PeakMemory() as memory:
        first = outside + 1  # 4,000 bytes
        second = first.double()  # 8,000 more
        assert memory.held_bytes == 12_000
        view = second.view(10, 100)
        del second
        assert memory.held_bytes == 12_000
        del view
        assert memory.held_bytes == 4_000
        first.add_(1)
        assert memory.held_bytes == 4_000
        third = outside.view(20, 50)
        assert memory.held_bytes == 4_000
        del first, third
        assert memory.held_bytes == 0
    assert memory.peak_bytes == 12_000


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_a_layer(mode):
    layer = torch.nn.Linear(8, 16)
    with mode(), PeakMemory() as memory:
        out = layer(torch.zeros(4, 8)).relu()
        assert memory.held_bytes == 4 * 16 * 4
    # What goes in, what the layer gives, and what relu makes of it.
    assert memory.peak_bytes in (4 * 8 * 4 + 2 * 4 * 16 * 4, 2 * 4 * 16 * 4)
    del out
    assert memory.held_bytes == 0


def test_another_thread_is_not_counted():
    kept = []
    with PeakMemory() as memory:
        other = threading.Thread(target=lambda: kept.append(torch.ones(5000) + 1))
        other.start()
        other.join()
        mine = torch.ones(10)
    assert kept[0].sum() == 10_000
    assert memory.peak_bytes == mine.nbytes
