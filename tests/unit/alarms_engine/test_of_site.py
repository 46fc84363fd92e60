"""The definitions of a site: from its file, beside its maps, and shipped."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from console.alarms.definitions import Definitions
from console.check import check_devices
from console.session.alarms import site_definitions
from console.site import load_site
from drivers.files import FileError

SITE = """
[site]
id = "s"
name = "S"

[[tank]]
id = "a"
name = "A"
map = "generic-single-phase"
url = "tcp://10.0.0.1:502?unit=1"

[[tank]]
id = "b"
name = "B"
map = "pumpless-tank"
url = "tcp://10.0.0.2:502?unit=1"

[[host]]
id = "n"
name = "N"
tank = "a"
slot = 1
url = "http://10.0.0.3:9400/metrics"
"""
OWN = """
[[alarm]]
id = "approach"
name = "Approach too wide"
on = "tank"
only = ["a"]
points = ["coolant_supply_temperature"]
levels = { upper_caution = { reading = 8, dwell_s = 600, hysteresis = 1 } }
relative_to = "facility_supply_temperature"
cause = "Fouled plates."
consequence = "Less margin."
action = "Clean the exchanger."
time_to_respond_s = 86400
priority = 4
"""


def _load(tmp_path: Path, text: str) -> Definitions:
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    return site_definitions(load_site(path))


def test_a_site_without_alarms_of_its_own_has_the_shipped_ones(tmp_path: Path) -> None:
    found = _load(tmp_path, SITE)
    assert found.get("leak", "a") is not None


def test_an_alarm_in_the_site_file_is_for_the_tank_it_names(tmp_path: Path) -> None:
    found = _load(tmp_path, SITE + OWN)
    assert "approach" in {spec.id for spec in found.of("a", "tank")}
    assert "approach" not in {spec.id for spec in found.of("b", "tank")}


def test_a_mistake_in_the_site_file_is_named_with_its_line(tmp_path: Path) -> None:
    wrong = SITE + OWN.replace('"facility_supply_temperature"', '"facility_temperature"')
    line = wrong.splitlines().index('relative_to = "facility_temperature"') + 1
    with pytest.raises(FileError, match=rf"site\.toml:{line}: .*no point 'facility_temperature'"):
        _load(tmp_path, wrong)


def test_a_definition_without_an_action_is_refused_with_its_line(tmp_path: Path) -> None:
    wrong = SITE + OWN.replace('action = "Clean the exchanger."\n', "")
    with pytest.raises(FileError, match=r'site\.toml:\d+: alarm\[1\] "approach" action: missing'):
        _load(tmp_path, wrong)


def test_a_check_of_the_site_refuses_it_before_any_device_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SITE + OWN.replace("reading = 8", "reading = nan"), encoding="utf-8")
    with pytest.raises(FileError, match=r'alarm\[1\] "approach" levels upper_caution reading'):
        asyncio.run(check_devices(load_site(path)))


def test_a_deadband_that_fills_its_band_is_refused_in_the_limits_of_a_tank_too(
    tmp_path: Path,
) -> None:
    limits = """
[tank.limits.level]
lower_critical = { reading = 700, hysteresis = 60 }
lower_caution = { reading = 750 }
"""
    wrong = SITE.replace('\n[[tank]]\nid = "b"', limits + '\n[[tank]]\nid = "b"')
    with pytest.raises(FileError, match=r'"a" limits level lower_critical: hysteresis 60 is as'):
        _load(tmp_path, wrong)


def test_what_is_beside_a_map_of_ones_own_counts(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[3] / "resources" / "regmaps" / "pumpless-tank.toml"
    (tmp_path / "mine.toml").write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    beside = OWN.replace('only = ["a"]\n', "")
    (tmp_path / "mine.alarms.toml").write_text(beside, encoding="utf-8")
    found = _load(tmp_path, SITE.replace('"pumpless-tank"', '"mine.toml"'))
    assert found.get("approach", "b") is not None
    assert found.get("approach", "a") is None
