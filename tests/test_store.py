import gc
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import pytest

import explorer
from explorer.cards import facts_of
from explorer.catalog import read_configuration
from explorer.checkpoint import open_checkpoint
from explorer.errors import ExplorerError
from explorer.fit import TIGHT_SHARE, USUAL_READ, USUAL_WRITTEN, fit, needed_bytes
from explorer.footprint import footprint_of
from explorer.loading import LoadProgress, ModelStore
from tests.conftest import Checkpoint
from tests.waiting import PATIENCE_SECONDS, until

CPU = explorer.Device("cpu", "test", 2**33)


def size(folder: Path) -> int:
    return facts_of("x", read_configuration(folder)).memory_bytes


def ready(store: ModelStore, name: str) -> bool:
    state = store.state(name)
    return state is not None and state.stage == "ready"


@pytest.fixture
def three(checkpoint: Checkpoint) -> tuple[str, str, str]:
    return str(checkpoint("t5")), str(checkpoint("bart")), str(checkpoint("marian"))


def test_the_least_recently_used_model_goes_first(three: tuple[str, str, str]) -> None:
    first, second, third = three
    budget = sum(size(Path(name)) for name in three) - 1
    store = ModelStore(budget, CPU)
    store.load(first)
    store.load(second)
    assert store.peek(first) is not None  # a use: now the second is the oldest
    store.load(third)
    assert store.names() == (first, third)
    assert store.state(second) is None
    assert store.peek(second) is None
    assert store.used_bytes() == size(Path(first)) + size(Path(third)) <= budget


def test_memory_counts_exactly_what_the_module_holds(checkpoint: Checkpoint) -> None:
    store = ModelStore(2**33, CPU)
    for family in ("t5", "bart", "nllb", "marian", "mt5"):
        before = store.used_bytes()
        module = store.load(str(checkpoint(family))).module
        tensors = {*module.parameters(), *module.buffers()}
        assert store.used_bytes() - before == sum(one.nbytes for one in tensors)


def test_an_evicted_model_is_really_freed(three: tuple[str, str, str]) -> None:
    store = ModelStore(max(size(Path(name)) for name in three), CPU)
    module = weakref.ref(store.load(three[0]).module)
    store.load(three[1])
    gc.collect()
    assert module() is None


def test_a_leased_model_stays_whatever_comes(three: tuple[str, str, str]) -> None:
    first, second, third = three
    store = ModelStore(size(Path(first)) + size(Path(second)), CPU)
    with store.lease(first) as model:
        store.load(second)
        store.load(third)  # the second goes, although the first is older
        assert store.names() == (first, third)
        assert store.peek(first) is model
        assert not store.release(first)
    assert store.release(first)
    assert store.names() == (third,)


def test_without_room_beside_leased_models_the_figures_are_named(
    three: tuple[str, str, str],
) -> None:
    first, second, _ = three
    store = ModelStore(size(Path(second)) + 1000, CPU, room_wait_seconds=0.05)
    with (
        store.lease(first),
        pytest.raises(ExplorerError, match=r"no room for bart \(312 kB\).* limit is 313 kB"),
    ):
        store.load(second)
    store.load(second)
    assert store.names() == (second,)


def test_a_load_waits_for_a_lease_to_end(three: tuple[str, str, str]) -> None:
    first, second, _ = three
    store = ModelStore(size(Path(second)) + 1000, CPU, room_wait_seconds=PATIENCE_SECONDS)
    with store.lease(first):
        store.start(second)
        until(lambda: "given back" in (store.state(second) or LoadProgress("")).message)
        assert store.state(second) == LoadProgress(
            "queued", 0, size(Path(second)), "Waiting for a model in use to be given back."
        )
        assert store.names() == (first,)
    until(lambda: ready(store, second))
    assert store.names() == (second,)


def waits_for_room(store: ModelStore, name: str) -> bool:
    return "given back" in (store.state(name) or LoadProgress("")).message


