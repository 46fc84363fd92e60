"""Writes: off by default; what is not allowed never leaves; what is sent is read back."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.device import DeviceError
from drivers.modbus.arming import (
    Arming,
    NoteKind,
    WriteFailedError,
    WriteNote,
    WriteRefusedError,
)
from drivers.modbus.device import CompiledMap, ModbusDevice
from drivers.modbus.pointparts import WriteSpec
from drivers.modbus.regmap import RegisterMap
from drivers.modbus.writes import check_value
from drivers.points import Stamp
from tests.house.virtual_time import run_virtually
from tests.unit.drivers.test_modbus_device import regmap
from tests.unit.drivers.wired import Reply, bare, framed, serve

WRITES = {5, 6, 15, 16}


@dataclass
class Memory:
    """A controller with registers that can be written; ``sent`` is every write it received."""

    words: dict[int, int] = field(default_factory=dict)
    sent: list[tuple[int, int, tuple[int, ...]]] = field(default_factory=list)
    ignores: bool = False
    silent_on_write: bool = False
    becomes: Callable[[int], int] = int

    def __call__(self, request: bytes) -> Reply:
        pdu = bare("tcp", request)[1:]
        function, address, count = struct.unpack(">BHH", pdu[:5])
        if function in WRITES:
            return self._write(request, function, address, count, pdu)
        words = [self.words.get(a, 0) for a in range(address, address + count)]
        if function in {1, 2}:
            bits = sum((word & 1) << i for i, word in enumerate(words))
            size = (count + 7) // 8
            return framed("tcp", request, bytes((function, size)) + bits.to_bytes(size, "little"))
        data = struct.pack(f">{count}H", *words)
        return framed("tcp", request, bytes((function, len(data))) + data)

    def _write(self, request: bytes, function: int, address: int, count: int, pdu: bytes) -> Reply:
        if function == 16:
            words = struct.unpack(f">{count}H", pdu[6:])
        else:
            words = (int(count == 0xFF00),) if function == 5 else (count,)
        self.sent.append((function, address, words))
        if not self.ignores:
            self.words |= {address + i: self.becomes(word) for i, word in enumerate(words)}
        return b"" if self.silent_on_write else framed("tcp", request, pdu[:5])


@dataclass
class Clock:
    mono_s: float = 100.0

    def __call__(self) -> Stamp:
        return Stamp(1_000_000 + round(self.mono_s * 1e6), self.mono_s)


@dataclass
class Bench:
    device: ModbusDevice
    arming: Arming
    memory: Memory
    notes: list[WriteNote]
    clock: Clock

    async def write(self, point: str, value: float, **more: Any) -> Any:
        given_more = {"reason": "commissioning", "actor": "ada", "confirmed": True, **more}
        return await self.device.write(point, value, **given_more)

    def kinds(self) -> list[NoteKind]:
        return [note.kind for note in self.notes]


SETPOINT = {
    "key": "setpoint",
    "address": 10,
    "type": "u16",
    "scale": 0.1,
    "unit": "Cel",
    "access": "rw",
    "write": {"fc": 6, "min": 10.0, "max": 55.0, "step": 0.5},
}


@asynccontextmanager
async def bench(
    *points: dict[str, Any], armed: bool = True, memory: Memory | None = None, **header: Any
) -> AsyncIterator[Bench]:
    server_memory, notes, clock = memory or Memory({10: 450}), list[WriteNote](), Clock()
    found: RegisterMap = regmap(points or (SETPOINT,), **header)
    arming = Arming("d1", notes.append, clock)
    async with serve(server_memory) as server:
        url = f"tcp://127.0.0.1:{server.port}?unit=1"
        device = ModbusDevice("d1", url, CompiledMap.of(found), arming=arming)
        await device.connect()
        await device.poll()
        if armed:
            arming.arm("ada", "commissioning", 60)
        try:
            yield Bench(device, arming, server_memory, notes, clock)
        finally:
            await device.close()


async def test_an_allowed_value_is_sent_read_back_and_recorded() -> None:
    async with bench() as b:
        result = await b.write("setpoint", 41.5)
        assert b.memory.sent == [(6, 10, (415,))]
        assert (result.before, result.after, result.confirmed) == (45.0, 41.5, True)
        assert b.kinds() == [NoteKind.ARMED, NoteKind.REQUESTED, NoteKind.DONE]
        done = b.notes[-1]
        assert (done.point, done.value, done.before, done.after) == ("setpoint", 41.5, 45.0, 41.5)
        assert (done.actor, done.reason, done.unit, done.words) == (
            "ada",
            "commissioning",
            "Cel",
            (415,),
        )


REFUSALS = [
    pytest.param({"value": 9.5}, "allowed is 10 to 55", id="below"),
    pytest.param({"value": 55.5}, "allowed is 10 to 55", id="above"),
    pytest.param({"value": 41.3}, "in steps of 0.5", id="between steps"),
    pytest.param({"value": float("nan")}, "not a number", id="nan"),
    pytest.param({"value": float("inf")}, "not a number", id="infinite"),
    pytest.param({"value": 41.5, "reason": " "}, "a reason must be given", id="no reason"),
    pytest.param({"value": 41.5, "actor": "bob"}, "armed by ada, not by bob", id="other person"),
    pytest.param({"value": 41.5, "confirmed": False}, "confirmed", id="not confirmed"),
    pytest.param({"value": 41.5, "point": "level"}, "does not allow", id="read only"),
    pytest.param({"value": 41.5, "point": "nothing"}, "no point 'nothing'", id="no such point"),
]


@pytest.mark.parametrize(("given_more", "sentence"), REFUSALS)
async def test_what_is_not_allowed_never_leaves(given_more: dict[str, Any], sentence: str) -> None:
    async with bench(SETPOINT, {"key": "level", "address": 11}) as b:
        more = {"point": "setpoint", **given_more}
        with pytest.raises(WriteRefusedError, match=sentence):
            await b.write(more.pop("point"), more.pop("value"), **more)
        assert b.memory.sent == []
        assert b.kinds() == [NoteKind.ARMED, NoteKind.REFUSED]
        assert b.notes[-1].message


@settings(max_examples=200)
@given(
    st.floats(allow_nan=True, allow_infinity=True)
    | st.floats(5, 60)
    | st.integers(0, 120).map(lambda halves: halves / 2)
)
def test_no_value_out_of_range_ever_leaves(value: float) -> None:
    async def attempt() -> None:
        async with bench() as b:
            try:
                await b.write("setpoint", value)
            except WriteRefusedError:
                assert b.memory.sent == []
            else:
                assert 10 <= value <= 55
                assert b.memory.sent == [(6, 10, (round(value * 10),))]

    run_virtually(attempt())


async def test_writing_is_off_unless_armed_and_the_arming_runs_out() -> None:
    async with bench(armed=False) as b:
        with pytest.raises(WriteRefusedError, match="not armed"):
            await b.write("setpoint", 41.5)
        b.arming.arm("ada", "commissioning", 30)
        assert b.arming.holder == "ada"
        assert b.arming.remaining_s == 30
        with pytest.raises(WriteRefusedError, match="armed by ada"):
            b.arming.arm("bob", "me too", 30)
        b.clock.mono_s += 31
        with pytest.raises(WriteRefusedError, match="run out"):
            await b.write("setpoint", 41.5)
        assert (b.arming.holder, b.arming.remaining_s) == ("", 0.0)
        b.arming.arm("bob", "my turn", 30)
        b.arming.disarm("ada")
        with pytest.raises(WriteRefusedError, match="not armed"):
            await b.write("setpoint", 41.5, actor="bob")
        assert b.memory.sent == []
        armed = next(note for note in b.notes if note.kind is NoteKind.ARMED)
        assert armed.until_utc_us - armed.time.utc_us == 30_000_000
        assert b.kinds().count(NoteKind.DISARMED) == 1
        for actor, reason, for_s in (("", "why", 30), ("ada", "", 30), ("ada", "why", 1e6)):
            with pytest.raises(WriteRefusedError):
                b.arming.arm(actor, reason, for_s)


async def test_without_an_arming_there_is_no_way_to_write() -> None:
    memory = Memory({10: 450})
    async with serve(memory) as server:
        url = f"tcp://127.0.0.1:{server.port}?unit=1"
        device = ModbusDevice("d1", url, CompiledMap.of(regmap((SETPOINT,))))
        await device.connect()
        await device.poll()
        with pytest.raises(WriteRefusedError, match="switched off"):
            await device.write("setpoint", 41.5, "why not", "ada", confirmed=True)
        await device.close()
    assert memory.sent == []


async def test_what_cannot_be_recorded_is_not_done() -> None:
    notes: list[WriteNote] = []

    def record(note: WriteNote) -> None:
        if note.kind is NoteKind.REQUESTED:
            raise OSError("disk full")
        notes.append(note)

    memory = Memory({10: 450})
    async with serve(memory) as server:
        arming = Arming("d1", record)
        url = f"tcp://127.0.0.1:{server.port}?unit=1"
        device = ModbusDevice("d1", url, CompiledMap.of(regmap((SETPOINT,))), arming=arming)
        await device.connect()
        await device.poll()
        arming.arm("ada", "why not")
        with pytest.raises(WriteRefusedError, match=r"cannot be recorded.*disk full"):
            await device.write("setpoint", 41.5, "why not", "ada", confirmed=True)
        await device.close()
    assert memory.sent == []


@pytest.mark.parametrize("late", [False, True])
async def test_a_controller_that_keeps_its_own_value_is_found_out(late: bool) -> None:
    async with bench() as b:
        b.memory.ignores, b.memory.silent_on_write = True, late
        with pytest.raises(WriteFailedError, match="the controller now shows 45"):
            await b.write("setpoint", 41.5)
        assert b.kinds()[-1] is NoteKind.FAILED
        assert b.notes[-1].after == 45.0


async def test_a_write_without_an_answer_is_judged_by_reading() -> None:
    async with bench() as b:
        b.memory.silent_on_write = True
        assert (await b.write("setpoint", 41.5)).confirmed is True
        assert len(b.memory.sent) == 1  # never sent twice


async def test_a_refused_write_says_so() -> None:
    def refuse(request: bytes) -> Reply:
        pdu = bare("tcp", request)[1:]
        return framed("tcp", request, bytes((0x86, 3))) if pdu[0] == 6 else Memory()(request)

    notes: list[WriteNote] = []
    async with serve(refuse) as server:
        arming = Arming("d1", notes.append)
        url = f"tcp://127.0.0.1:{server.port}?unit=1"
        device = ModbusDevice("d1", url, CompiledMap.of(regmap((SETPOINT,))), arming=arming)
        await device.connect()
        await device.poll()
        arming.arm("ada", "why not")
        with pytest.raises(WriteFailedError, match=r"not written.*illegal data value"):
            await device.write("setpoint", 41.5, "why not", "ada", confirmed=True)
        await device.close()
    assert notes[-1].kind is NoteKind.FAILED


async def test_nothing_is_written_to_a_controller_that_is_not_connected_or_not_read() -> None:
    async with bench() as b:
        await b.device.close()
        with pytest.raises(WriteRefusedError, match="not connected"):
            await b.write("setpoint", 41.5)
        await b.device.connect()
        await b.device.poll()
        assert (await b.write("setpoint", 41.5)).confirmed


RANGE = {"min": -1e6, "max": 1e6}
CODINGS: list[Any] = [
    pytest.param({"type": "s16"}, -5, (0xFFFB,), id="s16"),
    pytest.param({"type": "u32"}, 70000, (1, 4464), id="u32"),
    pytest.param({"type": "u32", "word_order": "little"}, 70000, (4464, 1), id="words swapped"),
    pytest.param({"type": "s32", "byte_order": "little"}, 1, (0, 256), id="bytes swapped"),
    pytest.param({"type": "f32"}, 41.3, (0x4225, 0x3333), id="f32"),
    pytest.param({"type": "f64"}, 1.5, (0x3FF8, 0, 0, 0), id="f64"),
    pytest.param({"type": "bcd16"}, 1234, (0x1234,), id="bcd"),
    pytest.param({"raw_offset": 3000, "scale": 0.1}, 25.5, (3255,), id="raw offset"),
    pytest.param({"divisor": 100, "offset": 5}, 7.25, (225,), id="divisor and offset"),
]


@pytest.mark.parametrize(("coding", "value", "words"), CODINGS)
async def test_a_value_is_coded_as_it_is_decoded(
    coding: dict[str, Any], value: float, words: tuple[int, ...]
) -> None:
    point = {"key": "p", "address": 20, "access": "rw", "write": RANGE, **coding}
    async with bench(point) as b:
        result = await b.write("p", value)
        assert b.memory.sent[0][1:] == (20, words)
        assert result.after == pytest.approx(value, rel=1e-6)
        assert result.confirmed is True


async def test_a_value_that_the_registers_cannot_hold_is_refused_with_the_nearest() -> None:
    point = {"key": "p", "address": 20, "scale": 0.1, "access": "rw", "write": RANGE}
    async with bench(point) as b:
        with pytest.raises(WriteRefusedError, match=r"finer than .* the nearest is 20\.1"):
            await b.write("p", 20.13)
        with pytest.raises(WriteRefusedError, match="does not fit into u16"):
            await b.write("p", 9000)
        assert b.memory.sent == []


async def test_bits_of_a_register_are_changed_and_the_others_kept() -> None:
    point = {
        "key": "mode",
        "address": 20,
        "mask": 0x0070,
        "access": "rw",
        "write": {"min": 0, "max": 7, "step": 1},
    }
    async with bench(point, memory=Memory({20: 0xA5C3})) as b:
        result = await b.write("mode", 2)
        assert b.memory.sent == [(6, 20, (0xA5A3,))]
        assert (result.before, result.after) == (4.0, 2.0)


async def test_a_flag_that_is_active_low_is_written_the_way_it_is_read() -> None:
    flags = {"0": "fan", "1": "standby"}
    point = {
        "key": "flags",
        "address": 20,
        "type": "bitfield",
        "flags": flags,
        "active_low": [1],
        "access": "rw",
        "write": {"min": 0, "max": 3, "step": 1},
    }
    async with bench(point, memory=Memory({20: 0b10})) as b:
        result = await b.write("flags", 1)  # the fan runs, no standby: bit 1 is high
        assert b.memory.sent[0][1:] == (20, (0b11,))
        assert result.after == 1.0


async def test_a_scale_that_a_register_chooses_is_used() -> None:
    """A pump's setpoint counts in hundredths of a percent of a range in another register."""
    source = {"area": "holding", "address": 30, "type": "u16", "kind": "factor", "scale": 0.001}
    point = {
        "key": "p",
        "address": 20,
        "scale": 0.0001,
        "scale_from": source,
        "access": "rw",
        "write": {"min": 0, "max": 10},
    }
    async with bench(point, memory=Memory({20: 5000, 30: 6000})) as b:
        result = await b.write("p", 1.5)
        assert b.memory.sent == [(6, 20, (2500,))]
        assert (result.before, result.after) == pytest.approx((3.0, 1.5))


