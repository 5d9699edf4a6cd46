"""Charts of the timeline that can be clicked."""

from collections.abc import Callable

from explorer.charts.attention_steps import HeatMap
from explorer.charts.timeline import PICKED
from explorer.dashboard import clicks
from explorer.dashboard.clicks import Point


def draw(
    chart: HeatMap, key: str, words: str, on_pick: Callable[[Point], None] | None = None
) -> None:
    """A chart; a click on one of its marks calls `on_pick` with the mark's fields.

    Args:
        chart: what to draw.
        key: of the widget.
        words: what the chart shows, for those who do not see it.
        on_pick: None where nothing can be clicked.
    """
    clicks.draw(chart, key, PICKED, words, on_pick)
