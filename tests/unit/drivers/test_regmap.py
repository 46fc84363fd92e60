"""Register maps: what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from drivers.files import FileError, parse, read_toml
from drivers.modbus.regmap import RegisterMap, load_map, shipped_maps
from drivers.points import Level

HEADER: dict[str, Any] = {
    "schema": "regmap/1",
    "id": "mine",
    "vendor": "V",
    "model": "M",
    "device_class": "immersion_tank",
    "provenance": "example",
    "source": "a test",
}
POINT: dict[str, Any] = {"key": "level", "name": "Level", "address": 3}


def load(*points: dict[str, Any], **header: Any) -> RegisterMap:
    return parse(RegisterMap, {**HEADER, **header, "point": list(points)}, Path("mine.toml"))


@pytest.mark.parametrize("name", shipped_maps())
def test_every_shipped_map_loads_and_says_where_it_is_from(name: str) -> None:
    regmap = load_map(name)
    assert regmap.id == name
    assert regmap.source
    assert regmap.schema_of_points.points[0].register


def test_the_example_is_labelled_an_example() -> None:
    regmap = load_map("generic-single-phase")
    assert regmap.provenance == "example"
    assert not regmap.verified_on_hardware
    levels = [limit.level for limit in regmap.schema_of_points["coolant_return_temperature"].limits]
    assert levels == [Level.UPPER_CAUTION, Level.UPPER_CRITICAL, Level.UPPER_FATAL]


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (({**POINT, "colour": 1},), ["mine.toml", 'point[1] "level" colour', "unknown key"]),
        (({"key": "level", "name": "Level"},), ['point[1] "level" address', "missing"]),
        (({**POINT, "address": 65536},), ["address", "65535", "65536"]),
        (({**POINT, "type": "f16"},), ["type", "'u16'", "f16"]),
        (({**POINT, "type": "bool"},), ["does not fit area 'input'"]),
        (({**POINT, "scale": 0},), ["scale must not be 0"]),
        (({**POINT, "address": 65535, "type": "u32"},), ["no room"]),
        ((POINT, {**POINT, "address": 9}), ["two points are called 'level'"]),
        ((POINT, {**POINT, "key": "flow"}), ["both use input 3"]),
        (
            ({**POINT, "type": "u32"}, {**POINT, "key": "flow", "address": 4}),
            ["'flow' and 'level' both use input 4"],
        ),
        (
            (
                {
                    **POINT,
                    "limits": {"upper_caution": {"reading": 9}, "upper_fatal": {"reading": 1}},
                },
            ),
            ["limits must rise"],
        ),
    ],
)
def test_a_wrong_map_names_file_point_and_rule(
    points: tuple[dict[str, Any], ...], words: list[str]
) -> None:
    with pytest.raises(FileError) as caught:
        load(*points)
    for word in words:
        assert word in str(caught.value)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(FileError) as caught:
        load({**POINT, "type": "f16", "colour": 1}, vendor=3)
    assert len(str(caught.value).splitlines()) == 3


def test_an_unknown_map_names_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="generic-single-phase"):
        load_map("nothing")
    with pytest.raises(FileError, match="no such register map"):
        load_map("nothing.toml", tmp_path)


def test_a_map_beside_the_site_file_is_found(tmp_path: Path) -> None:
    text = Path(__file__).parents[3] / "resources/regmaps/generic-single-phase.toml"
    (tmp_path / "mine.toml").write_text(text.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_map("mine.toml", tmp_path).id == "generic-single-phase"


def test_bad_toml_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text("a = 1\nb = = 2\n", encoding="utf-8")
    with pytest.raises(FileError, match="line 2"):
        read_toml(file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match="cannot be read"):
        read_toml(file)
