"""One measured figure beside its peer or limit, and the table of them all."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A row of the table.

    Attributes:
        name: what is measured, in words.
        ours: our value, in `unit`.
        peer: the value of the peer measured in the same run, or a fixed limit, in `unit`.
        peer_name: what the peer or limit is.
        unit: the unit of both.
        target: the largest ratio of ours to the peer that is good enough; None only reports.
    """

    name: str
    ours: float
    peer: float
    peer_name: str
    unit: str
    target: float | None

    @property
    def ratio(self) -> float:
        """Ours divided by the peer's."""
        return self.ours / self.peer

    @property
    def met(self) -> bool:
        """Whether the ratio is within the target."""
        return self.target is None or self.ratio <= self.target


def _verdict(figure: Figure) -> str:
    """Whether the target is met; what has none is only reported."""
    if figure.target is None:
        return "–"
    return "yes" if figure.met else "no"


def _value(number: float, unit: str) -> str:
    """Three digits, and all before the point."""
    shown = f"{number:,.0f}" if number >= 1_000 else f"{number:.3g}"
    return f"{shown} {unit}".strip()


def markdown(figures: list[Figure]) -> str:
    """The table as Markdown, one row a figure."""
    rows = [
        "| figure | ours | peer or limit | ratio | target | met |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for figure in figures:
        target = "–" if figure.target is None else f"≤ {figure.target:.2f}"
        rows.append(
            f"| {figure.name} | {_value(figure.ours, figure.unit)} "
            f"| {_value(figure.peer, figure.unit)} ({figure.peer_name}) "
            f"| {figure.ratio:.2f} | {target} | {_verdict(figure)} |"
        )
    return "\n".join(rows)
