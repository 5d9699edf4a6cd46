"""Heat maps on a page, and the cell of one that was clicked."""

from collections.abc import Callable
from typing import Literal

from explorer.charts.attention_steps import SELECTION, HeatMap
from explorer.dashboard import clicks
from explorer.dashboard.clicks import Point


def draw(
    chart: HeatMap,
    key: str,
    on_pick: Callable[[int, int], None] | None,
    words: str,
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """A heat map.

    Args:
        chart: the map.
        key: tells it apart from every other one on the page.
        on_pick: called with the row and the column of a cell that was clicked; None: no click.
        words: what it shows, for who cannot see it.
        width: as wide as there is room, or as the map itself says.
    """

    def picked(point: Point) -> None:
        if on_pick is not None:
            on_pick(int(point["row"]), int(point["column"]))

    clicks.draw(chart, key, SELECTION, words, picked if on_pick else None, width)
