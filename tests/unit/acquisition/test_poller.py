"""Polling: absolute deadlines, one sick device never delays another, an end within bounds."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from console.acquisition.latest import LatestStore, LinkState
from console.acquisition.loop import EquipmentLoop
from console.acquisition.poller import Poller
from console.acquisition.thread import AcquisitionThread, phases
from drivers.device import Device, DeviceError
from drivers.points import Point, Schema, Snapshot, Stamp

if TYPE_CHECKING:
    from tests.house.logs import Expected

SCHEMA = Schema((Point("t", "T", "Cel"),))


class FakeDevice:
    """A device whose behaviour is a list of steps; the last one repeats."""

    def __init__(self, device_id: str, *steps: str, period_s: float = 0.05) -> None:
        self.id = device_id
        self.url = f"fake://{device_id}"
        self.period_s = period_s
        self._steps = list(steps) or ["ok"]
        self.connects = self.closes = self.asked = 0
        self.connecting_s = 0.0
        self.times: list[float] = []

    @property
    def parts(self) -> Sequence[tuple[str, Schema]]:
        return ((self.id, SCHEMA),)

    async def connect(self) -> None:
        self.connects += 1
        await asyncio.sleep(self.connecting_s)

    async def poll(self) -> Sequence[Snapshot]:
        step = self._steps[min(self.asked, len(self._steps) - 1)]
        self.asked += 1
        self.times.append(time.monotonic())
        if step == "hang":
            await asyncio.sleep(3600)
        if step == "fail":
            raise DeviceError("it says no")
        if step == "bug":
            raise KeyError("ours")
        return (Snapshot(self.id, SCHEMA, np.array([1.0]), np.array([0], np.uint8), Stamp.now()),)

    async def close(self) -> None:
        self.closes += 1


class Sink:
    def __init__(self, latest: LatestStore) -> None:
        self.latest = latest
        self.samples: list[str] = []
        self.links: list[tuple[str, LinkState, str]] = []

    def add_part(self, device: str, part: str, schema: Schema) -> None:
        self.latest.add_part(device, part, schema)

    def accept(self, device: str, snapshots: Sequence[Snapshot]) -> None:
        self.samples += [snapshot.device for snapshot in snapshots]

    def link_changed(self, device: str, state: LinkState, message: str) -> None:
        if self.latest.link(device).state is not state:
            self.latest.set_link(device, state=state, message=message)
            self.links.append((device, state, message))

    def tick(self) -> None:
        pass


def prepared(*devices: FakeDevice) -> tuple[LatestStore, Sink]:
    latest = LatestStore()
    for device in devices:
        latest.add_device(device.id, device.url, device.period_s)
    return latest, Sink(latest)


async def run_for(seconds: float, *devices: FakeDevice) -> tuple[LatestStore, Sink]:
    latest, sink = prepared(*devices)
    tasks = [asyncio.create_task(Poller(d, latest, sink, 0.0).run()) for d in devices]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return latest, sink


async def test_it_polls_on_a_grid_and_counts() -> None:
    device = FakeDevice("a")
    latest, sink = await run_for(0.52, device)
    link = latest.link("a")
    assert len(sink.samples) + link.missed in {10, 11}
    assert link.polls == len(sink.samples)
    assert link.round_trip_s > 0
    steps = np.round(np.diff(device.times) / 0.05)
    assert steps.sum() == round((device.times[-1] - device.times[0]) / 0.05)
    assert sink.links == [("a", LinkState.LIVE, "")]
    assert device.closes >= 1


async def test_two_failures_lose_it_and_one_answer_restores_it() -> None:
    device = FakeDevice("a", "ok", "fail", "ok", "fail", "fail", "ok")
    latest, sink = await run_for(0.8, device)
    assert [state for _, state, _ in sink.links] == [LinkState.LIVE, LinkState.LOST, LinkState.LIVE]
    assert sink.links[1][2] == "it says no"
    assert latest.link("a").missed >= 3
    assert device.connects == 4  # at first and after each failure


async def test_a_device_that_hangs_is_given_up_within_its_period() -> None:
    latest, sink = await run_for(0.4, FakeDevice("a", "hang"))
    assert sink.links == [("a", LinkState.LOST, "fake://a did not answer in time")]
    assert latest.link("a").polls >= 2


async def test_connecting_may_take_longer_than_a_period() -> None:
    """A name to look up, a certificate to check, a controller that must be asked who it is."""
    device = FakeDevice("a")
    device.connecting_s = 0.15
    _, sink = await run_for(0.5, device)
    assert device.connects == 1
    assert len(sink.samples) >= 4


async def test_a_fault_of_ours_is_logged_and_the_loop_goes_on(expected_logs: Expected) -> None:
    expected_logs("polling a failed")
    _, sink = await run_for(0.4, FakeDevice("a", "bug", "ok"))
    assert len(sink.samples) >= 3


async def test_sick_devices_do_not_delay_healthy_ones() -> None:
    healthy = [FakeDevice(f"h{i}", period_s=0.2) for i in range(20)]
    sick = [FakeDevice(f"s{i}", "hang", period_s=0.2) for i in range(20)]
    latest, _ = await run_for(1.1, *healthy, *sick)
    assert sum(latest.link(d.id).polls for d in healthy) >= 20 * 4


def thread_over(*devices: FakeDevice) -> tuple[AcquisitionThread, Sink]:
    latest, sink = prepared(*devices)
    listed: list[Device] = list(devices)
    return AcquisitionThread(listed, latest, sink), sink


def test_the_thread_ends_at_once_with_every_device_hung() -> None:
    devices = [FakeDevice(f"d{i}", "hang", period_s=5.0) for i in range(60)]
    thread, _ = thread_over(*devices)
    thread.start()
    time.sleep(0.2)
    began = time.perf_counter()
    assert thread.stop(2.0)
    assert time.perf_counter() - began < 1.5
    assert all(device.closes for device in devices if device.asked)


def test_phases_are_spread_over_the_period() -> None:
    devices = [FakeDevice(f"d{i}", period_s=0.4) for i in range(4)]
    thread, _ = thread_over(*devices)
    thread.start()
    time.sleep(0.6)
    assert thread.stop(2.0)
    order = [device.times[0] for device in devices]
    assert order == sorted(order)
    assert order[-1] - order[0] > 0.2


def test_many_devices_are_polled_in_few_turns() -> None:
    assert phases(0) == []
    assert phases(1) == [0.0]
    assert phases(4) == [0.0, 0.25, 0.5, 0.75]
    turns = Counter(phases(64))
    assert len(turns) == 10
    assert set(turns.values()) == {6, 7}
    assert min(turns) == 0.0
    assert max(turns) == pytest.approx(0.9)


def test_stopping_what_never_started_is_fine() -> None:
    thread, _ = thread_over(FakeDevice("a"))
    assert thread.stop(0.1)


def test_a_hanging_name_server_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten look-ups hang; another name resolves at once, and the loop closes without them."""
    real, release = socket.getaddrinfo, threading.Event()

    def slow(host: str, *rest: Any) -> Any:
        if host.startswith("slow"):
            release.wait(10)
        return real("127.0.0.1", *rest)

    monkeypatch.setattr(socket, "getaddrinfo", slow)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        stuck = [asyncio.create_task(loop.getaddrinfo(f"slow{i}", 502)) for i in range(10)]
        await asyncio.sleep(0.05)
        found = await asyncio.wait_for(loop.getaddrinfo("fast", 502), 2)
        assert found[0][4][0] == "127.0.0.1"
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)

    began = time.perf_counter()
    with asyncio.Runner(loop_factory=EquipmentLoop) as runner:
        runner.run(main())
    assert time.perf_counter() - began < 5
    release.set()
    for thread in threading.enumerate():
        if thread.name.startswith("lookup"):
            thread.join(1)


def test_a_failed_look_up_is_an_os_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fails)

    async def main() -> None:
        with pytest.raises(OSError, match="not known"):
            await asyncio.get_running_loop().getaddrinfo("nowhere", 502)

    with asyncio.Runner(loop_factory=EquipmentLoop) as runner:
        runner.run(main())
