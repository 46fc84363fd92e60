"""From a register map to the block reads that fetch it."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.modbus.regmap import Area, RegisterMap


@dataclass(frozen=True, slots=True)
class Block:
    """One read request: ``count`` registers (or bits) of an area from a wire address."""

    area: Area
    address: int
    count: int

    @property
    def end(self) -> int:
        """The first address after the block."""
        return self.address + self.count


def plan(regmap: RegisterMap) -> tuple[Block, ...]:
    """Return the fewest legal reads that cover every point and sensor-fault bit of a map.

    Spans are joined across gaps of up to ``max_gap`` addresses while they stay within the
    controller's limit per read; a value of several words is never split over two reads.
    """
    spans = {(spec.area, spec.address, spec.address + spec.words) for spec in regmap.points}
    faults = [spec.sensor_fault for spec in regmap.points if spec.sensor_fault]
    spans |= {(fault.area, fault.address, fault.address + 1) for fault in faults}
    blocks: list[Block] = []
    for area, start, end in sorted(spans):
        last = blocks[-1] if blocks else None
        if last and last.area is area and _fits(regmap, last, start, end):
            blocks[-1] = Block(area, last.address, max(end, last.end) - last.address)
        else:
            blocks.append(Block(area, start, end - start))
    return tuple(blocks)


def _fits(regmap: RegisterMap, block: Block, start: int, end: int) -> bool:
    transport = regmap.transport
    most = transport.max_read_bits if block.area.is_bits else transport.max_read_registers
    return start - block.end <= transport.max_gap and end - block.address <= most
