"""Which addresses a simulated controller answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.modbus.consistency import asked_for
from drivers.modbus.regmap import Area, RegisterMap


@dataclass(frozen=True, slots=True)
class Span:
    """A run of addresses that the controller answers; ``end`` is the first it does not."""

    start: int
    end: int


def spans_of(regmap: RegisterMap, area: Area, widest_gap: int | None = None) -> tuple[Span, ...]:
    """Return what is answered: all that the map names, and the holes that may be read across.

    ``widest_gap`` takes the place of what the map says of holes. A band's edge parts two spans.
    """
    gap = regmap.transport.widest_gap if widest_gap is None else widest_gap
    bands = [band for band in regmap.transport.bands if band.area is area]
    spans: list[Span] = []
    for start, end in sorted(_used(regmap, area)):
        last = spans[-1] if spans else None
        edge = last is not None and any(
            (band.first <= last.start <= band.last) != (band.first <= start <= band.last)
            for band in bands
        )
        if last is not None and start - last.end <= gap and not edge:
            spans[-1] = Span(last.start, max(end, last.end))
        else:
            spans.append(Span(start, end))
    return tuple(spans)


def _used(regmap: RegisterMap, area: Area) -> Iterator[tuple[int, int]]:
    """Yield ``(first, end)`` of everything that is ever asked for."""
    for _, own, address, count in asked_for(regmap):
        if own is area:
            yield address, address + count
    for spec in regmap.points:
        if spec.area is area:
            yield spec.address, spec.end
