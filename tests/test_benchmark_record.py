"""What is kept of a benchmark, and what counts as worse."""

import pytest

from tests.benchmarks.record import (
    BEGIN,
    END,
    KEPT,
    README,
    from_json,
    regressions,
    to_json,
    with_table,
)
from tests.benchmarks.table import Figure, markdown


def figure(name: str, ours: float, target: float | None = 1.0) -> Figure:
    return Figure(name, ours, 2.0, "peer", "s", target)


def test_figures_come_back_from_json_as_they_were() -> None:
    figures = [figure("a", 1.5), figure("b", 3.0, None), figure("c", 5.0)]
    assert from_json(to_json(figures)) == figures
    assert '"met": true' in to_json(figures[:1])
    assert '"met": null' in to_json(figures[1:2])
    assert '"met": false' in to_json(figures[2:])


def test_a_ratio_that_is_much_worse_is_named_and_no_other() -> None:
    kept = [figure("same", 1.0), figure("slower", 1.0), figure("better", 1.0), figure("tiny", 0.02)]
    now = [figure("same", 1.2), figure("slower", 1.4), figure("better", 0.1), figure("tiny", 0.08),
           figure("new", 9.0)]  # fmt: skip
    assert regressions(now, kept) == ["slower: the ratio is 0.70 and was 0.50."]


def test_a_slower_machine_is_no_regression() -> None:
    assert not regressions([Figure("a", 10, 20, "peer", "s", 1.0)], [figure("a", 1.0)])


def test_the_table_stands_between_the_marks_and_is_replaced_there() -> None:
    table = markdown([figure("a", 1.0)])
    readme = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    written = with_table(readme, table)
    assert written == f"before\n{BEGIN}\n{table}\n{END}\nafter\n"
    assert with_table(written, table) == written
    for without in ("nothing", f"only {BEGIN}", f"only {END}"):
        with pytest.raises(ValueError, match="lacks"):
            with_table(without, table)


def test_every_kept_figure_has_a_name_of_its_own():
    names = [each.name for each in from_json(KEPT.read_text())]
    assert len(set(names)) == len(names)


def test_the_kept_figures_stand_in_the_readme():
    assert markdown(from_json(KEPT.read_text())) in README.read_text()


def test_large_numbers_are_written_out():
    assert "| 1,132 ms | 0.00123 ms (b) |" in markdown(
        [Figure("a", 1132.3, 0.0012345, "b", "ms", 1)]
    )
    assert "| 0 | 1 (one) |" in markdown([Figure("errors", 0, 1, "one", "", 0.0)])
