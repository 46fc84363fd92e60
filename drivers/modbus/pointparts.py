"""The smaller tables of a point: sentinels, quality bits, scale registers, counters, writes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from drivers.files import FileModel
from drivers.modbus.datatypes import Address, Area
from drivers.points import Reason

KEY = r"^[a-z][a-z0-9_]*(\[[0-9]+\])?(\.[a-z][a-z0-9_]*(\[[0-9]+\])?)*$"
Key = Annotated[str, Field(pattern=KEY, max_length=80)]
Severity = Literal["caution", "critical", "fatal"]
SEVERITIES: dict[str, int] = {"caution": 1, "critical": 2, "fatal": 3}
Meaning = Literal["fault", "absent", "overrange", "not_ready"]
Bit = Annotated[int, Field(ge=0, le=15)]
RawText = Annotated[
    str, Field(pattern=r"^-?(0x[0-9a-fA-F]+|0b[01]+|0|[1-9][0-9]*)$", max_length=66)
]


def _reason_of(meaning: str) -> Reason:
    return {
        "fault": Reason.SENSOR_FAULT,
        "uncertain": Reason.OUT_OF_RANGE,
        "stale": Reason.STALE,
    }.get(meaning, Reason.SENTINEL)


def _raw_number(given: Any) -> Any:
    if isinstance(given, bool) or not (isinstance(given, int | float) or given == "nan"):
        raise ValueError('a raw number or "nan" was expected')
    return given


class Sentinel(FileModel):
    """A raw number that is not a measurement. ``nan`` stands for every IEEE not-a-number."""

    raw: Annotated[
        int | float | Literal["nan"],
        BeforeValidator(_raw_number, json_schema_input_type=int | float | Literal["nan"]),
    ]
    meaning: Meaning = "fault"

    @property
    def reason(self) -> Reason:
        """The reason shown for it."""
        return _reason_of(self.meaning)


class FaultBit(FileModel):
    """A bit elsewhere in the controller that says that this point's sensor has failed."""

    area: Area = Area.INPUT
    address: Address
    bit: Bit = 0
    active_high: bool = True


class QualityBit(FaultBit):
    """A bit elsewhere that says something of this point's value.

    ``uncertain`` keeps the value and marks it; the others take it away.
    """

    meaning: Literal["fault", "absent", "overrange", "not_ready", "uncertain", "stale"] = "fault"

    @property
    def reason(self) -> Reason:
        """The reason shown while it is active."""
        return _reason_of(self.meaning)

    @property
    def keeps_value(self) -> bool:
        """Whether the value may still be shown."""
        return self.meaning == "uncertain"


class ScaleFrom(FileModel):
    """Another register that the value is multiplied by, read in the same cycle.

    ``exponent`` multiplies by ten to the power of it, ``factor`` by the number times ``scale``.
    """

    area: Area = Area.INPUT
    address: Address
    type: Literal["u16", "s16"] = "s16"
    kind: Literal["exponent", "factor"] = "exponent"
    scale: float = 1.0
    sentinels: tuple[int, ...] = ()


class Counter(FileModel):
    """A number that only grows, until it starts again at zero at ``rollover_raw``."""

    rollover_raw: int | None = Field(default=None, gt=0)


class WriteSpec(FileModel):
    """What may be written, in the point's unit. Without this table nothing is ever written.

    Either a range with ``min`` and ``max``, or ``values``: commands by raw number. ``rmw_source``
    is the register whose bits a read-modify-write starts from where it is not the point's own.
    """

    fc: Literal[5, 6, 15, 16] | None = None
    min: float | None = None
    max: float | None = None
    step: float | None = Field(default=None, gt=0)
    values: dict[RawText, str] = Field(default_factory=dict)
    confirm: bool = True
    volatile: bool = False
    eeprom_cycles: int | None = Field(default=None, gt=0)
    keepalive_s: float | None = Field(default=None, gt=0)
    read_modify_write: bool = False
    rmw_source: FaultBit | None = None
