"""Numbers behind a chart: its range, round steps for its scale, curves without their gaps."""

from __future__ import annotations

from math import isfinite

from console.documents.model import Chart


def range_of(chart: Chart) -> tuple[float, float]:
    """Return the lowest and the highest value to show, limits included, with a little room."""
    values = [v for s in chart.series for _, v in s.points if v is not None and isfinite(v)]
    values += [limit for limit, _ in chart.limits if isfinite(limit)]
    low, top = (min(values), max(values)) if values else (0.0, 1.0)
    room = (top - low) * 0.06 or max(abs(top) * 0.05, 0.5)
    return low - room, top + room


def span_of(chart: Chart) -> tuple[float, float]:
    """Return the first and the last second to show."""
    seconds = [s for series in chart.series for s, _ in series.points]
    seconds += [s for s, _ in chart.ticks]
    first, last = (min(seconds), max(seconds)) if seconds else (0.0, 1.0)
    return first, last if last > first else first + 1.0


def steps_of(low: float, top: float) -> list[float]:
    """Return four or so round numbers between two ends."""
    rough = (top - low) / 4
    power = 10.0 ** len(str(int(rough))) / 10 if rough >= 1 else 1.0
    while rough < power:
        power /= 10
    step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= rough)
    first = -(-low // step)
    return [round(step * n, 10) for n in range(int(first), int(top // step) + 1)]


def pieces_of(points: tuple[tuple[float, float | None], ...]) -> list[list[tuple[float, float]]]:
    """Return a curve without its gaps: missing is not drawn, and never as zero."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for seconds, value in points:
        if value is None or not isfinite(value):
            pieces.append([])
        else:
            pieces[-1].append((seconds, value))
    return [piece for piece in pieces if len(piece) > 1]
