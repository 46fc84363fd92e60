"""Maps go out as CSV and MBMap and come back the same; other people's lists become maps."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.files import FileError
from drivers.modbus.interchange.common import Imported, number, plain, slug, type_of
from drivers.modbus.interchange.csv_map import export_csv, import_csv
from drivers.modbus.interchange.mbmap import export_mbmap, import_mbmap
from drivers.modbus.interchange.rackmon import import_rackmon
from drivers.modbus.interchange.toml_text import to_toml
from drivers.modbus.regmap import RegisterMap, load_map, shipped_maps
from tests.unit.drivers.regmaps import regmap, worlds

Exporter = Callable[[RegisterMap], str]
Importer = Callable[[str, str], Imported]
BOTH_WAYS: list[tuple[Exporter, Importer]] = [
    (export_csv, import_csv),
    (export_mbmap, import_mbmap),
]


def made(found: Imported) -> RegisterMap:
    """Go through the text of a file, as the command does."""
    return RegisterMap.model_validate(tomllib.loads(to_toml(found.data)))


@pytest.mark.parametrize("name", shipped_maps())
@pytest.mark.parametrize("way", BOTH_WAYS, ids=["csv", "mbmap"])
def test_every_shipped_map_comes_back_the_same(name: str, way: tuple[Exporter, Importer]) -> None:
    exporter, importer = way
    original = load_map(name)
    found = importer(exporter(original), name)
    assert found.remarks == []
    assert made(found) == original


@given(worlds(), st.sampled_from(BOTH_WAYS), st.text(max_size=20))
def test_any_map_comes_back_the_same(world: Any, way: tuple[Exporter, Importer], note: str) -> None:
    points, header, _ = world
    points[0] |= {"notes": note, "name": f"x{note}", "states": {}}
    original = regmap(points, **header)
    assert made(way[1](way[0](original), "t")) == original


def test_plain_tables_make_the_same_map() -> None:
    original = load_map("vertiv-xdu1350b")
    assert RegisterMap.model_validate(plain(original)) == original


VENDOR_LIST = """\ufeffRegister;Description;Data Type;Gain;Units;FC;Min;Max;Enum;Comment
30011;Supply temperature;INT16;0,1;°C;04;-5;70;;primary side
30012;Flow (L/min);UINT16;;l/min;04;0;1725;;
40001;Mode;uint16;;;03;;;0=off, 1=on;
10039;Leak;BOOL;;;02;0;1;0: dry, 1: leak;
30100;Name;String;;;04;;;;
30200;Odd;vector;;;04;;;;
;;;;;;;;;
x;No address;UINT16;;;04;;;;
"""


def test_a_vendors_list_becomes_points() -> None:
    found = import_csv(VENDOR_LIST, "list.csv")
    points = {point["key"]: point for point in found.data["point"]}
    supply = points["supply_temperature"]
    assert (supply["area"], supply["address"], supply["doc_address"]) == ("input", 10, "30011")
    assert (supply["type"], supply["scale"], supply["unit"]) == ("s16", 0.1, "Cel")
    assert supply["valid"] == [-5, 70]
    assert points["flow_l_min"]["unit"] == "L/min"
    assert points["mode"]["states"] == {"0": "off", "1": "on"}
    leak = points["leak"]
    assert (leak["area"], leak["address"], leak["type"]) == ("discrete", 38, "bool")
    assert leak["states"] == {"0": "dry", "1": "leak"}
    assert found.data["identity"][0]["key"] == "name"
    assert len(found.remarks) == 2
    assert "line 7" in found.remarks[0]
    assert "vector" in found.remarks[0]
    assert made(found).provenance == "third_party"


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("address,name\n17,x", ("holding", 17)),
        ("address,area,name\n17,input register,x", ("input", 17)),
        ("address,fc,name\n0x20,4,x", ("input", 32)),
        ("register,name\n400018,x", ("holding", 17)),
        ("register,fc,name\n201,04,x", ("input", 200)),
        ("address,register,name\n18,40018,x", ("holding", 18)),
        ("address,fc,name\n30011,03,x", ("holding", 30011)),
    ],
)
def test_addresses_are_read_as_people_write_them(row: str, place: tuple[str, int]) -> None:
    (point,) = import_csv(row, "t.csv").data["point"]
    assert (point["area"], point["address"]) == place


def test_names_that_clash_get_numbers() -> None:
    found = import_csv("address,name\n1,Pump\n2,Pump\n3,1st\n", "t.csv")
    assert [p["key"] for p in found.data["point"]] == ["pump", "pump_2", "p_1st"]


RACKMON = (
    "begin,length,keep,changes_only,flags_bit,flags_name,format,endian,interval,precision,sign,"
    "scale,shift,name,unit"
    """