async def test_an_order_that_a_register_chooses_is_used() -> None:
    chooser = {
        "area": "holding",
        "address": 93,
        "orders": {"0": {}, "3": {"byte_order": "little", "word_order": "little"}},
    }
    point = {"key": "p", "address": 20, "type": "u32", "access": "rw", "write": RANGE}
    async with bench(point, memory=Memory({93: 3}), order_register=chooser) as b:
        assert (await b.write("p", 0x01020304 % 1000000)).confirmed
        value = 0x01020304 % 1000000
        assert b.memory.sent == [(16, 20, struct.unpack(">2H", value.to_bytes(4, "little")))]
        b.memory.words[93] = 9
        await b.device.poll()
        with pytest.raises(WriteRefusedError, match="order of the controller's bytes"):
            await b.write("p", 5)


async def test_commands_are_sent_by_their_number_only() -> None:
    reset = {
        "key": "alarm_reset",
        "address": 40,
        "access": "w",
        "write": {"values": {"2": "reset", "4": "acknowledge"}},
    }
    async with bench(SETPOINT, reset) as b:
        with pytest.raises(WriteRefusedError, match=r"allowed is 2 \(reset\), 4 \(acknowledge\)"):
            await b.write("alarm_reset", 3)
        result = await b.write("alarm_reset", 2)
        assert b.memory.sent == [(6, 40, (2,))]
        assert result.confirmed is None  # nothing to read back
        b.memory.silent_on_write = True
        with pytest.raises(WriteFailedError, match="is not known"):
            await b.write("alarm_reset", 4)


