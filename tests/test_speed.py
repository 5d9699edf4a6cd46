"""Speeds measured and estimated: their structure, their order, and that they can be stopped."""

import math
from contextlib import nullcontext
from dataclasses import replace
from threading import Event, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import arithmetic, catalog
from explorer.arithmetic import STREAM_ROWS, WIDTHS, Arithmetic
from explorer.device import Device
from explorer.errors import ExplorerError
from explorer.estimate import decoder_matrices, encoder_matrices, estimate
from explorer.families import read_shape
from explorer.fixed_costs import Fixed
from explorer.footprint import decoder_width, matrices
from explorer.speed import PASSES, REPEATS, speed, speeds
from tests import loaded

FIXED = Fixed(1e-4, 1e-4, 1e-3, 1e-4, 2e-3, 2e-4)
MACHINE = Arithmetic(
    "cpu test", 4, (1e11,) * len(WIDTHS), (1e10,) * len(STREAM_ROWS), FIXED, replace(FIXED, step=0)
)
NAMES = st.sampled_from([card.name for card in catalog.MODELS])


def card(name: str) -> catalog.ModelCard:
    found = catalog.find(name)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def machine() -> Arithmetic:
    return arithmetic.measure(Device("cpu", "test", 2**33))


def test_a_measurement_says_what_was_measured():
    model = loaded.loaded("bart")
    told = []
    found = speed(model, 12, 6, 2, progress=lambda done, total: told.append((done, total)))
    assert (found.name, found.source_tokens, found.target_tokens, found.beams) == (
        model.name, 12, 6, 2,
    )  # fmt: skip
    assert found.repeats == REPEATS
    assert not found.estimated
    assert found.encode_rate == 12 / found.encode_seconds > 0
    assert found.decode_rate == 6 / found.decode_seconds > 0
    assert told == [(done, PASSES) for done in range(1, PASSES + 1)]


def test_lengths_are_cut_to_what_the_model_can():
    model = loaded.loaded("bart")
    most = model.facts.max_source_tokens
    assert speed(model, most + 500, 2).source_tokens == most
    assert estimate(model.card, MACHINE, 10**4, 2).source_tokens == min(
        10**4, catalog.facts(model.card).max_source_tokens
    )


