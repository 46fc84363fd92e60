"""Whether the bytes that came back answer the question that was asked (Modbus TCP).

The library's own decoder raises inside the transport on some malformed frames and accepts others,
so every frame is checked here, byte by byte, before the library sees it.
"""

from __future__ import annotations

import struct

from drivers.device import DeviceGarbledError, DeviceRefusedError

_HEADER = struct.Struct(">HHHBB")
_REQUEST = struct.Struct(">HHHBBHH")
_LONGEST = 254
_BIT_FUNCTIONS = (1, 2)
_EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    5: "acknowledge",
    6: "server device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not respond",
}


def payload_of(request: bytes, received: bytes) -> bytes | None:
    """Return the data bytes of the answer to a read request, or None while it is incomplete.

    None is also the answer for a whole frame of another transaction: the late reply to a request
    that was given up. Raises DeviceRefusedError for a Modbus exception, DeviceGarbledError for
    anything else that is not exactly the answer asked for.
    """
    if len(received) < _HEADER.size:
        return None
    transaction, protocol, length, unit, function = _HEADER.unpack_from(received)
    asked, _, _, asked_unit, asked_function, _, count = _REQUEST.unpack_from(request)
    if protocol != 0 or not 3 <= length <= _LONGEST:
        raise DeviceGarbledError("the answer is not a Modbus TCP frame")
    if len(received) < 6 + length:
        return None
    if transaction != asked:
        if transaction == 0:
            raise DeviceGarbledError("the answer does not name the request it belongs to")
        return None
    pdu = received[7 : 6 + length]
    if unit != asked_unit:
        raise DeviceGarbledError(f"unit {unit} answered for unit {asked_unit}")
    if function == asked_function | 0x80 and len(pdu) == 2:
        raise DeviceRefusedError(f"exception {pdu[1]} ({_EXCEPTIONS.get(pdu[1], 'unknown')})")
    want = (count + 7) // 8 if asked_function in _BIT_FUNCTIONS else count * 2
    if function != asked_function or pdu[1] != want or len(pdu) != want + 2:
        raise DeviceGarbledError("the answer does not have the shape that was asked for")
    return pdu[2:]
