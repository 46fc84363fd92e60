"""Definitions as files: what is refused, and where; what is shipped fits every shipped map."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

import resources
from console.alarms.compiling import compile_plan
from console.alarms.definitions import (
    Definitions,
    Equipment,
    definitions_of,
    load_definitions,
    map_definitions,
    read_definitions,
    shipped_definitions,
)
from console.alarms.patterns import matches
from console.alarms.severity import Severity
from console.health.derived import Deriver, TankFacts
from drivers.files import FileError
from drivers.gpu.points import gpu_schema
from drivers.modbus.regmap import load_map, shipped_maps
from drivers.points import Schema

from .bench import FOUR, HOT, SCHEMA

TANK = Equipment("t", "tank", SCHEMA)


def _refused(tmp_path: Path, text: str) -> str:
    """Return what is said of a site's own definitions."""
    path = tmp_path / "alarms.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as error:
        load_definitions([TANK], read_definitions(path))
    return str(error.value).replace(str(path), "alarms.toml")


def _alarm(*lines: str) -> str:
    return "\n".join(["[[alarm]]", 'id = "x"', 'name = "X"', *lines, "priority = 2", FOUR.strip()])


WRONG_ORDER = "levels = { upper_caution = { reading = 60 }, upper_critical = { reading = 50 } }"
CAUTION = "upper_caution = { reading = 50 }"
WIDE = f"levels = {{ {CAUTION}, upper_critical = {{ reading = 55, hysteresis = 6 }} }}"
ACROSS = f"levels = {{ lower_caution = {{ reading = 20, hysteresis = 30 }}, {CAUTION} }}"
OVER = "levels = { upper_caution = { reading = 50, hysteresis = 100 } }"
POINTS = 'points = ["temperature"]'
LOWER = 'limits = "lower"'
VOTE = "there are fewer than 3 such sensors"


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        ((POINTS, WRONG_ORDER), 5, "limits must rise"),
        ((POINTS, WIDE), 5, "hysteresis 6 is as wide as the band of 5"),
        ((POINTS, ACROSS), 5, "hysteresis 30 is as wide as the band of 30"),
        ((POINTS, OVER), 5, "wider than the range of temperature, 0 to 100"),
        (('points = ["temperatur"]', 'limits = "upper"'), 4, "there is no point 'temperatur'"),
        (('all = [{ point = "flaw", above = 1 }]',), 4, "there is no point 'flaw'"),
        (('any = [{ point = "mode", state = ["mad"] }]',), 4, "no point of it has 'mad'"),
        (('any = [{ point = "alarms", bit = ["fog"] }]',), 4, "there are fan, frost"),
        ((POINTS, 'limits = "upper"', "severities = true"), 1, "exactly one of"),
        ((POINTS,), 1, "exactly one of"),
        (('limits = "upper"',), 4, "needs points"),
        (('any = [{ point = "flow" }]',), 4, "exactly one of above, below"),
        (('any = [{ point = "flow", above = 1, below = 2 }]',), 4, "exactly one of above, below"),
        (
            ('all = [{ point = "flow", above = 9 }, { point = "flow", below = 5 }]',),
            4,
            "can never both hold",
        ),
        ((POINTS, 'limits = "upper"', "count = 3"), 6, "go together"),
        ((POINTS, 'limits = "upper"', "startup_inhibit_s = 60"), 6, "go together"),
        ((POINTS, 'limits = "upper"', "on_delay = 5"), 6, "unknown key"),
        ((POINTS, 'limits = "upper"', 'only = ["u"]'), 6, "there is no device 'u'"),
        ((POINTS, 'limits = "upper"', 'suppressed_by = ["y"]'), 6, "there is no other alarm 'y'"),
        ((POINTS, 'limits = "upper"', 'relative_to = "flow"'), 6, "goes with levels only"),
        (('link = "lost"',), 4, "link needs on"),
        (('link = "silent"', 'on = "tank"'), 4, "only a GPU can be silent"),
        (('happening = { kind = "xid" }',), 4, "an alarm of it must latch"),
        (('on = "gpu"', 'happening = { kind = "xidd" }', "latching = true"), 5, "'xid'"),
        ((POINTS, LOWER), 5, "none of its points has a lower limit"),
        ((POINTS, "severities = true"), 5, "none of its points has a state or a bit with"),
        (('vote = { need = 3, of = { point = "pump[*].state", state = ["tripped"] } }',), 4, VOTE),
        (('any = [{ point = "flow", above = 5, deadband = 500 }]',), 4, "deadband 500 is wider"),
        (('any = [{ point = "flow", above = inf }]',), 4, "finite"),
        ((POINTS, "levels = { upper_caution = { reading = nan } }"), 5, "finite"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(
    tmp_path: Path, lines: tuple[str, ...], line: int, said: str
) -> None:
    told = _refused(tmp_path, _alarm(*lines))
    assert told.startswith(f"alarms.toml:{line}: ")
    assert said in told


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("priority", "5", "must be a whole number from 1 to 4, or one for each of caution"),
        ("priority", "{ caution = 1, worse = 2 }", "must be a whole number from 1 to 4"),
        ("priority", "{ caution = 1, fatal = 4 }", "what is worse must be at least as urgent"),
        ("time_to_respond_s", '"soon"', "must be a number from 1 to 2592000"),
        ("time_to_respond_s", "{ caution = 60, critical = 900 }", "must be at least as urgent"),
    ],
)
def test_a_wrong_grade_is_one_sentence(tmp_path: Path, name: str, given: str, said: str) -> None:
    lines = [line for line in HOT.strip().splitlines() if not line.startswith(name)]
    told = _refused(tmp_path, "\n".join([*lines, f"{name} = {given}"]))
    assert told.startswith(f'alarms.toml:{len(lines) + 1}: alarm[1] "hot" {name}')
    assert said in told
    assert len(told.splitlines()) == 1


