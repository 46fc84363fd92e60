"""The check sums of serial Modbus."""

from __future__ import annotations


def _table() -> tuple[int, ...]:
    rows = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
        rows.append(crc)
    return tuple(rows)


_CRC16 = _table()


def crc16(data: bytes | bytearray) -> bytes:
    """Return the two bytes that end an RTU frame (CRC-16/MODBUS, low byte first)."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC16[(crc ^ byte) & 0xFF]
    return crc.to_bytes(2, "little")


def lrc(data: bytes | bytearray) -> int:
    """Return the check sum of an ASCII frame: what makes its bytes add up to 0 modulo 256."""
    return -sum(data) & 0xFF
