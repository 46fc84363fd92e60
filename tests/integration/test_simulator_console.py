"""The console's own drivers read the simulator: every point good, every fault as what it is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from drivers.device import DeviceError
from drivers.gpu.device import GpuDevice
from drivers.gpu.exporter_source import ExporterSource
from drivers.gpu.roster import ExpectedGpu
from drivers.modbus.device import CompiledMap, ModbusDevice
from drivers.modbus.regmap import load_map
from drivers.points import Reason, Snapshot
from drivers.simulator.options import PlantOptions
from drivers.simulator.serve import Simulator


@contextlib.asynccontextmanager
async def console() -> AsyncIterator[tuple[Simulator, ModbusDevice, GpuDevice]]:
    """A simulator with one tank and one host, and a connection to each."""
    made = Simulator(PlantOptions(tanks=1, hosts=1), lambda _: None)
    await made.open()
    compiled = CompiledMap.of(load_map("generic-single-phase"))
    tank = ModbusDevice("tank-1", f"tcp://127.0.0.1:{made.tanks['tank-1']}?unit=1", compiled)
    url = f"http://127.0.0.1:{made.hosts['node-1']}/metrics"
    expected = [ExpectedGpu(slot) for slot in range(8)]
    host = GpuDevice("node-1", ExporterSource(url, timeout_s=5.0), expected=expected)
    try:
        await tank.connect()
        await host.connect()
        yield made, tank, host
    finally:
        await tank.close()
        await host.close()
        made.close()
        await asyncio.sleep(0.01)


async def only(tank: ModbusDevice) -> Snapshot:
    (snapshot,) = await tank.poll()
    return snapshot


async def test_every_point_of_tank_and_gpus_is_good() -> None:
    async with console() as (made, tank, host):
        made.plant.advance(5)
        snapshot = await only(tank)
        gpus = await host.poll()
        true = made.plant.tanks["tank-1"].model.true_values()
    assert [r.point.key for r in snapshot.readings if r.reason is not Reason.NONE] == []
    for key in ("coolant_return_temperature", "level", "facility_flow", "filter[1].delta_pressure"):
        assert snapshot.good(key) == pytest.approx(true[key], rel=0.03), key
    assert snapshot["pump[1].state"].point.words(1) == "running"
    assert snapshot.good("pump[1].state") == 1
    assert len(gpus) == 8
    for gpu in gpus:
        assert 40 < (gpu.good("core_temperature") or 0) < 87
        assert 60 < (gpu.good("power") or 0) <= 700


async def test_faults_are_seen_as_what_they_are() -> None:
    async with console() as (made, tank, host):
        plant = made.plant
        plant.inject("sensor_sentinel")
        plant.inject("pump_trip")
        plant.inject("gpu_lost", parameters={"gpu": 6, "visible_s": 1})
        plant.advance(20)
        snapshot, gpus = await only(tank), await host.poll()
        assert snapshot["level"].reason is Reason.SENSOR_FAULT
        assert snapshot["level"].value is None
        assert snapshot.good("pump[1].state") == 2
        assert (snapshot.good("coolant_flow") or 0) < 200
        assert {r.reason for r in gpus[6].readings} == {Reason.DEVICE_LOST}
        assert gpus[5].good("core_temperature") is not None
        plant.inject("controller_silent")
        with pytest.raises(DeviceError):
            await tank.poll()
