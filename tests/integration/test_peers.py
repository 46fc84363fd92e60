"""Equipment that this project did not write: pyModbusTCP's and libmodbus's servers.

The exporter's text is in the shape of dcgm-exporter's template, with names and numbers of our own.
"""

from __future__ import annotations

import ctypes.util
import http.server
import json
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pyModbusTCP.server import DataBank, ModbusServer

from tests.integration.commands import json_of, tankside

INPUTS = {0: [401, 463, 2804, 8207, 4512], 10: [288, 371, 812], 20: [77, 1, 76, 1], 40: [0]}
FILTER_KPA = 12.5
EXPECTED = {
    "coolant_supply_temperature": (40.1, "Cel"),
    "coolant_return_temperature": (46.3, "Cel"),
    "coolant_flow": (280.4, "L/min"),
    "level": (820.7, "mm"),
    "it_power": (45.12, "kW"),
    "facility_flow": (81.2, "L/min"),
    "pump[1].speed_percent": (77.0, "%"),
    "filter[1].delta_pressure": (12.5, "kPa"),
    "leak[1].state": (0.0, ""),
    "lid.state": (1.0, ""),
}
EXPORTER = Path(__file__).with_name("exporter.prom").read_bytes()


def filter_words() -> list[int]:
    return list(struct.unpack(">2H", struct.pack(">f", FILTER_KPA)))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def pymodbustcp() -> Iterator[int]:
    bank, port = DataBank(), free_port()
    server = ModbusServer("127.0.0.1", port, no_block=True, data_bank=bank)
    for address, words in (INPUTS | {30: filter_words()}).items():
        bank.set_input_registers(address, words)
    bank.set_discrete_inputs(0, [False, True])
    server.start()
    try:
        yield port
    finally:
        server.stop()


LIBMODBUS = """
import ctypes, ctypes.util, json, sys
lib = ctypes.CDLL(ctypes.util.find_library("modbus"))
port, inputs = int(sys.argv[1]), json.loads(sys.argv[2])


class Mapping(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in (
        "nb_bits", "start_bits", "nb_input_bits", "start_input_bits",
        "nb_input_registers", "start_input_registers", "nb_registers", "start_registers")]
    _fields_ += [("bits", ctypes.POINTER(ctypes.c_uint8)),
                 ("input_bits", ctypes.POINTER(ctypes.c_uint8)),
                 ("input_registers", ctypes.POINTER(ctypes.c_uint16)),
                 ("registers", ctypes.POINTER(ctypes.c_uint16))]


lib.modbus_new_tcp.restype = ctypes.c_void_p
lib.modbus_mapping_new.restype = ctypes.POINTER(Mapping)
context = ctypes.c_void_p(lib.modbus_new_tcp(b"127.0.0.1", port))
mapping = lib.modbus_mapping_new(16, 16, 64, 64)
for address, words in inputs.items():
    for i, word in enumerate(words):
        mapping.contents.input_registers[int(address) + i] = word
mapping.contents.input_bits[1] = 1
listening = ctypes.c_int(lib.modbus_tcp_listen(context, 4))
print("ready", flush=True)
query = (ctypes.c_uint8 * 260)()
while True:
    if lib.modbus_tcp_accept(context, ctypes.byref(listening)) < 0:
        break
    while (size := lib.modbus_receive(context, query)) >= 0:
        if size:
            lib.modbus_reply(context, query, size, mapping)
    lib.modbus_close(context)
"""


@contextmanager
def libmodbus() -> Iterator[int]:
    if not ctypes.util.find_library("modbus"):
        pytest.skip("libmodbus is not installed (Debian: libmodbus5)")
    port = free_port()
    words = json.dumps(INPUTS | {30: filter_words()})
    with subprocess.Popen(
        [sys.executable, "-c", LIBMODBUS, str(port), words], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            yield port
        finally:
            server.kill()


@contextmanager
def exporter() -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(EXPORTER)))
            self.end_headers()
            self.wfile.write(EXPORTER)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def write_site(folder: Path, modbus_port: int, gpu_port: int) -> Path:
    path = folder / "site.toml"
    path.write_text(
        f"""
[site]
id = "peers"
name = "Peers"

[[tank]]
id = "tank-1"
name = "Tank 1"
map = "generic-single-phase"
url = "tcp://127.0.0.1:{modbus_port}?unit=1"
slots = 4

[[host]]
id = "oil-7"
name = "Oil 7"
tank = "tank-1"
slot = 1
url = "http://127.0.0.1:{gpu_port}/metrics"
""",
        encoding="utf-8",
    )
    return path


@pytest.mark.peer
@pytest.mark.parametrize("peer", [pymodbustcp, libmodbus], ids=["pyModbusTCP", "libmodbus"])
def test_values_and_units_from_equipment_we_did_not_write(tmp_path: Path, peer: Any) -> None:
    with peer() as modbus_port, exporter() as gpu_port:
        site = write_site(tmp_path, modbus_port, gpu_port)
        checked = tankside(tmp_path, "check", str(site), "--json")
        recorded = tankside(tmp_path, "record", str(site), "--seconds", "3", "--json")
    rows = {(r["part"], r["point"]): r for d in json_of(checked) for r in d["rows"]}
    assert checked.returncode == 0, checked.stdout
    for key, (value, unit) in EXPECTED.items():
        row = rows["tank-1", key]
        assert (row["value"], row["unit"], row["quality"]) == (value, unit, "good")
    assert rows["tank-1", "lid.state"]["words"] == "open"
    assert rows["oil-7/gpu0", "core_temperature"]["value"] == 61
    assert rows["oil-7/gpu0", "power"]["value"] == 612.25
    assert rows["oil-7/gpu1", "power"]["value"] is None
    assert rows["oil-7/gpu1", "power"]["reason"] == "not_exported"
    summary = json_of(recorded)
    assert summary["devices_ok"] == 2
    assert summary["polls_missed"] == 0
    assert summary["dropped"] == 0
