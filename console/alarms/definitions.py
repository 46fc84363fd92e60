"""The definitions in force: shipped ones, those beside a register map, those of the site file.

The site's own come first, then the map's, then the shipped: of two with one id the first counts,
and of two that fit one limit the first has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import resources
from console.alarms.drafting import Drafter, numbers
from console.alarms.patterns import matching
from console.alarms.specs import AlarmFile, AlarmSpec, ConditionSpec, Term
from drivers.files import FileError, parse, read_text, toml_of
from drivers.points import Schema
from drivers.toml_lines import Lines

GUIDE = "docs/alarms.md"
_TABLES = ("alarm", "event")


@dataclass(frozen=True, slots=True)
class Source:
    """The definitions of one file. ``devices`` are those it speaks for, None for every one."""

    file: AlarmFile
    path: Path
    text: str = ""
    devices: frozenset[str] | None = None

    @property
    def specs(self) -> Sequence[ConditionSpec]:
        """Alarms, then events."""
        return (*self.file.alarm, *self.file.event)

    def placed(self) -> Iterator[tuple[tuple[str | int, ...], ConditionSpec]]:
        """Yield every definition with its key path in the file."""
        for table, specs in zip(_TABLES, (self.file.alarm, self.file.event), strict=True):
            yield from (((table, i), spec) for i, spec in enumerate(specs))

    def error(self, path: tuple[str | int, ...], spec: ConditionSpec, told: str) -> FileError:
        """Return what to raise of something wrong at a place of the file."""
        line = Lines(self.text).of(path) if self.text else None
        place = f"{self.path}:{line}" if line else f"{self.path}"
        where = " ".join(str(part) for part in path[2:] if isinstance(part, str))
        number = int(path[1]) + 1
        return FileError(
            f'{place}: {path[0]}[{number}] "{spec.id}" {where}: {told}'.replace(" :", ":")
        )


@dataclass(frozen=True, slots=True)
class Equipment:
    """A part as definitions see it: its device, its scope (``tank``, ``gpu``), its points."""

    device: str
    scope: str
    schema: Schema


@dataclass(frozen=True)
class Definitions:
    """Every definition in force, the first to count first."""

    sources: tuple[Source, ...] = ()
    _cache: dict[tuple[str, str], tuple[ConditionSpec, ...]] = field(default_factory=dict)

    def of(self, device: str, scope: str) -> tuple[ConditionSpec, ...]:
        """Return what is in force for the parts of a device: one definition for each id."""
        found = self._cache.get((device, scope))
        if found is None:
            by_id: dict[str, ConditionSpec] = {}
            for spec in self._for(device):
                by_id.setdefault(spec.id, spec)
            found = tuple(spec for spec in by_id.values() if spec.on in {scope, "any"})
            self._cache[device, scope] = found
        return found

    @property
    def causes(self) -> frozenset[str]:
        """The ids of alarms that hide others: they are told first."""
        return frozenset(
            cause
            for source in self.sources
            for spec in source.file.alarm
            for cause in spec.suppressed_by
        )

    def get(self, alarm: str, device: str = "") -> AlarmSpec | None:
        """Return an alarm's definition by id, as it is in force for a device."""
        found = (spec for spec in self._for(device) if spec.id == alarm)
        return next((spec for spec in found if isinstance(spec, AlarmSpec)), None)

    def _for(self, device: str) -> Iterator[ConditionSpec]:
        for source in self.sources:
            if source.devices is None or device in source.devices:
                yield from (s for s in source.specs if not s.only or device in s.only)


def read_definitions(path: Path, devices: Iterable[str] | None = None) -> Source:
    """Return the definitions in a file; raises FileError naming file, line and what is wrong."""
    text = read_text(path)
    return definitions_of(toml_of(text, path), path, text, devices)


def definitions_of(
    data: Mapping[str, Any], path: Path, text: str = "", devices: Iterable[str] | None = None
) -> Source:
    """Return the definitions among the tables of a file, such as the site file; raises FileError.

    Other tables are not looked at; ``text`` is what ``data`` was read from.
    """
    tables = {name: data[name] for name in _TABLES if name in data}
    file = parse(AlarmFile, tables, path, text=text, guide=GUIDE)
    source = Source(file, path, text, None if devices is None else frozenset(devices))
    _check_ids(source)
    return source


def shipped_definitions() -> Sequence[Source]:
    """Return the definitions of this installation, in the order of their file names."""
    return [read_definitions(p) for p in sorted(resources.path("alarms").glob("*.toml"))]


def map_definitions(name: str, devices: Iterable[str], beside: Path | None = None) -> Source | None:
    """Return the definitions that come with a register map, or None where it brings none.

    A shipped map's are in ``resources/alarms/maps``; ``mine.toml`` beside the site file has them in
    ``mine.alarms.toml``.
    """
    if name.endswith(".toml"):
        path = (beside or Path()) / f"{name.removesuffix('.toml')}.alarms.toml"
    else:
        path = resources.ROOT / "alarms" / "maps" / f"{name}.toml"
    return read_definitions(path, devices) if path.is_file() else None


def load_definitions(
    equipment: Iterable[Equipment],
    site: Source | None = None,
    maps: Iterable[Source] = (),
) -> Definitions:
    """Return every definition in force, checked against the equipment; raises FileError.

    What a site or a map defines must fit points that exist there; what is shipped need not.
    """
    own = [*([site] if site else []), *maps]
    parts = list(equipment)
    definitions = Definitions((*own, *shipped_definitions()))
    for source in own:
        check_points(source, parts)
    for source in definitions.sources:
        _check_causes(source, definitions)
    return definitions