def test_one_table_where_a_list_is_meant(tmp_path: Path) -> None:
    told = _refused(tmp_path, HOT.replace("[[alarm]]", "[alarm]"))
    assert "is one table; write [[alarm]], once for each" in told


@pytest.mark.parametrize("name", ["cause", "consequence", "action", "time_to_respond_s"])
@pytest.mark.parametrize("how", ["left out", "blank"])
def test_without_what_to_do_it_is_only_an_event(tmp_path: Path, name: str, how: str) -> None:
    lines = [line for line in HOT.strip().splitlines() if not line.startswith(name)]
    if how == "blank" and name != "time_to_respond_s":
        lines.append(f'{name} = "  "')
    told = _refused(tmp_path, "\n".join(lines))
    assert told.startswith("alarms.toml:")
    assert f"{name}: missing; without {name} this is only an event" in told


def test_an_event_needs_none_of_that() -> None:
    text = '[[event]]\nid = "e"\nname = "E"\npoints = ["flow"]\nlimits = "lower"\n'
    assert definitions_of(tomllib.loads(text), Path("f"), text).file.event[0].id == "e"


def test_an_id_is_given_once(tmp_path: Path) -> None:
    told = _refused(tmp_path, HOT + HOT)
    second = HOT.count("\n") + 3
    assert told.startswith(f'alarms.toml:{second}: alarm[2] "hot" id: this id is given twice')


def test_other_tables_of_a_site_file_are_not_looked_at() -> None:
    text = '[site]\nid = "s"\n' + HOT
    assert len(definitions_of(tomllib.loads(text), Path("f"), text).specs) == 1


def test_the_sites_own_definition_counts_before_the_shipped_one(tmp_path: Path) -> None:
    own = HOT.replace('id = "hot"', 'id = "leak"')
    path = tmp_path / "own.toml"
    path.write_text(own, encoding="utf-8")
    found = load_definitions([TANK], read_definitions(path))
    assert [s.name for s in found.of("t", "tank") if s.id == "leak"] == ["Hot"]
    assert [
        s.name for s in Definitions(tuple(shipped_definitions())).of("t", "tank") if s.id == "leak"
    ] == ["Leak"]


