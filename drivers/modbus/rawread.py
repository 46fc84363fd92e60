"""Reading registers of a controller as they are, without any map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drivers.modbus.datatypes import Area
from drivers.modbus.decodings import Row, bit_rows, decode_all, texts
from drivers.modbus.line import Line
from drivers.modbus.link import ModbusLink
from drivers.modbus.mapspec import Transport
from drivers.modbus.planner import Block
from drivers.modbus.url import ModbusUrl

MOST_REGISTERS, MOST_BITS = 125, 2000
_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class RawRead:
    """What was read: ``rows`` with every decoding of each register, ``texts`` of all as one."""

    url: str
    unit: int
    area: Area
    address: int
    words: tuple[int, ...]
    rows: tuple[Row, ...]
    texts: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "url": self.url,
            "unit": self.unit,
            "area": self.area.value,
            "address": self.address,
            "words": list(self.words),
            "texts": self.texts,
            "rows": [row.as_dict() for row in self.rows],
        }


async def read_raw(url: str, area: Area, address: int, count: int) -> RawRead:
    """Read registers or bits once and return them with every decoding.

    Raises ValueError for a bad URL, address or count, DeviceError for what the controller does.
    """
    where = ModbusUrl.parse(url)
    most = MOST_BITS if area.is_bits else MOST_REGISTERS
    if not 1 <= count <= most:
        raise ValueError(f"the count must be 1 to {most}, found {count}")
    if not 0 <= address <= 65536 - count:
        raise ValueError(f"addresses end at 65535; {count} from {address} is beyond")
    unit = 1 if where.unit is None else where.unit
    link = ModbusLink(Line(where.endpoint(Transport())), unit, _TIMEOUT_S)
    try:
        await link.connect()
        words = tuple(int(word) for word in await link.read(Block(area, address, count)))
    finally:
        link.close()
    rows = bit_rows(words, address) if area.is_bits else decode_all(words, address)
    return RawRead(url, unit, area, address, words, rows, {} if area.is_bits else texts(words))