def test_leases_that_begin_before_the_last_one_ends_do_not_starve_a_load(
    three: tuple[str, str, str],
) -> None:
    first, second, _ = three
    store = ModelStore(size(Path(second)) + 1000, CPU, room_wait_seconds=PATIENCE_SECONDS)
    ended, told, later = threading.Event(), threading.Event(), threading.Event()

    def lease_again() -> None:
        with store.lease(first, lambda _: told.set()):
            assert ended.is_set()
            later.set()

    with store.lease(first):
        store.start(second)
        until(lambda: waits_for_room(store, second))
        again = threading.Thread(target=lease_again, daemon=True)
        again.start()
        assert told.wait(PATIENCE_SECONDS)
        assert not later.is_set()
        # Who has a lease already gets another one: the load may wait for this very thread.
        with store.lease(first), store.keep(first):
            pass
        ended.set()
    until(lambda: ready(store, second))
    again.join(PATIENCE_SECONDS)
    assert later.is_set()


def test_a_load_that_lacks_room_holds_up_no_lease_for_good(three: tuple[str, str, str]) -> None:
    first, second, _ = three
    store = ModelStore(size(Path(second)) + 1000, CPU, room_wait_seconds=0.5)
    got = threading.Event()

    def lease_again() -> None:
        with store.lease(first):
            got.set()

    with store.lease(first):
        store.start(second)
        until(lambda: waits_for_room(store, second))
        threading.Thread(target=lease_again, daemon=True).start()
        assert got.wait(PATIENCE_SECONDS)
        assert "no room for bart" in (store.state(second) or LoadProgress("")).message


