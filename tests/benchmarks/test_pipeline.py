"""What one sample costs on its way: poll, decode, hand-over, store; each beside the alternative."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymodbus.client.mixin import ModbusClientMixin

from console.acquisition.latest import LatestStore
from console.acquisition.trends import TrendStore
from console.alarms.definitions import load_definitions
from console.alarms.engine import AlarmEngine
from console.health.derived import Deriver, TankFacts
from console.history.history import History
from console.history.telemetry import TelemetryFile
from console.session.alarms import AlarmRoom
from console.session.intake import Intake
from drivers.modbus.decoder import Decoder
from drivers.modbus.device import CompiledMap, ModbusDevice
from drivers.modbus.planner import plan
from drivers.modbus.regmap import load_map
from drivers.points import Snapshot, Stamp

FACTS = TankFacts(793, 2120, 7e-4, 576, 0.6, 820.0, 40.0)
WORDS = {0: [401, 463, 2804, 8207, 4512], 10: [288, 371, 812], 20: [77, 1, 76, 1]}


class Registers(asyncio.Protocol):
    """The smallest right server: so that the benchmark measures the client."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._image = np.zeros(128, ">u2")
        for address, words in WORDS.items():
            self._image[address : address + len(words)] = words

    def data_received(self, data: bytes) -> None:
        tid, _, _, unit, function, address, count = struct.unpack(">HHHBBHH", data[:12])
        if function == 2:
            body = bytes([function, (count + 7) // 8]) + bytes((count + 7) // 8)
        else:
            payload = self._image[address : address + count].tobytes()
            body = bytes([function, len(payload)]) + payload
        header = struct.pack(">HHHB", tid, 0, len(body) + 1, unit)
        self._transport.write(header + body)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.run_until_complete(asyncio.sleep(0))
    made.close()


@pytest.fixture
def polled(loop: asyncio.AbstractEventLoop) -> Iterator[ModbusDevice]:
    server = loop.run_until_complete(loop.create_server(Registers, "127.0.0.1", 0))
    port = server.sockets[0].getsockname()[1]
    compiled = CompiledMap.of(load_map("generic-single-phase"))
    device = ModbusDevice("tank-1", f"tcp://127.0.0.1:{port}?unit=1", compiled)
    loop.run_until_complete(device.connect())
    yield device
    loop.run_until_complete(device.close())
    server.close()
    loop.run_until_complete(server.wait_closed())


def sample() -> Snapshot:
    compiled = CompiledMap.of(load_map("generic-single-phase"))
    words = np.zeros(sum(block.count for block in compiled.blocks), np.uint16)
    values, reasons = compiled.decoder.decode(words)
    return Snapshot("tank-1", compiled.schema, values, reasons, Stamp.now())


@pytest.mark.benchmark(group="one tank: poll and decode (17 points)")
class TestPoll:
    def test_in_blocks(
        self, benchmark: Any, loop: asyncio.AbstractEventLoop, polled: ModbusDevice
    ) -> None:
        snapshots = benchmark(lambda: loop.run_until_complete(polled.poll()))
        assert snapshots[0].good("coolant_return_temperature") == 46.3

    def test_alternative_one_read_per_point(
        self, benchmark: Any, loop: asyncio.AbstractEventLoop, polled: ModbusDevice
    ) -> None:
        from drivers.modbus.planner import Block

        specs = load_map("generic-single-phase").points
        link = polled._link

        async def read_all() -> int:
            return sum([len(await link.read(Block(s.area, s.address, s.words))) for s in specs])

        assert benchmark(lambda: loop.run_until_complete(read_all())) == 19


@pytest.mark.benchmark(group="one tank: decode (17 points)")
class TestDecode:
    def test_compiled(self, benchmark: Any) -> None:
        regmap = load_map("generic-single-phase")
        blocks = plan(regmap)
        decoder = Decoder(regmap, blocks)
        words = np.zeros(sum(block.count for block in blocks), np.uint16)
        values, _ = benchmark(decoder.decode, words)
        assert len(values) == len(regmap.points)

    def test_alternative_the_library_point_by_point(self, benchmark: Any) -> None:
        regmap = load_map("generic-single-phase")
        kinds = ModbusClientMixin.DATATYPE
        names = {
            "u16": kinds.UINT16,
            "s16": kinds.INT16,
            "u32": kinds.UINT32,
            "f32": kinds.FLOAT32,
            "bool": kinds.UINT16,
        }
        work = [([0] * spec.words, names[spec.type]) for spec in regmap.points]

        def convert() -> list[Any]:
            return [ModbusClientMixin.convert_from_registers(w, kind) for w, kind in work]

        assert len(benchmark(convert)) == len(regmap.points)


@pytest.mark.benchmark(group="one tank: hand-over of a snapshot (19 points with derived)")
class TestHandOver:
    def test_latest_trend_limits_and_history(self, benchmark: Any, tmp_path: Path) -> None:
        found = sample()
        latest, history = LatestStore(), History(tmp_path)
        deriver = Deriver(found.schema, FACTS)
        alarms = AlarmRoom(AlarmEngine(load_definitions([])), history.record)
        intake = Intake(latest, TrendStore(), history, alarms, {"tank-1": deriver}, Stamp.now)
        latest.add_device("tank-1", "tcp://h", 1.0)
        history.start()
        try:
            benchmark.pedantic(
                intake.accept, ("tank-1", [found]), rounds=200, iterations=10, warmup_rounds=5
            )
        finally:
            history.close(10)
        assert history.counters.dropped == 0

    def test_alternative_the_latest_value_alone(self, benchmark: Any) -> None:
        """The floor: what a program without trends, limits or history would do."""
        latest = LatestStore()
        found = sample()
        latest.add_device("tank-1", "tcp://h", 1.0)
        latest.add_part("tank-1", "tank-1", found.schema)
        benchmark(latest.put, found)


@pytest.mark.benchmark(group="sixty snapshots: on disk")
class TestStore:
    def test_frames_as_shipped(self, benchmark: Any, tmp_path: Path) -> None:
        found, telemetry = sample(), TelemetryFile(tmp_path)
        telemetry.open()
        try:
            benchmark.pedantic(telemetry.append, ([found] * 60, None), rounds=30, warmup_rounds=2)
        finally:
            telemetry.close()

    def test_alternative_a_row_per_value(self, benchmark: Any, tmp_path: Path) -> None:
        import sqlite3

        found = sample()
        db = sqlite3.connect(tmp_path / "rows.db")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE v (point TEXT, at INTEGER, value REAL)")
        rows = [(p.key, 1, float(v)) for p, v in zip(found.schema, found.values, strict=True)] * 60

        def second() -> None:
            with db:
                db.executemany("INSERT INTO v VALUES (?, ?, ?)", rows)

        benchmark.pedantic(second, rounds=10, warmup_rounds=1)
        db.close()
