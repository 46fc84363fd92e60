"""A device: reads a controller as it is, knows who answers, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.device import DeviceError, DeviceRefusedError, DeviceTimeoutError
from drivers.files import FileError, parse
from drivers.modbus import reads as reads_module
from drivers.modbus.device import CompiledMap, ModbusDevice
from drivers.modbus.identity import WrongControllerError
from drivers.modbus.line import Line
from drivers.modbus.lines import Lines
from drivers.modbus.regmap import RegisterMap
from drivers.modbus.url import Endpoint
from drivers.modbus.wire import Wire
from drivers.points import Reason, Snapshot
from tests.unit.drivers.wired import Reply, Server, bare, framed, right, serve


def regmap(points: Sequence[dict[str, Any]], **header: Any) -> RegisterMap:
    tables = {
        "schema": "regmap/1",
        "id": "t",
        "vendor": "v",
        "model": "m",
        "device_class": "other",
        "provenance": "example",
        "source": "test",
        **header,
        "point": [{"name": "P", "area": "holding", "display": [0, 70000], **p} for p in points],
    }
    return parse(RegisterMap, tables, Path("t.toml"))


def points_at(*addresses: int, **more: Any) -> list[dict[str, Any]]:
    return [{"key": f"p{address}", "address": address, **more} for address in addresses]


def device_for(
    server: Server, found: RegisterMap, *, lines: Lines | None = None, unit: int = 1, **more: Any
) -> ModbusDevice:
    url = f"{server.scheme}://127.0.0.1:{server.port}?unit={unit}"
    return ModbusDevice(f"d{unit}", url, CompiledMap.of(found), lines=lines, **more)


async def polled(device: ModbusDevice) -> Snapshot:
    (snapshot,) = await device.poll()
    return snapshot


def values(snapshot: Snapshot) -> dict[str, float | None]:
    return {reading.point.key: reading.value for reading in snapshot.readings}


class Controller:
    """Holds registers at some addresses and refuses what real ones refuse."""

    def __init__(
        self,
        has: Sequence[int],
        *,
        most: int = 125,
        too_many: int = 3,
        text: dict[int, int] | None = None,
    ) -> None:
        self.has = set(has)
        self.most = most
        self.too_many = too_many
        self.words = text or {}
        self.refused: list[tuple[int, int]] = []
        self.busy = 0

    def __call__(self, request: bytes) -> Reply:
        _, function, address, count = struct.unpack(">BBHH", bare("tcp", request)[:6])
        if self.busy:
            self.busy -= 1
            return framed("tcp", request, bytes((function | 0x80, 6)))
        code = 0
        if count > self.most:
            code = self.too_many
        elif not self.has.issuperset(range(address, address + count)):
            code = 2
        if code:
            self.refused.append((address, count))
            return framed("tcp", request, bytes((function | 0x80, code)))
        words = [self.words.get(a, a) for a in range(address, address + count)]
        data = struct.pack(f">{count}H", *words)
        return framed("tcp", request, bytes((function, len(data))) + data)


def asked_of(server: Server) -> list[tuple[int, int]]:
    return [struct.unpack(">HH", pdu[2:6]) for pdu in server.asked]


async def test_a_poll_is_one_snapshot_of_everything() -> None:
    async with serve(lambda r: framed("tcp", r, right(bare("tcp", r)))) as server:
        device = device_for(server, regmap(points_at(0, 1, 300)))
        await device.connect()
        first, second = await polled(device), await polled(device)
        assert values(first) == {"p0": 0, "p1": 1, "p300": 300}
        assert (first.sequence, second.sequence) == (1, 2)
        assert second.time.mono_s >= first.time.mono_s
        await device.close()


@pytest.mark.parametrize("too_many", [2, 3])
async def test_a_read_that_is_refused_is_split_and_the_split_is_remembered(too_many: int) -> None:
    addresses = [*range(10), *range(20, 30), *range(33, 40)]
    controller = Controller(addresses, most=8, too_many=too_many)
    async with serve(controller) as server:
        device = device_for(server, regmap(points_at(*addresses)))
        await device.connect()
        assert values(await polled(device)) == {f"p{a}": a for a in addresses}
        assert controller.refused[0] == (0, 40)
        refused, asked = len(controller.refused), len(server.asked)
        assert values(await polled(device)) == {f"p{a}": a for a in addresses}
        assert len(controller.refused) == refused
        assert len(server.asked) - asked == len(device.reads.blocks)
        await device.close()
        await device.connect()
        await device.poll()
        assert len(controller.refused) == refused  # also across connections
        await device.close()


async def test_a_split_never_goes_through_a_value() -> None:
    controller = Controller(range(16), most=5)
    async with serve(controller) as server:
        found = regmap(points_at(0, 2, 4, 6, 8, 10, 12, 14, type="u32"))
        device = device_for(server, found)
        await device.connect()
        snapshot = await polled(device)
        assert values(snapshot) == {f"p{a}": (a << 16) + a + 1 for a in range(0, 16, 2)}
        assert all(start % 2 == 0 and count % 2 == 0 for start, count in asked_of(server))
        await device.close()


async def test_a_point_the_controller_does_not_have_is_not_supported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    controller = Controller([0, 1, 3])
    async with serve(controller) as server:
        device = device_for(server, regmap(points_at(0, 1, 2, 3)))
        await device.connect()
        snapshot = await polled(device)
        assert values(snapshot) == {"p0": 0, "p1": 1, "p2": None, "p3": 3}
        assert snapshot["p2"].reason is Reason.NOT_SUPPORTED
        assert snapshot.good("p3") == 3
        refused = len(controller.refused)
        await device.poll()
        assert len(controller.refused) == refused  # not asked every time
        assert [block.address for block, _ in device.reads.refused] == [2]
        controller.has.add(2)
        monkeypatch.setattr(reads_module, "RETRY_S", 0.0)
        assert (await polled(device)).good("p2") == 2  # it is looked for again
        await device.close()


async def test_an_area_the_controller_does_not_know_costs_only_its_points() -> None:
    def answer(request: bytes) -> Reply:
        pdu = bare("tcp", request)
        return framed("tcp", request, b"\x82\x01" if pdu[1] == 2 else right(pdu))

    async with serve(answer) as server:
        found = regmap(
            [*points_at(5), {"key": "leak", "area": "discrete", "address": 0, "type": "bool"}]
        )
        device = device_for(server, found)
        await device.connect()
        snapshot = await polled(device)
        assert snapshot.good("p5") == 5
        assert snapshot["leak"].reason is Reason.NOT_SUPPORTED
        await device.close()


async def test_a_controller_that_refuses_everything_is_a_sentence_each_time() -> None:
    controller = Controller([])
    async with serve(controller) as server:
        device = device_for(server, regmap(points_at(0, 1)))
        await device.connect()
        for _ in range(2):
            with pytest.raises(DeviceRefusedError, match="refuses every read of its map"):
                await device.poll()
        controller.has |= {0, 1}
        assert values(await polled(device)) == {"p0": 0, "p1": 1}
        await device.close()


async def test_a_busy_controller_is_asked_again_shortly() -> None:
    controller = Controller([0])
    async with serve(controller) as server:
        device = device_for(server, regmap(points_at(0)))
        await device.connect()
        controller.busy = 2
        assert (await polled(device)).good("p0") == 0
        controller.busy = 3
        with pytest.raises(DeviceRefusedError, match="busy"):
            await device.poll()
        await device.close()


@pytest.mark.parametrize("code", [4, 10, 11])
async def test_any_other_refusal_fails_the_poll(code: int) -> None:
    async with serve(lambda r: framed("tcp", r, bytes((0x83, code)))) as server:
        device = device_for(server, regmap(points_at(0)))
        await device.connect()
        with pytest.raises(DeviceRefusedError, match=f"exception {code} "):
            await device.poll()
        await device.close()


def text_words(text: str) -> dict[int, int]:
    data = text.encode("latin-1").ljust(8, b"\0")
    return {100 + i: int.from_bytes(data[2 * i : 2 * i + 2]) for i in range(4)}


MODEL = {
    "key": "model",
    "name": "Model",
    "area": "holding",
    "address": 100,
    "length": 4,
    "expect": "^RPU-2",
}


@pytest.mark.parametrize(
    ("text", "blank", "known"),
    [("RPU-2 X", False, True), ("RPU-1", False, False), ("", False, False), ("", True, True)],
)
async def test_who_answers_is_checked_before_anything_is_shown(
    text: str, blank: bool, known: bool
) -> None:
    controller = Controller(range(200), text=text_words(text))
    async with serve(controller) as server:
        found = regmap(points_at(0), identity=[{**MODEL, "allow_blank": blank}])
        device = device_for(server, found)
        if known:
            await device.connect()
            assert (await polled(device)).identity == ({"model": text} if text else {})
        else:
            for _ in range(2):
                with pytest.raises(WrongControllerError, match=r"Model is .*expected is.*map 't'"):
                    await device.connect()
        await device.close()


async def test_a_controller_without_the_naming_register_is_the_wrong_one() -> None:
    async with serve(Controller(range(10))) as server:
        expected = device_for(server, regmap(points_at(0), identity=[MODEL]))
        with pytest.raises(WrongControllerError, match=r"illegal data address.*not the controller"):
            await expected.connect()
        await expected.close()
        merely_shown = device_for(server, regmap(points_at(0), identity=[{**MODEL, "expect": ""}]))
        await merely_shown.connect()
        assert (await polled(merely_shown)).identity == {}
        await merely_shown.close()
        probed = device_for(
            server, regmap(points_at(0), probe={"address": 9, "type": "u16", "expect": "^8$"})
        )
        with pytest.raises(WrongControllerError, match="the probe register is '9'"):
            await probed.connect()
        await probed.close()


async def test_another_controller_after_a_lost_connection_is_noticed() -> None:
    controller = Controller(range(200), text=text_words("RPU-2"))
    async with serve(controller) as server:
        device = device_for(server, regmap(points_at(0), identity=[MODEL]))
        await device.connect()
        await device.poll()
        controller.words = text_words("VFD-9")
        for writer in server.writers:
            writer.close()
        await asyncio.sleep(0.02)
        with pytest.raises(WrongControllerError):
            await device.poll()
        await device.close()


async def test_a_peer_that_hangs_up_between_polls_costs_no_poll() -> None:
    async with serve(lambda r: framed("tcp", r, right(bare("tcp", r)))) as server:
        device = device_for(server, regmap(points_at(0)))
        await device.connect()
        for polls in range(1, 4):
            assert (await polled(device)).good("p0") == 0
            for writer in server.writers:
                writer.close()
            await asyncio.sleep(0.02)
            assert server.connections == polls
        await device.close()


async def test_the_connection_is_closed_after_each_cycle_where_the_map_asks_for_it() -> None:
    controller = Controller(range(200), text=text_words("RPU-2"))
    async with serve(controller) as server:
        found = regmap(points_at(0), identity=[MODEL], transport={"close_after_cycle": True})
        device = device_for(server, found)
        await device.connect()
        for polls in range(1, 4):
            await device.poll()
            await asyncio.sleep(0.02)
            assert (server.connections, server.open) == (polls, 0)
        assert len([a for a, _ in asked_of(server) if a == 100]) == 1  # it is still the same
        await device.close()


async def test_slow_groups_are_read_at_their_own_pace() -> None:
    found = regmap(
        [*points_at(0), {"key": "slow", "address": 500, "poll_group": "slow"}],
        poll_groups={"slow": 30},
    )
    async with serve(lambda r: framed("tcp", r, right(bare("tcp", r)))) as server:
        device = device_for(server, found)
        await device.connect()
        for _ in range(3):
            assert values(await polled(device)) == {"p0": 0, "slow": 500}
        assert [address for address, _ in asked_of(server)] == [0, 500, 0, 0]
        await device.close()
        await device.connect()
        await device.poll()
        assert [address for address, _ in asked_of(server)][4:] == [0, 500]
        await device.close()


async def test_tanks_behind_one_gateway_share_a_connection() -> None:
    async with serve(
        lambda r: framed("rtu+tcp", r, right(bare("rtu+tcp", r))), "rtu+tcp"
    ) as server:
        lines = Lines()
        found = regmap(points_at(0, 1))
        devices = [device_for(server, found, lines=lines, unit=unit) for unit in (1, 2, 3)]
        for device in devices:
            await device.connect()
        for snapshot in await asyncio.gather(*(polled(device) for device in devices)):
            assert values(snapshot) == {"p0": 0, "p1": 1}
        assert server.connections == 1
        for device in devices:
            await device.close()
        with pytest.raises(FileError, match=r"d9: .*already used as rtu\+tcp"):
            ModbusDevice("d9", f"tcp://127.0.0.1:{server.port}", CompiledMap.of(found), lines=lines)


async def test_a_line_that_is_too_slow_says_who_shares_it() -> None:
    def answer(request: bytes) -> Reply:
        return [(0.08, framed("tcp", request, right(bare("tcp", request))))]

    async with serve(answer) as server:
        lines, found = Lines(), regmap(points_at(0, 200))
        one, two = (device_for(server, found, lines=lines, unit=n, period_s=0.2) for n in (1, 2))
        await one.connect()
        await two.connect()
        told = await asyncio.gather(one.poll(), two.poll(), return_exceptions=True)
        late = [str(error) for error in told if isinstance(error, DeviceTimeoutError)]
        assert late
        assert all("2 units share the line" in text for text in late)
        await one.close()
        await two.close()


async def test_a_line_too_slow_for_its_reads_is_told_so() -> None:
    def answer(request: bytes) -> Reply:
        return [(0.3, framed("rtu+tcp", request, right(bare("rtu+tcp", request))))]

    async def to_server(endpoint: Endpoint, wire: Wire) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: wire, "127.0.0.1", endpoint.port)

    class SlowLine(Lines):
        def line(self, endpoint: Endpoint) -> Line:
            return Line(replace(endpoint, port=server.port), to_server)

    async with serve(answer, "rtu+tcp") as server:
        url, found = "rtu:///dev/slow?baud=1200&parity=N", regmap(points_at(0, 60, 200))
        device = ModbusDevice("d", url, CompiledMap.of(found), period_s=0.6, lines=SlowLine())
        await device.connect()
        with pytest.raises(DeviceTimeoutError, match=r"its reads take \d\.\d s on the line alone"):
            await device.poll()
        await device.close()


async def test_a_doubled_answer_fails_the_poll_instead_of_shifting_its_values() -> None:
    """Without transaction numbers the copy of one answer fits the next question of its shape."""
    number = 0

    def answer(request: bytes) -> Reply:
        nonlocal number
        number += 1
        frame = framed("rtu+tcp", request, right(bare("rtu+tcp", request)))
        return [(0.0, frame), (0.015, frame)] if number == 1 else [(0.03, frame)]

    async with serve(answer, "rtu+tcp") as server:
        found = regmap(points_at(0, 200, 400), transport={"max_gap": 10})
        device = device_for(server, found)
        await device.connect()
        with pytest.raises(DeviceError):
            await device.poll()
        assert values(await polled(device)) == {"p0": 0, "p200": 200, "p400": 400}
        await device.close()
