"""Measure everything and print one table: `python -m tests.benchmarks [decoding] [dashboard] ...`.

Named parts are measured alone.
"""

import sys

from tests.benchmarks import (
    attribution,
    beams,
    bertviz,
    dashboard,
    decoding,
    estimate,
    observation,
    sandbox,
    timeline,
)
from tests.benchmarks.table import markdown

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
}


def main(names: list[str]) -> int:
    """Measure the parts named (all of them by default); 1 if a target was missed."""
    figures = [figure for name in names or PARTS for figure in PARTS[name]()]
    print(markdown(figures))
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
