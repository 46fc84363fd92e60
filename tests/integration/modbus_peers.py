"""Modbus servers that this project did not write, each in a process of its own."""

from __future__ import annotations

import ctypes.util
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

Registers = Mapping[int, list[int]]

PYMODBUS = """
import asyncio, json, ssl, sys
from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer, ModbusTlsServer
from pymodbus.simulator import DataType, SimData, SimDevice
kind, port, given = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])


def device(unit, inputs):
    words = [0] * 64
    for address, values in inputs.items():
        words[int(address):int(address) + len(values)] = values
    bits = SimData(0, values=[False, True] * 8, datatype=DataType.BITS)
    return SimDevice(int(unit), simdata=([bits], [bits],
        [SimData(0, values=words, datatype=DataType.REGISTERS)],
        [SimData(0, values=words, datatype=DataType.REGISTERS)]))


async def main():
    devices = [device(*each) for each in given.items()]
    if port.startswith("/"):
        server = ModbusSerialServer(devices, framer=FramerType(kind), port=port, baudrate=19200)
    elif kind == "tls":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=sys.argv[4])
        context.load_cert_chain(sys.argv[5])
        context.verify_mode = ssl.CERT_REQUIRED
        server = ModbusTlsServer(devices, framer=FramerType.SOCKET,
            address=("127.0.0.1", int(port)), sslctx=context)
    else:
        server = ModbusTcpServer(devices, framer=FramerType(kind),
            address=("127.0.0.1", int(port)))
    await server.serve_forever(background=True)
    print("ready", flush=True)
    await server.serving

asyncio.run(main())
"""

LIBMODBUS_RTU = """
import ctypes, ctypes.util, json, sys
lib = ctypes.CDLL(ctypes.util.find_library("modbus"))
port, given = sys.argv[2].encode(), json.loads(sys.argv[3])


class Mapping(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in (
        "nb_bits", "start_bits", "nb_input_bits", "start_input_bits",
        "nb_input_registers", "start_input_registers", "nb_registers", "start_registers")]
    _fields_ += [("bits", ctypes.POINTER(ctypes.c_uint8)),
                 ("input_bits", ctypes.POINTER(ctypes.c_uint8)),
                 ("input_registers", ctypes.POINTER(ctypes.c_uint16)),
                 ("registers", ctypes.POINTER(ctypes.c_uint16))]


lib.modbus_new_rtu.restype = ctypes.c_void_p
lib.modbus_mapping_new.restype = ctypes.POINTER(Mapping)
context = ctypes.c_void_p(lib.modbus_new_rtu(port, 19200, ctypes.c_char(b"N"), 8, 1))
(unit, inputs), = given.items()
lib.modbus_set_slave(context, int(unit))
mapping = lib.modbus_mapping_new(16, 16, 64, 64)
for address, words in inputs.items():
    for i, word in enumerate(words):
        mapping.contents.input_registers[int(address) + i] = word
        mapping.contents.registers[int(address) + i] = word
for i in range(16):
    mapping.contents.input_bits[i] = i & 1
if lib.modbus_connect(context):
    sys.exit("cannot open the line")
print("ready", flush=True)
query = (ctypes.c_uint8 * 260)()
while True:
    size = lib.modbus_receive(context, query)
    if size > 0:
        lib.modbus_reply(context, query, size, mapping)
"""


@contextmanager
def _running(script: str, *words: str) -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-c", script, *words], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            yield
        finally:
            server.kill()


@contextmanager
def pymodbus_server(
    where: str, kind: str, units: Mapping[int, Registers], *files: str
) -> Iterator[None]:
    """pymodbus's server with registers by unit.

    ``where`` is a serial device or a port; ``kind`` is rtu, ascii, socket or tls, the last with
    files for the clients' authority and for its own certificate and key.
    """
    with _running(PYMODBUS, kind, where, json.dumps(units), *files):
        yield


@contextmanager
def libmodbus_serial(where: str, kind: str, units: Mapping[int, Registers]) -> Iterator[None]:
    """libmodbus's RTU server; it speaks for one unit."""
    if not ctypes.util.find_library("modbus"):
        pytest.skip("libmodbus is not installed (Debian: libmodbus5)")
    with _running(LIBMODBUS_RTU, kind, where, json.dumps(units)):
        yield
