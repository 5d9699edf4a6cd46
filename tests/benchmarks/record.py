"""The figures of a run that is kept, and what has become worse since."""

import json
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.table import Figure

KEPT = Path(__file__).with_name("figures.json")
README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
WORSE = 1.3
"""A ratio this many times the kept one is a regression: two runs on one machine differ by less."""
SMALL = 0.05
"""Ratios that differ by less are equal, whatever their quotient."""


def to_json(figures: list[Figure]) -> str:
    """The figures, with their ratios and whether each target is met, for programs."""
    rows = [
        {**asdict(each), "ratio": each.ratio, "met": each.met if each.target is not None else None}
        for each in figures
    ]
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> list[Figure]:
    """The figures of `to_json`."""
    names = Figure.__dataclass_fields__
    return [Figure(**{name: row[name] for name in names}) for row in json.loads(text)]


def regressions(now: list[Figure], kept: list[Figure]) -> list[str]:
    """A sentence for each figure whose ratio is much worse than it was."""
    before = {each.name: each.ratio for each in kept}
    return [
        f"{each.name}: the ratio is {each.ratio:.2f} and was {before[each.name]:.2f}."
        for each in now
        if each.name in before
        and each.ratio > before[each.name] * WORSE
        and each.ratio > before[each.name] + SMALL
    ]


def with_table(readme: str, table: str) -> str:
    """The README with this table between its two marks.

    Raises:
        ValueError: a mark is missing.
    """
    before, mark, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"the README lacks {BEGIN} or {END}")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"
