"""The plan of a map in words and figures: which reads, what for, how long they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from drivers.modbus.linecost import LineCost
from drivers.modbus.planner import Block, identity_spans, plan, plan_identity, polled_spans
from drivers.modbus.regmap import RegisterMap


@dataclass(frozen=True, slots=True)
class PlannedRead:
    """One read: what it asks for, what of it is used, how long it takes on the line.

    ``every_s`` is 0 for every cycle and None for once per connection; ``unused`` are the addresses
    read across; ``points`` the keys it serves.
    """

    function_code: int
    area: str
    address: int
    count: int
    unused: int
    every_s: float | None
    time_ms: float
    points: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Explanation:
    """All reads of a map, and what a cycle costs."""

    protocol: str
    break_even_registers: int
    reads: tuple[PlannedRead, ...]

    @property
    def cycle_ms(self) -> float:
        """How long the reads of every cycle take."""
        return sum(read.time_ms for read in self.reads if read.every_s == 0)

    @property
    def load_ms_per_s(self) -> float:
        """How much the slower groups add, in milliseconds of line in each second."""
        return sum(read.time_ms / read.every_s for read in self.reads if read.every_s)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "protocol": self.protocol,
            "break_even_registers": self.break_even_registers,
            "cycle_ms": round(self.cycle_ms, 3),
            "slow_groups_ms_per_s": round(self.load_ms_per_s, 3),
            "reads": [read.as_dict() for read in self.reads],
        }


def explain_plan(regmap: RegisterMap, protocol: str | None = None) -> Explanation:
    """Return the reads of a map and their cost, on its own line or on another protocol."""
    line = LineCost.of(regmap.transport, protocol)
    polled = [_read(regmap, block, line, block.every_s) for block in plan(regmap, line)]
    once = [_read(regmap, block, line, None) for block in plan_identity(regmap)]
    spoken = protocol or regmap.transport.protocol
    return Explanation(spoken, line.break_even_registers, (*polled, *once))


def _read(regmap: RegisterMap, block: Block, line: LineCost, every_s: float | None) -> PlannedRead:
    spans = [*polled_spans(regmap), *identity_spans(regmap)]
    used = {
        address
        for span in spans
        if block.covers(span.area, span.start, span.end - span.start)
        for address in range(span.start, span.end)
    }
    return PlannedRead(
        block.area.read_function,
        block.area.value,
        block.address,
        block.count,
        block.count - len(used),
        every_s,
        round(line.read_ms(block.area, block.count), 3),
        tuple(_keys(regmap, block, once=every_s is None)),
    )


def _keys(regmap: RegisterMap, block: Block, *, once: bool) -> Sequence[str]:
    if once:
        return [t.key for t in regmap.identity if block.covers(t.area, t.address, t.words)]
    return [s.key for s in regmap.readable if block.covers(s.area, s.address, s.words)]