def test_speeds_come_one_by_one_and_only_while_somebody_asks():
    asked = []
    models = {name: loaded.loaded(name) for name in ("t5", "marian", "bart")}

    def lease(name):
        asked.append(name)
        return nullcontext(models[name])

    told = []
    found = speeds(
        [lambda name=name: lease(name) for name in models],
        8, 4, progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert next(found).name == models["t5"].name
    assert asked == ["t5"]
    assert next(found).name == models["marian"].name
    assert told[-1] == (2 * PASSES, 3 * PASSES)
    found.close()
    assert asked == ["t5", "marian"]


def test_a_measurement_is_stopped_within_a_piece():
    model = loaded.loaded("t5")
    cancelled = Event()
    cancelled.set()
    with pytest.raises(ExplorerError, match="stopped before its first pass"):
        speed(model, 8, 4, cancelled=cancelled)
    cancelled = Event()
    failed = []

    def work():
        # More pieces than anybody waits for, unless it ends in the midst of them.
        try:
            speed(model, 8, 512, 16, cancelled, lambda done, total: None)
        except ExplorerError as error:
            failed.append(str(error))

    model = replace(model, facts=replace(model.facts, max_target_tokens=512))
    thread = Thread(target=work)
    thread.start()
    cancelled.set()
    thread.join(60)
    assert not thread.is_alive()
    assert "stopped" in failed[0]


def test_the_machine_is_measured_with_progress_and_stops(machine):
    assert len(machine.flops) == len(WIDTHS)
    assert len(machine.bytes_per_second) == len(STREAM_ROWS)
    figures = [*machine.flops, *machine.bytes_per_second]
    assert all(math.isfinite(each) and each > 0 for each in figures)
    for fixed in (machine.relative, machine.absolute):
        assert all(math.isfinite(each) and each >= 0 for each in vars(fixed).values())
        assert fixed.step + fixed.step_layer > 0
    assert machine.flops_at(1000) == machine.flops[WIDTHS.index(1024)]
    assert machine.stream_at(1) == machine.bytes_per_second[0]
    told = []
    cancelled = Event()

    def tell(done, total):
        told.append((done, total))
        if done == 3:
            cancelled.set()

    with pytest.raises(ExplorerError, match="after 3 of"):
        arithmetic.measure(Device("cpu", "test", 2**33), cancelled, tell)
    assert [done for done, _ in told] == [1, 2, 3]
    whole = []
    arithmetic.measure(
        Device("cpu", "test", 2**33), progress=lambda done, total: whole.append((done, total))
    )
    assert whole == [(done, whole[0][1]) for done in range(1, whole[0][1] + 1)]


def test_measuring_moves_no_generator_that_others_use():
    import torch

    torch.manual_seed(5)
    first = torch.rand(1)
    torch.manual_seed(5)
    arithmetic.measure(Device("cpu", "test", 2**33))
    assert torch.equal(torch.rand(1), first)


@settings(max_examples=60, deadline=None)
@given(NAMES, st.integers(2, 1500), st.integers(2, 1500), st.integers(1, 15))
def test_more_of_anything_takes_no_less_time(name, source, target, beams):
    found = estimate(card(name), MACHINE, source, target, beams)
    assert found.estimated
    for more in (
        estimate(card(name), MACHINE, source + 1, target, beams),
        estimate(card(name), MACHINE, source, target + 1, beams),
        estimate(card(name), MACHINE, source, target, beams + 1),
    ):
        assert more.encode_seconds >= found.encode_seconds
        assert more.decode_seconds >= found.decode_seconds
    slow = replace(MACHINE, flops=(1e10,) * len(WIDTHS), bytes_per_second=(1e9, 1e9, 1e9))
    slower = estimate(card(name), slow, source, target, beams)
    assert slower.encode_seconds > found.encode_seconds
    assert slower.decode_seconds > found.decode_seconds


def test_an_estimate_is_the_sum_of_its_parts():
    # One beam of a model whose steps are bound by memory: counted by hand.
    found = estimate(card("bart-base"), MACHINE, 100, 10)
    shape = read_shape(card("bart-base").configuration)
    d, f, layers, vocabulary = 768, 3072, 6, 50265
    weights = layers * (6 * d * d + 2 * d * f) + vocabulary * d
    cache = 2 * layers * d * (3 * 5 + 100)
    step = (weights + cache) * 4 / 1e10 + 0 + layers * 1e-4
    bridge = 2 * 100 * 2 * d * d * layers / 1e11 + 2 * d * d * layers * 4 / 1e10
    assert found.decode_seconds == pytest.approx(10 * step + bridge)
    matrices_read = layers * (4 * d * d + 2 * d * f)
    read = 2 * 100 * matrices_read + 4 * 100**2 * d * layers
    fetched = matrices_read * 4 / 1e10
    assert found.encode_seconds == pytest.approx(read / 1e11 + fetched + 1e-4 + layers * 1e-4)
    bridges = 2 * shape.d_model * decoder_width(shape) * shape.decoder_layers
    assert encoder_matrices(shape) + decoder_matrices(shape) + bridges == matrices(shape)[0]


@pytest.mark.parametrize(("source", "streamed"), [(1, 1e10), (5, 5e9), (16, 4e9), (500, 4e9)])
def test_weights_are_fetched_as_fast_as_for_so_many_rows(source, streamed):
    slower = replace(MACHINE, bytes_per_second=(1e10, 5e9, 4e9), flops=(1e30,) * len(WIDTHS))
    found = estimate(card("bart-base"), slower, source, 10)
    numbers = encoder_matrices(read_shape(card("bart-base").configuration))
    assert found.encode_seconds == pytest.approx(numbers * 4 / streamed + 7e-4)


def test_larger_models_of_one_design_are_estimated_slower():
    small, base = (estimate(card(f"t5-{size}"), MACHINE, 128, 64) for size in ("small", "base"))
    assert small.decode_rate > base.decode_rate
    assert small.encode_rate > base.encode_rate
    cut, whole = (
        estimate(card(name), MACHINE, 128, 64) for name in ("distilbart-cnn-12-6", "bart-large-cnn")
    )
    assert cut.encode_seconds == whole.encode_seconds
    assert cut.decode_seconds < whole.decode_seconds
