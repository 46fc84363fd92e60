"""Writing to a simulated controller: what is taken, refused, kept and lost."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.regmap import Area
from drivers.simulator.modbus_server import answer_to
from drivers.simulator.units import TankUnit
from tests.unit.simulator.made import make_tank
from tests.unit.simulator.test_registers import make_map

RANGE = {"min": 0, "max": 65535}
MAP = make_map(
    {"key": "a", "address": 5, "area": "holding", "access": "rw", "write": RANGE},
    {"key": "b", "address": 6, "area": "holding", "access": "rw", "write": RANGE},
    {"key": "c", "address": 7, "area": "holding"},
    {"key": "d", "address": 0, "area": "coil", "type": "bool", "access": "rw", "write": {}},
    {"key": "e", "address": 1, "area": "coil", "type": "bool", "access": "rw", "write": {}},
)


def controller() -> TankUnit:
    return TankUnit("tank-1", 1, make_tank(), MAP)


@pytest.mark.parametrize(
    ("pdu", "answer", "area", "address", "holds"),
    [
        ("06 0005 1234", "06 0005 1234", Area.HOLDING, 5, "1234"),
        ("10 0005 0002 04 0102 0304", "10 0005 0002", Area.HOLDING, 5, "01020304"),
        ("05 0000 ff00", "05 0000 ff00", Area.COIL, 0, "01"),
        ("05 0000 0000", "05 0000 0000", Area.COIL, 0, "00"),
        ("0f 0000 0002 01 02", "0f 0000 0002", Area.COIL, 0, "0001"),
    ],
)
def test_what_may_be_written_is_held(
    pdu: str, answer: str, area: Area, address: int, holds: str
) -> None:
    unit = controller()
    assert answer_to(bytes.fromhex(pdu), 1, unit.wire) == bytes.fromhex(answer)
    count = len(bytes.fromhex(holds)) // (1 if area.is_bits else 2)
    unit.step()
    assert unit.image().read(area, address, count) == bytes.fromhex(holds)


@pytest.mark.parametrize(
    ("pdu", "answer"),
    [
        ("06 0007 0001", "86 02"),  # read only
        ("06 0100 0001", "86 02"),
        ("10 0006 0002 04 0102 0304", "90 02"),  # the second register is read only
        ("10 0005 0002 03 0102 03", "90 03"),
        ("10 0005 0002 04 0102", "90 03"),
        ("10 0005 0000 00", "90 03"),
        ("10 0005 0002", "90 03"),
        ("10 0005", "90 03"),
        ("06 0005", "86 03"),
        ("06 0005 0001 00", "86 03"),
        ("05 0000 0001", "85 03"),
        ("0f 0000 0002 02 0200", "8f 03"),
    ],
)
def test_what_may_not_be_written_is_refused_and_changes_nothing(pdu: str, answer: str) -> None:
    unit = controller()
    before = unit.image()
    assert answer_to(bytes.fromhex(pdu), 1, unit.wire) == bytes.fromhex(answer)
    assert unit.image() == before


@given(st.sampled_from([5, 6, 15, 16]), st.binary(max_size=260))
def test_any_write_is_answered_once_and_touches_only_what_may_be_written(
    function: int, data: bytes
) -> None:
    unit = controller()
    read_only = unit.image().read(Area.HOLDING, 7, 1)
    answer = answer_to(bytes([function]) + data, 1, unit.wire)
    assert answer[0] & 0x7F == function
    assert answer[0] == function or answer[1] in {2, 3}
    assert unit.image().read(Area.HOLDING, 7, 1) == read_only


def test_a_map_that_allows_no_write_knows_no_such_function() -> None:
    unit = TankUnit("tank-1", 1, make_tank(), make_map({"key": "a", "address": 5}))
    assert answer_to(struct.pack(">BHH", 6, 5, 1), 1, unit.wire) == b"\x86\1"


def test_functions_that_the_map_does_not_name_are_unknown() -> None:
    regmap = make_map(
        {"key": "a", "address": 5, "area": "holding", "access": "rw", "write": {**RANGE, "fc": 6}},
        transport={"function_codes": [3, 6]},
    )
    unit = TankUnit("tank-1", 1, make_tank(), regmap)
    assert answer_to(bytes.fromhex("0600050001"), 1, unit.wire)[0] == 6
    assert answer_to(bytes.fromhex("100005000102 0001"), 1, unit.wire) == b"\x90\1"
    assert answer_to(bytes.fromhex("0400050001"), 1, unit.wire) == b"\x84\1"