async def test_a_coil_is_switched() -> None:
    coil = {
        "key": "pump",
        "area": "coil",
        "address": 3,
        "type": "bool",
        "access": "rw",
        "write": {},
    }
    async with bench(SETPOINT, coil) as b:
        assert (await b.write("pump", 1)).after == 1.0
        with pytest.raises(WriteRefusedError, match="allowed is 0 to 1"):
            await b.write("pump", 2)
        assert b.memory.sent == [(5, 3, (1,))]


async def test_a_function_that_the_controller_does_not_know_is_not_used() -> None:
    async with bench(transport={"function_codes": [3, 16]}) as b:
        with pytest.raises(WriteRefusedError, match="does not know function 6"):
            await b.write("setpoint", 41.5)
        assert b.memory.sent == []


@given(
    st.floats(-1e6, 1e6),
    st.floats(0, 1e6),
    st.none() | st.floats(0.001, 1e3),
    st.floats(allow_nan=True),
)
def test_what_check_value_lets_pass_is_in_range_and_on_a_step(
    low: float, span: float, step: float | None, value: float
) -> None:
    allowed = WriteSpec(min=low, max=low + span, step=step)
    try:
        check_value(allowed, value)
    except DeviceError:
        return
    assert low <= value <= low + span
    if step is not None:
        assert abs((value - low) / step - round((value - low) / step)) <= 1e-6
