"""Every shipped map: served by a real server, read back by the real device, alarmed rightly."""

from __future__ import annotations

from itertools import product

import pytest

from drivers.modbus.expression import Expression
from drivers.modbus.regmap import PointSpec, RegisterMap, load_map, shipped_maps
from drivers.points import Limit, Point
from drivers.simulator.bench import evaluate
from drivers.simulator.tank import Value, Word
from tests.integration.limit_watch import Crossing, LimitWatch
from tests.integration.served import Served, by_key, served

MOST_DWELL_S = 3600.0


@pytest.mark.parametrize("name", shipped_maps())
async def test_it_is_read_back_to_its_resolution_in_good_quality(name: str) -> None:
    regmap = load_map(name)
    async with served(regmap) as made:
        for _ in range(3):
            snapshot = await made.poll()
            assert {reason for _, _, reason in by_key(snapshot)} == {"none"}
            expected = made.unit.values()
            for spec in regmap.readable:
                value = snapshot[spec.key].value
                assert value is not None, spec.key
                wanted = number(spec, expected[spec.key])
                assert abs(value - wanted) <= resolution(made, spec, wanted), (spec.key, wanted)
            made.advance(10.0)
        assert made.device.reads.refused == ()


@pytest.mark.parametrize("name", shipped_maps())
async def test_what_names_the_controller_is_read(name: str) -> None:
    regmap = load_map(name)
    async with served(regmap) as made:
        snapshot = await made.poll()
        for text in regmap.identity:
            assert snapshot.identity.get(text.key), text.key


@pytest.mark.parametrize("name", shipped_maps())
async def test_at_rest_no_limit_is_crossed_whatever_the_seed(name: str) -> None:
    for seed in range(3):
        async with served(load_map(name), seed=seed) as made:
            monitor = LimitWatch(made.device.parts[0][1])
            for _ in range(2):
                assert list(monitor.feed(await made.poll())) == []
                made.advance(60.0)


def limits_of(regmap: RegisterMap) -> list[tuple[Point, Limit]]:
    return [(point, limit) for point in regmap.schema_of_points for limit in point.limits]


@pytest.mark.parametrize("name", shipped_maps())
async def test_every_limit_is_crossed_on_its_own_side_and_clears(name: str) -> None:
    regmap = load_map(name)
    async with served(regmap) as made:
        monitor = LimitWatch(made.device.parts[0][1])
        for point, limit in limits_of(regmap):
            assert await crossings(made, monitor) == []
            made.unit.wrongs.stuck.update(beyond(made, point, limit))
            made.unit.changed()
            crossed = await crossings(made, monitor)
            own = [c for c in crossed if c.point.key == point.key]
            assert limit in [c.limit for c in own], (point.key, limit)
            assert all(c.crossed for c in crossed)
            assert {c.limit.level.is_upper for c in own} == {limit.level.is_upper}
            made.unit.wrongs.stuck.clear()
            made.unit.changed()
            cleared = await crossings(made, monitor)
            assert {(c.point.key, c.limit) for c in cleared} == {
                (c.point.key, c.limit) for c in crossed
            }
            assert not any(c.crossed for c in cleared)


def test_the_shipped_maps_have_limits_to_cross() -> None:
    assert sum(len(limits_of(load_map(name))) for name in shipped_maps()) > 60


async def crossings(made: Served, monitor: LimitWatch) -> list[Crossing]:
    """Poll, wait out every dwell, poll again."""
    found = list(monitor.feed(await made.poll()))
    made.clock.ahead_s += MOST_DWELL_S
    beat = made.unit.encoder.regmap.heartbeat
    if beat is not None:
        made.advance(2.0)
    return found + list(monitor.feed(await made.poll()))


def beyond(made: Served, point: Point, limit: Limit) -> dict[str, Value]:
    """Return values of points read that put one point, read or calculated, beyond its limit."""
    regmap = made.unit.encoder.regmap
    sign = 1 if limit.level.is_upper else -1
    for spec in regmap.points:
        if spec.key == point.key:
            step = 0.0 if spec.states else 2 * resolution(made, spec, limit.reading)
            return {point.key: limit.reading + sign * step}
    for voted in regmap.voted:
        if voted.key == point.key:
            return dict.fromkeys(voted.of, limit.reading + sign * 0.5)
    derived = next(spec for spec in regmap.derived if spec.key == point.key)
    keys = Expression.parse(derived.expression).keys
    specs = [next(s for s in regmap.points if s.key == key) for key in keys]
    now = {s.key: number(s, made.unit.values()[s.key]) for s in specs}
    for ends in product(*(inside(spec, now[spec.key]) for spec in specs)):
        values = dict(zip(keys, ends, strict=True))
        if (evaluate(derived, values) - limit.reading) * sign > 0:
            return dict(values)
    raise AssertionError(f"{point.key} cannot get beyond {limit}")


def inside(spec: PointSpec, now: float) -> tuple[float, ...]:
    low, high = spec.valid or spec.display
    return now, low + 0.02 * (high - low), high - 0.02 * (high - low)


def number(spec: PointSpec, value: Value) -> float:
    if isinstance(value, Word):
        return float(
            {word.casefold(): int(raw, 0) for raw, word in spec.states.items()}[value.text]
        )
    return value


def resolution(made: Served, spec: PointSpec, value: float) -> float:
    """Return what one raw step is worth, or what a float of that size can hold."""
    if not spec.coding.is_integer:
        return abs(value) * 2**-23 + 1e-9
    here, there = (made.unit.encoder.scales.number(spec, v, made.unit.values()) for v in (0.0, 1.0))
    return 0.5001 / abs(there - here)
