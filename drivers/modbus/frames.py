"""The questions that are asked, and whether an answer is exactly the answer to one.

What is checked here is the part of a frame that every transport shares (the PDU); unit,
transaction and check sums belong to :mod:`drivers.modbus.framings`.
"""

from __future__ import annotations

import struct

from drivers.device import DeviceGarbledError, DeviceRefusedError
from drivers.modbus.regmap import Area

_READ = struct.Struct(">BHH")
READ_FUNCTIONS = {Area.COIL: 1, Area.DISCRETE: 2, Area.HOLDING: 3, Area.INPUT: 4}
WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS = 5, 6, 15, 16
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
ACKNOWLEDGE, BUSY, GATEWAY_PATH, GATEWAY_TARGET = 5, 6, 10, 11
_BIT_READS = (1, 2)
_REGISTER_READS = (3, 4)
_EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    5: "acknowledge",
    6: "server device busy",
    7: "negative acknowledge",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not respond",
}


class ModbusRefusedError(DeviceRefusedError):
    """A Modbus exception; ``code`` is its number."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def read_request(area: Area, address: int, count: int) -> bytes:
    """Return the PDU that asks for ``count`` registers or bits from a wire address."""
    return _READ.pack(READ_FUNCTIONS[area], address, count)


def write_request(function: int, address: int, words: tuple[int, ...]) -> bytes:
    """Return the PDU that writes registers or coils from a wire address.

    Function 5 and 6 take one word, 15 and 16 as many as there are; coils are words of 0 and 1.
    """
    if function == WRITE_COIL:
        return _READ.pack(function, address, 0xFF00 if words[0] else 0)
    if function == WRITE_REGISTER:
        return _READ.pack(function, address, words[0])
    if function == WRITE_COILS:
        bits = sum(bool(word) << i for i, word in enumerate(words))
        data = bits.to_bytes((len(words) + 7) // 8, "little")
    else:
        data = struct.pack(f">{len(words)}H", *words)
    return _READ.pack(function, address, len(words)) + bytes((len(data),)) + data


def answer_size(request: bytes) -> int:
    """Return how many bytes the PDU of the right answer has."""
    function: int = request[0]
    count: int = _READ.unpack_from(request)[2]
    if function in _BIT_READS:
        return 2 + (count + 7) // 8
    return 2 + 2 * count if function in _REGISTER_READS else _READ.size


def payload_of(request: bytes, answer: bytes) -> bytes:
    """Return the data bytes of the answer to a request, both PDUs; none for a write.

    Raises ModbusRefusedError for a Modbus exception, DeviceGarbledError for anything else that is
    not exactly the answer asked for.
    """
    function = request[0]
    if len(answer) == 2 and answer[0] == function | 0x80:
        code = answer[1]
        raise ModbusRefusedError(f"exception {code} ({_EXCEPTIONS.get(code, 'unknown')})", code)
    if not answer or answer[0] != function:
        got = f"function {answer[0]}" if answer else "nothing"
        raise DeviceGarbledError(f"the answer is {got} where function {function} was asked")
    if function not in _BIT_READS + _REGISTER_READS:
        if answer != request[: _READ.size]:
            raise DeviceGarbledError("the answer confirms another write than the one asked for")
        return b""
    size = answer_size(request)
    if len(answer) != size or answer[1] != size - 2:
        raise DeviceGarbledError("the answer does not have the shape that was asked for")
    return answer[2:]
