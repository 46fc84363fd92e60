"""What a read costs on the line, so that the planner can tell a cheap gap from a dear one.

Serial lines pay by the character: 8 characters of request and 5 around the answer, two silences
of 3.5 characters (never under 1.75 ms), the controller's turnaround, and two characters for each
register. On TCP a register costs next to nothing and a request a round trip. (Modbus over Serial
Line V1.02 §2.5; measured figures in docs/decisions.)
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.modbus.datatypes import Area
from drivers.modbus.mapspec import Transport

_RTU_CHARACTERS = 13
_ASCII_CHARACTERS = 28
_SILENCE_CHARACTERS = 3.5
_LEAST_SILENCE_MS = 1.75
_FAST_LINE_BAUD = 19200
_TCP_ROUND_TRIP_MS = 2.0
_TCP_BYTE_MS = 8e-5  # 100 Mbit/s


@dataclass(frozen=True, slots=True)
class LineCost:
    """``request_ms`` for asking at all, ``byte_ms`` for each byte of data in the answer."""

    request_ms: float
    byte_ms: float

    @classmethod
    def of(cls, transport: Transport, protocol: str | None = None) -> LineCost:
        """Return the cost on a map's line, or on another protocol at that line's settings."""
        pause_ms = transport.inter_request_ms
        spoken = protocol or transport.protocol
        if spoken not in {"rtu", "ascii"}:
            return cls(_TCP_ROUND_TRIP_MS + pause_ms, _TCP_BYTE_MS)
        bits = 1 + transport.data_bits + (transport.parity != "N") + transport.stop_bits
        character_ms = bits * 1000 / transport.baud
        if spoken == "ascii":
            request_ms = _ASCII_CHARACTERS * character_ms + transport.turnaround_ms
            return cls(request_ms + pause_ms, 2 * character_ms)
        silence_ms = _SILENCE_CHARACTERS * character_ms
        if transport.baud > _FAST_LINE_BAUD:
            silence_ms = _LEAST_SILENCE_MS
        request_ms = _RTU_CHARACTERS * character_ms + 2 * silence_ms + transport.turnaround_ms
        return cls(request_ms + pause_ms, character_ms)

    def read_ms(self, area: Area, count: int) -> float:
        """Return how long one read of ``count`` registers or bits takes."""
        data = (count + 7) // 8 if area.is_bits else 2 * count
        return self.request_ms + data * self.byte_ms

    @property
    def break_even_registers(self) -> int:
        """The widest gap that is cheaper to read through than to ask again."""
        return int(self.request_ms / (2 * self.byte_ms))
