"""What is timed is what is said: known times and known work go in, and must come out."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import explorer
from explorer import architecture_cost, arithmetic, fixed_costs, speed
from explorer.architecture_cost import Count, Runner
from explorer.arithmetic import STREAM_BYTES, STREAM_ROWS
from explorer.device import Device
from explorer.estimate import estimate
from explorer.fixed_costs import SMALL_BEAMS, SMALL_LAYERS, SMALL_STEPS, fixed
from explorer.stopping import Passes
from tests import loaded

CPU = Device("cpu", "test", 2**33)
READS, WRITES = 3.0, 2.0
STEPS = 4


class Clock:
    """A clock that goes on only when it is told to."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now

    def goes_on(self, seconds):
        def hook(*_):
            self.now += seconds

        return hook


def passes():
    return Passes("test", None, None)


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("family", ["t5", "bart"])
def test_reading_is_the_encoder_and_writing_the_decoder(family, beams, monkeypatch):
    model, clock = loaded.loaded(family), Clock()
    monkeypatch.setattr(speed, "time", clock)
    module = model.module
    hooks = [
        module.get_encoder().register_forward_pre_hook(clock.goes_on(READS)),
        module.get_decoder().register_forward_pre_hook(clock.goes_on(WRITES)),
    ]
    try:
        found = speed.timed(module, model.rules, (5, 6, 7), STEPS, beams, passes())
        whole = speed.speed(model, 3, STEPS, beams)
    finally:
        for hook in hooks:
            hook.remove()
    assert found == (READS, STEPS * WRITES)
    assert (whole.encode_seconds, whole.decode_seconds) == found


@pytest.mark.parametrize("width", [128, 768])
def test_operations_a_second_are_those_that_torch_counts(width, monkeypatch):
    counted = []

    def half_a_second(device, work):
        with FlopCounterMode(display=False) as counter:
            work()
        counted.append(counter.get_total_flops())
        return 0.5

    monkeypatch.setattr(arithmetic, "_repeated", half_a_second)
    assert arithmetic._flops(CPU, width) == counted[0] / 0.5 > 0


def test_bytes_a_second_are_those_of_the_weights_that_are_read(monkeypatch):
    counted, rows = [], []
    linear = torch.nn.functional.linear

    def watched(row, matrix):
        counted[-1] += matrix.nbytes
        rows[-1].add(row.shape[0])
        return linear(row, matrix)

    def half_a_second(device, work):
        counted.append(0)
        rows.append(set())
        work()
        return 0.5

    monkeypatch.setattr(arithmetic, "_repeated", half_a_second)
    monkeypatch.setattr(torch.nn.functional, "linear", watched)
    found = arithmetic._bytes_per_second(CPU)
    assert found == tuple(each / 0.5 for each in counted)
    assert counted == [STREAM_BYTES] * len(STREAM_ROWS)
    assert rows == [{each} for each in STREAM_ROWS]


def test_some_work_takes_its_time_once(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(arithmetic, "time", clock)
    assert arithmetic._repeated(CPU, clock.goes_on(2.0)) == 2.0


def test_fixed_costs_are_told_apart(monkeypatch):
    """Two depths and two kinds of search, whose times are known lines."""

    def known(module, rules, ids, target, beams, passes, cancelled=None):
        layers = module.config.num_hidden_layers
        step = 0.3 + 0.05 * layers if beams == 1 else 0.7 + 0.06 * layers
        assert (target, beams) in ((SMALL_STEPS, 1), (SMALL_STEPS, SMALL_BEAMS))
        assert layers in SMALL_LAYERS
        return 0.1 + 0.02 * layers, target * step

    monkeypatch.setattr(fixed_costs, "timed", known)
    for family in ("t5", "bart"):
        found = fixed(CPU, family, passes(), None)
        assert vars(found) == pytest.approx(
            {
                "encode": 0.1, "encode_layer": 0.02,
                "step": 0.3, "step_layer": 0.05,
                "beam_step": 0.7, "beam_step_layer": 0.06,
            }
        )  # fmt: skip


def test_a_cost_is_what_was_run(monkeypatch):
    """Seconds from a clock that is known, bytes of tensors whose sizes are known."""
    clock, seconds = Clock(), iter((5.0, 1.0, 3.0, 100.0))
    monkeypatch.setattr(architecture_cost, "time", clock)

    def run(length):
        clock.now += next(seconds)
        first = torch.zeros(1000)  # 4,000 bytes
        second = torch.zeros(500, dtype=torch.float64)  # 4,000 bytes beside it
        del first
        third = torch.zeros(750)  # 3,000 bytes in place of the first
        del second, third
        return Count(passes=length, positions=2 * length, cache_bytes=123)

    found = architecture_cost._cost(Runner("decoder-only", "some model", 99, run), 6, 3)
    assert (found.architecture, found.model, found.parameters) == ("decoder-only", "some model", 99)
    assert (found.length, found.passes, found.positions) == (6, 6, 12)
    assert found.seconds == 3.0
    assert found.peak_bytes == 8000
    assert found.cache_bytes == 123


@pytest.mark.parametrize("name", ["miniature-t5", "miniature-bart"])
def test_an_estimate_is_of_the_size_of_the_measurement(name):
    """As loose as a machine with other work needs; the benchmarks ask for more."""
    model = explorer.load(name)
    machine = arithmetic.measure(model.device)
    for beams in (1, 4):
        measured = speed.speed(model, 32, 16, beams)
        guess = estimate(model.card, machine, 32, 16, beams)
        for pair in (
            (guess.encode_seconds, measured.encode_seconds),
            (guess.decode_seconds, measured.decode_seconds),
        ):
            assert max(pair) / min(pair) < 10
