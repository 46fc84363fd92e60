"""From a register map to the cheapest legal reads that fetch it.

Everything that is needed to judge a point is read in the same cycle as the point: the bits that
speak of its quality, the register that scales it, those that choose orders and units. Texts that
name the controller are planned apart: they are read once, when the connection opens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from drivers.modbus.datatypes import Area
from drivers.modbus.linecost import LineCost
from drivers.modbus.mapspec import Band, Transport
from drivers.modbus.pointspec import PointSpec
from drivers.modbus.regmap import RegisterMap


@dataclass(frozen=True, slots=True)
class Block:
    """One read request: ``count`` registers (or bits) of an area from a wire address.

    ``every_s`` is how often it is worth reading: 0 is every cycle.
    """

    area: Area
    address: int
    count: int
    every_s: float = 0.0

    @property
    def end(self) -> int:
        """The first address after the block."""
        return self.address + self.count

    def covers(self, area: Area, address: int, count: int) -> bool:
        """Whether a run of addresses lies wholly inside."""
        return self.area is area and self.address <= address and address + count <= self.end


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A run of addresses that must arrive in one read, and how often."""

    area: Area
    start: int
    end: int
    every_s: float = 0.0


def plan(regmap: RegisterMap, line: LineCost | None = None) -> tuple[Block, ...]:
    """Return the cheapest legal reads that cover all that is polled of a map.

    A value of several words is never split over two reads. ``line`` is what reads cost where the
    site connects in another way than the map says. Blocks are in order of area and address, those
    read in every cycle first.
    """
    blocks: list[Block] = []
    spans = sorted(polled_spans(regmap), key=lambda span: (span.every_s, span))
    for every_s in dict.fromkeys(span.every_s for span in spans):
        wanted = [
            span
            for span in spans
            if span.every_s == every_s
            and not any(b.covers(span.area, span.start, span.end - span.start) for b in blocks)
        ]
        blocks += _cheapest(wanted, regmap.transport, line or LineCost.of(regmap.transport))
    return tuple(blocks)


def plan_identity(regmap: RegisterMap) -> tuple[Block, ...]:
    """Return the reads of the texts that name the controller; none where the map has none."""
    texts = [Span(t.area, t.address, t.address + t.words) for t in regmap.identity]
    return tuple(_cheapest(sorted(texts), regmap.transport, LineCost.of(regmap.transport)))


def split(block: Block, regmap: RegisterMap) -> tuple[Block, ...]:
    """Return two smaller reads for one that the controller refused (exception 2), none if single.

    The block is parted at its widest gap, which is what a strict controller refuses; without a
    gap it is parted between two values near its middle.
    """
    spans = [*polled_spans(regmap), *identity_spans(regmap)]
    inside = _merged(
        Span(s.area, s.start, s.end)
        for s in spans
        if block.covers(s.area, s.start, s.end - s.start)
    )
    if len(inside) < 2:
        return ()
    middle = (inside[0].start + inside[-1].end) / 2
    at = max(
        range(1, len(inside)),
        key=lambda i: (inside[i].start - inside[i - 1].end, -abs(inside[i].start - middle)),
    )
    return tuple(
        Block(block.area, part[0].start, part[-1].end - part[0].start, block.every_s)
        for part in (inside[:at], inside[at:])
    )


def polled_spans(regmap: RegisterMap) -> Iterator[Span]:
    """Yield every run of addresses that must arrive whole, and how often it is wanted."""
    chooses: list[tuple[Area, int, float]] = []
    if regmap.order_register and regmap.readable:
        register = regmap.order_register
        fastest = min(regmap.period_s(spec) for spec in regmap.readable)
        chooses.append((register.area, register.address, fastest))
    for spec in regmap.readable:
        period_s = regmap.period_s(spec)
        yield Span(spec.area, spec.address, spec.end, period_s)
        chooses += [(area, address, period_s) for area, address in _judges(spec, regmap)]
    for members in regmap.atomic_groups.values():
        first, end = min(m.address for m in members), max(m.end for m in members)
        yield Span(members[0].area, first, end, regmap.period_s(members[0]))
    for area, address, period_s in chooses:
        yield Span(area, address, address + 1, period_s)


def identity_spans(regmap: RegisterMap) -> Iterator[Span]:
    """Yield the runs of addresses that hold the texts which name the controller."""
    for text in regmap.identity:
        yield Span(text.area, text.address, text.address + text.words)


def _judges(spec: PointSpec, regmap: RegisterMap) -> Iterator[tuple[Area, int]]:
    """The registers and bits without which a point's words mean nothing."""
    for bit in spec.quality_bits:
        yield bit.area, bit.address
    if spec.scale_from:
        yield spec.scale_from.area, spec.scale_from.address
    for register in regmap.units_registers:
        if register.id == spec.unit_from:
            yield register.area, register.address


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Join spans that share addresses: bits singled out of one register, repeated fault words."""
    merged: list[Span] = []
    for span in sorted(spans):
        last = merged[-1] if merged else None
        if last and last.area is span.area and span.start < last.end:
            merged[-1] = Span(last.area, last.start, max(last.end, span.end), last.every_s)
        else:
            merged.append(span)
    return merged


def _cheapest(spans: Sequence[Span], transport: Transport, line: LineCost) -> Iterator[Block]:
    merged = _merged(spans)
    for area in dict.fromkeys(span.area for span in merged):
        yield from _partition([span for span in merged if span.area is area], transport, line)


def _partition(spans: Sequence[Span], transport: Transport, line: LineCost) -> list[Block]:
    """Part the sorted spans of one area into consecutive reads of least total cost.

    ``cost[i]`` is the least cost of reading the first ``i`` spans, ``cut[i]`` where its last read
    begins.
    """
    area = spans[0].area
    cost, cut = [0.0], [0]
    for end in range(1, len(spans) + 1):
        options = [
            (cost[start] + line.read_ms(area, spans[end - 1].end - spans[start].start), start)
            for start in _legal_starts(spans, end, transport)
        ]
        best, start = min(options)
        cost.append(best)
        cut.append(start)
    blocks: list[Block] = []
    end = len(spans)
    while end:
        first, last = spans[cut[end]], spans[end - 1]
        blocks.append(Block(area, first.start, last.end - first.start, first.every_s))
        end = cut[end]
    return blocks[::-1]


def _legal_starts(spans: Sequence[Span], end: int, transport: Transport) -> Iterator[int]:
    """Yield from which span a read that ends with span ``end - 1`` may begin, nearest first."""
    area, last = spans[0].area, spans[end - 1]
    most = transport.max_read_bits if area.is_bits else transport.max_read_registers
    yield end - 1
    for start in range(end - 2, -1, -1):
        if spans[start + 1].start - spans[start].end > transport.widest_gap:
            return
        if last.end - spans[start].start > most:
            return
        if _crosses(transport.bands, area, spans[start].start, last.end - 1):
            return
        yield start


def _crosses(bands: Iterable[Band], area: Area, first: int, last: int) -> bool:
    """Whether a read leaves or enters a band."""
    return any(
        band.area is area
        and first <= band.last
        and last >= band.first
        and not (band.first <= first and last <= band.last)
        for band in bands
    )