def check_points(source: Source, equipment: Sequence[Equipment]) -> None:
    """Refuse a definition of a point, state or bit that none of the equipment has."""
    devices = {part.device for part in equipment}
    for path, spec in source.placed():
        unknown = sorted(set(spec.only) - devices)
        if unknown:
            told = f"there is no device {unknown[0]!r}; allowed are {sorted(devices)}"
            raise source.error((*path, "only"), spec, told)
        parts = [part for part in equipment if _speaks_of(source, spec, part)]
        for place, pattern in _patterns(spec):
            if not any(matching((pattern,), part.schema.index) for part in parts):
                raise source.error((*path, *place), spec, _no_point(pattern, parts))
        for place, term in _terms(spec):
            _check_words(source, (*path, *place), spec, term, parts)
            _check_deadband(source, (*path, *place), spec, term, parts)
        _check_span(source, path, spec, parts)
        _check_makes_one(source, path, spec, parts)


def _speaks_of(source: Source, spec: ConditionSpec, part: Equipment) -> bool:
    is_meant = source.devices is None or part.device in source.devices
    return (
        is_meant and spec.on in {part.scope, "any"} and (not spec.only or part.device in spec.only)
    )


def _no_point(pattern: str, parts: Sequence[Equipment]) -> str:
    known = dict.fromkeys(key for part in parts for key in part.schema.index)
    return f"there is no point {pattern!r}; there are {', '.join(known) or 'none'}"


def _patterns(spec: ConditionSpec) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield from ((("points", i), pattern) for i, pattern in enumerate(spec.points))
    if spec.relative_to:
        yield ("relative_to",), spec.relative_to
    for place, term in _terms(spec):
        yield (*place, "point"), term.point
        if term.relative_to:
            yield (*place, "relative_to"), term.relative_to


def _terms(spec: ConditionSpec) -> Iterator[tuple[tuple[str | int, ...], Term]]:
    named = (("all", spec.all_of), ("any", spec.any_of), ("only_while", spec.only_while))
    for name, terms in named:
        yield from (((name, i), term) for i, term in enumerate(terms))
    if spec.vote:
        yield ("vote", "of"), spec.vote.of
    if spec.startup:
        yield ("startup",), spec.startup


def _check_words(
    source: Source,
    path: tuple[str | int, ...],
    spec: ConditionSpec,
    term: Term,
    parts: Sequence[Equipment],
) -> None:
    """Refuse words of states or bits that no point of the term has."""
    given, name = (term.state, "state") if term.state else (term.bit, "bit")
    for word in (w for w in given if isinstance(w, str)):
        points = [p.schema[k] for p in parts for k in matching((term.point,), p.schema.index)]
        tables = [point.states if name == "state" else point.flags for point in points]
        if not any(numbers((word,), table) for table in tables):
            known = dict.fromkeys(text for table in tables for text in table.values())
            told = f"no point of it has {word!r}; there are {', '.join(known) or 'none'}"
            raise source.error((*path, name), spec, told)


def _check_span(
    source: Source,
    path: tuple[str | int, ...],
    spec: ConditionSpec,
    parts: Sequence[Equipment],
) -> None:
    """Refuse a deadband wider than everything that the point can show."""
    for limit in spec.levels.limits() if spec.levels else ():
        for part in parts:
            for key in matching(spec.points, part.schema.index):
                point = part.schema[key]
                if limit.hysteresis >= point.high - point.low > 0:
                    told = (
                        f"hysteresis {limit.hysteresis:g} is wider than the range of {key}, "
                        f"{point.low:g} to {point.high:g}"
                    )
                    raise source.error((*path, "levels", limit.level.word), spec, told)


def _check_deadband(
    source: Source,
    path: tuple[str | int, ...],
    spec: ConditionSpec,
    term: Term,
    parts: Sequence[Equipment],
) -> None:
    """Refuse a term's deadband wider than everything that its point can show."""
    for part in parts if term.deadband else ():
        for key in matching((term.point,), part.schema.index):
            point = part.schema[key]
            if term.deadband >= point.high - point.low > 0:
                told = (
                    f"deadband {term.deadband:g} is wider than the range of {key}, "
                    f"{point.low:g} to {point.high:g}"
                )
                raise source.error((*path, "deadband"), spec, told)


def _check_makes_one(
    source: Source,
    path: tuple[str | int, ...],
    spec: ConditionSpec,
    parts: Sequence[Equipment],
) -> None:
    """Refuse what could never be raised anywhere: whoever wrote it relies on it."""
    if spec.source in {"link", "happening"}:
        return
    if not any(Drafter(part.device, part.schema).drafts([spec]) for part in parts):
        kind = "" if spec.limits == "both" else f"{spec.limits} "
        told = {
            "limits": f"none of its points has {'an' if kind == 'upper ' else 'a'} {kind}limit",
            "severities": "none of its points has a state or a bit with a severity",
            "reasons": "its points are calculated: name the sensors that they come from",
            "vote": f"there are fewer than {spec.vote.need if spec.vote else 0} such sensors",
        }.get(spec.source, "no equipment has all of its points")
        place = () if spec.source == "terms" else (spec.source,)
        raise source.error((*path, *place), spec, told)


def _check_ids(source: Source) -> None:
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for path, spec in source.placed():
        if (spec.id, spec.only) in seen:
            raise source.error(
                (*path, "id"), spec, "this id is given twice; every id is given once"
            )
        seen.add((spec.id, spec.only))


def _check_causes(source: Source, definitions: Definitions) -> None:
    known = {spec.id for other in definitions.sources for spec in other.file.alarm}
    for i, spec in enumerate(source.file.alarm):
        for n, cause in enumerate(spec.suppressed_by):
            if cause not in known or cause == spec.id:
                told = f"there is no other alarm {cause!r}; there are {', '.join(sorted(known))}"
                raise source.error(("alarm", i, "suppressed_by", n), spec, told)