100,4,,,,,STRING,,,,,,,MFR_Model,
200,1,,,,,FLOAT,,,0,True,0.1,10.4,Coolant_Temp_C,
201,1,,,,,FLOAT,,,4,,,,Fixed_Point,Volts
202,1,,,,,FLAGS,,,,,,,Alarm_Flags,
,,,,3,Leak_Found,,,,,,,,,
,,,,0,Pump_Failed,,,,,,,,,
204,2,,,,,INTEGER,L,,,,,,Run_Time,
206,4,,,,,LONG,,,,True,,,Up_Time,
212,3,,,,,INTEGER,,,,,,,Odd_Length,
"""
)


def test_a_rackmon_table_becomes_a_map() -> None:
    found = import_rackmon(RACKMON, "rpu.csv")
    points = {point["key"]: point for point in found.data["point"]}
    assert points["coolant_temp_c"]["unit"] == "Cel"
    flags = points["alarm_flags"]
    assert (flags["type"], flags["flags"]) == ("bitfield", {"0": "Pump Failed", "3": "Leak Found"})
    run_time = points["run_time"]
    assert (run_time["type"], run_time["word_order"]) == ("u32", "little")
    assert points["up_time"]["type"] == "s64"
    assert found.data["identity"][0]["length"] == 4
    assert any("Odd_Length" in remark for remark in found.remarks)
    assert any("guessed" in remark for remark in found.remarks)
    made_map = made(found)
    fixed = next(p for p in made_map.points if p.key == "fixed_point")
    assert (fixed.factor, fixed.unit) == (1 / 16, "V")
    warm = next(p for p in made_map.points if p.key == "coolant_temp_c")
    assert (warm.type, warm.factor, warm.offset) == ("s16", 0.1, 10.4)


def test_a_rackmon_file_names_its_line_and_its_unit() -> None:
    described = {
        "name": "ORV3_RPU",
        "address_range": [[12, 12]],
        "probe_register": 208,
        "baudrate": 19200,
        "parity": "NONE",
        "registers": [
            {"begin": 300, "length": 1, "format": "FLAGS", "flags": [[2, "X"]], "name": "F"},
            {"begin": 301, "length": 1, "format": "INTEGER", "name": "N_RPM"},
        ],
    }
    found = made(import_rackmon(json.dumps(described), "rpu.json"))
    transport = found.transport
    assert (transport.protocol, transport.unit_id, transport.baud) == ("rtu", 12, 19200)
    assert transport.parity == "N"
    assert found.probe is not None
    assert found.probe.address == 208
    assert found.points[1].unit == "{rpm}"


def test_wide_flags_become_a_point_for_each_register() -> None:
    flags = [[0, "Lowest"], [17, "Second"], [63, "Highest"]]
    register = {"begin": 100, "length": 4, "format": "FLAGS", "flags": flags, "name": "Wide"}
    found = made(import_rackmon(json.dumps({"registers": [register]}), "t.json"))
    assert [(p.address, p.flags) for p in found.points] == [
        (100, {"15": "Highest"}),
        (102, {"1": "Second"}),
        (103, {"0": "Lowest"}),
    ]


def test_a_register_that_is_named_twice_is_kept_for_the_linter_to_find() -> None:
    twice = "begin,length,format,name\n37899,1,INTEGER,Clear_Leak\n37899,1,INTEGER,Clear_Log\n"
    found = import_rackmon(twice, "rpu2.csv")
    assert len(found.data["point"]) == 2
    with pytest.raises(ValueError, match="both use holding 37899"):
        made(found)


FOREIGN_MBMAP = {
    "device": {"manufacturer": "ISE", "model": "Gateway"},
    "address_base": 1,
    "word_order": "lsw_first",
    "registers": [
        {
            "name": "Outdoor Temp",
            "address": 101,
            "table": "holding",
            "type": "float32",
            "unit": "°C",
            "sentinels": [{"value": -3276.8}],
        },
        {
            "name": "state",
            "address": 5,
            "area": "input-register",
            "type": "uint16",
            "enum": {"0": "off", "1": {"name": "on"}},
            "access": "rw",
        },
        {"name": "odd", "address": 6, "type": "quaternion"},
    ],
}


def test_a_foreign_mbmap_becomes_a_map() -> None:
    found = import_mbmap(json.dumps(FOREIGN_MBMAP), "ise.json")
    imported = made(found)
    assert (imported.vendor, imported.word_order) == ("ISE", "little")
    warm, state = imported.points
    assert (warm.address, warm.doc_address, warm.unit) == (100, "101", "Cel")
    assert warm.sentinels[0].raw == -3276.8
    assert (state.area.value, state.address) == ("input", 4)
    assert state.states == {"0": "off", "1": "on"}
    assert state.access == "r"
    assert found.remarks == ["register 3: left out: type 'quaternion' is not known"]


@pytest.mark.parametrize(
    ("importer", "text"),
    [
        (import_csv, ""),
        (import_csv, "a,b\n1,2\n"),
        (import_csv, "# tankside {broken\nkey\nx\n"),
        (import_csv, 'address,name\n1,"open'),
        (import_csv, "# tankside {}\nkey,address,more\na,b,\n"),
        (import_csv, "# tankside {}\nkey,address,more\na,1,[\n"),
        (import_mbmap, '{"x_tankside": {"point": 3}, "registers": [3]}'),
        (
            import_mbmap,
            '{"registers": [{"name": "a", "address": 1, "x_tankside": {"kind": "id"}}]}',
        ),
        (import_mbmap, ""),
        (import_mbmap, "[]"),
        (import_mbmap, '{"registers": []}'),
        (import_mbmap, '{"registers": [1, null]}'),
        (import_rackmon, ""),
        (import_rackmon, "{"),
        (import_rackmon, "name,begin2\n"),
        (import_rackmon, '{"registers": [{"begin": "x"}]}'),
    ],
)
def test_a_file_of_another_format_is_said(importer: Importer, text: str) -> None:
    with pytest.raises(FileError, match=r"t\.txt"):
        importer(text, "t.txt")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-100, 70000) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["name", "begin", "address", "length", "format", "type", "flags", "sentinels", "enum", "unit"]
)


@given(
    st.lists(st.dictionaries(NAMES | st.text(max_size=4), json_values, max_size=6), max_size=4),
    st.sampled_from([import_mbmap, import_rackmon]),
)
def test_any_registers_are_imported_or_refused(registers: Any, importer: Importer) -> None:
    try:
        found = importer(json.dumps({"registers": registers}), "t.json")
    except FileError:
        return
    assert found.data["point"]


@given(st.text(max_size=80) | st.text(alphabet="adres,name;01\n\"'=", max_size=80))
def test_any_table_is_imported_or_refused(text: str) -> None:
    for importer in (import_csv, import_rackmon):
        try:
            found = importer(text, "t.csv")
        except FileError:
            continue
        assert found.data["point"]


def test_words_and_numbers_of_other_people() -> None:
    assert [type_of(t) for t in ("UINT16", "Float 32", "int_16", "REAL", "nonsense")] == [
        "u16",
        "f32",
        "s16",
        "f32",
        None,
    ]
    assert slug("Coolant Flow (L/min)") == "coolant_flow_l_min"
    assert [number(t) for t in ("0x10", "-5", "0,1", "1e3")] == [16, -5, 0.1, 1000.0]
