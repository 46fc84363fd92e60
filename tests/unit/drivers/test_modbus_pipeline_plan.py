"""Plans are legal, complete and the cheapest; a refused read is parted where it hurts least."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.datatypes import WORDS, Area
from drivers.modbus.explain import explain_plan
from drivers.modbus.linecost import LineCost
from drivers.modbus.mapspec import Transport
from drivers.modbus.planner import Block, plan, plan_identity, polled_spans, split
from drivers.modbus.regmap import RegisterMap, load_map, shipped_maps
from tests.unit.drivers.regmaps import regmap

PROTOCOLS = ["tcp", "rtu", "ascii", "rtu_over_tcp", "tls"]


@st.composite
def maps(draw: st.DrawFn, most: int = 20) -> RegisterMap:
    """A map with quality bits, scale registers, groups, bands, limits and a gap policy."""
    points: list[dict[str, Any]] = []
    address = dict.fromkeys(Area, 0)
    band_end = {area: draw(st.integers(20, 300)) for area in Area}
    for number in range(draw(st.integers(1, most))):
        area = draw(st.sampled_from(list(Area)))
        kind = "bool" if area.is_bits else draw(st.sampled_from(["u16", "f32", "u64"]))
        address[area] += draw(st.integers(0, 40))
        if address[area] <= band_end[area] < address[area] + WORDS[kind] - 1:
            address[area] = band_end[area] + 1
        point = {"key": f"p{number}", "area": area, "address": address[area], "type": kind}
        if draw(st.booleans()):
            point["sensor_fault"] = {"area": "holding", "address": draw(st.integers(2000, 2100))}
        if not area.is_bits and draw(st.integers(0, 4)) == 0:
            point["scale_from"] = {"area": "input", "address": draw(st.integers(3000, 3010))}
        point["poll_group"] = draw(st.sampled_from(["", "", "slow", "rare"]))
        points.append(point)
        address[area] += WORDS[kind]
    transport = {
        "protocol": draw(st.sampled_from(PROTOCOLS)),
        "baud": draw(st.sampled_from([1200, 9600, 19200, 115200])),
        "max_read_registers": draw(st.integers(4, 125)),
        "max_read_bits": draw(st.integers(1, 2000)),
        "max_gap": draw(st.integers(0, 124)),
        "gap_policy": draw(st.sampled_from(["never", "reserved_ok"])),
        "bands": [{"area": a, "first": 0, "last": band_end[a]} for a in Area],
    }
    return regmap(points, transport=transport, poll_groups={"slow": 10, "rare": 60})


def gaps(block: Block, found: RegisterMap) -> list[int]:
    """The runs of addresses in a block that nothing asks for."""
    used = {
        address
        for span in polled_spans(found)
        if span.area is block.area
        for address in range(span.start, span.end)
    }
    runs, run = [], 0
    for address in range(block.address, block.end):
        run = 0 if address in used else run + 1
        runs.append(run)
    return runs


@given(maps())
def test_every_plan_is_legal_and_complete(found: RegisterMap) -> None:
    transport = found.transport
    blocks = plan(found)
    for block in blocks:
        most = transport.max_read_bits if block.area.is_bits else transport.max_read_registers
        assert 1 <= block.count <= most
        assert max(gaps(block, found)) <= transport.widest_gap
        for band in transport.bands:
            inside = [band.first <= a <= band.last for a in range(block.address, block.end)]
            assert band.area is not block.area or len(set(inside)) == 1
    for span in polled_spans(found):
        reading = [b for b in blocks if b.covers(span.area, span.start, span.end - span.start)]
        assert reading
        assert min(b.every_s for b in reading) <= span.every_s


@given(maps(most=7))
def test_no_other_partition_is_cheaper(found: RegisterMap) -> None:
    """Compare with every way to part the spans of one area, by brute force."""
    transport, line = found.transport, LineCost.of(found.transport)
    one_group = found.model_copy(update={"poll_groups": {}})
    blocks = plan(one_group)
    for area in Area:
        pairs = {(s.start, s.end) for s in polled_spans(one_group) if s.area is area}
        spans = sorted(pairs)
        own = [block for block in blocks if block.area is area]
        cost = sum(line.read_ms(area, block.count) for block in own)
        for others in _partitions(spans, area, transport):
            assert cost <= sum(line.read_ms(area, end - start) for start, end in others) + 1e-9


def _partitions(
    spans: list[tuple[int, int]], area: Area, transport: Transport
) -> Sequence[list[tuple[int, int]]]:
    found = []
    for count in range(len(spans)):
        for cuts in combinations(range(1, len(spans)), count):
            edges = [0, *cuts, len(spans)]
            parts = [spans[a:b] for a, b in pairwise(edges)]
            if all(_legal(part, area, transport) for part in parts):
                found.append([(part[0][0], part[-1][1]) for part in parts])
    return found


def _legal(part: list[tuple[int, int]], area: Area, transport: Transport) -> bool:
    start, end = part[0][0], part[-1][1]
    most = transport.max_read_bits if area.is_bits else transport.max_read_registers
    wide = any(b[0] - a[1] > transport.widest_gap for a, b in pairwise(part))
    edges = [band.last for band in transport.bands if band.area is area]
    crosses = any(start <= edge < end - 1 for edge in edges)
    return end - start <= most and not wide and not crosses


@pytest.mark.parametrize(
    ("baud", "gap"), [(9600, 12), (19200, 14), (38400, 21), (115200, 51)], ids=str
)
def test_the_gap_worth_reading_across_depends_on_the_line(baud: int, gap: int) -> None:
    transport = Transport(protocol="rtu", baud=baud, parity="E")
    assert LineCost.of(transport).break_even_registers == gap
    for width, reads in ((gap, 1), (gap + 1, 2)):
        points = [{"key": "a", "address": 0}, {"key": "b", "address": 1 + width}]
        assert len(plan(regmap(points, transport=transport.model_dump()))) == reads


def test_on_tcp_any_gap_is_read_across_up_to_the_limit() -> None:
    def reads(distance: int) -> int:
        points = [{"key": "a", "address": 0}, {"key": "b", "address": distance}]
        return len(plan(regmap(points)))

    assert reads(124) == 1
    assert reads(125) == 2


def test_what_judges_a_point_is_read_as_often_as_the_point() -> None:
    point = {
        "key": "p",
        "address": 0,
        "sensor_fault": {"area": "discrete", "address": 9},
        "scale_from": {"address": 200},
        "unit": "Cel",
        "unit_from": "t",
    }
    slow = {"key": "q", "address": 400, "poll_group": "slow"}
    units = [{"id": "t", "address": 60, "units": {"0": ["Cel"]}}]
    chooser = {"address": 93, "orders": {"0": {}}}
    found = regmap(
        [point, slow],
        units_register=units,
        order_register=chooser,
        poll_groups={"slow": 10},
        transport={"max_gap": 4},
    )
    assert plan(found) == (
        Block(Area.DISCRETE, 9, 1),
        Block(Area.HOLDING, 60, 1),
        Block(Area.HOLDING, 93, 1),
        Block(Area.INPUT, 0, 1),
        Block(Area.INPUT, 200, 1),
        Block(Area.INPUT, 400, 1, 10.0),
    )


def test_a_slow_point_between_fast_ones_costs_no_read_of_its_own() -> None:
    points = [
        {"key": "a", "address": 0},
        {"key": "b", "address": 1, "poll_group": "slow"},
        {"key": "c", "address": 2},
    ]
    assert plan(regmap(points, poll_groups={"slow": 10})) == (Block(Area.INPUT, 0, 3),)


def test_points_that_belong_to_one_moment_come_out_of_one_read() -> None:
    points = [
        {"key": "a", "address": 0},
        {"key": "high", "address": 40, "atomic_group": "total"},
        {"key": "low", "address": 60, "atomic_group": "total"},
    ]
    line = {"protocol": "rtu", "baud": 9600}
    apart = [{k: v for k, v in p.items() if k != "atomic_group"} for p in points]
    assert len(plan(regmap(apart, transport=line))) == 3
    found = regmap(points, transport=line)
    assert plan(found) == (Block(Area.INPUT, 0, 1), Block(Area.INPUT, 40, 21))
    assert split(Block(Area.INPUT, 40, 21), found) == ()


def test_texts_are_planned_apart() -> None:
    texts = [
        {"key": "model", "address": 0, "length": 8},
        {"key": "serial", "address": 8, "length": 8},
        {"key": "far", "address": 900, "length": 2},
    ]
    found = regmap([{"key": "p", "area": "holding", "address": 4000}], identity=texts)
    assert plan(found) == (Block(Area.HOLDING, 4000, 1),)
    assert plan_identity(found) == (Block(Area.HOLDING, 0, 16), Block(Area.HOLDING, 900, 2))


@given(maps())
def test_parting_a_refused_read_ends_with_single_values(found: RegisterMap) -> None:
    waiting, single = list(plan(found)), []
    while waiting:
        block = waiting.pop()
        parts = split(block, found)
        assert all(part.count < block.count for part in parts)
        assert all(part.every_s == block.every_s for part in parts)
        waiting += parts
        if not parts:
            single.append(block)
    for span in polled_spans(found):
        count = span.end - span.start
        assert any(block.covers(span.area, span.start, count) for block in single)


def test_a_refused_read_is_parted_at_its_widest_gap() -> None:
    points = [{"key": f"p{a}", "address": a} for a in (0, 1, 2, 3, 9)]
    found = regmap(points)
    (block,) = plan(found)
    left, right = split(block, found)
    assert (left, right) == (Block(Area.INPUT, 0, 4), Block(Area.INPUT, 9, 1))
    assert split(left, found) == (Block(Area.INPUT, 0, 2), Block(Area.INPUT, 2, 2))
    assert split(right, found) == ()


@pytest.mark.parametrize("name", shipped_maps())
@pytest.mark.parametrize("protocol", [None, "tcp", "rtu", "ascii"])
def test_every_shipped_map_has_a_plan_in_words(name: str, protocol: str | None) -> None:
    found = load_map(name)
    told = explain_plan(found, protocol)
    assert told.cycle_ms > 0
    served = {key for read in told.reads if read.every_s is not None for key in read.points}
    assert served == {spec.key for spec in found.readable}
    named = {key for read in told.reads if read.every_s is None for key in read.points}
    assert named == {text.key for text in found.identity}
    assert all(0 <= read.unused < read.count for read in told.reads)
