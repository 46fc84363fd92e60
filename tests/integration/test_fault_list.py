"""The fault list: for each, what the console shows or says, that it recovers, and what is told.

Where the honest answer is that a fault cannot be told from the wire, the row says so and shows what
is caught all the same. Every fault runs beside a healthy tank in the same loop, which must never
wait for it; anything logged above INFO fails the test (tests/house).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from drivers.device import DeviceError
from drivers.modbus.regmap import RegisterMap, load_map
from drivers.points import Quality, Reason
from tests.integration import fault_list_maps as maps
from tests.integration.served import Served, served

NEIGHBOUR_S = 0.25
RECOVERS_IN_POLLS = 4
Shows = dict[str, Reason]
ALL = "*"


@dataclass(frozen=True)
class Row:
    """A fault, the controller that has it, and what must be seen of it.

    ``shows`` is the reason of each point while it lasts (``*`` for all others; those marked
    Reason.NONE must also have the right value, unless they are ``fooled``: shown wrong in good
    quality, which no reading of registers can know). ``error`` is what a poll says instead.
    ``renews`` hangs up first, so that the device connects to the faulty controller. ``still`` are
    quantities that do not move.
    """

    name: str
    fault: str
    regmap: Callable[[], RegisterMap]
    parameters: dict[str, Any] = field(default_factory=dict)
    shows: Shows = field(default_factory=lambda: {ALL: Reason.NONE})
    fooled: tuple[str, ...] = ()
    error: str = ""
    after_s: float = 2.0
    renews: bool = False
    still: dict[str, float] = field(default_factory=dict)


def generic() -> RegisterMap:
    return load_map("generic-single-phase")


def shipped(name: str) -> Callable[[], RegisterMap]:
    return lambda: load_map(name)


OUT, FAULT, STALE = Reason.OUT_OF_RANGE, Reason.SENSOR_FAULT, Reason.STALE
NONE, ABSENT, UNKNOWN = Reason.NONE, Reason.SENTINEL, Reason.NOT_SUPPORTED
RETURN = "coolant_return_temperature"
TABLE = [
    # -- coding ---------------------------------------------------------------------------------
    # A small float with its words swapped is a tiny number: only a range without zero tells.
    Row(
        "word-swapped floats",
        "words_swapped",
        maps.floats,
        shows={"level": OUT, "power": OUT, "temperature": NONE},
        fooled=("temperature",),
        still={"level": 640.5, "temperature": 43.5},
    ),
    Row("little-endian words", "bytes_swapped", maps.shorts, shows={ALL: OUT}),
    Row("order register flipped", "order_changed", maps.chosen, {"code": 1}),
    Row("order register flipped to swapped words", "order_changed", maps.chosen, {"code": 2}),
    Row("unknown order", "order_changed", maps.chosen, {"code": 9}, shows={ALL: UNKNOWN}),
    Row("units changed", "units_changed", shipped("rack-pdu"), {"code": 1}),
    Row(
        "unknown units",
        "units_changed",
        shipped("rack-pdu"),
        {"code": 7},
        shows={
            "air_inlet_temperature": UNKNOWN,
            "air_outlet_temperature": UNKNOWN,
            "air_rise": UNKNOWN,
            ALL: NONE,
        },
    ),
    # -- addressing: neighbours of one kind cannot be told apart, the range catches the rest -----
    Row(
        "addresses counted from one, unnamed",
        "address_shift",
        maps.shorts,
        {"way": "up"},
        shows={"supply": NONE, "return": OUT, "speed": OUT},
        fooled=("supply",),
    ),
    Row(
        "addresses counted from one down, unnamed",
        "address_shift",
        maps.shorts,
        {"way": "down"},
        shows={"supply": NONE, "return": NONE, "speed": NONE},
        fooled=("supply", "return", "speed"),
    ),
    Row(
        "addresses counted from one, seen by the probe register",
        "address_shift",
        shipped("dry-cooler"),
        {"way": "up"},
        error="this is not the controller that map",
        renews=True,
    ),
    Row(
        "addresses counted from one, seen by the name",
        "address_shift",
        lambda: maps.named(allow_blank=False),
        {"way": "up"},
        error="model is .*expected is '\\^RPU'",
        renews=True,
    ),
    # -- sentinels ------------------------------------------------------------------------------
    *(
        Row(
            f"sentinel {kind} {raw} {meaning}",
            "sensor_sentinel",
            lambda kind=kind, raw=raw, meaning=meaning: maps.sentinel(kind, raw, meaning),  # type: ignore[misc]
            {"point": "x"},
            shows={"x": FAULT if meaning == "fault" else ABSENT, "y": NONE},
        )
        for kind, raw in (
            ("u16", 0xFFFF),
            ("s16", 0x7FFF),
            ("s16", 0x8000),
            ("u32", 0xFFFFFFFF),
            ("f32", "nan"),
        )
        for meaning in ("fault", "absent", "overrange", "not_ready")
    ),
    # -- sensors --------------------------------------------------------------------------------
    Row(
        "sensor fault bit, value frozen",
        "sensor_failed",
        generic,
        {"point": RETURN},
        shows={RETURN: FAULT, ALL: NONE},
        fooled=("sensor_faults",),
    ),
    Row(
        "one of three sensors open",
        "sensor_sentinel",
        shipped("generic-two-phase"),
        {"point": "bath_temperature[2]"},
        shows={"bath_temperature[2]": FAULT, ALL: NONE},
    ),
    # A sensor that drifts alone is believed: nothing on the wire differs.
    Row(
        "sensor drift, alone",
        "sensor_drift",
        generic,
        {"point": "facility_return_temperature", "per_min": 2.0},
        fooled=("facility_return_temperature",),
        after_s=120,
    ),
    Row("sensor stuck", "sensor_stuck", generic, {"point": RETURN}),
    Row(
        "tachometer at 0, which is also what an absent one says",
        "sensor_reads",
        maps.tach,
        {"point": "fan", "value": 0.0},
        fooled=("fan",),
    ),
    Row(
        "tachometer at 0 where the map knows it as absent",
        "sensor_sentinel",
        lambda: maps.tach(sentinels=[{"raw": 0, "meaning": "absent"}]),
        {"point": "fan"},
        shows={"fan": ABSENT},
    ),
    # -- freshness ------------------------------------------------------------------------------
    Row(
        "refresh slower than the poll, unwatched",
        "slow_refresh",
        maps.watched,
        fooled=("t",),
        after_s=60,
    ),
    Row(
        "refresh slower than the poll, expected",
        "slow_refresh",
        lambda: maps.watched(expected_refresh_s=3600),
        fooled=("t",),
        after_s=60,
    ),
    Row(
        "refresh slower than the poll, watched",
        "slow_refresh",
        lambda: maps.watched(frozen_after_s=30),
        shows={"t": STALE, "beat": NONE},
        after_s=60,
    ),
    Row(
        "refresh slower than the poll, heartbeat",
        "slow_refresh",
        maps.beating,
        shows={ALL: STALE},
        after_s=60,
    ),
    # -- refusals -------------------------------------------------------------------------------
    *(
        Row(
            f"exception {code:#x}",
            "controller_exception",
            maps.floats,
            {"code": code},
            error=words,
        )
        for code, words in (
            (1, "refuses every read of its map"),
            (2, "refuses every read of its map"),
            (3, "refuses every read of its map"),
            (4, "unit 1"),
            (5, "unit 1"),
            (6, "unit 1"),
            (0x0A, "unit 1"),
            (0x0B, "unit 1"),
        )
    ),
    Row(
        "second client refused",
        "clients_refused",
        maps.floats,
        {"most": 0},
        error="connection|closed|hung up",
        renews=True,
    ),
    Row(
        "no reply to back-to-back requests",
        "needs_rest",
        maps.in_pieces,
        {"rest_s": 0.02},
        error="did not answer|no answer|within",
    ),
    Row(
        "no reply to back-to-back requests, map says so",
        "needs_rest",
        lambda: maps.in_pieces(inter_request_ms=30),
        {"rest_s": 0.02},
    ),
    # -- identity -------------------------------------------------------------------------------
    Row("blank name, allowed", "identity_blank", lambda: maps.named(allow_blank=True), renews=True),
    Row(
        "blank name, not allowed",
        "identity_blank",
        lambda: maps.named(allow_blank=False),
        error="model is ''",
        renews=True,
    ),
]


def test_every_row_has_a_name_of_its_own() -> None:
    assert len({row.name for row in TABLE}) == len(TABLE) > 50


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
async def test_the_fault_is_seen_for_what_it_is_and_goes(row: Row) -> None:
    async with served(row.regmap()) as made, served(generic(), seed=3) as neighbour:
        made.hold(row.still)
        await must_be_right(made)
        await neighbour.poll()
        made.begin(row.fault, **row.parameters)
        if row.renews:
            await made.device.close()
        for left in (3, 2, 1, 0):  # what is watched for standing still is seen on the way
            made.advance(row.after_s / 4)
            await beside(neighbour, as_described(row, made, is_last=not left))
        made.end(row.fault)
        await recovers(made)


async def as_described(row: Row, made: Served, *, is_last: bool) -> None:
    """Poll once and compare with the row; what takes its time to show is asked for at last."""
    if row.error:
        with pytest.raises(DeviceError, match=row.error):
            await made.poll()
        return
    for reading in (await made.poll()).readings:
        key = reading.point.key
        wanted = row.shows.get(key, row.shows.get(ALL))
        assert wanted is not None
        if not is_last and (key in row.fooled or wanted is STALE):
            continue
        assert reading.reason is wanted, reading
        if wanted is Reason.NONE:
            assert is_right(made, key, reading.value) is (key not in row.fooled), reading
        elif wanted.quality is Quality.BAD:
            assert reading.value is None, reading


def is_right(made: Served, key: str, value: float | None) -> bool:
    """Whether a value read is so (calculated ones are not looked at)."""
    spec = next((s for s in made.unit.encoder.regmap.points if s.key == key), None)
    wanted = made.truth().get(key)
    if spec is None or not isinstance(wanted, float):
        return True
    tolerance = max(0.51 * 10**-spec.precision, 0.51 * abs(spec.factor))
    return value is not None and abs(value - wanted) <= tolerance


async def must_be_right(made: Served) -> None:
    for reading in (await made.poll()).readings:
        assert reading.reason is Reason.NONE, reading
        assert is_right(made, reading.point.key, reading.value), reading


async def recovers(made: Served) -> None:
    for left in reversed(range(RECOVERS_IN_POLLS)):
        made.advance(2.0)
        try:
            await must_be_right(made)
        except (DeviceError, AssertionError):
            if not left:
                raise
            await asyncio.sleep(0.3)
        else:
            return


async def beside(neighbour: Served, trouble: Any) -> None:
    """Await trouble while a healthy tank is polled, which must not notice."""

    async def poll() -> float:
        began_s = time.perf_counter()
        await must_be_right(neighbour)
        return time.perf_counter() - began_s

    took_s, _ = await asyncio.gather(poll(), trouble)
    assert took_s < NEIGHBOUR_S
