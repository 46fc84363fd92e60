"""Every transport against equipment that this project did not write."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from drivers.device import DeviceError, DeviceTimeoutError
from drivers.modbus.device import CompiledMap, ModbusDevice
from drivers.modbus.line import Line
from drivers.modbus.lines import Lines
from drivers.modbus.link import ModbusLink
from drivers.modbus.mapspec import Transport
from drivers.modbus.planner import Block
from drivers.modbus.regmap import Area, load_map
from drivers.modbus.url import ModbusUrl
from drivers.points import Snapshot
from tests.integration.commands import json_of, tankside
from tests.integration.modbus_peers import libmodbus_serial, pymodbus_server
from tests.integration.serial_pair import serial_pair, terminal
from tests.integration.test_peers import EXPECTED, INPUTS, filter_words, free_port

REGISTERS = INPUTS | {30: filter_words()}
UNIT = {1: REGISTERS}
TIMEOUT_S = 0.4
peer = pytest.mark.peer


async def polled(url: str, lines: Lines | None = None) -> Snapshot:
    compiled = CompiledMap.of(load_map("generic-single-phase"))
    device = ModbusDevice("tank-1", url, compiled, lines=lines)
    try:
        await device.connect()
        (snapshot,) = await device.poll()
    finally:
        await device.close()
    return snapshot


def assert_expected(snapshot: Snapshot) -> None:
    for key, (value, unit) in EXPECTED.items():
        assert snapshot.good(key) == pytest.approx(value), key
        assert snapshot[key].point.unit == unit


Peer = Callable[[str, str, Mapping[int, Any]], Any]


@peer
@pytest.mark.parametrize(
    ("kind", "server"),
    [("rtu", pymodbus_server), ("ascii", pymodbus_server), ("rtu", libmodbus_serial)],
    ids=["pymodbus-rtu", "pymodbus-ascii", "libmodbus-rtu"],
)
async def test_a_serial_line(kind: str, server: Peer) -> None:
    with serial_pair() as (near, far), server(far, kind, UNIT):
        for _ in range(3):
            assert_expected(await polled(f"{kind}://{near}?baud=19200&parity=N&unit=1"))


@peer
async def test_rtu_over_tcp() -> None:
    port = free_port()
    with pymodbus_server(str(port), "rtu", UNIT):
        assert_expected(await polled(f"rtu+tcp://127.0.0.1:{port}?unit=1"))


@peer
def test_a_serial_line_from_the_command_line(tmp_path: Path) -> None:
    with serial_pair() as (near, far), pymodbus_server(far, "rtu", {1: REGISTERS, 2: REGISTERS}):
        site = tmp_path / "site.toml"
        tanks = "".join(
            f'[[tank]]\nid = "tank-{n}"\nname = "Tank {n}"\nmap = "generic-single-phase"\n'
            f'url = "rtu://{near}?baud=19200&parity=N&unit={n}"\n'
            for n in (1, 2)
        )
        site.write_text(f'[site]\nid = "serial"\nname = "Serial"\n{tanks}', encoding="utf-8")
        checked = tankside(tmp_path, "check", str(site), "--json")
        recorded = tankside(tmp_path, "record", str(site), "--seconds", "2", "--json")
    rows = {(r["part"], r["point"]): r for d in json_of(checked) for r in d["rows"]}
    for tank in ("tank-1", "tank-2"):
        for key, (value, unit) in EXPECTED.items():
            row = rows[tank, key]
            assert (row["value"], row["unit"], row["quality"]) == (value, unit, "good")
    assert json_of(recorded)["devices_ok"] == 2
    assert json_of(recorded)["polls_missed"] == 0


@contextmanager
def certificates(folder: Path) -> Iterator[dict[str, str]]:
    """An authority, a controller and a console that it vouches for, and a stranger."""
    ours, strangers = trustme.CA(), trustme.CA()
    files = {
        "ca": ours.cert_pem.bytes(),
        "other_ca": strangers.cert_pem.bytes(),
        "server": ours.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.bytes(),
        "elsewhere": ours.issue_cert("10.9.9.9").private_key_and_cert_chain_pem.bytes(),
    }
    console, stranger = ours.issue_cert("console"), strangers.issue_cert("console")
    for name, issued in (("console", console), ("stranger", stranger)):
        files[f"{name}_cert"] = issued.cert_chain_pems[0].bytes()
        files[f"{name}_key"] = issued.private_key_pem.bytes()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    yield {name: str(folder / name) for name in files}


@peer
async def test_tls_with_certificates_on_both_sides(tmp_path: Path) -> None:
    port = free_port()
    with (
        certificates(tmp_path) as files,
        pymodbus_server(str(port), "tls", UNIT, files["ca"], files["server"]),
    ):
        where = f"tls://127.0.0.1:{port}?unit=1&ca={files['ca']}"
        own = f"&cert={files['console_cert']}&key={files['console_key']}"
        assert_expected(await polled(where + own))
        for url, sentence in {
            where: r"closed the connection|certificate required|does not accept",
            f"{where}&cert={files['stranger_cert']}&key={files['stranger_key']}": r"127\.0\.0\.1",
            where.replace(files["ca"], files["other_ca"]) + own: r"self.signed certificate|unable",
            where.replace(files["ca"], "/no/such/file") + own: r"/no/such/file.* cannot be used",
            where + own.replace("console_key", "server"): r"cannot be used",
        }.items():
            with pytest.raises(DeviceError, match=sentence):
                await polled(url)


@peer
async def test_tls_to_a_controller_of_another_name(tmp_path: Path) -> None:
    port = free_port()
    with (
        certificates(tmp_path) as files,
        pymodbus_server(str(port), "tls", UNIT, files["ca"], files["elsewhere"]),
    ):
        own = f"&cert={files['console_cert']}&key={files['console_key']}"
        with pytest.raises(
            DeviceError, match="does not accept the connection: IP address mismatch"
        ):
            await polled(f"tls://127.0.0.1:{port}?unit=1&ca={files['ca']}{own}")


class Delay:
    """Holds back what passes, once, for some seconds."""

    def __init__(self) -> None:
        self.next_s = 0.0

    def __call__(self, data: bytes) -> bytes:
        wait_s, self.next_s = self.next_s, 0.0
        time.sleep(wait_s)
        return data


@asynccontextmanager
async def serial_link(device: str, kind: str) -> AsyncIterator[ModbusLink]:
    url = ModbusUrl.parse(f"{kind}://{device}?baud=19200&parity=N")
    link = ModbusLink(Line(url.endpoint(Transport())), 1, TIMEOUT_S)
    await link.connect()
    try:
        yield link
    finally:
        link.close()


@peer
@pytest.mark.parametrize(
    ("kind", "server"),
    [("rtu", pymodbus_server), ("ascii", pymodbus_server), ("rtu", libmodbus_serial)],
    ids=["pymodbus-rtu", "pymodbus-ascii", "libmodbus-rtu"],
)
async def test_a_late_answer_on_a_serial_line_is_never_the_next_one(
    kind: str, server: Peer
) -> None:
    """The row of the reference where every library tried returned the wrong registers."""
    wire = Delay()
    registers = {1: {0: list(range(1000, 1060))}}
    with serial_pair(wire) as (near, far), server(far, kind, registers):
        async with serial_link(near, kind) as link:
            wire.next_s = 0.7
            with pytest.raises(DeviceTimeoutError):
                await link.read(Block(Area.INPUT, 0, 2))
            for address in (10, 20, 30):
                words = await link.read(Block(Area.INPUT, address, 2))
                assert words.tolist() == [1000 + address, 1001 + address]


async def _told(attempt: Awaitable[object]) -> str:
    with pytest.raises(DeviceError) as told:
        await attempt
    return str(told.value)


async def test_a_line_that_is_not_there_or_in_use_is_a_sentence(tmp_path: Path) -> None:
    missing = Line(ModbusUrl.parse(f"rtu://{tmp_path}/ttyUSB7").endpoint(Transport()))
    said = await _told(missing.open(self_holder := object(), 1.0))
    assert "ttyUSB7 cannot be opened: no such file" in said
    missing.let_go(self_holder)
    with serial_pair() as (near, _):
        async with serial_link(near, "rtu"):
            second = Line(ModbusUrl.parse(f"rtu://{near}").endpoint(Transport()))
            said = await _told(second.open(self_holder, 1.0))
            assert f"{near} cannot be opened" in said
            second.let_go(self_holder)
        async with serial_link(near, "rtu") as again:  # closing has freed it
            assert again.is_open


async def test_a_line_that_is_pulled_out_is_a_sentence_at_once() -> None:
    async with AsyncPair() as near, serial_link(near.name, "rtu") as link:
        reading = asyncio.create_task(link.read(Block(Area.INPUT, 0, 2)))
        await asyncio.sleep(0.05)
        near.pull_out()
        began = time.monotonic()
        said = await _told(reading)
        assert time.monotonic() - began < TIMEOUT_S / 2
        assert "closed the connection" in said


class AsyncPair:
    """One end of a pseudo-terminal whose other end can vanish."""

    name = ""

    async def __aenter__(self) -> AsyncPair:
        self._other, own = terminal()
        self.name = os.ttyname(own)
        os.close(own)
        return self

    def pull_out(self) -> None:
        os.close(self._other)
        self._other = -1

    async def __aexit__(self, *_: object) -> None:
        if self._other >= 0:
            os.close(self._other)