def test_a_model_started_in_the_background_stays_until_it_can_be_seen(
    three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = three
    store = ModelStore(size(Path(second)) + 1000, CPU, room_wait_seconds=0.05)
    monkeypatch.setattr("explorer.kept_models.FRESH_SECONDS", 10 * PATIENCE_SECONDS)
    store.start(first)
    store.start(second)
    until(lambda: ready(store, first))
    until(lambda: "its turn" in (store.state(second) or LoadProgress("")).message)
    time.sleep(0.1)
    assert store.names() == (first,)
    monkeypatch.setattr("explorer.kept_models.FRESH_SECONDS", 0.0)
    until(lambda: ready(store, second))
    assert store.names() == (second,)


def test_who_waits_is_called_without_news_too_and_can_leave(
    three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = three
    monkeypatch.setattr("explorer.store.NEWS_SECONDS", 0.01)
    store = ModelStore(size(Path(second)) + 1000, CPU, room_wait_seconds=PATIENCE_SECONDS)
    told: list[LoadProgress] = []

    def leave(progress: LoadProgress) -> None:
        told.append(progress)
        if told.count(progress) == 3:
            raise KeyboardInterrupt

    with store.lease(first):
        with pytest.raises(KeyboardInterrupt), store.lease(second, leave):
            pass
        assert "given back" in told[-1].message or "turn" in told[-1].message
        assert store.cancel(second)
    assert store.release(first)


def test_more_loads_than_the_limit_are_refused_with_a_sentence(
    three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = three
    monkeypatch.setattr("explorer.load_queue.MAX_LOADS", 1)
    store = ModelStore(size(Path(second)), CPU, room_wait_seconds=PATIENCE_SECONDS)
    with store.lease(first):
        store.start(second)
        until(lambda: waits_for_room(store, second))
        threads = threading.active_count()
        store.start(third)
        assert threading.active_count() == threads
        with pytest.raises(ExplorerError, match=r"marian was not loaded: 1 other models"):
            store.load(third)
        assert store.state(first) is not None
    until(lambda: ready(store, second))
    assert store.load(third).name == third


def test_a_lease_ends_also_when_the_work_fails(three: tuple[str, str, str]) -> None:
    store = ModelStore(2**33, CPU)
    with pytest.raises(ZeroDivisionError), store.lease(three[0]):
        raise ZeroDivisionError
    assert store.release(three[0])


def test_a_load_that_is_refused_pushes_nobody_out(three: tuple[str, str, str]) -> None:
    first, second, third = three
    budget = size(Path(first)) + size(Path(second))
    store = ModelStore(budget, CPU, room_wait_seconds=0.05)
    kept = store.load(first)
    with store.lease(second) as leased:
        assert size(Path(third)) + size(Path(second)) > budget
        with pytest.raises(ExplorerError, match="no room for marian"), store.lease(third):
            pass
        assert store.names() == (first, second)
        assert store.peek(first) is kept
        assert store.peek(second) is leased


def test_a_load_without_room_lets_others_pass(three: tuple[str, str, str]) -> None:
    small, leased, large = three
    budget = size(Path(leased)) + size(Path(small))
    store = ModelStore(budget, CPU, room_wait_seconds=PATIENCE_SECONDS)
    with store.lease(leased):
        store.start(large)
        until(lambda: "given back" in (store.state(large) or LoadProgress("")).message)
        store.load(small)
        assert store.names() == (leased, small)
    until(lambda: ready(store, large))


def test_who_waits_for_a_model_gets_it_before_it_can_go(three: tuple[str, str, str]) -> None:
    first, second, _ = three
    store = ModelStore(size(Path(second)) + 1000, CPU, room_wait_seconds=0.05)
    looked, go_on = threading.Event(), threading.Event()
    got: list[object] = []

    def look_for_long(_: LoadProgress) -> None:
        looked.set()
        assert go_on.wait(PATIENCE_SECONDS)

    waiting = threading.Thread(target=lambda: got.append(store.load(first, look_for_long)))
    waiting.start()
    assert looked.wait(PATIENCE_SECONDS)
    until(lambda: ready(store, first))
    with pytest.raises(ExplorerError, match="no room for bart"):
        store.load(second)
    go_on.set()
    waiting.join(PATIENCE_SECONDS)
    assert got == [store.peek(first)]
    assert store.load(second).name == second


def test_a_load_can_be_cancelled_before_its_turn(three: tuple[str, str, str]) -> None:
    first, second, _ = three
    store = ModelStore(size(Path(second)) + 1000, CPU, room_wait_seconds=PATIENCE_SECONDS)
    with store.lease(first):
        store.start(second)
        until(lambda: "given back" in (store.state(second) or LoadProgress("")).message)
        assert store.cancel(second)
        assert (store.state(second) or LoadProgress("")).message == (
            "Loading bart was cancelled: load it again when you want it."
        )
    assert store.load(second).name == second


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_load_that_is_torn_down_leaves_the_queue(
    three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ModelStore(2**33, CPU)

    def leave(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as torn:
        torn.setattr("explorer.checkpoint.open_checkpoint", leave)
        with pytest.raises(
            ExplorerError, match="t5 could not be loaded: see the log, and try again"
        ):
            store.load(three[0])
    assert store.load(three[1]).name == three[1]
    assert store.load(three[0]).name == three[0]


def test_a_system_without_threads_leaves_the_queue_empty(
    three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ModelStore(2**33, CPU)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refuse)
        with pytest.raises(ExplorerError, match=r"no more threads now\. Try again"):
            store.load(three[0])
    assert (store.state(three[0]) or LoadProgress("")).stage == "failed"
    assert store.load(three[1]).name == three[1]
    assert store.load(three[0]).name == three[0]


def test_a_model_larger_than_the_budget_is_refused_before_it_is_read(
    three: tuple[str, str, str],
) -> None:
    store = ModelStore(1000, CPU)
    with pytest.raises(
        ExplorerError,
        match=r"^t5 was not loaded: it needs 244 kB .* limit for models is 1 kB",
    ):
        store.load(three[0])
    assert store.names() == ()


def test_a_model_whose_peak_does_not_fit_is_refused_before_it_is_read(
    three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its weights alone would fit: what counts is the peak, with the program around it."""
    opened: list[object] = []
    monkeypatch.setattr("explorer.checkpoint.open_checkpoint", lambda *given: opened.append(given))
    found = footprint_of("t5", read_configuration(Path(three[0])), USUAL_READ, USUAL_WRITTEN)
    memory = round((needed_bytes(found, CPU) - 1) / TIGHT_SHARE)
    store = ModelStore(2**33, explorer.Device("cpu", "small", memory))
    with pytest.raises(ExplorerError, match=r"t5 was not loaded: with \d+ pieces to read .* peak"):
        store.load(three[0])
    assert opened == []
    # The same memory is enough where the program has its own.
    assert fit(found, explorer.Device("cuda", "card", memory), 2**33) == "fits"


def test_many_threads_that_ask_for_one_model_get_the_same(three: tuple[str, str, str]) -> None:
    store = ModelStore(2**33, CPU)
    gate = threading.Barrier(8)
    models: list[object] = []
    loads: list[LoadProgress] = []

    def ask() -> None:
        gate.wait()
        models.append(store.load(three[0], loads.append))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert len(models) == 8
    assert len({id(model) for model in models}) == 1
    assert store.used_bytes() == size(Path(three[0]))


class Builds:
    """Stands before every build: who is inside at the same time, and whether the door is open."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.door = threading.Event()
        self.inside: list[str] = []
        self.together: list[int] = []
        monkeypatch.setattr("explorer.checkpoint.open_checkpoint", self.open)

    def open(self, name: str, *rest: Any) -> Any:
        self.inside.append(name)
        self.together.append(len(self.inside))
        try:
            assert self.door.wait(PATIENCE_SECONDS)
            return open_checkpoint(name, *rest)
        finally:
            self.inside.remove(name)


def test_different_models_are_built_one_after_the_other(
    three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ModelStore(2**33, CPU)
    builds = Builds(monkeypatch)
    for name in three:
        store.start(name)
    until(lambda: builds.inside)
    time.sleep(0.2)  # the others have every chance to come in too
    builds.door.set()
    until(lambda: all(ready(store, name) for name in three))
    assert set(store.names()) == set(three)
    assert builds.together == [1, 1, 1]


def test_a_load_that_gets_its_room_waits_for_the_build_of_a_later_one(
    three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leased, large, small = three
    budget = size(Path(leased)) + size(Path(small))
    store = ModelStore(budget, CPU, room_wait_seconds=PATIENCE_SECONDS)
    store.load(leased)
    builds = Builds(monkeypatch)
    with store.lease(leased):
        store.start(large)
        until(lambda: waits_for_room(store, large))
        store.start(small)
        until(lambda: builds.inside == [small])
    until(
        lambda: "its turn" in (store.state(large) or LoadProgress("")).message or builds.inside[1:]
    )
    builds.door.set()
    until(lambda: ready(store, large))
    assert builds.together == [1, 1]


def test_a_model_that_is_being_built_is_not_cancelled(
    three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ModelStore(2**33, CPU)
    builds = Builds(monkeypatch)
    store.start(three[0])
    until(lambda: builds.inside)
    assert not store.cancel(three[0])
    builds.door.set()
    until(lambda: ready(store, three[0]))


def test_a_lease_is_a_use(three: tuple[str, str, str]) -> None:
    first, second, third = three
    store = ModelStore(sum(size(Path(name)) for name in three) - 1, CPU)
    store.load(first)
    store.load(second)
    with store.lease(first):
        pass
    store.load(third)
    assert store.names() == (first, third)


def test_a_lease_that_takes_the_room_of_a_waiting_load_is_noticed_at_once(
    three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leased, large, small = three
    budget = size(Path(leased)) + size(Path(small))
    assert size(Path(leased)) + size(Path(large)) > budget
    store = ModelStore(budget, CPU, room_wait_seconds=0.05)
    store.load(leased)
    builds = Builds(monkeypatch)
    store.start(small)
    until(lambda: builds.inside)
    store.start(large)
    until(lambda: "its turn" in (store.state(large) or LoadProgress("")).message)
    with store.lease(leased):
        until(lambda: "no room" in (store.state(large) or LoadProgress("")).message)
        assert builds.inside == [small]
        builds.door.set()
        until(lambda: ready(store, small))


def test_only_the_latest_failures_are_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.load_queue.MAX_FAILURES", 2)
    store = ModelStore(2**33, CPU)
    names = [str(tmp_path / name) for name in "abc"]
    for name in names:
        Path(name).mkdir()
        with pytest.raises(ExplorerError, match=r"no config\.json"):
            store.load(name)
    assert [store.state(name) is None for name in names] == [True, False, False]


def test_start_returns_at_once_and_does_nothing_twice(three: tuple[str, str, str]) -> None:
    store = ModelStore(2**33, CPU)
    assert store.state(three[0]) is None
    store.start(three[0])
    assert store.state(three[0]) is not None
    store.start(three[0])
    until(lambda: ready(store, three[0]))
    model = store.peek(three[0])
    store.start(three[0])
    assert ready(store, three[0])
    assert store.peek(three[0]) is model
    total = size(Path(three[0]))
    assert store.state(three[0]) == LoadProgress("ready", total, total, "In memory.")


def test_a_failure_is_kept_until_the_next_start(tmp_path: Path, checkpoint: Checkpoint) -> None:
    store = ModelStore(2**33, CPU)
    name = str(tmp_path)
    store.start(name)
    until(lambda: (store.state(name) or LoadProgress("")).stage == "failed")
    failed = store.state(name)
    assert failed is not None
    assert "no config.json" in failed.message
    assert store.names() == ()
    for file in checkpoint("t5").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert store.state(name) == failed
    store.start(name)
    until(lambda: ready(store, name))


def test_a_failed_load_leaves_the_others_alone(tmp_path: Path, three: tuple[str, str, str]) -> None:
    store = ModelStore(2**33, CPU)
    model = store.load(three[0])
    with pytest.raises(ExplorerError):
        store.load(str(tmp_path))
    store.load(three[1])
    assert store.peek(three[0]) is model
    assert store.names() == (three[1], three[0])


def test_the_progress_of_one_person_cannot_break_the_load_of_another(
    three: tuple[str, str, str],
) -> None:
    store = ModelStore(2**33, CPU)

    def leave(_: LoadProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.load(three[0], leave)
    assert store.load(three[0]).name == three[0]


def test_one_model_has_one_place_however_it_is_written(
    three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ModelStore(2**33, CPU)
    folder = Path(three[0])
    monkeypatch.chdir(folder.parent)
    model = store.load(str(folder))
    assert store.load(f"./{folder.name}") is model
    assert store.load(f"{folder}/../{folder.name}/") is model
    assert len(store.names()) == 1


def test_the_budget_comes_from_the_device_or_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("EXPLORER_MODEL_BUDGET_BYTES", raising=False)
    assert ModelStore(device=CPU).budget_bytes() == 2**32
    monkeypatch.setenv("EXPLORER_MODEL_BUDGET_BYTES", "4_000_000")
    assert ModelStore(device=CPU).budget_bytes() == 4_000_000
    for wrong in ("4GB", "-1", "0", "1e9"):
        monkeypatch.setenv("EXPLORER_MODEL_BUDGET_BYTES", wrong)
        with pytest.raises(ExplorerError, match="number of bytes"):
            ModelStore(device=CPU).budget_bytes()


def test_a_store_under_pressure_stays_within_its_budget(checkpoint: Checkpoint) -> None:
    names = [str(checkpoint(family)) for family in ("t5", "bart", "marian", "nllb")]
    budget = 2 * max(size(Path(name)) for name in names)
    store = ModelStore(budget, CPU, room_wait_seconds=PATIENCE_SECONDS)
    failures: list[BaseException] = []
    most: list[int] = []

    def work(turn: int) -> None:
        try:
            for step in range(6):
                with store.lease(names[(turn + step) % len(names)]) as model:
                    most.append(store.used_bytes())
                    assert store.peek(model.name) is model
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE_SECONDS)
    assert not failures
    assert len(most) == 24
    assert max(most) <= budget