def test_definitions_beside_a_map_speak_for_its_tanks_only(tmp_path: Path) -> None:
    (tmp_path / "mine.alarms.toml").write_text(HOT, encoding="utf-8")
    source = map_definitions("mine.toml", ["t"], tmp_path)
    assert source is not None
    found = load_definitions([TANK], None, [source])
    assert found.get("hot", "t") is not None
    assert found.get("hot", "u") is None
    assert map_definitions("other.toml", ["t"], tmp_path) is None
    assert map_definitions("generic-single-phase", ["t"]) is None


def test_priority_and_time_follow_the_severity() -> None:
    spec = load_definitions([]).get("coolant-return-high")
    assert spec is not None
    assert [spec.priority_of(s) for s in Severity if s] == [3, 2, 2, 1]
    assert spec.time_to_respond_of(Severity.FATAL) == 60


FACTS = TankFacts(800, 2000, 7e-4, 500, 0.6, level_reference_mm=800, reference_temperature_c=40)


def _schemas() -> dict[str, Schema]:
    maps = {name: load_map(name).schema_of_points for name in shipped_maps()}
    derived = Deriver(maps["generic-single-phase"], FACTS).schema
    return {**maps, "derived": derived, "gpu": gpu_schema()}


@pytest.mark.parametrize("name", [*shipped_maps(), "gpu"])
def test_every_limit_of_a_shipped_map_has_exactly_one_alarm(name: str) -> None:
    schema = _schemas()[name]
    scope = "gpu" if name == "gpu" else "tank"
    plan = compile_plan("p", schema, load_definitions([]).of("p", scope))
    explicit = {"coolant-flow-low-at-full-speed"}
    found: Counter[tuple[str, str]] = Counter()
    for i, planned in enumerate(plan.alarms):
        for band in plan.bands_of(i):
            limit = plan.bands.limits[band]
            if limit is not None and planned.key.alarm not in explicit:
                found[planned.key.item, limit.level.word] += 1
    wanted = [(point.key, limit.level.word) for point in schema for limit in point.limits]
    assert found == Counter(wanted)


@pytest.mark.parametrize("name", [*shipped_maps(), "gpu"])
def test_every_severity_of_a_state_or_bit_has_an_alarm(name: str) -> None:
    schema = _schemas()[name]
    plan = compile_plan("p", schema, load_definitions([]).of("p", "tank"))
    covered = {planned.key.item for planned in plan.alarms if planned.key.alarm != "sensor-failed"}
    for point in schema:
        if point.severities and not point.limits:
            bits = {f"{point.key}/{bit}" for bit in point.severities}
            assert bits <= covered if point.flags else point.key in covered


NOT_YET_SHIPPED = {
    # Names that maps of sites use, or that GPU points get with the next driver.
    "*.leak.state",
    "air_inlet_temperature[*]",
    "level_percent",
}


def test_every_shipped_pattern_names_something_that_a_shipped_map_or_gpu_has() -> None:
    keys = {key for schema in _schemas().values() for key in schema.index}
    patterns = {
        pattern
        for source in shipped_definitions()
        for spec in source.specs
        for pattern in (*spec.points, *(term.point for term in (*spec.terms, *spec.gates)))
    }
    unmatched = {p for p in patterns if not any(matches(p, key) for key in keys)}
    assert unmatched <= NOT_YET_SHIPPED


def test_the_shipped_names_are_short_enough_for_a_strip() -> None:
    for source in shipped_definitions():
        assert all(len(spec.name) <= 60 for spec in source.specs)


def test_the_shipped_files_are_all_read() -> None:
    names = [source.path.name for source in shipped_definitions()]
    assert names == sorted(p.name for p in (resources.ROOT / "alarms").glob("*.toml"))
    assert names[-1] == "90-anything.toml"


def test_urgent_definitions_are_few() -> None:
    specs = [spec for source in shipped_definitions() for spec in source.file.alarm]
    usual = Counter(spec.priority_of(Severity.CAUTION) for spec in specs)
    assert usual[1] <= 0.1 * len(specs)
