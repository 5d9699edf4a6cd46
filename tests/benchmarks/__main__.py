"""Measure everything and print one table: `python -m tests.benchmarks [decoding] [dashboard] ...`.

Named parts are measured alone. `--json FILE` writes the figures to a file too. `--keep` writes them
where later runs find them, and the table into the README. A figure whose ratio is much worse than
the kept one is named at the end; times are not compared, since machines differ.
"""

import argparse
import sys
import time
from pathlib import Path

from tests.benchmarks import (
    attribution,
    beams,
    bertviz,
    dashboard,
    decoding,
    estimate,
    load,
    observation,
    sandbox,
    timeline,
)
from tests.benchmarks.record import KEPT, README, from_json, regressions, to_json, with_table
from tests.benchmarks.table import Figure, markdown

PARTS = {
    "decoding": decoding.figures,
    "observation": observation.figures,
    "beams": beams.figures,
    "attribution": attribution.figures,
    "timeline": timeline.figures,
    "bertviz": bertviz.figures,
    "estimate": estimate.figures,
    "dashboard": dashboard.figures,
    "sandbox": sandbox.figures,
    "load": load.figures,
}


def main(arguments: list[str]) -> int:
    """Measure the parts named (all of them by default).

    Returns:
        1 if a target was missed or a ratio has become much worse, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--keep", action="store_true", help="compare later runs with this one")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.parts if name not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]}; choose of {', '.join(PARTS)}")
    figures = [figure for name in asked.parts or PARTS for figure in _measured(name)]
    print(markdown(figures))
    if asked.json:
        asked.json.write_text(to_json(figures))
    kept = from_json(KEPT.read_text()) if KEPT.exists() else []
    worse = regressions(figures, kept)
    print("", *worse, sep="\n")
    if asked.keep:
        names = {figure.name for figure in figures}
        figures = [*(each for each in kept if each.name not in names), *figures]
        KEPT.write_text(to_json(figures))
        README.write_text(with_table(README.read_text(), markdown(figures)))
    return 0 if not worse and all(figure.met for figure in figures) else 1


def _measured(part: str) -> list[Figure]:
    """The figures of a part; how long it took is said beside the table."""
    begin = time.monotonic()
    figures = PARTS[part]()
    print(f"{part}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
