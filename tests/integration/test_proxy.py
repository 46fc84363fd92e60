"""Ten thousand hostile answers: no wrong value is ever good, nothing hangs, nothing stays open."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.device import DeviceError
from drivers.files import parse
from drivers.modbus.device import CompiledMap, ModbusDevice
from drivers.modbus.lines import Lines
from drivers.modbus.link import ModbusLink
from drivers.modbus.regmap import RegisterMap
from drivers.points import Snapshot
from tests.house.virtual_time import run_virtually
from tests.integration.hostile_proxy import KINDS, Mutation, hostile, idle
from tests.unit.drivers.wired import line_to, serve

TIMEOUT_S = 0.1
PERIOD_S = 2.0
EXAMPLES, LEAST = 120, 30
TOTAL = 3 * EXAMPLES * LEAST
"""Three transports; at least this many answers are mutated."""

mutations = st.builds(
    Mutation,
    kind=st.sampled_from(KINDS),
    a=st.integers(0, 70_000),
    b=st.integers(0, 255),
    data=st.binary(max_size=30),
)


def regmap() -> RegisterMap:
    """Five reads, four of them of one shape: what an answer out of step fits best."""
    points: list[dict[str, Any]] = []
    for start in (0, 200, 400, 600):
        points += [
            {"key": f"a{start}", "name": "A", "area": "holding", "address": start},
            {
                "key": f"b{start}",
                "name": "B",
                "area": "holding",
                "address": start + 1,
                "type": "u32",
            },
        ]
    points.append({"key": "c", "name": "C", "area": "discrete", "address": 3, "type": "bool"})
    tables = {
        "schema": "regmap/1",
        "id": "hostile",
        "vendor": "v",
        "model": "m",
        "device_class": "other",
        "provenance": "example",
        "source": "test",
        "transport": {"max_gap": 10, "timeout_ms": round(TIMEOUT_S * 1000)},
        "point": [{**point, "display": [0, 1e9]} for point in points],
    }
    return parse(RegisterMap, tables, Path("t.toml"))


COMPILED = CompiledMap.of(regmap())


def truth(key: str) -> float:
    if key == "c":
        return 1.0
    address = int(key[1:])
    return address if key[0] == "a" else ((address + 1) << 16) + address + 2


def assert_true(snapshot: Snapshot) -> int:
    good = 0
    for reading in snapshot.readings:
        value = snapshot.good(reading.point.key)
        if value is not None:
            good += 1
            assert value == truth(reading.point.key), f"{reading.point.key} is {value}"
    return good


class _Lines(Lines):
    """One line, to a server of the kit (which carries ASCII over TCP)."""

    def __init__(self, line: Any) -> None:
        super().__init__()
        self._only = line

    def line(self, endpoint: object) -> Any:
        return self._only


async def survive(scheme: str, planned: list[Mutation]) -> None:
    """Poll as the poll loop does until every mutation had its turn, then once more in peace."""
    left = iter(planned)
    async with serve(hostile(scheme, left, TIMEOUT_S), scheme) as server:
        url = f"{scheme if scheme != 'ascii' else 'tcp'}://127.0.0.1:{server.port}?unit=1"
        device = ModbusDevice("t", url, COMPILED, period_s=PERIOD_S, lines=_Lines(line_to(server)))
        is_connected = False
        for _ in range(len(planned) + 8):
            try:
                if not is_connected:
                    await device.connect()
                    is_connected = True
                (snapshot,) = await device.poll()
                assert_true(snapshot)
            except DeviceError:
                is_connected = False
                await device.close()
            await asyncio.sleep(0.05)
            if len(server.asked) >= len(planned) + 12:
                break
        assert len(server.asked) >= len(planned)
        await recovers(device)
        await device.close()
        assert await idle(server)


async def recovers(device: ModbusDevice) -> None:
    """With answers right again the values come back, all of them, within a minute or so."""
    for _ in range(60):
        await asyncio.sleep(2.0)
        try:
            if not device.link.is_open:
                await device.connect()
            (snapshot,) = await device.poll()
        except DeviceError:
            await device.close()
            continue
        if assert_true(snapshot) == len(snapshot.schema):
            return
    raise AssertionError("the values did not come back")


@pytest.mark.parametrize("scheme", ["tcp", "rtu+tcp", "ascii"])
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(planned=st.lists(mutations, min_size=LEAST, max_size=LEAST + 10))
def test_no_hostile_answer_becomes_a_good_value(scheme: str, planned: list[Mutation]) -> None:
    run_virtually(survive(scheme, planned))


@pytest.mark.parametrize("scheme", ["tcp", "rtu+tcp", "ascii"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "right"])
@pytest.mark.parametrize("a", [0, 1, 7, 33])
def test_each_fault_again_and_again(scheme: str, kind: str, a: int) -> None:
    run_virtually(survive(scheme, [Mutation(kind, a, 2, b"\x01\x03\x06")] * 12))


def test_ten_thousand_answers_are_mutated() -> None:
    assert TOTAL >= 10_000


async def test_the_proxy_is_right_unless_told_otherwise() -> None:
    for scheme in ("tcp", "rtu+tcp", "ascii"):
        async with serve(hostile(scheme, iter(()), TIMEOUT_S), scheme) as server:
            lines = _Lines(line_to(server))
            device = ModbusDevice("t", "tcp://127.0.0.1:1", COMPILED, lines=lines)
            assert isinstance(device.link, ModbusLink)
            await device.connect()
            (snapshot,) = await device.poll()
            assert assert_true(snapshot) == 9
            await device.close()
