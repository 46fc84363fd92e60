"""One point of a register map: where it is, how it is coded, what it means, how it is shown.

A value is ``(raw - raw_offset) * scale + offset`` (or ``/ divisor``), where raw is the number that
the registers hold after the byte order, the bit or the mask have been applied.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator

from drivers.files import FileModel
from drivers.limits import LimitsSpec
from drivers.modbus.datatypes import Address, Area, Coding, DataType, Order, coding
from drivers.modbus.pointcheck import check_point
from drivers.modbus.pointparts import (
    SEVERITIES,
    Counter,
    FaultBit,
    Key,
    QualityBit,
    RawText,
    ScaleFrom,
    Sentinel,
    Severity,
    WriteSpec,
)
from drivers.points import Level, Limit, Point


class PointSpec(FileModel):
    """One point as written in a map. Only key, name and address must be given."""

    key: Key
    name: str = Field(min_length=1)
    vendor_name: str = ""
    area: Area = Area.INPUT
    address: Address
    doc_address: str = ""
    type: DataType = "u16"
    length: int | None = Field(default=None, ge=1, le=4)
    word_order: Order | None = None
    byte_order: Order | None = None
    bit: int | None = Field(default=None, ge=0, le=31)
    mask: int | None = Field(default=None, gt=0, lt=2**32)
    shift: int | None = Field(default=None, ge=0, le=31)
    raw_offset: float = 0.0
    scale: float = 1.0
    divisor: float | None = None
    scale_from: ScaleFrom | None = None
    offset: float = 0.0
    unit: str = ""
    unit_from: str | None = None
    precision: int = Field(default=1, ge=0, le=6)
    display: tuple[float, float] = (0.0, 100.0)
    normal: float | None = None
    valid: tuple[float, float] | None = None
    group: str = "CoolingUnit"
    states: dict[RawText, str] = Field(default_factory=dict)
    flags: dict[RawText, str] = Field(default_factory=dict)
    active_low: tuple[int, ...] = ()
    severity: dict[RawText, Severity] = Field(default_factory=dict)
    sentinels: tuple[Sentinel, ...] = ()
    sensor_fault: FaultBit | None = None
    quality_from: tuple[QualityBit, ...] = ()
    gate: str = ""
    gate_reason: Literal["no_flow", "not_applicable"] = "not_applicable"
    limits: LimitsSpec = LimitsSpec()
    poll_group: str = ""
    atomic_group: str = ""
    expected_refresh_s: float | None = Field(default=None, gt=0)
    frozen_after_s: float | None = Field(default=None, gt=0)
    counter: Counter | None = None
    cov_deadband: float | None = Field(default=None, ge=0)
    access: Literal["r", "rw", "w"] = "r"
    write: WriteSpec | None = None
    depends_on: str = ""
    notes: str = ""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        check_point(self)
        return self

    @cached_property
    def coding(self) -> Coding:
        """How its registers become one raw number."""
        return coding(self.type, self.length)

    @property
    def words(self) -> int:
        """How many registers (or bits) it takes."""
        return self.coding.words

    @property
    def end(self) -> int:
        """The first address after it."""
        return self.address + self.words

    @property
    def factor(self) -> float:
        """What a raw number is multiplied by, whichever way the map writes it."""
        return self.scale if self.divisor is None else 1.0 / self.divisor

    @property
    def is_readable(self) -> bool:
        """Whether it is polled; a point that can only be written is not."""
        return self.access != "w"

    @cached_property
    def field(self) -> tuple[int, int] | None:
        """``(mask, shift)`` of the bits that are the value, or None for the whole number."""
        if self.bit is not None:
            return 1 << self.bit, self.bit
        if self.mask is None:
            return None
        lowest = (self.mask & -self.mask).bit_length() - 1
        return self.mask, lowest if self.shift is None else self.shift

    @cached_property
    def inverted(self) -> int:
        """The bits that mean their word while they are 0."""
        return sum(1 << bit for bit in set(self.active_low))

    @cached_property
    def quality_bits(self) -> tuple[QualityBit, ...]:
        """Every bit elsewhere that speaks of this point."""
        if self.sensor_fault is None:
            return self.quality_from
        fault = QualityBit(**self.sensor_fault.model_dump(), meaning="fault")
        return (fault, *self.quality_from)

    @cached_property
    def severities(self) -> dict[int, int]:
        """1 caution, 2 critical, 3 fatal, by raw state or by bit."""
        return {int(raw, 0): SEVERITIES[word] for raw, word in self.severity.items()}

    def point(self) -> Point:
        """Return what the rest of the program needs to know of it."""
        rollover = 0.0
        if self.counter is not None:
            raw = self.counter.rollover_raw or 2**self.coding.bits
            rollover = raw * abs(self.factor)
        return Point(
            key=self.key,
            name=self.name,
            unit=self.unit,
            precision=self.precision,
            low=self.display[0],
            high=self.display[1],
            normal=self.normal,
            group=self.group,
            limits=self.limits.limits() or self._limits_of_states(),
            states={int(raw, 0): word for raw, word in self.states.items()},
            flags={int(bit, 0): word for bit, word in self.flags.items()},
            severities=self.severities,
            register=self.doc_address or f"{self.area.value} {self.address}",
            refresh_s=self.expected_refresh_s or 0.0,
            rollover=rollover,
        )

    def _limits_of_states(self) -> tuple[Limit, ...]:
        """Return limits for the severities of states, where crossing a number can express them.

        That is so when the severe states are the highest or the lowest numbers: ``1 = leak``. The
        severities of others are carried by the point for the alarm rules.
        """
        raws = sorted(int(raw, 0) for raw in self.states)
        limits = []
        for severity in sorted(set(self.severities.values())) if raws else []:
            severe = sorted(raw for raw, own in self.severities.items() if own >= severity)
            if len(severe) < len(raws) and severe == raws[-len(severe) :]:
                limits.append(Limit(Level(severity), float(severe[0])))
            elif len(severe) < len(raws) and severe == raws[: len(severe)]:
                limits.append(Limit(Level(-severity), float(severe[-1])))
        return tuple(sorted(limits, key=lambda limit: limit.level))
