"""The fault list, part two: what takes time, writing, or two opinions to be seen."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from drivers.device import DeviceError
from drivers.modbus.arming import Arming, WriteFailedError, WriteNote
from drivers.modbus.regmap import RegisterMap, load_map
from drivers.points import Level, Reason
from tests.integration import fault_list_maps as maps
from tests.integration.limit_watch import LimitWatch
from tests.integration.served import Served, by_key, served


def generic() -> RegisterMap:
    return load_map("generic-single-phase")


async def all_good(made: Served) -> bool:
    return {reason for _, _, reason in by_key(await made.poll())} == {"none"}


async def good(made: Served, key: str) -> float:
    """Return a value that must be shown as good."""
    value = (await made.poll()).good(key)
    assert value is not None, key
    return value


class TestMapAndControllerDisagree:
    """The map is wrong, not the controller: the range catches it, a right map reads right."""

    @pytest.mark.parametrize(
        ("truth", "wrong"),
        [
            (maps.offset(), maps.offset(0.0)),
            (maps.scaled(divisor=10.0), maps.scaled(scale=1.0)),
            (maps.scaled(divisor=100.0), maps.scaled(divisor=10.0)),
        ],
        ids=["raw offset 3000 forgotten", "divisor forgotten", "divisor of another model"],
    )
    async def test_raw_offset_and_divisor(self, truth: RegisterMap, wrong: RegisterMap) -> None:
        (key,) = (spec.key for spec in truth.points)
        async with served(truth) as right:
            wanted = right.truth()[key]
            assert isinstance(wanted, float)
            assert await good(right, key) == pytest.approx(wanted, abs=0.06)
        async with served(truth, read_as=wrong) as fooled:
            assert (await fooled.poll())[key].reason is Reason.OUT_OF_RANGE

    async def test_a_serial_number_in_binary_coded_decimals(self) -> None:
        async with served(maps.serial()) as made:
            made.unit.encoder.texts = {"serial": "08150042"}
            made.unit.changed()
            assert (await made.poll()).identity["serial"] == "08150042"


class TestRefusedReads:
    """What is refused is asked for in smaller pieces: every value stays good, no poll is lost."""

    @pytest.mark.parametrize("most", [21, 32])
    async def test_reads_longer_than_the_map_says_they_may_be(self, most: int) -> None:
        async with served(maps.long_block()) as made, served(generic()) as neighbour:
            assert await all_good(made)
            assert max(block.count for block in made.device.reads.blocks) > most
            made.begin("short_reads", most=most)
            assert await all_good(made)
            assert await all_good(neighbour)
            assert max(block.count for block in made.device.reads.blocks) <= most
            made.end("short_reads")
            assert await all_good(made)

    async def test_reads_across_a_gap(self) -> None:
        async with served(maps.long_block()) as made:
            assert await all_good(made)
            (whole,) = made.device.reads.blocks
            made.begin("gaps_refused")
            assert await all_good(made)
            found = [(block.address, block.end) for block in made.device.reads.blocks]
            assert (whole.address, whole.end) == (0, 80)
            assert found == [(0, 60), (70, 80)]

    async def test_a_controller_that_is_busy_for_a_moment(self) -> None:
        async with served(maps.floats()) as made:
            assert await all_good(made)
            made.begin("controller_exception", code=6, requests=2)
            assert await all_good(made)
            assert made.unit.wire.quirks.exceptions == -1  # two refusals and one answer


class TestClients:
    async def test_a_second_client_is_refused_and_the_first_is_not_disturbed(self) -> None:
        async with served(maps.floats()) as made:
            await made.poll()
            made.begin("clients_refused", most=1)
            reader, writer = await asyncio.open_connection("127.0.0.1", made.port.number)
            assert await asyncio.wait_for(reader.read(), 1.0) == b""
            writer.close()
            assert await all_good(made)
            made.end("clients_refused")

    async def test_we_are_the_second_client_until_the_first_leaves(self) -> None:
        async with served(maps.floats()) as made:
            made.begin("clients_refused", most=1)
            _, writer = await asyncio.open_connection("127.0.0.1", made.port.number)
            while not made.unit.wire.clients:  # noqa: ASYNC110  signing in has no event
                await asyncio.sleep(0.01)
            with pytest.raises(DeviceError):
                await made.poll()
            writer.close()
            while made.unit.wire.clients:  # noqa: ASYNC110  signing out has no event
                await asyncio.sleep(0.01)
            assert await all_good(made)

    async def test_a_connection_that_drops_costs_polls_and_never_a_wrong_value(self) -> None:
        async with served(maps.floats()) as made, served(generic()) as neighbour:
            made.begin("connection_drops", after_s=0.1)
            failed = right = 0
            for _ in range(30):
                made.advance(0.5)
                try:
                    right += await all_good(made)
                except DeviceError:
                    failed += 1
                assert await all_good(neighbour)
                await asyncio.sleep(0.03)
            assert failed >= 2
            assert right == 30 - failed > 2 * failed
            made.end("connection_drops")
            with contextlib.suppress(DeviceError):  # the last connection may be on its way out
                await made.poll()
            assert await all_good(made)

    async def test_a_restart_costs_one_poll_at_most(self) -> None:
        async with served(maps.floats()) as made:
            await made.poll()
            made.begin("controller_restart")
            with contextlib.suppress(DeviceError):
                await made.poll()
            assert await all_good(made)


class TestWrites:
    """A write is read back; what the controller does with it later is shown, not hidden."""

    @staticmethod
    @contextlib.asynccontextmanager
    async def armed(regmap: RegisterMap) -> Any:
        notes: list[WriteNote] = []
        arming = Arming("tank-1", notes.append)
        async with served(regmap, arming=arming) as made:
            await made.poll()
            arming.arm("kim", "commissioning")
            yield made

    @staticmethod
    async def write(made: Served, value: float) -> None:
        await made.device.write("setpoint", value, "commissioning", "kim", confirmed=True)

    async def test_a_setpoint_is_kept(self) -> None:
        async with self.armed(maps.written()) as made:
            await self.write(made, 33.0)
            made.advance(3600)
            assert await good(made, "setpoint") == 33.0

    async def test_a_setpoint_that_the_controller_overwrites_at_once_is_said_to_have_failed(
        self,
    ) -> None:
        async with self.armed(maps.written()) as made:
            before = await good(made, "setpoint")
            made.begin("setpoint_overwritten", after_s=0.0)
            with pytest.raises(WriteFailedError, match="the controller now shows"):
                await self.write(made, 50.0)
            assert await good(made, "setpoint") == pytest.approx(before, abs=0.3)
            made.end("setpoint_overwritten")
            await self.write(made, 50.0)
            assert await good(made, "setpoint") == 50.0

    async def test_a_setpoint_that_is_overwritten_later_is_shown_as_it_is(self) -> None:
        async with self.armed(maps.written()) as made:
            made.begin("setpoint_overwritten", after_s=2.0)
            await self.write(made, 50.0)
            made.advance(4.0)
            assert await good(made, "setpoint") < 45.0

    async def test_a_write_reverts_when_nobody_keeps_it_alive(self) -> None:
        async with self.armed(maps.written(keepalive_s=5.0)) as made:
            await self.write(made, 50.0)
            made.advance(4.0)
            assert await good(made, "setpoint") == 50.0
            made.advance(2.0)
            assert await good(made, "setpoint") < 45.0

    @pytest.mark.parametrize("volatile", [True, False])
    async def test_a_volatile_write_does_not_survive_a_restart(self, volatile: bool) -> None:
        async with self.armed(maps.written(volatile=volatile)) as made:
            await self.write(made, 50.0)
            made.begin("controller_restart")
            with contextlib.suppress(DeviceError):
                await made.poll()
            assert (await good(made, "setpoint") < 45.0) is volatile


class TestRedundantSensors:
    async def test_one_that_drifts_is_outvoted_and_taken_back(self) -> None:
        async with served(load_map("generic-two-phase")) as made:
            truth = await good(made, "bath_temperature")
            made.begin("sensor_drift", point="bath_temperature[2]", per_min=30.0)
            for _ in range(12):
                made.advance(5.0)
                snapshot = await made.poll()
            assert snapshot["bath_temperature[2]"].reason is Reason.DISAGREE
            assert snapshot.good("bath_temperature") == pytest.approx(truth, abs=1.5)
            made.end("sensor_drift")
            for _ in range(6):
                made.advance(5.0)
                snapshot = await made.poll()
            assert {reason for _, _, reason in by_key(snapshot)} == {"none"}

    async def test_two_of_three_open_leave_a_value_that_is_not_good(self) -> None:
        async with served(load_map("generic-two-phase")) as made:
            made.unit.wrongs.broken |= {"bath_temperature[1]", "bath_temperature[2]"}
            made.unit.changed()
            assert (await made.poll())["bath_temperature"].reason is Reason.DISAGREE


async def test_a_clock_that_is_wrong_is_shown_and_nothing_else_changes() -> None:
    async with served(load_map("dry-cooler")) as made:
        before = await made.poll()
        made.begin("clock_wrong", seconds=1200)
        after = await made.poll()
        assert after.good("clock") == (before.good("clock") or 0.0) + 20
        assert {reason for _, _, reason in by_key(after)} == {"none"}
        made.end("clock_wrong")
        assert (await made.poll()).good("clock") == before.good("clock")


async def test_a_tachometer_at_zero_alarms_whether_the_fan_is_stopped_or_absent() -> None:
    async with served(load_map("ocp-orv3-rpu")) as made:
        monitor = LimitWatch(made.device.parts[0][1])
        made.begin("sensor_reads", point="pump[2].speed", value=0.0)
        list(monitor.feed(await made.poll()))
        made.clock.ahead_s += 3600
        (crossing,) = monitor.feed(await made.poll())
        assert (crossing.point.key, crossing.limit.level) == (
            "pump[2].speed",
            Level.LOWER_CRITICAL,
        )


class Tank:
    """The generic tank, its alarms, and minutes that pass in a moment."""

    def __init__(self, made: Served) -> None:
        self.made = made
        self.monitor = LimitWatch(made.device.parts[0][1])
        self.crossed: set[tuple[str, Level]] = set()

    async def minutes(self, count: float) -> None:
        """Let time pass, polled every ten seconds; every value stays good throughout."""
        for _ in range(round(count * 6)):
            self.made.advance(10.0)
            snapshot = await self.made.poll()
            assert {reason for _, _, reason in by_key(snapshot)} == {"none"}
            for crossing in self.monitor.feed(snapshot):
                where = crossing.point.key, crossing.limit.level
                (self.crossed.add if crossing.crossed else self.crossed.discard)(where)

    async def value(self, key: str) -> float:
        return await good(self.made, key)


@contextlib.asynccontextmanager
async def tank() -> Any:
    async with served(generic()) as made:
        running = Tank(made)
        await running.minutes(1)
        assert running.crossed == set()
        yield running


FLOW, LEVEL = "coolant_flow", "level"
HOT = {("coolant_supply_temperature", Level.UPPER_CAUTION)}


class TestPhysics:
    """Nothing is wrong with the wire: values move, limits cross on the right side, and go back."""

    async def test_pump_trip_and_restart(self) -> None:
        async with tank() as it:
            flow = await it.value(FLOW)
            it.made.begin("pump_trip", pumps=1)
            await it.minutes(2)
            assert ("pump[1].state", Level.UPPER_CRITICAL) in it.crossed
            assert await it.value(FLOW) < flow
            it.made.end("pump_trip")
            await it.minutes(10)
            assert it.crossed == set()

    async def test_changeover_gives_more_flow_than_a_trip(self) -> None:
        async with tank() as it, tank() as other:
            it.made.begin("pump_changeover")
            other.made.begin("pump_trip", pumps=1)
            await it.minutes(2)
            await other.minutes(2)
            assert await it.value("pump[2].speed_percent") == 100
            assert await it.value("pump[1].speed_percent") == 0
            assert await it.value(FLOW) > await other.value(FLOW)
            it.made.end("pump_changeover")
            await it.minutes(10)
            assert it.crossed == set()

    async def test_thermosiphon_flows_with_both_pumps_off(self) -> None:
        async with tank() as it:
            it.made.begin("pump_trip", pumps=2)
            await it.minutes(2)
            assert 0 < await it.value(FLOW) < 100
            assert await it.value("pump[1].speed_percent") == 0
            assert (FLOW, Level.LOWER_CRITICAL) in it.crossed
            it.made.end("pump_trip")
            await it.minutes(20)
            assert it.crossed == set()

    async def test_facility_water_lost_warms_and_expands_the_fluid(self) -> None:
        async with tank() as it:
            level = await it.value(LEVEL)
            it.made.begin("facility_water_lost")
            await it.minutes(6)
            assert it.crossed > HOT
            assert ("facility_flow", Level.LOWER_CRITICAL) in it.crossed
            assert await it.value(LEVEL) > level + 3
            it.made.end("facility_water_lost")
            await it.minutes(40)
            assert it.crossed == set()
            assert await it.value(LEVEL) == pytest.approx(level, abs=2)

    async def test_a_stuck_sensor_hides_it_and_only_the_others_tell(self) -> None:
        """Cannot be told from the wire unless the map says that the value never stands still."""
        async with tank() as it:
            it.made.begin("sensor_stuck", point="coolant_return_temperature")
            stuck = await it.value("coolant_return_temperature")
            it.made.begin("facility_water_lost")
            await it.minutes(5)
            assert await it.value("coolant_return_temperature") == stuck
            assert it.crossed > HOT

    async def test_exchanger_fouling(self) -> None:
        async with tank() as it:
            flow = await it.value("facility_flow")
            it.made.begin("exchanger_fouling", percent_per_min=10, most_percent=70)
            await it.minutes(30)
            assert await it.value("facility_flow") > flow + 20  # the valve makes up for it
            assert it.crossed >= HOT
            it.made.end("exchanger_fouling")
            await it.minutes(60)
            assert it.crossed == set()

    async def test_filter_clogging(self) -> None:
        async with tank() as it:
            flow = await it.value(FLOW)
            it.made.begin("filter_clogging", percent_per_min=100, most_percent=800)
            await it.minutes(12)
            assert ("filter[1].delta_pressure", Level.UPPER_CAUTION) in it.crossed
            assert await it.value(FLOW) < flow - 5
            it.made.end("filter_clogging")
            await it.minutes(10)
            assert it.crossed == set()

    async def test_fluid_thickening(self) -> None:
        async with tank() as it:
            flow, drop = await it.value(FLOW), await it.value("filter[1].delta_pressure")
            it.made.begin("fluid_thickening", percent_per_min=100, most_percent=300)
            await it.minutes(6)
            assert await it.value(FLOW) < flow - 20
            assert await it.value("filter[1].delta_pressure") > drop + 3
            it.made.end("fluid_thickening")
            await it.minutes(5)
            assert await it.value(FLOW) == pytest.approx(flow, abs=5)

    async def test_slow_leak(self) -> None:
        async with tank() as it:
            level = await it.value(LEVEL)
            it.made.begin("slow_leak", l_per_min=2.0)
            await it.minutes(6)
            assert await it.value(LEVEL) == pytest.approx(level - 20, abs=3)  # 12 L of 0.6 m2
            await it.minutes(6)
            assert ("leak[1].state", Level.UPPER_FATAL) in it.crossed
            assert (LEVEL, Level.LOWER_CAUTION) in it.crossed
            it.made.end("slow_leak")
            await it.minutes(10)
            assert it.crossed == set()

    async def test_a_server_lifted_out_is_a_step_in_level(self) -> None:
        async with tank() as it:
            level = await it.value(LEVEL)
            model = it.made.unit.model
            model.lifted_l, model.lid_open = 15.0, True
            await it.minutes(1)
            assert await it.value(LEVEL) == pytest.approx(level - 25, abs=2)
            assert await it.value("lid.state") == 1
            model.lifted_l, model.lid_open = 0.0, False
            await it.minutes(1)
            assert await it.value(LEVEL) == pytest.approx(level, abs=2)
