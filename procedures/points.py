"""Which points and alarms there are: what shipped register maps, GPUs and the console know.

The linter compares what a procedure names with these. A site's own maps can be added.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import resources
from drivers.files import read_toml

_NUMBER = re.compile(r"\[(?:\d+|\*)\]")
_CLASSES: dict[str, tuple[str, ...]] = {
    "tank": ("immersion_tank", "rpu", "cdu"),
    "cdu": ("cdu", "rpu"),
    "pdu": ("pdu", "meter"),
    "door": ("door", "rpu"),
    "cooler": ("dry_cooler",),
    "pump": ("pump_vfd",),
    "level_sensor": ("level_sensor",),
}
"""The device classes of register maps that may stand behind each kind of subject."""


@dataclass(frozen=True, slots=True)
class KnownPoint:
    """What may be behind a key: the units it comes in and the words of its states."""

    units: frozenset[str]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Known:
    """Points by kind of subject and key (numbers as ``[n]``), and alarms that may be held back."""

    points: Mapping[str, Mapping[str, KnownPoint]]
    alarms: Mapping[str, bool] = field(default_factory=dict)

    def point(self, kind: str, key: str) -> KnownPoint | None:
        """Return what is known of a point, None where no such thing has one."""
        return self.points.get(kind, {}).get(numbered(key))


def numbered(key: str) -> str:
    """Return a key without its numbers: ``pump[2].state`` gives ``pump[n].state``."""
    return _NUMBER.sub("[n]", key)


@cache
def shipped() -> Known:
    """Return what this installation knows."""
    return known()


def known(more_maps: Iterable[Path] = ()) -> Known:
    """Return what this installation and further register maps know; raises FileError."""
    found: dict[str, dict[str, list[KnownPoint]]] = {}
    maps = [read_toml(path) for path in sorted(resources.path("regmaps").glob("*.toml"))]
    maps += [read_toml(path) for path in more_maps]
    for kind, key, point in _all_points(maps):
        found.setdefault(kind, {}).setdefault(numbered(key), []).append(point)
    points = {
        kind: {key: _merged(several) for key, several in keys.items()}
        for kind, keys in found.items()
    }
    return Known(points, dict(_alarms()))


def _all_points(maps: list[dict[str, Any]]) -> Iterator[tuple[str, str, KnownPoint]]:
    for regmap in maps:
        kinds = [kind for kind, classes in _CLASSES.items() if regmap["device_class"] in classes]
        for table in ("point", "voted", "derived"):
            for point in regmap.get(table, ()):
                yield from ((kind, point["key"], _known(point)) for kind in kinds)
    for point in read_toml(resources.path("gpu", "points.toml"))["point"]:
        yield "gpu", point["key"], _known(point)
    for point in read_toml(Path(__file__).parent / "points.toml")["point"]:
        yield point["kind"], point["key"], _known(point)


def _known(point: Mapping[str, Any]) -> KnownPoint:
    unit = point.get("unit", "")
    return KnownPoint(frozenset({unit}), frozenset(map(str, point.get("states", {}).values())))


def _merged(several: list[KnownPoint]) -> KnownPoint:
    return KnownPoint(
        frozenset().union(*(point.units for point in several)),
        frozenset().union(*(point.words for point in several)),
    )


def _alarms() -> Iterator[tuple[str, bool]]:
    """Yield every alarm and whether work may hold it back."""
    for file in sorted(resources.path("alarms").glob("*.toml")):
        for alarm in tomllib.loads(file.read_text(encoding="utf-8")).get("alarm", ()):
            yield str(alarm["id"]), bool(alarm.get("suppressible", True))
